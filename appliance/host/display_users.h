/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which programs have a display card open. Private to display.c, but for the walk, which a capture repeats. */
#ifndef HOST_DISPLAY_USERS_H
#define HOST_DISPLAY_USERS_H

#include "host/display.h"

/* Fills `users` and `master` of every card. */
void display_users_take(const struct root *root, struct displays *displays);

/* Calls @each for every open file of a process that is a node of /dev/dri: "812", "7", "card0". */
typedef void display_open_file(const char *pid, const char *fd, const char *node, void *arg);
void display_walk_open_files(const struct root *root, display_open_file *each, void *arg);

#endif
