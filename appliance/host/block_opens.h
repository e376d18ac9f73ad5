/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Programs that have a block device open, from /proc/PID/fd. The kernel lets O_EXCL pass where a program reads or writes
 * a disk without it (dd, a server of NBD or iSCSI, another VM), so that only this shows.
 *
 * Other users' /proc/PID/fd takes CAP_SYS_PTRACE. Who lacks it asks playthrough-opens, which has nothing else (opens.c).
 */
#ifndef HOST_BLOCK_OPENS_H
#define HOST_BLOCK_OPENS_H

#include "base/root.h"

/* A block device by the path of its node, and by its number where that is known. */
struct block_place {
	char *path;            /* "/dev/sda2", links followed */
	unsigned major, minor; /* major 0: not known, or no block device */
};

struct block_open {
	char *process; /* its number */
	char *program; /* its name, which it may have chosen itself */
	char *vm;      /* of our VMs the name of the one it is; NULL: it is none */
	struct block_place place;
};

struct block_opens {
	struct block_open *list;
	size_t n;
};

/*
 * All but ours and udev's, which looks at each disk for a moment: by this process, or where it may not, by
 * playthrough-opens, for which it waits for a moment. Returns false where some processes could not be looked at.
 */
bool block_opens_take(const struct root *root, struct block_opens *out);
/* By this process alone. */
bool block_opens_scan(const struct root *root, struct block_opens *out);
void block_opens_finish(struct block_opens *opens);

/* What playthrough-opens sends: a line for each, and one with "end" and whether it saw all. Caller frees. */
char *block_opens_format(const struct block_opens *opens, bool all);
/* Returns 0, or -EINVAL for anything else, with @out empty. Whatever has the number @self is left out. */
int block_opens_parse(const char *text, const char *self, struct block_opens *out, bool *all);

#endif
