/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "listing_parts.h"

#include <stdlib.h>

/* A function of a listing: which one of the text, and which address by its rank. */
struct entry {
	struct listed *told;
	size_t rank;
	bool dropped;
};

struct parts {
	struct entry *entries; /* in the text's order */
	size_t n;
	size_t *seen;           /* by rank: the part that told it last */
	struct listed **counts; /* by rank: what counts by now, or NULL */
	size_t kept;            /* entries of it */
	size_t oldest;          /* no entry before it counts */
};

static int compare(const void *a, const void *b)
{
	const struct entry *x = *(struct entry *const *)a, *y = *(struct entry *const *)b;

	return pci_addr_compare(x->told->addr, y->told->addr);
}

static void rank(struct parts *parts)
{
	struct entry **sorted = xcalloc(parts->n, sizeof(*sorted));

	for (size_t i = 0; i < parts->n; i++)
		sorted[i] = &parts->entries[i];
	qsort(sorted, parts->n, sizeof(*sorted), compare);
	for (size_t i = 1; i < parts->n; i++)
		sorted[i]->rank = sorted[i - 1]->rank + (compare(&sorted[i - 1], &sorted[i]) != 0);
	free(sorted);
}

static bool same_listing(const struct entry *a, const struct entry *b)
{
	return a->told->file == b->told->file && a->told->block == b->told->block;
}

static bool contradicts(const struct listed *a, const struct listed *b)
{
	return b && (a->group != b->group ||
	                    (a->has_id && b->has_id &&
	                            (a->vendor != b->vendor || a->device != b->device)));
}

/*
 * The first entry behind the part that begins at @start; all in it are marked with @number. It ends with its
 * listing, or where a function is told again: there with the whole of its group.
 */
static size_t end_of_part(struct parts *parts, size_t start, size_t number)
{
	const struct entry *e = parts->entries;
	size_t i = start;

	for (; i < parts->n && same_listing(&e[i], &e[start]); i++) {
		if (parts->seen[e[i].rank] == number)
			break;
		parts->seen[e[i].rank] = number;
	}
	if (i == parts->n || !same_listing(&e[i], &e[start]))
		return i;
	while (i > start + 1 && e[i - 1].told->group == e[i].told->group)
		i--;
	return i;
}

static void drop(struct parts *parts, size_t start, size_t end)
{
	for (size_t i = start; i < end; i++) {
		parts->entries[i].dropped = true;
		parts->counts[parts->entries[i].rank] = NULL;
	}
}

static void take_part(struct parts *parts, size_t start, size_t end)
{
	bool agrees = true;

	for (size_t i = start; i < end && agrees; i++) {
		const struct entry *e = &parts->entries[i];

		agrees = !contradicts(e->told, parts->counts[e->rank]);
	}
	if (!agrees && (end - start) * 2 < parts->kept) {
		for (size_t i = start; i < end; i++)
			parts->entries[i].dropped = true;
		return;
	}
	if (!agrees) {
		drop(parts, parts->oldest, start);
		parts->oldest = start;
		parts->kept = 0;
	}
	for (size_t i = start; i < end; i++)
		parts->counts[parts->entries[i].rank] = parts->entries[i].told;
	parts->kept += end - start;
}

static void collect(struct parts *parts, struct listing *listing)
{
	parts->entries = xcalloc(listing->n + 1, sizeof(*parts->entries));
	for (size_t i = 0; i < listing->n; i++) {
		if (listing->list[i].block && listing->list[i].group >= 0)
			parts->entries[parts->n++].told = &listing->list[i];
	}
	parts->seen = xcalloc(parts->n + 1, sizeof(*parts->seen));
	parts->counts = xcalloc(parts->n + 1, sizeof(struct listed *));
}

static void take_out(struct parts *parts, struct listing *listing)
{
	size_t n = 0, next = 0;

	for (size_t i = 0; i < listing->n; i++) {
		bool ours = next < parts->n && parts->entries[next].told == &listing->list[i];
		bool dropped = ours && parts->entries[next].dropped;

		next += ours;
		if (dropped) {
			free(listing->list[i].name);
			free(listing->list[i].driver);
		} else {
			listing->list[n++] = listing->list[i];
		}
	}
	listing->n = n;
}

void listing_settle_parts(struct listing *listing)
{
	struct parts parts = {0};
	size_t number = 1;

	collect(&parts, listing);
	rank(&parts);
	for (size_t start = 0, end; start < parts.n; start = end) {
		end = end_of_part(&parts, start, number++);
		take_part(&parts, start, end);
	}
	take_out(&parts, listing);
	free(parts.entries);
	free(parts.seen);
	free(parts.counts);
}
