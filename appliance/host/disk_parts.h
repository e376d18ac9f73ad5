/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the parts of disks_take() share. Used by disk*.c alone.
 *
 * What is on a disk was written by strangers, so that nothing that is root parses it: udev's blkid has, and its database
 * tells (/run/udev/data).
 */
#ifndef HOST_DISK_PARTS_H
#define HOST_DISK_PARTS_H

#include "host/block_users.h"

/* The database's text about a block device ("S:disk/by-id/...", "E:ID_FS_TYPE=ext4"), or NULL. Caller frees. */
char *disk_udev_read(const struct root *root, const char *folder);
/* The value of a property, decoded; caller frees. NULL where it is not there or empty. */
char *disk_udev_get(const char *db, const char *key);
/* Of the first of @keys, which end with NULL, that has one. */
char *disk_udev_first(const char *db, const char *const *keys);
/* Adds its links in /dev/disk/@folder, sorted. */
void disk_udev_links(const char *db, const char *folder, struct strv *links);
/* Is it a part of something that is put together of several, such as RAID, LVM, ZFS or a path of multipath? */
bool disk_udev_is_member(const char *db, const char *fs_type);

/* Bytes; /sys tells them in sectors of 512, whatever the disk's own are. */
uint64_t disk_take_size(const struct root *root, const char *folder);
void disk_take_devno(const struct root *root, const char *folder, unsigned *major, unsigned *minor);
/* What is on the node by itself: type and UUID, and what makes it no free one. */
void disk_take_content(const struct root *root, const char *folder, const char *name,
        struct disk *d, struct disk_content *content);
void disk_take_partitions(const struct root *root, const struct block_users *users,
        const char *folder, struct disk *d);
/* Of kernel names, for qsort(): sda2 comes before sda10. */
int disk_compare_names(const void *a, const void *b);
/* When all disks are known: what two of them have together. */
void disks_compare(struct disks *disks);
void disk_content_finish(struct disk_content *content);

#endif
