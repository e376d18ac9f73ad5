/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whole disks, what is on them, and what of this PC stands on them.
 *
 * Contents are what udev found (/run/udev/data); nothing is read from a disk here, and no root needed.
 */
#ifndef HOST_DISK_H
#define HOST_DISK_H

#include "base/pciaddr.h"
#include "base/root.h"

struct disk_partition {
	char *name;    /* kernel name, "sda1" */
	uint64_t size; /* bytes */
	char *fs_type; /* ID_FS_TYPE: "ntfs", "ext4", "LVM2_member", "swap"; NULL */
	char *label;   /* ID_FS_LABEL or ID_PART_ENTRY_NAME; NULL */
};

struct disk {
	char *name;  /* kernel name, "sda": shown, never stored */
	char *by_id; /* the /dev/disk/by-id link that names it best (with serial), NULL if none */
	struct strv links;    /* all /dev/disk/by-id links of the whole disk */
	char *model, *serial; /* NULL unknown */
	uint64_t size;        /* bytes */
	unsigned devno_major, devno_minor;
	bool removable, read_only, rotational;
	char *usb; /* the USB device it hangs on, "1-2.3"; NULL: none */
	bool has_controller;
	struct pci_addr controller; /* PCI function it hangs on */
	char *table;                /* ID_PART_TABLE_TYPE "gpt", "dos"; NULL */
	char *fs_type;              /* a file system or member directly on the disk, NULL */
	struct disk_partition *partitions;
	size_t n_partitions;
	/*
	 * What of the host uses it, in words with the source: "sda2 is mounted on / (/proc/self/mountinfo)",
	 * "sda3 is held by dm-0 (/sys/block/sda/sda3/holders)", "sda4 is swap (/proc/swaps)". Empty: free.
	 */
	struct strv uses;
	struct strv
	        mounts; /* mount points on it, directly or through what holds it: "/", "/boot" */
	bool swap;      /* the same for swap space */
	char *root_through; /* what lies between it and the root file system: "LVM vg0-root through dm-0"; NULL */
};

struct disks {
	struct disk *
	        list; /* ordered by kernel name; without loop, ram, zram, dm, md, sr, fd, nbd without size */
	size_t n;
};

int disks_take(const struct root *root, struct disks *out, struct err *err);
void disks_finish(struct disks *disks);
/* By any /dev/disk/by-id link, or /dev/NAME. NULL: none. */
const struct disk *disks_find(const struct disks *disks, const char *path);

#endif
