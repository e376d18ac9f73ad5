/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What of the host stands on a block device: mounts, swap, device mapper, RAID, file systems over several disks,
 * programs. What the kernel does not show as a holder (btrfs, ZFS, loop, zram, what is served to other PCs) is found by
 * other ways.
 */
#ifndef HOST_BLOCK_USERS_H
#define HOST_BLOCK_USERS_H

#include "host/block_opens.h"
#include "host/disk.h"
#include "host/mounts.h"

/* What stands on a file or a block device by its path. */
struct block_backed {
	char *device; /* "loop0", "zram0"; NULL: it is served to other PCs */
	char *source; /* the file that told: "/sys/block/loop0/loop/backing_file" */
	struct block_place place;
};

/* A file system that is in use. */
struct block_system {
	const char *type; /* "btrfs" */
	char *node;       /* kernel name of the device, one of several: "sda2" */
	char *source;     /* what told: "/sys/fs/ext4/sda2" */
};

/* Taken once for all disks. */
struct block_users {
	const char *mounts_path; /* the file that told */
	struct mounts mounts;
	struct mounts elsewhere; /* in other mount namespaces, and nowhere else */
	struct strv swaps;       /* "/dev/sda3" */
	struct block_system *systems;
	size_t n_systems;
	struct block_backed *backed;
	size_t n_backed;
	struct block_opens opens;
	bool zfs;    /* the zfs module is loaded: it may hold any of its members */
	bool partly; /* not all processes could be looked at */
};

struct block_node {
	const char *name;   /* kernel name: "sda2" */
	const char *folder; /* "/sys/block/sda/sda2" */
	const char *fs_type;
};

void block_users_take(const struct root *root, struct block_users *out);
void block_users_finish(struct block_users *users);
/* Adds to the disk's uses, mounts, swap and VMs what stands on @node: the disk or one of its partitions. */
void block_users_of(const struct root *root, const struct block_users *users,
        const struct block_node *node, struct disk *disk);

#endif
