/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a person answers at the first start, and the files that follow from it. Pure but for first_home(). */
#ifndef FIRST_ANSWERS_H
#define FIRST_ANSWERS_H

#include "base/root.h"

struct first_language {
	const char *code, *name; /* "ru"; in its own words */
	const char *locale;      /* "ru_RU.UTF-8", which the image has */
	const char *layout;      /* the keyboard that is offered first */
};

struct first_layout {
	const char *layout, *name; /* XKBLAYOUT, see keyboard(5) */
	bool toggles;              /* two layouts, which Alt+Shift changes */
};

extern const struct first_language first_languages[];
extern const size_t first_n_languages;
extern const struct first_layout first_layouts[];
extern const size_t first_n_layouts;

/* The place of @layout in first_layouts, or 0. */
size_t first_find_layout(const char *layout);
/* Texts of /etc/default/locale and /etc/default/keyboard; caller frees. */
char *first_locale_text(const struct first_language *language);
char *first_keyboard_text(const struct first_layout *layout);
/* 0, or -EINVAL in words: a name that useradd(8) takes, a password that chpasswd(8) can be given, twice. */
int first_check_user(const char *name, const char *password, const char *again, struct err *err);
/* Whether the text of passwd(5) has @name as a person: UID 1000 to 59999, see login.defs(5). */
bool first_is_person(const char *passwd, const char *name);
/*
 * The folder for a new person: /home/NAME, or /home/NAME-2, -3... where somebody's files are there already, of before a
 * reset. Caller frees.
 */
char *first_home(const struct root *root, const char *name);

#endif
