/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ui/focus.h"

/* A rectangle seen in the direction of a move: how far along, and where across it. */
struct seen {
	int begin, end;  /* along */
	int left, right; /* across */
};

static struct seen look(struct rect r, enum action direction)
{
	switch (direction) {
	case ACTION_RIGHT:
		return (struct seen){r.x, r.x + r.w, r.y, r.y + r.h};
	case ACTION_LEFT:
		return (struct seen){-r.x - r.w, -r.x, r.y, r.y + r.h};
	case ACTION_UP:
		return (struct seen){-r.y - r.h, -r.y, r.x, r.x + r.w};
	default:
		return (struct seen){r.y, r.y + r.h, r.x, r.x + r.w};
	}
}

/* Across: the room between both, 0 where they overlap. */
static int64_t gap(struct seen a, struct seen b)
{
	if (b.left >= a.right)
		return b.left - a.right + 1;
	return a.left >= b.right ? a.left - b.right + 1 : 0;
}

/* The smaller the better; negative: it is not in that direction. */
static int64_t cost(struct seen from, struct seen to, bool sideways)
{
	int64_t along = to.begin - from.end, across = gap(from, to);
	int64_t middles = (to.left + to.right - from.left - from.right) / 2;

	/* Neighbours may overlap a little, as what is lifted up does. */
	if (along < -(from.end - from.begin) / 4 || to.begin <= from.begin)
		return -1;
	if (sideways && across > 0)
		return -1;
	if (along < 0)
		along = 0;
	if (middles < 0)
		middles = -middles;
	return along * 8 + across * 16 + middles;
}

size_t focus_move(const struct ui_item *items, size_t n, size_t from, enum action direction)
{
	bool sideways = direction == ACTION_LEFT || direction == ACTION_RIGHT;
	int64_t best_cost = INT64_MAX;
	size_t best = from;
	struct seen here;

	if (from >= n)
		return from;
	here = look(items[from].rect, direction);
	for (size_t i = 0; i < n; i++) {
		int64_t c = i == from ? -1 : cost(here, look(items[i].rect, direction), sideways);

		if (c >= 0 && c < best_cost) {
			best_cost = c;
			best = i;
		}
	}
	return best;
}

size_t focus_nearest(const struct ui_item *items, size_t n, struct rect where)
{
	int64_t best_distance = INT64_MAX;
	size_t best = 0;

	for (size_t i = 0; i < n; i++) {
		struct rect r = items[i].rect;
		int64_t dx = r.x + r.w / 2 - where.x - where.w / 2;
		int64_t dy = r.y + r.h / 2 - where.y - where.h / 2;

		if (dx * dx + dy * dy < best_distance) {
			best_distance = dx * dx + dy * dy;
			best = i;
		}
	}
	return best;
}
