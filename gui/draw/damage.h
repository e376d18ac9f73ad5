/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What differs between two pictures of one size, as a few rectangles. */
#ifndef DRAW_DAMAGE_H
#define DRAW_DAMAGE_H

#include "draw/canvas.h"

/*
 * Copies @from into @to, both @width * @height pixels, where they differ. Returns how many of @rects, at most @most, it
 * took to hold all of that; every pixel outside of them was the same before.
 */
size_t damage_copy(
        uint32_t *to, const uint32_t *from, int width, int height, struct rect *rects, size_t most);

#endif
