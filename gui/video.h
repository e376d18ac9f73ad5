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

/*
 * SDL_HINT_FRAMEBUFFER_ACCELERATION for a driver: pixels are drawn here, and OpenGL only shows them, where SDL has no other
 * way. On the bare card its windows are made for OpenGL ES: another kind would have it make the window anew.
 */
const char *video_acceleration(const char *driver);
bool video_is_bare(const char *driver); /* no desktop */

#endif
