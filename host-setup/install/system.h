/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Writes the running system to a disk, which it erases. Thin: who may be erased is judged before (choose.h), what the copy
 * is told of itself is made by identity.h.
 *
 * All mounts are in a mount namespace of our own, and so are gone with this process however it ends. The boot entry comes
 * last: until then the PC starts as it did.
 */
#ifndef INSTALL_SYSTEM_H
#define INSTALL_SYSTEM_H

#include "host/disk.h"
#include "identity.h"

struct install {
	const char *definitions; /* folder of repart.d(5) files: the partitions to be made */
	struct identity here;    /* of the running system */
	uint64_t needed;         /* see install_judge() */
	void (*stage)(const char *what);
	void (*tell)(unsigned percent);
};

/* @disk was judged and confirmed; it is looked at once more, and no other is written to that has its name by now. */
int install_system(const struct install *install, const struct disk *disk, struct err *err);

#endif
