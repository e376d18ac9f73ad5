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
	void (*stage)(const char *what);
	void (*tell)(unsigned percent);
};

/* @disk is its link in /dev/disk/by-id; it was judged, and is looked at once more. */
int install_system(const struct install *install, const char *disk, struct err *err);

#endif
