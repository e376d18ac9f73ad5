/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files collect*.c share; used by them alone. */
#ifndef BACKUP_COLLECT_PARTS_H
#define BACKUP_COLLECT_PARTS_H

#include "backup/collect.h"
#include "profile/profile.h"

struct collecting {
	const struct backup_places *places;
	const char *vm;
	struct collection *out;
	struct err *err;
};

/* Sets the code of what cannot go into a backup; returns @number. */
int collect_refuse_part(struct collecting *c, int number);
/* One file; @hold: nobody may write it meanwhile. @out (may be NULL) gets its descriptor, which stays the collection's. */
int collect_add(struct collecting *c, enum backup_kind kind, const char *path, const char *name,
        bool hold, int *out);
const char *collect_base_of(const char *path); /* the last part */
/* collect_images.c: the image of a disk, and all that it stands on. */
int collect_disk(struct collecting *c, const struct profile_disk *disk);

#endif
