/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * All that is wrong with a profile's text at once, each fault with its place, for whoever edits it.
 *
 * The parser ends at the first fault. Here its line is blanked, or its whole section where that is at fault, and the text is
 * read again, so that there is one parser and one wording. Pure but for the drop-ins, which are read.
 */
#ifndef PROFILE_PROBLEMS_H
#define PROFILE_PROBLEMS_H

#include "profile/profile.h"

#define PROFILE_PROBLEMS_MAX 16u

struct profile_problem {
	char *file;     /* the text's own, or a drop-in */
	int line;       /* from 1; 0: no line's */
	char *section;  /* "disk games"; "": none */
	char *key;      /* "": the section as a whole */
	bool warning;   /* the text is good, but a start would be refused as this PC is now */
	struct err err; /* without the place in front */
};

struct profile_problems {
	struct profile_problem *list;
	size_t n;
};

/*
 * Reads @text in place of the first of @files. 0: it is good, and @out is the profile. -EINVAL: @problems got why, at
 * most PROFILE_PROBLEMS_MAX more, and nothing of @out needs finishing.
 */
int profile_problems_find(const struct strv *files, const char *text, struct profile *out,
        struct profile_problems *problems);
/* A new one without a place, to be filled in. */
struct profile_problem *profile_problems_add(
        struct profile_problems *problems, const char *file, const struct err *err);
void profile_problems_finish(struct profile_problems *problems);

#endif
