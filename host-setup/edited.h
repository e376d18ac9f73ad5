/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Files of ours that somebody has edited since apply wrote them.
 *
 * The journal knows the hash of everything apply wrote, and the bytes lie beside it. A file that holds neither those
 * nor what was there before is a person's work: before it is written over, its bytes are put beside it.
 */
#ifndef SETUP_EDITED_H
#define SETUP_EDITED_H

#include "journal.h"

/* The name a person's version gets beside the file; a number follows where that is taken. */
#define EDITED_ENDING ".playthrough-kept"

/* The file is there, and its bytes are neither ours nor the ones from before. */
bool edited_since(const struct root *root, const struct journal_file *file);
/* What the person changed of what apply wrote, as a unified diff; "" where the latter is lost. Caller frees. */
char *edited_diff(const struct root *root, const struct journal_file *file);
/*
 * Puts the bytes beside the file, on the disk when it returns, and @kept gets the path (caller frees). Nobody runs
 * the copy as a script: it is not executable. Done twice it makes no second copy.
 */
int edited_keep(
        const struct root *root, const struct journal_file *file, char **kept, struct err *err);

#endif
