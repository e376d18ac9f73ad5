/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Factory reset of an image's system: people, networks and settings go, VMs stay: their profiles, their state and their
 * disks, wherever those lie, and so the folders of the people, too. The next start asks as the first one did.
 */
#ifndef INSTALL_RESET_H
#define INSTALL_RESET_H

#include "base/root.h"

/* What is removed before people are, in this order; the mark of the first start goes last. Adds paths that are there. */
void reset_list(const struct root *root, struct strv *paths);
/* The names of people in the text of passwd(5), whose number is @least to 59999 (login.defs(5)). */
void reset_people(const char *passwd, struct strv *names);
/* Does it all; it may be done again where it was cut off. */
int reset_do(const struct root *root, void (*stage)(const char *what), struct err *err);

#endif
