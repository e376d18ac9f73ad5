/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The viewer's keyboard and pointer, for whichever source is shown. What a person holds down is let go in the old source
 * when another one is shown, and where the viewer leaves.
 */
#ifndef CONSOLE_INPUT_H
#define CONSOLE_INPUT_H

#include "base/err.h"
#include "console/source.h"

#include <spice.h>

struct input;

/* @switched: the keys were pressed that change what is seen; no source hears the last of them. */
struct input *input_create(
        SpiceServer *server, void (*switched)(void *user), void *user, struct err *err);
/* After spice_server_destroy(). Takes NULL. */
void input_destroy(struct input *input);

/* Borrowed until the next call; may be NULL. */
void input_show(struct input *input, struct source *source);
/* The source's lamps are not what they were. */
void input_leds_changed(struct input *input);

#endif
