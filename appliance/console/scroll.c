/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Some strips are looked at row by row: a row that was elsewhere before votes for that distance. Where one distance has
 * enough votes, the columns and rows are looked for that have moved by it as a whole.
 */
#include "console/scroll.h"

#define STRIPS       4u
#define STRIP_WIDTH  32u
#define ROWS_LEAST   32u /* of a part that is looked at, and of what is found */
#define VOTES_LEAST  8u
#define SAMPLE_EVERY 4u

struct view {
	const uint32_t *before, *after;
	uint32_t width;
	struct rect where;
};

/* A row of a strip that looks like no other one, by its hash; row + 1, 0: free, UINT32_MAX: there are several. */
struct row_table {
	uint32_t size, *hashes, *rows;
};

static const uint32_t *at(const struct view *v, const uint32_t *picture, uint32_t x, uint32_t row)
{
	return picture + (size_t)(v->where.y + row) * v->width + x;
}

static uint32_t hash_of(const uint32_t *pixels)
{
	uint64_t hash = 0, two;

	for (uint32_t i = 0; i < STRIP_WIDTH; i += 2) {
		memcpy(&two, &pixels[i], sizeof(two));
		hash = (hash ^ two) * 0x9e3779b97f4a7c15u;
		hash ^= hash >> 32;
	}
	return (uint32_t)hash;
}

static bool same_row(const struct view *v, uint32_t x, uint32_t width, uint32_t row, int32_t dy)
{
	return memcmp(at(v, v->after, x, row), at(v, v->before, x, (uint32_t)((int32_t)row + dy)),
	               width * sizeof(uint32_t)) == 0;
}

/* --- votes --- */

static uint32_t place_of(const struct row_table *t, uint32_t hash)
{
	uint32_t i = hash & (t->size - 1);

	while (t->rows[i] && t->hashes[i] != hash)
		i = (i + 1) & (t->size - 1);
	return i;
}

static void note_rows(struct row_table *t, const struct view *v, uint32_t x)
{
	memset(t->rows, 0, t->size * sizeof(*t->rows));
	for (uint32_t row = 0; row < v->where.height; row++) {
		uint32_t hash = hash_of(at(v, v->before, x, row)), i = place_of(t, hash);

		t->hashes[i] = hash;
		t->rows[i] = t->rows[i] ? UINT32_MAX : row + 1;
	}
}

/* @votes[height + dy] */
static void count_votes(
        const struct row_table *t, const struct view *v, uint32_t x, uint32_t *votes)
{
	for (uint32_t row = 0; row < v->where.height; row++) {
		uint32_t found;

		if (same_row(v, x, STRIP_WIDTH, row, 0))
			continue;
		found = t->rows[place_of(t, hash_of(at(v, v->after, x, row)))];
		if (found && found != UINT32_MAX)
			votes[v->where.height + found - 1 - row]++;
	}
}

static uint32_t table_size(uint32_t rows)
{
	uint32_t size = 64;

	while (size < rows * 2)
		size *= 2;
	return size;
}

/* 0: none. */
static int32_t find_distance(const struct view *v)
{
	uint32_t size = table_size(v->where.height), best = 0;
	cleanup_free uint32_t *memory = xcalloc(2 * (size_t)size, sizeof(*memory));
	cleanup_free uint32_t *votes = xcalloc(2 * (size_t)v->where.height, sizeof(*votes));
	struct row_table table = {size, memory, memory + size};

	for (uint32_t i = 0; i < STRIPS; i++) {
		uint32_t x = v->where.x + (v->where.width - STRIP_WIDTH) * i / (STRIPS - 1);

		note_rows(&table, v, x);
		count_votes(&table, v, x, votes);
	}
	for (uint32_t i = 1; i < 2 * v->where.height; i++)
		best = votes[i] > votes[best] ? i : best;
	return votes[best] < VOTES_LEAST ? 0 : (int32_t)best - (int32_t)v->where.height;
}

/* --- where --- */

/* The rows whose source is in the view, too. */
static void rows_of(const struct view *v, int32_t dy, uint32_t *first, uint32_t *end)
{
	*first = dy < 0 ? (uint32_t)-dy : 0;
	*end = dy > 0 ? v->where.height - (uint32_t)dy : v->where.height;
}

/* Of every few rows: each one is looked at when the columns are known. */
static uint32_t count_same(const struct view *v, uint32_t x, uint32_t width, int32_t dy)
{
	uint32_t n = 0, first, end;

	rows_of(v, dy, &first, &end);
	for (uint32_t row = first; row < end; row += SAMPLE_EVERY)
		n += same_row(v, x, width, row, dy);
	return n;
}

static uint32_t strip_width(const struct view *v, uint32_t x)
{
	uint32_t left = v->where.x + v->where.width - x;

	return left < STRIP_WIDTH ? left : STRIP_WIDTH;
}

/* The widest row of strips that have moved nearly as far down as any has. */
static void find_columns(const struct view *v, int32_t dy, struct rect *out)
{
	uint32_t end = v->where.x + v->where.width, most = 0, run = 0;
	uint16_t same[PICTURE_WIDTH_MOST / STRIP_WIDTH + 1];

	for (uint32_t x = v->where.x, i = 0; x < end; x += STRIP_WIDTH, i++) {
		same[i] = (uint16_t)count_same(v, x, strip_width(v, x), dy);
		most = same[i] > most ? same[i] : most;
	}
	out->width = 0;
	for (uint32_t x = v->where.x, i = 0; x < end; x += STRIP_WIDTH, i++) {
		run = same[i] >= most - most / 8 ? run + strip_width(v, x) : 0;
		if (run <= out->width)
			continue;
		out->width = run;
		out->x = x + strip_width(v, x) - run;
	}
}

/* The longest run of rows, within these columns. */
static void find_rows(const struct view *v, int32_t dy, struct rect *out)
{
	uint32_t run = 0, first, end;

	rows_of(v, dy, &first, &end);
	out->height = 0;
	for (uint32_t row = first; row < end; row++) {
		run = same_row(v, out->x, out->width, row, dy) ? run + 1 : 0;
		if (run <= out->height)
			continue;
		out->height = run;
		out->y = row + 1 - run; /* in the view */
	}
}

static bool is_worth_it(const struct view *v, const struct rect *found)
{
	uint32_t differ = 0;

	if (found->width < STRIP_WIDTH || found->height < ROWS_LEAST)
		return false;
	for (uint32_t row = found->y; row < found->y + found->height; row++)
		differ += !same_row(v, found->x, found->width, row, 0);
	return differ * 2 > found->height;
}

bool scroll_find(const uint32_t *before, const uint32_t *after, uint32_t width,
        const struct rect *where, struct scroll *out)
{
	const struct view v = {before, after, width, *where};
	int32_t dy = 0;

	if (where->width >= 2 * STRIP_WIDTH && where->height >= 2 * ROWS_LEAST)
		dy = find_distance(&v);
	if (!dy)
		return false;
	find_columns(&v, dy, &out->to);
	find_rows(&v, dy, &out->to);
	if (!is_worth_it(&v, &out->to))
		return false;
	out->to.y += where->y;
	out->dy = dy;
	return true;
}
