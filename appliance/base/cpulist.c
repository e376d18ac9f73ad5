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

void cpulist_finish(struct cpulist *cpus)
{
	free(cpus->list);
	*cpus = (struct cpulist){0};
}
