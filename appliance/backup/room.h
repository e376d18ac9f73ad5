/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a restore needs of each file system that it writes to, and what is free there. */
#ifndef BACKUP_ROOM_H
#define BACKUP_ROOM_H

#include "backup/restore.h"

struct restore_room {
	char *folder;    /* one that is there, of that file system */
	uint64_t device; /* st_dev */
	uint64_t need,
	        left; /* bytes; left: as statvfs(2) tells it to a user without rights of its own */
};
struct restore_rooms {
	struct restore_room *list;
	size_t n;
};

/* By folders that are there already: nothing is made. -errno with @err where one cannot be asked. */
int restore_rooms_take(const struct restore_plan *plan, struct restore_rooms *out, struct err *err);
/* -ENOSPC with CODE_BACKUP_ROOM where any has too little. */
int restore_rooms_check(const struct restore_rooms *rooms, struct err *err);
void restore_rooms_finish(struct restore_rooms *rooms);

#endif
