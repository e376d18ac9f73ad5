/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Pixels of any of pixman's formats made ours (0x00RRGGBB). The format is another process's word, so that it is
 * checked. pixman.h: PIXMAN_FORMAT(bpp, type, a, r, g, b). Pure.
 */
#ifndef CONSOLE_PIXELS_H
#define CONSOLE_PIXELS_H

#include "console/tiles.h"

#define PIXELS_XRGB 0x20020888u /* PIXMAN_x8r8g8b8 */

/* Where pixels lie. */
struct pixels {
	const uint8_t *bytes;
	size_t size, stride;
	uint32_t format, width, height;
};

/* Whether the format is one that can be read, and all rows lie within size. */
bool pixels_good(const struct pixels *pixels);
/* Copies all of @from, which is good, to @x, @y of a picture of @width pixels a row; there must be room. */
void pixels_copy(const struct pixels *from, uint32_t *to, size_t width, uint32_t x, uint32_t y);

#endif
