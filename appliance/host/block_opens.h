/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Programs that have a block device open, from /proc/PID/fd. The kernel lets O_EXCL pass where a program reads or writes
 * a disk without it (dd, a server of NBD or iSCSI, another VM), so that only this shows.
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
 * All but ours and udev's, which looks at each disk for a moment. Returns false where some processes could not be looked
 * at, which takes root.
 */
bool block_opens_take(const struct root *root, struct block_opens *out);
void block_opens_finish(struct block_opens *opens);

#endif
