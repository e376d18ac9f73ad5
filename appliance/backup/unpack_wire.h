/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the child that reads a backup tells its parent through a pipe. */
#ifndef BACKUP_UNPACK_WIRE_H
#define BACKUP_UNPACK_WIRE_H

#include "backup/manifest.h"

#define UNPACK_BLOCK (256u << 10)

enum unpack_kind {
	UNPACK_MANIFEST, /* one struct backup_manifest, then its items and what it leaves out */
	UNPACK_DATA,     /* @length bytes of item @item from @offset on */
	UNPACK_END,      /* all of it was read */
	UNPACK_ERROR     /* one struct err */
};

struct unpack_frame {
	uint32_t kind, item;
	uint64_t offset, length; /* of what follows, for UNPACK_DATA */
};

/* Reads the tar @fd, tells it to @out and ends the process. For a child that has shut itself in. */
void unpack_child(int fd, int out) __attribute__((noreturn));
/* Gives up whatever a reader of tars does not need, for good. */
int unpack_shut_in(struct err *err);

#endif
