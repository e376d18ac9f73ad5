/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How window.c comes to its window: SDL's hints and drivers, and what there is to wait for. */
#ifndef GUI_WINDOW_OPEN_H
#define GUI_WINDOW_OPEN_H

#include "app.h"

#include <SDL.h>

/* NULL with @err where there is no screen. */
SDL_Window *window_open(const struct app_options *options, struct err *err);
/* The window system's own descriptor; -1: there is none, input comes from the devices. */
int window_display_fd(SDL_Window *window);
/* The graphics card's, where there is no desktop; else -1. */
int window_card_fd(SDL_Window *window);

#endif
