/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "draw/theme.h"

#include <math.h>

/* Thousandths of the short side. */
static const int size_of[TEXT_SIZES] = {26, 31, 42, 60, 84};

static void set_colors(struct theme *t)
{
	t->ground = 0xff141a22;
	t->ground_far = 0xff0d1116;
	t->card = 0xff1e2530;
	t->card_lit = 0xff263040;
	t->line = 0xff323d4d;
	t->text = 0xffe8eaed;
	t->dim = 0xffbbc5d0;
	t->focus = 0xffffd166;
	t->on_focus = 0xff12161c;
	t->good = 0xff7bd88f;
	t->bad = 0xffffaca4;
	t->warn = 0xffffb74d;
	if (!t->look.high_contrast)
		return;
	t->ground = t->ground_far = 0xff000000;
	t->card = 0xff000000;
	t->card_lit = 0xff101010;
	t->line = 0xffffffff;
	t->text = t->dim = 0xffffffff;
	t->focus = 0xffffe98c;
	t->on_focus = 0xff000000;
	t->good = 0xffb8ffc6;
	t->bad = 0xffffe2df;
	t->warn = 0xffffe3b8;
}

struct theme theme_of(int width, int height, const struct look *look)
{
	struct theme t = {.look = *look, .width = width, .height = height};
	int shorter = width < height ? width : height;
	int side_x, side_y;

	t.look.scale = look->scale < 100 ? 100 : look->scale > 200 ? 200 : look->scale;
	t.look.safe_area = look->safe_area > 10 ? 10 : look->safe_area;
	t.unit = shorter / 100 > 0 ? shorter / 100 : 1;
	side_x = width * (int)t.look.safe_area / 100 + 2 * t.unit;
	side_y = height * (int)t.look.safe_area / 100 + 2 * t.unit;
	t.safe = (struct rect){side_x, side_y, width - 2 * side_x, height - 2 * side_y};
	for (int i = 0; i < TEXT_SIZES; i++) {
		/* What is large already need not grow as much. */
		int more = (int)t.look.scale - 100, grow = i <= TEXT_BODY ? more : more / 3;

		t.size[i] = (shorter * size_of[i] * (100 + grow) + 99999) / 100000;
	}
	t.gap = shorter * 2 / 100 + 1;
	t.radius = shorter * 14 / 1000 + 1;
	t.ring = shorter * 4 / 1000 + 1;
	set_colors(&t);
	return t;
}

static double linear(unsigned channel)
{
	double c = channel / 255.0;

	return c <= 0.03928 ? c / 12.92 : pow((c + 0.055) / 1.055, 2.4);
}

static double luminance(color c)
{
	return 0.2126 * linear(c >> 16 & 0xff) + 0.7152 * linear(c >> 8 & 0xff) +
	       0.0722 * linear(c & 0xff);
}

double color_contrast(color a, color b)
{
	double x = luminance(a) + 0.05, y = luminance(b) + 0.05;

	return x > y ? x / y : y / x;
}
