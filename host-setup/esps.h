/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The EFI system partitions that proxmox-boot-tool(8) keeps in step: its list names them, nobody mounts them.
 *
 * They are mounted for the length of one act, in a mount namespace of our own (as the tool itself does it): whatever ends
 * us, a kill -9 too, ends the mounts, and nobody else ever sees them.
 */
#ifndef SETUP_ESPS_H
#define SETUP_ESPS_H

#include "base/root.h"

#define ESPS_LIST "/etc/kernel/proxmox-boot-uuids"

struct esps {
	struct root
	        root; /* through which they are seen: one that was open before sees no mount of ours */
	struct strv mounted; /* mount points, in the order of mounting */
	struct strv points;  /* those of them where systemd-boot and the tool's kernels are */
};

/* Adds the UUIDs of the list. -EINVAL where a line is none of a FAT file system, or where it holds none. */
int esps_list(const struct root *root, struct strv *uuids);
/* The device of UUID @uuid, a link that udev makes; caller frees. */
char *esps_device(const char *uuid);
/* Whether this process may mount at all: where it may not, what is there cannot be seen. */
bool esps_may_open(const struct root *root);
/*
 * Mounts all that are there. Fails with PT-BOOT-01 where some of them, which are all named, cannot be mounted or none is of
 * use; nothing stays mounted then. esps_close() in any case.
 */
int esps_open(const struct root *root, struct esps *out, struct err *err);
void esps_close(struct esps *esps);

#endif
