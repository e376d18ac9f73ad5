/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A report of what went wrong, for somebody who was not there: plain text in sections, in which serial numbers and the
 * names of people in paths are replaced by stand-ins. What is said is decided here without looking at anything; only
 * the last few functions touch the world.
 */
#ifndef BASE_PROBLEM_H
#define BASE_PROBLEM_H

#include "base/err.h"
#include "base/mask.h"

#define PROBLEM_SECTION_MOST \
	((size_t)24 << 10) /* of a longer text, its end, unless most_bytes says another size */

struct problem {
	struct problem_section {
		char *title, *text;
	} * sections;
	size_t n, most_bytes;
	struct mask
	        mask; /* whoever knows serial numbers teaches it; those in /dev/disk/by-id are found */
};

/* The names of people who log in here, and of this PC, which may stand in any text. */
void problem_learn_people(struct problem *problem);
/* @text NULL or "": the section says that nothing is known. Both are copied; @text should be harmless to show. */
void problem_add(struct problem *problem, const char *title, const char *text);
/* Message, code and hint as lines; an error that is none adds nothing. */
void problem_add_err(struct problem *problem, const char *title, const struct err *err);
/* Caller frees. */
char *problem_text(struct problem *problem);
void problem_finish(struct problem *problem);

/* Kernel and distribution of this PC, as lines. Caller frees. */
char *problem_versions(void);

/*
 * A person's folder for documents: $XDG_DOCUMENTS_DIR, what @user_dirs (the text of user-dirs.dirs, or NULL) says of it,
 * or @home; the first that @is_folder says is one. NULL: there is none. Caller frees.
 */
char *problem_choose_folder(const char *documents, const char *user_dirs, const char *home,
        bool (*is_folder)(const char *path));
/* The same of this process. */
char *problem_folder(void);

/*
 * Writes a new file, readable by its owner alone; one that is there stays as it is: -EEXIST. @file NULL:
 * playthrough-report-NAME-TIME.txt in problem_folder(), under a name that is free. @path (may be NULL) gets its
 * path; caller frees.
 */
int problem_write(const char *file, const char *name, const char *text, int64_t wall_s, char **path,
        struct err *err);

#endif
