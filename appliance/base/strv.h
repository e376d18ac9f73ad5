/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A growing, NULL-terminated list of strings: argument vectors, names, lines. */
#ifndef BASE_STRV_H
#define BASE_STRV_H

#include "base/util.h"

struct strv {
	char **list; /* NULL-terminated once anything was added; NULL when empty */
	size_t n;
};

#define strv_foreach(s, v) for (char **s = (v)->list; s && *s; s++)
#define cleanup_strv       cleanup(strv_finish)

void strv_add(struct strv *v, const char *s); /* copies */
void strv_take(struct strv *v, char *s);      /* owns @s from here on */
void strv_addf(struct strv *v, const char *fmt, ...) PRINTF(2, 3);
bool strv_has(const struct strv *v, const char *s);
void strv_sort(struct strv *v);
char *strv_join(const struct strv *v, const char *between); /* caller frees; "" when empty */
void strv_split(
        struct strv *v, const char *s, const char *separators); /* adds, skips empty parts */
void strv_finish(struct strv *v);

#endif
