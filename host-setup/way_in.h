/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Ways into the host that remain when devices are given away: a plan names them, the journal keeps them, and
 * a start with our entry is only well when one of them is there.
 *
 * As text: "display PATH" (a graphics card of the host's, by its PCI path, that shows something), "ssh",
 * "serial ttyS0". Pure: everything comes from the facts.
 */
#ifndef SETUP_WAY_IN_H
#define SETUP_WAY_IN_H

#include "facts.h"

#include "host/host.h"

/* Adds to @out; @given: PCI paths of what is given away. */
void way_in_find(const struct host *host, const struct facts *facts, const struct strv *given,
        struct strv *out);
/* A screen, rather than a network or a line. */
bool way_in_is_screen(const char *way);
/* Whether @way is there now. */
bool way_in_there(const struct host *host, const struct facts *facts, const struct strv *given,
        const char *way);
/* For people; caller frees. */
char *way_in_words(const char *way);

#endif
