/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tells that an input device has something to say, so that SDL is asked only then: with a pad it would look a
 * thousand times a second by itself (SDL 2.26, measured).
 *
 * The devices are opened a second time, to be waited for; what is read here is thrown away and SDL has its own.
 */
#ifndef INPUT_WAKE_H
#define INPUT_WAKE_H

#include <stdbool.h>

struct wake;
typedef struct sd_event sd_event;

/* @all: keyboards and mice too, where no window system brings their events. */
struct wake *wake_create(sd_event *event, bool all, void (*fired)(void *user), void *user);
void wake_destroy(struct wake *wake); /* takes NULL */

#endif
