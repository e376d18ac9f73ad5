/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/nearest.h"

static size_t min3(size_t a, size_t b, size_t c)
{
	size_t ab = a < b ? a : b;

	return ab < c ? ab : c;
}

#define DISTANCE_LETTERS 24u

/* Levenshtein's distance between short words. */
static size_t distance(const char *a, const char *b)
{
	size_t n = strlen(b), row[DISTANCE_LETTERS + 1];

	if (strlen(a) > DISTANCE_LETTERS || n > DISTANCE_LETTERS)
		return SIZE_MAX;
	for (size_t j = 0; j <= n; j++)
		row[j] = j;
	for (size_t i = 1; a[i - 1]; i++) {
		size_t corner = row[0];

		row[0] = i;
		for (size_t j = 1; j <= n; j++) {
			size_t above = row[j];

			row[j] = min3(above + 1, row[j - 1] + 1, corner + (a[i - 1] != b[j - 1]));
			corner = above;
		}
	}
	return row[n];
}

/* What shares too little with the word is no suggestion. */
void nearest_consider(struct nearest *nearest, const char *known)
{
	size_t d = distance(nearest->word, known), limit = strlen(known) < 4 ? 1 : 3;

	if (d > limit || d >= strlen(known) || (nearest->best && d >= nearest->distance))
		return;
	nearest->best = known;
	nearest->distance = d;
}
