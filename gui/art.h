/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Cover pictures from $XDG_DATA_HOME/playthrough/art/NAME.png, NAME being the profile's. Read one after the other, each in
 * a process of its own; home never waits for one. A picture that is put there later is seen at once.
 */
#ifndef GUI_ART_H
#define GUI_ART_H

#include "screens/screens.h"

#include <systemd/sd-event.h>

struct art;

/* @folder NULL: there is no home. @covers must outlive it. @changed: there is something new to draw. */
struct art *art_create(sd_event *event, const char *folder, struct covers *covers,
        void (*changed)(void *user), void *user);
void art_destroy(struct art *art); /* takes NULL */
/* Looks for what the covers wish; called after each frame. */
void art_next(struct art *art);
bool art_busy(const struct art *art);

/* $XDG_DATA_HOME/playthrough/art or what stands for it; NULL: there is no home. Caller frees. */
char *art_folder(void);
/* The file of a game's cover; NULL: no file may be called so. Caller frees. */
char *art_file(const char *folder, const char *name);

#endif
