/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Factory reset of an image's system: people, networks, settings and what says which PC it is go. VMs stay: their profiles,
 * their state and their disks, wherever those lie, and so the folders of the people, which are root's alone from then on.
 * The next start asks as the first one did.
 */
#ifndef INSTALL_RESET_H
#define INSTALL_RESET_H

#include "base/root.h"

/*
 * From the text of passwd(5), of those whose number is 1000 to 59999 (login.defs(5)): names, and folders right below /home.
 * Pure.
 */
void reset_people(const char *passwd, struct strv *names);
void reset_homes(const char *passwd, struct strv *paths);

/*
 * Parts of reset_do(). Programs without rights may write to the folders that are cleared, now, too: a symbolic link is
 * removed and never followed, another file system is not entered (and is an error).
 */
int reset_clear(const struct root *root, struct err *err);
int reset_close_homes(const struct root *root, struct err *err);

/* Does it all; where it was cut off, the next start asks as the first one did, and it may be done again. */
int reset_do(const struct root *root, void (*stage)(const char *what), struct err *err);

#endif
