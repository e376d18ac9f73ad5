/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "draw/glyph.h"
#include "base/i18n.h"

/* Where it is drawn, and with what. */
struct pen {
	struct canvas *canvas;
	struct text *text;
	const struct theme *theme;
	int x, y, height;
};

/* The words on keys and buttons. */
static const char *const words[][GLYPH_COUNT] = {
        [GLYPH_KEYBOARD] = {"", N_("Enter"), "Esc", "X", "Y", "F10", "Page ↑", "Page ↓"},
        [GLYPH_XBOX] = {"", "A", "B", "X", "Y", "≡", "LB", "RB"},
        [GLYPH_PLAYSTATION] = {"", "", "", "", "", "≡", "L1", "R1"},
        [GLYPH_NINTENDO] = {"", "A", "B", "X", "Y", "+", "L", "R"},
};

static const color xbox_colors[GLYPH_COUNT] = {[GLYPH_CONFIRM] = 0xff7bd88f,
        [GLYPH_BACK] = 0xffff9e95,
        [GLYPH_X] = 0xff8cb8ff,
        [GLYPH_Y] = 0xffffd166};
static const color playstation_colors[GLYPH_COUNT] = {[GLYPH_CONFIRM] = 0xff9db8ff,
        [GLYPH_BACK] = 0xffff9e95,
        [GLYPH_X] = 0xfff0a6d8,
        [GLYPH_Y] = 0xff7fd8b5};

static void put_word(const struct pen *pen, int width, const char *word, color c)
{
	struct text_style style = {pen->height * 2 / 3, true};
	int w;

	/* A letter on a key is text too: as high as the smallest there is. */
	if (style.height < pen->theme->size[TEXT_SMALL])
		style.height = pen->theme->size[TEXT_SMALL];
	w = text_width(pen->text, style, word);
	text_draw(pen->text, pen->canvas, style, pen->x + (width - w) / 2,
	        pen->y + (pen->height - style.height) / 2, word, c);
}

/* A key cap, or a shoulder button. */
static int draw_cap(const struct pen *pen, const char *word)
{
	struct text_style style = {pen->theme->size[TEXT_SMALL], true};
	int width = text_width(pen->text, style, word) + pen->height * 7 / 10;
	int line = pen->height / 18 + 1;

	if (width < pen->height)
		width = pen->height;
	if (!pen->canvas)
		return width;
	canvas_round(pen->canvas, (struct rect){pen->x, pen->y, width, pen->height},
	        pen->height / 4, pen->theme->card_lit);
	canvas_ring(pen->canvas, (struct rect){pen->x, pen->y, width, pen->height}, pen->height / 4,
	        line, pen->theme->dim);
	put_word(pen, width, word, pen->theme->text);
	return width;
}

static void draw_shape(const struct pen *pen, enum glyph glyph, color c)
{
	double h = pen->height, t = h / 11, x = pen->x + h / 2, y = pen->y + h / 2, r = h * 0.2;

	if (glyph == GLYPH_CONFIRM) {
		canvas_line(pen->canvas, x - r, y - r, x + r, y + r, t, c);
		canvas_line(pen->canvas, x - r, y + r, x + r, y - r, t, c);
	} else if (glyph == GLYPH_BACK) {
		canvas_arc(pen->canvas, (int)x, (int)y, (int)(h * 0.26), (int)t + 1, 1, c);
	} else if (glyph == GLYPH_X) {
		canvas_line(pen->canvas, x - r, y - r, x + r, y - r, t, c);
		canvas_line(pen->canvas, x - r, y + r, x + r, y + r, t, c);
		canvas_line(pen->canvas, x - r, y - r, x - r, y + r, t, c);
		canvas_line(pen->canvas, x + r, y - r, x + r, y + r, t, c);
	} else {
		canvas_line(pen->canvas, x, y - r * 1.2, x - r * 1.1, y + r * 0.8, t, c);
		canvas_line(pen->canvas, x, y - r * 1.2, x + r * 1.1, y + r * 0.8, t, c);
		canvas_line(pen->canvas, x - r * 1.1, y + r * 0.8, x + r * 1.1, y + r * 0.8, t, c);
	}
}

static int draw_button(const struct pen *pen, enum glyph_set set, enum glyph glyph)
{
	struct rect r = {pen->x, pen->y, pen->height, pen->height};
	color c = set == GLYPH_XBOX          ? xbox_colors[glyph]
	          : set == GLYPH_PLAYSTATION ? playstation_colors[glyph]
	                                     : 0;

	if (!pen->canvas)
		return pen->height;
	if (!c || pen->theme->look.high_contrast)
		c = pen->theme->text;
	canvas_round(pen->canvas, r, pen->height, pen->theme->card_lit);
	canvas_ring(pen->canvas, r, pen->height, pen->height / 18 + 1, c);
	if (set == GLYPH_PLAYSTATION && glyph != GLYPH_MENU)
		draw_shape(pen, glyph, c);
	else
		put_word(pen, pen->height, words[set][glyph], c);
	return pen->height;
}

/* Four arrows in a cross: every pad has them. */
static int draw_dpad(const struct pen *pen)
{
	int h = pen->height, arm = h * 3 / 10;
	color c = pen->theme->text;

	if (!pen->canvas)
		return h;
	canvas_round(pen->canvas,
	        (struct rect){pen->x + (h - arm) / 2, pen->y + h / 10, arm, h * 8 / 10}, arm / 4,
	        c);
	canvas_round(pen->canvas,
	        (struct rect){pen->x + h / 10, pen->y + (h - arm) / 2, h * 8 / 10, arm}, arm / 4,
	        c);
	return h;
}

/* A chevron on a key, towards (@dx, @dy). */
static void draw_chevron(const struct pen *pen, struct rect key, int dx, int dy, color c)
{
	double x = key.x + key.w / 2.0, y = key.y + key.h / 2.0, r = key.w * 0.2;
	double tip_x = x + dx * r, tip_y = y + dy * r, t = key.w / 9.0 + 0.5;

	for (int side = -1; side <= 1; side += 2)
		canvas_line(pen->canvas, tip_x, tip_y, x - dx * r + side * dy * 1.5 * r,
		        y - dy * r + side * dx * 1.5 * r, t, c);
}

/* The keyboard's arrow keys, as they lie: one above three. */
static int draw_arrow_keys(const struct pen *pen)
{
	static const struct {
		int column, row, dx, dy;
	} keys[] = {{1, 0, 0, -1}, {0, 1, -1, 0}, {1, 1, 0, 1}, {2, 1, 1, 0}};
	int gap = pen->height / 16 + 1, side = (pen->height - gap) / 2, step = side + gap;

	for (size_t i = 0; pen->canvas && i < ARRAY_SIZE(keys); i++) {
		struct rect key = {
		        pen->x + keys[i].column * step, pen->y + keys[i].row * step, side, side};

		canvas_round(pen->canvas, key, side / 5, pen->theme->text);
		draw_chevron(pen, key, keys[i].dx, keys[i].dy, pen->theme->ground);
	}
	return 3 * side + 2 * gap;
}

int glyph_draw(struct canvas *canvas, struct text *text, const struct theme *theme,
        enum glyph_set set, enum glyph glyph, int x, int y, int height)
{
	const struct pen pen = {canvas, text, theme, x, y, height};

	if (glyph == GLYPH_DPAD)
		return set == GLYPH_KEYBOARD ? draw_arrow_keys(&pen) : draw_dpad(&pen);
	if (set == GLYPH_KEYBOARD)
		return draw_cap(&pen, _(words[set][glyph]));
	if (glyph == GLYPH_L1 || glyph == GLYPH_R1)
		return draw_cap(&pen, words[set][glyph]);
	return draw_button(&pen, set, glyph);
}
