/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Looks for images of CDs on this PC, and has the daemon put one into a game's drive: this program opens the file. */
#ifndef GUI_DISCS_H
#define GUI_DISCS_H

#include "model/link.h"
#include "shell.h"

struct disc_changer;

/* All must outlive it. @changed is called after a drive has changed. */
struct disc_changer *disc_changer_create(struct link *link, struct model *model,
        struct shell *shell, void (*changed)(void *user), void *user);
void disc_changer_destroy(struct disc_changer *changer); /* takes NULL */

/* Into the model: what ends with .iso in the folders where people have such, and beside what was in a drive. */
void disc_changer_look(struct disc_changer *changer);
/* Puts the image at @index of the model's into a drive; below 0: takes out what is in it. */
void disc_changer_change(
        struct disc_changer *changer, const char *vm, const char *drive, int index, bool force);

#endif
