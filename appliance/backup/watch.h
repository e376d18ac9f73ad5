/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who looks on while bytes are read and written, and may want it to end. */
#ifndef BACKUP_WATCH_H
#define BACKUP_WATCH_H

#include "base/err.h"

enum backup_stage { BACKUP_WRITING, BACKUP_COMPARING };

struct backup_watch {
	/* Called often, with what is done of all in bytes. Below 0: it is to end. */
	int (*tell)(void *user, enum backup_stage stage, uint64_t done, uint64_t all);
	void *user;
	uint64_t done, all;
	enum backup_stage stage;
};

void backup_watch_begin(struct backup_watch *watch, enum backup_stage stage, uint64_t all);
/* 0, or -ECANCELED with @err. */
int backup_watch_add(struct backup_watch *watch, uint64_t n, struct err *err);

#endif
