/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/strv.h"

void strv_take(struct strv *v, char *s)
{
	v->list = xrealloc(v->list, v->n + 2, sizeof(*v->list));
	v->list[v->n++] = s;
	v->list[v->n] = NULL;
}

void strv_add(struct strv *v, const char *s)
{
	strv_take(v, xstrdup(s));
}

void strv_addf(struct strv *v, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	strv_take(v, xvasprintf(fmt, ap));
	va_end(ap);
}

bool strv_has(const struct strv *v, const char *s)
{
	strv_foreach (have, v) {
		if (streq(*have, s))
			return true;
	}
	return false;
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

void strv_sort(struct strv *v)
{
	if (v->n > 1)
		qsort(v->list, v->n, sizeof(*v->list), compare);
}

char *strv_join(const struct strv *v, const char *between)
{
	char *all = xstrdup("");

	strv_foreach (s, v) {
		char *longer = xasprintf("%s%s%s", all, s == v->list ? "" : between, *s);

		free(all);
		all = longer;
	}
	return all;
}

void strv_split(struct strv *v, const char *s, const char *separators)
{
	cleanup_free char *copy = xstrdup(s);
	char *save = NULL;

	for (char *t = strtok_r(copy, separators, &save); t; t = strtok_r(NULL, separators, &save))
		strv_add(v, t);
}

void strv_finish(struct strv *v)
{
	strv_foreach (s, v)
		free(*s);
	free(v->list);
	*v = (struct strv){0};
}
