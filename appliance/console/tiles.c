/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "console/tiles.h"

static uint32_t least(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

void tiles_init(struct tiles *t, uint32_t width, uint32_t height)
{
	*t = (struct tiles){.width = width,
	        .height = height,
	        .columns = (width + TILE_SIDE - 1) / TILE_SIDE,
	        .rows = (height + TILE_SIDE - 1) / TILE_SIDE};
	t->dirty = xcalloc((size_t)t->columns * t->rows, sizeof(*t->dirty));
	t->mirror = xcalloc((size_t)width * height, sizeof(*t->mirror));
	tiles_forget(t);
}

void tiles_finish(struct tiles *t)
{
	free(t->dirty);
	free(t->mirror);
	*t = (struct tiles){0};
}

void tiles_forget(struct tiles *t)
{
	/* No picture has these: the highest byte is zero there. */
	memset(t->mirror, 0xff, (size_t)t->width * t->height * sizeof(*t->mirror));
	tiles_mark(t, &(struct rect){0, 0, t->width, t->height});
}

void tiles_mark(struct tiles *t, const struct rect *r)
{
	uint32_t right, bottom;

	if (r->x >= t->width || r->y >= t->height || !r->width || !r->height)
		return;
	right = r->x + least(r->width, t->width - r->x);
	bottom = r->y + least(r->height, t->height - r->y);
	for (uint32_t row = r->y / TILE_SIDE; row * TILE_SIDE < bottom; row++)
		for (uint32_t column = r->x / TILE_SIDE; column * TILE_SIDE < right; column++)
			t->dirty[row * t->columns + column] = true;
	t->any = true;
}

/* Makes the mirror's tile as the picture's is; whether it was not. */
static bool take_tile(struct tiles *t, const struct picture *p, uint32_t column, uint32_t row)
{
	uint32_t x = column * TILE_SIDE, bottom = least((row + 1) * TILE_SIDE, t->height);
	size_t bytes = least(TILE_SIDE, t->width - x) * sizeof(*p->pixels);
	bool differs = false;

	for (uint32_t y = row * TILE_SIDE; y < bottom; y++) {
		size_t at = (size_t)y * t->width + x;

		if (memcmp(&t->mirror[at], &p->pixels[at], bytes) == 0)
			continue;
		memcpy(&t->mirror[at], &p->pixels[at], bytes);
		differs = true;
	}
	return differs;
}

static void grow(struct rect *r, const struct rect *by)
{
	uint32_t right = r->x + r->width, bottom = r->y + r->height;

	right = right > by->x + by->width ? right : by->x + by->width;
	bottom = bottom > by->y + by->height ? bottom : by->y + by->height;
	r->x = least(r->x, by->x);
	r->y = least(r->y, by->y);
	r->width = right - r->x;
	r->height = bottom - r->y;
}

/* A run of tiles under one of the same width is one rectangle with it. */
static size_t add(struct rect *out, size_t n, size_t room, const struct rect *run)
{
	for (size_t i = n; i-- > 0 && n - i <= 64;) {
		if (out[i].x != run->x || out[i].width != run->width ||
		        out[i].y + out[i].height != run->y)
			continue;
		out[i].height += run->height;
		return n;
	}
	if (n == room) {
		grow(&out[n - 1], run);
		return n;
	}
	out[n] = *run;
	return n + 1;
}

static size_t take_row(struct tiles *t, const struct picture *p, uint32_t row, struct rect *out,
        size_t n, size_t room)
{
	struct rect run = {
	        .y = row * TILE_SIDE, .height = least(TILE_SIDE, t->height - row * TILE_SIDE)};

	for (uint32_t column = 0; column < t->columns; column++) {
		bool *dirty = &t->dirty[row * t->columns + column];
		bool differs = *dirty && take_tile(t, p, column, row);

		*dirty = false;
		if (differs && !run.width)
			run.x = column * TILE_SIDE;
		if (differs)
			run.width = least((column + 1) * TILE_SIDE, t->width) - run.x;
		if (run.width && (!differs || column + 1 == t->columns)) {
			n = add(out, n, room, &run);
			run.width = 0;
		}
	}
	return n;
}

size_t tiles_take(struct tiles *t, const struct picture *p, struct rect *out, size_t room)
{
	size_t n = 0;

	if (!t->any)
		return 0;
	for (uint32_t row = 0; row < t->rows; row++)
		n = take_row(t, p, row, out, n, room);
	t->any = false;
	return n;
}

uint64_t picture_time_us(uint64_t now_us, uint64_t last_us)
{
	uint64_t next = last_us + PICTURE_INTERVAL_US;

	return last_us && next > now_us ? next : now_us;
}
