/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The buttons of pads and the keys of a keyboard, drawn. */
#ifndef DRAW_GLYPH_H
#define DRAW_GLYPH_H

#include "draw/text.h"
#include "draw/theme.h"

enum glyph_set { GLYPH_KEYBOARD, GLYPH_XBOX, GLYPH_PLAYSTATION, GLYPH_NINTENDO };

enum glyph {
	GLYPH_DPAD,
	GLYPH_CONFIRM,
	GLYPH_BACK,
	GLYPH_X,
	GLYPH_Y,
	GLYPH_MENU,
	GLYPH_L1,
	GLYPH_R1,
	GLYPH_COUNT
};

/* Drawn @height high with its left upper corner at @x, @y. Returns its width; @canvas NULL: only that. */
int glyph_draw(struct canvas *canvas, struct text *text, const struct theme *theme,
        enum glyph_set set, enum glyph glyph, int x, int y, int height);

#endif
