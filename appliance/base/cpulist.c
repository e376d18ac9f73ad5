/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/cpulist.h"

#include "base/strv.h"

#include <errno.h>

/* "3" or "0-3" */
static int parse_range(char *text, unsigned *first, unsigned *last)
{
	char *dash = strchr(text, '-');
	uint64_t from, to;

	if (dash)
		*dash++ = '\0';
	if (parse_u64(text, 10, CPULIST_MOST - 1, &from) < 0 ||
	        parse_u64(dash ? dash : text, 10, CPULIST_MOST - 1, &to) < 0 || to < from)
		return -EINVAL;
	*first = (unsigned)from;
	*last = (unsigned)to;
	return 0;
}

int cpulist_parse(const char *text, struct cpulist *out)
{
	cleanup_free char *copy = xstrdup(text);
	char *rest = *text ? copy : NULL, *part;
	unsigned first, last;

	*out = (struct cpulist){0};
	while ((part = strsep(&rest, ","))) {
		if (parse_range(part, &first, &last) < 0 ||
		        (out->n && first <= out->list[out->n - 1])) {
			cpulist_finish(out);
			return -EINVAL;
		}
		for (unsigned number = first; number <= last; number++)
			*list_append(out->list, out->n) = number;
	}
	return 0;
}

static size_t place_of(const struct cpulist *cpus, unsigned number)
{
	size_t i = 0;

	while (i < cpus->n && cpus->list[i] < number)
		i++;
	return i;
}

bool cpulist_has(const struct cpulist *cpus, unsigned number)
{
	size_t i = place_of(cpus, number);

	return i < cpus->n && cpus->list[i] == number;
}

void cpulist_add(struct cpulist *cpus, unsigned number)
{
	size_t i = place_of(cpus, number), moved = cpus->n - i;

	if (cpulist_has(cpus, number))
		return;
	list_append(cpus->list, cpus->n);
	memmove(&cpus->list[i + 1], &cpus->list[i], moved * sizeof(*cpus->list));
	cpus->list[i] = number;
}

char *cpulist_format(const struct cpulist *cpus)
{
	cleanup_strv struct strv parts = {0};

	for (size_t i = 0, end; i < cpus->n; i = end + 1) {
		for (end = i; end + 1 < cpus->n && cpus->list[end + 1] == cpus->list[end] + 1;)
			end++;
		strv_take(&parts, end == i ? xasprintf("%u", cpus->list[i])
		                           : xasprintf("%u-%u", cpus->list[i], cpus->list[end]));
	}
	return strv_join(&parts, ",");
}

/* --- as a mask --- */

static int digit_of(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* The digits without their commas, which stand after each eight from the right; caller frees. NULL: not so. */
static char *mask_digits(const char *text)
{
	size_t length = strlen(text), n = 0;
	char *digits = xcalloc(length + 1, 1);

	for (size_t i = 0; i < length; i++) {
		bool comma = (length - i) % 9 == 0;

		if (comma ? text[i] != ',' : digit_of(text[i]) < 0) {
			free(digits);
			return NULL;
		}
		if (!comma)
			digits[n++] = text[i];
	}
	return digits;
}

int cpulist_parse_mask(const char *text, struct cpulist *out)
{
	cleanup_free char *digits = strlen(text) < CPULIST_MOST ? mask_digits(text) : NULL;
	size_t n = digits ? strlen(digits) : 0;

	*out = (struct cpulist){0};
	if (!n || n > CPULIST_MOST / 4)
		return -EINVAL;
	for (unsigned bit = 0; bit < 4 * n; bit++)
		if (digit_of(digits[n - 1 - bit / 4]) & 1 << bit % 4)
			*list_append(out->list, out->n) = bit;
	return 0;
}

char *cpulist_format_mask(const struct cpulist *cpus)
{
	cleanup_strv struct strv parts = {0};
	unsigned group = cpus->n ? cpus->list[cpus->n - 1] / 32 + 1 : 1;
	size_t i = cpus->n;

	while (group--) {
		uint32_t bits = 0;

		for (; i && cpus->list[i - 1] / 32 == group; i--)
			bits |= 1u << cpus->list[i - 1] % 32;
		strv_addf(&parts, parts.n ? "%08x" : "%x", bits);
	}
	return strv_join(&parts, ",");
}

/* --- two of them --- */

bool cpulist_equal(const struct cpulist *a, const struct cpulist *b)
{
	return a->n == b->n && (!a->n || memcmp(a->list, b->list, a->n * sizeof(*a->list)) == 0);
}

struct cpulist cpulist_copy(const struct cpulist *cpus)
{
	return cpulist_without(cpus, &(struct cpulist){0});
}

struct cpulist cpulist_both(const struct cpulist *a, const struct cpulist *b)
{
	struct cpulist both = {0};

	for (size_t i = 0, k = 0; i < a->n || k < b->n;) {
		bool left = k == b->n || (i < a->n && a->list[i] <= b->list[k]);
		unsigned number = left ? a->list[i++] : b->list[k++];

		if (left && k < b->n && b->list[k] == number)
			k++;
		*list_append(both.list, both.n) = number;
	}
	return both;
}

struct cpulist cpulist_without(const struct cpulist *a, const struct cpulist *b)
{
	struct cpulist rest = {0};

	for (size_t i = 0, k = 0; i < a->n; i++) {
		while (k < b->n && b->list[k] < a->list[i])
			k++;
		if (k == b->n || b->list[k] != a->list[i])
			*list_append(rest.list, rest.n) = a->list[i];
	}
	return rest;
}

void cpulist_finish(struct cpulist *cpus)
{
	free(cpus->list);
	*cpus = (struct cpulist){0};
}
