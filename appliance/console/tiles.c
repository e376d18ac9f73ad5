/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "console/tiles.h"

#include "console/scroll.h"

/* Pixels that cost about as much as one rectangle more. */
#define TILE_SPARE 512u
#define TILE_FILM  128u

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
	t->state = xcalloc((size_t)t->columns * t->rows, sizeof(*t->state));
	t->mirror = xcalloc((size_t)width * height, sizeof(*t->mirror));
	tiles_forget(t);
}

void tiles_finish(struct tiles *t)
{
	free(t->state);
	free(t->mirror);
	*t = (struct tiles){0};
}

void tiles_forget(struct tiles *t)
{
	memset(t->state, TILE_UNKNOWN, (size_t)t->columns * t->rows);
	t->any = true;
}

static void mark(uint8_t *state)
{
	if (*state == TILE_CLEAN)
		*state = TILE_DIRTY;
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
			mark(&t->state[row * t->columns + column]);
	t->any = true;
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

/* Widens @box, which may be none yet. */
static void widen(struct rect *box, const struct rect *by)
{
	if (box->width)
		grow(box, by);
	else
		*box = *by;
}

/* Widens @box by what differs between these two rows, which do, at @x, @y. */
static void note_row(
        struct rect *box, const uint32_t *a, const uint32_t *b, uint32_t n, uint32_t x, uint32_t y)
{
	uint32_t first = 0, last = n - 1;

	while (a[first] == b[first])
		first++;
	while (a[last] == b[last])
		last--;
	widen(box, &(struct rect){x + first, y, last + 1 - first, 1});
}

/* Makes the mirror's tile as the picture's is; returns where the viewer has something else, of no width: nowhere. */
static struct rect take_tile(
        struct tiles *t, const struct picture *p, uint32_t column, uint32_t row)
{
	bool unknown = t->state[row * t->columns + column] == TILE_UNKNOWN;
	uint32_t x = column * TILE_SIDE, bottom = least((row + 1) * TILE_SIDE, t->height);
	uint32_t n = least(TILE_SIDE, t->width - x), now[TILE_SIDE];
	struct rect box = {0};

	for (uint32_t y = row * TILE_SIDE; y < bottom; y++) {
		uint32_t *mirror = &t->mirror[(size_t)y * t->width + x];

		memcpy(now, &p->pixels[(size_t)y * t->width + x], n * sizeof(*now));
		if (unknown)
			widen(&box, &(struct rect){x, y, n, 1});
		else if (memcmp(mirror, now, n * sizeof(*now)) != 0)
			note_row(&box, mirror, now, n, x, y);
		memcpy(mirror, now, n * sizeof(*now));
	}
	return box;
}

static uint64_t area_of(const struct rect *r)
{
	return (uint64_t)r->width * r->height;
}

/* Joins @by to @r where that sends little more than the two of them. */
static bool join(struct rect *r, const struct rect *by)
{
	struct rect both = *r;

	grow(&both, by);
	if (area_of(&both) > area_of(r) + area_of(by) + TILE_SPARE)
		return false;
	*r = both;
	return true;
}

/* A run of tiles under another one is one rectangle with it, where they are about as wide. */
static size_t add(struct rect *out, size_t n, size_t room, const struct rect *run)
{
	for (size_t i = n; i-- > 0 && n - i <= 64;)
		if (out[i].y + out[i].height + TILE_SIDE > run->y && join(&out[i], run))
			return n;
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
	struct rect run = {0};

	for (uint32_t column = 0; column < t->columns; column++) {
		uint8_t *state = &t->state[row * t->columns + column];
		struct rect box = {0};

		if (*state != TILE_CLEAN)
			box = take_tile(t, p, column, row);
		*state = TILE_CLEAN;
		if (!box.width || (run.width && join(&run, &box)))
			continue;
		if (run.width)
			n = add(out, n, room, &run);
		run = box;
	}
	return run.width ? add(out, n, room, &run) : n;
}

/* libspice finds a film by pictures that come at the same place: a large one keeps to the tiles. */
static void keep_to_tiles(const struct tiles *t, struct rect *r)
{
	uint32_t right, bottom;

	if (r->width < TILE_FILM || r->height < TILE_FILM)
		return;
	right = least((r->x + r->width + TILE_SIDE - 1) / TILE_SIDE * TILE_SIDE, t->width);
	bottom = least((r->y + r->height + TILE_SIDE - 1) / TILE_SIDE * TILE_SIDE, t->height);
	r->x -= r->x % TILE_SIDE;
	r->y -= r->y % TILE_SIDE;
	r->width = right - r->x;
	r->height = bottom - r->y;
}

/* Around all whose mirror is what the viewer has, and the picture perhaps not; of no width: nothing. */
static struct rect dirty_part(const struct tiles *t)
{
	struct rect part = {0};

	for (uint32_t row = 0; row < t->rows; row++) {
		for (uint32_t column = 0; column < t->columns; column++) {
			struct rect tile = {
			        column * TILE_SIDE, row * TILE_SIDE, TILE_SIDE, TILE_SIDE};

			if (t->state[row * t->columns + column] == TILE_DIRTY)
				widen(&part, &tile);
		}
	}
	part.width = least(part.width, t->width - part.x);
	part.height = least(part.height, t->height - part.y);
	return part;
}

/* Whether anything of that is. */
static bool is_unknown(const struct tiles *t, const struct rect *r)
{
	for (uint32_t row = r->y / TILE_SIDE; row * TILE_SIDE < r->y + r->height; row++)
		for (uint32_t column = r->x / TILE_SIDE; column * TILE_SIDE < r->x + r->width;
		        column++)
			if (t->state[row * t->columns + column] == TILE_UNKNOWN)
				return true;
	return false;
}

static void move_rows(struct tiles *t, const struct scroll *s)
{
	for (uint32_t i = 0; i < s->to.height; i++) {
		uint32_t row = s->to.y + (s->dy > 0 ? i : s->to.height - 1 - i);
		uint32_t *to = &t->mirror[(size_t)row * t->width + s->to.x];

		memcpy(to, to + (ptrdiff_t)s->dy * t->width, s->to.width * sizeof(*to));
	}
}

/* What is known to be as the mirror has it need not be compared again. All in @r is known. */
static void clear_inside(struct tiles *t, const struct rect *r)
{
	uint32_t right = r->x + r->width, bottom = r->y + r->height;

	for (uint32_t row = (r->y + TILE_SIDE - 1) / TILE_SIDE; row < t->rows; row++) {
		if (least((row + 1) * TILE_SIDE, t->height) > bottom)
			break;
		for (uint32_t column = (r->x + TILE_SIDE - 1) / TILE_SIDE; column < t->columns;
		        column++)
			if (least((column + 1) * TILE_SIDE, t->width) <= right)
				t->state[row * t->columns + column] = TILE_CLEAN;
	}
}

bool tiles_scroll(struct tiles *t, const struct picture *p, struct scroll *out)
{
	struct rect part = dirty_part(t);

	if (is_unknown(t, &part) || !scroll_find(t->mirror, p->pixels, t->width, &part, out))
		return false;
	move_rows(t, out);
	clear_inside(t, &out->to);
	return true;
}

size_t tiles_take(struct tiles *t, const struct picture *p, struct rect *out, size_t room)
{
	size_t n = 0;

	if (!t->any)
		return 0;
	for (uint32_t row = 0; row < t->rows; row++)
		n = take_row(t, p, row, out, n, room);
	for (size_t i = 0; i < n; i++)
		keep_to_tiles(t, &out[i]);
	t->any = false;
	return n;
}

uint64_t picture_time_us(uint64_t now_us, uint64_t last_us)
{
	uint64_t next = last_us + PICTURE_INTERVAL_US;

	return last_us && next > now_us ? next : now_us;
}
