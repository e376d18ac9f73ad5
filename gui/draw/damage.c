/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "draw/damage.h"

/* Rows that are looked at together: the focus that moves is a rectangle or two, not a hundred. */
#define BAND 16

/* The columns in which a row differs: [*left, *right), grown. Copies them. */
static void copy_row(uint32_t *to, const uint32_t *from, int width, int *left, int *right)
{
	int first = 0, end = width;

	if (memcmp(to, from, (size_t)width * sizeof(*to)) == 0)
		return;
	while (to[first] == from[first])
		first++;
	while (to[end - 1] == from[end - 1])
		end--;
	memcpy(to + first, from + first, (size_t)(end - first) * sizeof(*to));
	*left = first < *left ? first : *left;
	*right = end > *right ? end : *right;
}

static struct rect join(struct rect a, struct rect b)
{
	int right = a.x + a.w > b.x + b.w ? a.x + a.w : b.x + b.w;
	int left = a.x < b.x ? a.x : b.x;

	return (struct rect){left, a.y, right - left, b.y + b.h - a.y};
}

/* A band that stands right below one of the same columns is one with it; so is whatever finds no room. */
static size_t add(struct rect *rects, size_t n, size_t most, struct rect band)
{
	struct rect *last = n ? &rects[n - 1] : NULL;
	bool same = last && last->x == band.x && last->w == band.w && last->y + last->h == band.y;

	if (same || n == most)
		*last = join(*last, band);
	else
		rects[n++] = band;
	return n;
}

size_t damage_copy(
        uint32_t *to, const uint32_t *from, int width, int height, struct rect *rects, size_t most)
{
	size_t n = 0;

	for (int y = 0; y < height; y += BAND) {
		int rows = height - y < BAND ? height - y : BAND, left = width, right = 0;

		for (int row = y; row < y + rows; row++)
			copy_row(to + (size_t)row * (size_t)width,
			        from + (size_t)row * (size_t)width, width, &left, &right);
		if (left < right)
			n = add(rects, n, most, (struct rect){left, y, right - left, rows});
	}
	return n;
}
