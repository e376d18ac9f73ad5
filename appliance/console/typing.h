/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What keys write: SPICE tells which key was pressed, and the front end wants text. Latin and Russian letters, between
 * which both Alt and Shift change, as on most PCs of those who need the second.
 */
#ifndef CONSOLE_TYPING_H
#define CONSOLE_TYPING_H

#include "base/util.h"

struct typing;

struct typing *typing_create(void); /* NULL: no keyboard layouts are installed */
void typing_destroy(struct typing *typing);
/* A key of evdev goes down or up: puts what it writes into @text, or "". */
void typing_key(struct typing *typing, unsigned key, bool down, char *text, size_t room);
/* Nothing is held any more. */
void typing_release(struct typing *typing);

#endif
