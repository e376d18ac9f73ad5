/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A new file that has its name only when all of it is there: written hidden beside it, renamed at the end. Nothing that exists is
 * ever replaced.
 */
#ifndef BACKUP_TARGET_H
#define BACKUP_TARGET_H

#include "base/err.h"

struct target {
	char *path;             /* as given; NULL: none */
	char *name, *temporary; /* in @folder */
	int folder, fd;         /* -1: not open */
	uint64_t device, inode; /* of the file, under whichever name */
	bool done;              /* it has its name */
};

/* The hidden name of @path while it is written. Caller frees. */
char *target_temporary(const char *path);
/*
 * Opens an empty hidden file. What an earlier run that was killed has left of it goes; one that still runs is refused. The file
 * belongs to whom its folder belongs. -EEXIST where @path is there. @out is finished after a failure.
 */
int target_create(const char *path, mode_t mode, struct target *out, struct err *err);
/* Bytes that its file system has room for. */
int target_room(const struct target *target, uint64_t *bytes);
int target_sync(struct target *target, struct err *err);
/* Gives it its name. */
int target_commit(struct target *target, struct err *err);
/* Removes what there is of it, by whichever name. */
void target_undo(struct target *target);
void target_finish(struct target *target); /* removes it where it has no name yet */

#endif
