/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a restore makes, in a file of the folder of states, so that the next one removes what one that was killed has left: only
 * hidden names of ours, and files that are still the very ones: at that path, with that inode and birth. No number of a device is
 * in it, as a boot may give that to another. Where the profile is there, the restore had been done.
 */
#ifndef BACKUP_JOURNAL_H
#define BACKUP_JOURNAL_H

#include "base/new_file.h"
#include "base/strv.h"

struct journal {
	const char *file;             /* of the journal itself */
	const char *profile;          /* the file that is written last */
	const struct strv *paths;     /* of the files that are made */
	const struct new_file *files; /* these, as many; NULL: none is made yet */
	const struct strv *folders;   /* that may have been made, the inner ones last */
};

/* On the disk when it returns. */
int journal_write(const struct journal *journal, struct err *err);
/* Undoes what @file tells of an earlier run, and removes it. Nothing there: nothing is done. */
int journal_undo(const char *file, struct err *err);
int journal_remove(const char *file, struct err *err);

#endif
