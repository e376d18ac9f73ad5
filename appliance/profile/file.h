/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The lines of an INI file: what each one is and where it stands, so that it can be read strictly and
 * edited without touching its neighbours. Knows nothing of which sections and keys exist.
 *
 * A line is blank, a comment (# or ; first), [section], [section name], or key=value. White space
 * around each part is cut. Text must be UTF-8 without control characters; it may come from a stranger.
 */
#ifndef PROFILE_FILE_H
#define PROFILE_FILE_H

#include "base/err.h"

#define INI_SIZE_MAX (256u << 10)
#define INI_LINE_MAX 4096u
#define INI_NAME_MAX 24u

enum ini_kind { INI_BLANK, INI_COMMENT, INI_SECTION, INI_KEY };

struct ini_line {
	enum ini_kind kind;
	int number;        /* from 1 */
	size_t start, end; /* bytes of the text, with the newline */
	char *section;     /* INI_SECTION: "disk" */
	char *name;        /* INI_SECTION: "games", or "" */
	char *key, *value; /* INI_KEY; neither is empty */
};

struct ini {
	struct ini_line *lines;
	size_t n;
};

/* Errors begin with "@file:LINE: ". Nothing of @out needs finishing after a failure. */
int ini_read(const char *text, size_t size, const char *file, struct ini *out, struct err *err);
void ini_finish(struct ini *ini);
bool ini_is_section_name(
        const char *name); /* letters, digits, - _ . and no longer than INI_NAME_MAX */

struct ini_quoted {
	char s[72];
};
/* A value for a message: in quotation marks, cut where it is long, by value. */
struct ini_quoted ini_quote(const char *value);

/* The length of the UTF-8 character at @s, of at most @left bytes; 0 where there is none. */
size_t utf8_length(const unsigned char *s, size_t left);

#endif
