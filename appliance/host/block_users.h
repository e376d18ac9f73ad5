/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What of the host stands on a block device: mounts, swap, device mapper, RAID, file systems over
 * several disks. What the kernel does not show as a holder (btrfs, ZFS, loop) is found by other ways.
 */
#ifndef HOST_BLOCK_USERS_H
#define HOST_BLOCK_USERS_H

#include "host/disk.h"
#include "host/mounts.h"

/* A loop device that is set up on a file or a block device. */
struct block_loop {
	char *name;            /* "loop0" */
	char *backing;         /* "/dev/sda2", links followed */
	unsigned major, minor; /* of a block device; major 0: not known, or a file */
};

/* Taken once for all disks. */
struct block_users {
	const char *mounts_path; /* the file that told */
	struct mounts mounts;
	struct strv swaps; /* "/dev/sda3" */
	struct strv btrfs; /* kernel names of the members of all mounted btrfs */
	struct block_loop *loops;
	size_t n_loops;
	bool zfs; /* the zfs module is loaded: it may hold any of its members */
};

struct block_node {
	const char *name;   /* kernel name: "sda2" */
	const char *folder; /* "/sys/block/sda/sda2" */
	const char *fs_type;
};

void block_users_take(const struct root *root, struct block_users *out);
void block_users_finish(struct block_users *users);
/* Adds to the disk's uses, mounts and swap what stands on @node: the disk or one of its partitions. */
void block_users_of(const struct root *root, const struct block_users *users,
        const struct block_node *node, struct disk *disk);

#endif
