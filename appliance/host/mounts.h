/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is mounted where: the lines of mountinfo, proc_pid_mountinfo(5). */
#ifndef HOST_MOUNTS_H
#define HOST_MOUNTS_H

#include "base/root.h"

struct mount {
	unsigned major, minor; /* of the file system; those of btrfs and of none are virtual */
	char *inside;          /* which folder of the file system: "/", "/@home" */
	char *point;           /* where it is seen */
	char *type;            /* "ext4" */
	char *source;          /* "/dev/sda1", "tmpfs", a name */
	char *process; /* of mounts_take_elsewhere(): the number of one that sees it; else NULL */
};

struct mounts {
	struct mount *
	        list; /* in the kernel's order: a later one at the same point covers the one before */
	size_t n;
};

/* Of the process whose /proc/.../mountinfo @path is. A file that cannot be read, or a broken line, is nothing. */
void mounts_take(const struct root *root, const char *path, struct mounts *out);
/*
 * Those of every other mount namespace that a process lives in: containers, services, and what unshare(1) makes. Each
 * namespace is read once, and what @own or another has of the same file system is left out. Returns false where some could
 * not be looked at, which takes root.
 */
bool mounts_take_elsewhere(const struct root *root, const struct mounts *own, struct mounts *out);
void mounts_finish(struct mounts *mounts);
/* The one that holds @path: the last of those with the longest mount point in front of it. NULL: none. */
const struct mount *mounts_of(const struct mounts *mounts, const char *path);
/* vfat: it knows no modes and owners. */
bool mount_is_fat(const struct mount *mount);

#endif
