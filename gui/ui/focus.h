/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where focus goes: to what the eye expects. Pure. */
#ifndef UI_FOCUS_H
#define UI_FOCUS_H

#include "draw/canvas.h"
#include "input/input.h"

#define UI_ID_MOST 64u

struct ui_item {
	char id[UI_ID_MOST];
	struct rect rect;
	unsigned flags;
};

/*
 * The item that lies next to @items[from] in that direction, or @from where there is none. To the side only what
 * stands in the same row; up and down the nearest, what overlaps before what does not.
 */
size_t focus_move(const struct ui_item *items, size_t n, size_t from, enum action direction);
/* The item nearest to @where: for a focus whose item is gone. @n > 0. */
size_t focus_nearest(const struct ui_item *items, size_t n, struct rect where);

#endif
