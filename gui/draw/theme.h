/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Colours and sizes. Every size is a fraction of the screen's short side, so that a screen looks the same at
 * 720p and 4K; text grows with the person's scale of 100-200 %. The smallest text is 2.6 % high (ascender to
 * descender), at least 2.4 % must be. All text has a contrast of 7:1 to what it stands on, 15:1 in high contrast.
 */
#ifndef DRAW_THEME_H
#define DRAW_THEME_H

#include "draw/canvas.h"

enum text_size { TEXT_SMALL, TEXT_BODY, TEXT_HEADING, TEXT_TITLE, TEXT_DISPLAY, TEXT_SIZES };

struct look {
	unsigned scale;            /* percent, 100-200 */
	unsigned safe_area;        /* percent of each side that a television may hide, 0-10 */
	bool high_contrast, still; /* still: nothing moves */
};

struct theme {
	struct look look;
	int width, height, unit; /* unit: 1 % of the short side, at least a pixel */
	struct rect safe;        /* where text and focus may be */
	int size[TEXT_SIZES];    /* height of a line in pixels */
	int gap, radius, ring;
	color ground, ground_far; /* of the background, top and bottom */
	color card, card_lit, line;
	color text, dim, focus, on_focus, good, bad, warn;
};

struct theme theme_of(int width, int height, const struct look *look);
/* Contrast of two opaque colours as WCAG 2.1 defines it, 1-21. */
double color_contrast(color a, color b);

#endif
