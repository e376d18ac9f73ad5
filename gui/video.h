/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which way a picture gets to a screen: the order of SDL's drivers, and the card where there is no desktop. */
#ifndef GUI_VIDEO_H
#define GUI_VIDEO_H

#include "base/root.h"

/*
 * What SDL is to try, in order; @wayland, @x11: WAYLAND_DISPLAY and DISPLAY, NULL where unset. X11 comes first where
 * there are both: its pictures need no OpenGL, which would hold a graphics card open that a game may want.
 */
const char *video_drivers(const char *wayland, const char *x11);

/*
 * Without a desktop: N of /dev/dri/cardN, the one that firmware chose for this PC's screen (boot_vga), where a screen is
 * connected to it; -1: left to SDL, which takes the last one with a screen, so also that of a game.
 */
int video_card(const struct root *root);

/* Whether SDL shows pixels by this driver itself; else OpenGL must do it. */
bool video_shows_pixels(const char *driver);

#endif
