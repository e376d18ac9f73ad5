/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Disks and their partitions, what is on them, and what of this PC stands on them.
 *
 * Contents are what udev found (/run/udev/data); nothing is read from a disk here, and no root needed.
 */
#ifndef HOST_DISK_H
#define HOST_DISK_H

#include "base/pciaddr.h"
#include "base/root.h"

/* What udev found on a whole disk or on a partition. */
struct disk_content {
	bool known;    /* udev has looked; else what is NULL here may be anything */
	char *fs_type; /* ID_FS_TYPE: "ntfs", "ext4", "LVM2_member", "swap"; NULL: none */
	char *label;   /* ID_FS_LABEL or ID_PART_ENTRY_NAME; NULL */
	char *uuid;    /* ID_FS_UUID; NULL */
	char *source;  /* the file that told, or would have: "/run/udev/data/b8:1" */
	char *doubt;   /* why it cannot be said what is on it, in words; NULL: it can */
	bool member;   /* a part of RAID, LVM, ZFS, multipath, a btrfs of several disks... */
};

struct disk_partition {
	char *name;           /* kernel name, "sda1" */
	struct strv links;    /* all links in /dev/disk/by-partuuid and /dev/disk/by-id */
	char *path;           /* the link that names it best: by-partuuid; NULL if none */
	uint64_t start, size; /* bytes */
	unsigned devno_major, devno_minor;
	char *type; /* ID_PART_ENTRY_TYPE: a GUID, or "0x83"; NULL */
	struct disk_content content;
	struct strv uses;         /* those of the disk that are of this partition */
	struct strv members, vms; /* the same */
};

struct disk {
	char *name;  /* kernel name, "sda": shown, never stored */
	char *by_id; /* the /dev/disk/by-id link that names it best (with serial), NULL if none */
	struct strv links;    /* all /dev/disk/by-id links of the whole disk */
	char *model, *serial; /* NULL unknown */
	uint64_t size;        /* bytes */
	unsigned devno_major, devno_minor;
	uint64_t
	        seq; /* /sys/block/NAME/diskseq: no other disk gets it until the next start; 0 unknown */
	bool removable, read_only, rotational;
	const char
	        *bus; /* "nvme", "usb", "ata", "scsi", "mmc", "virtio"; NULL: another, or unknown */
	char *usb;    /* the USB device it hangs on, "1-2.3"; NULL: none */
	bool has_controller;
	struct pci_addr controller;  /* PCI function it hangs on */
	char *table;                 /* ID_PART_TABLE_TYPE "gpt", "dos"; NULL */
	struct disk_content content; /* a file system or member directly on the disk */
	struct disk_partition *partitions;
	size_t n_partitions;
	/*
	 * What of the host uses it or a part of it, in words with the source: "sda2 is mounted on / (/proc/self/mountinfo)",
	 * "sda3 is held by dm-0 (/sys/block/sda/sda3/holders)", "sda4 is swap (/proc/swaps)". Empty: free.
	 */
	struct strv uses;
	struct strv own_uses; /* those of them that are of the whole disk, and so of each part */
	/*
	 * What nothing has open now, and yet may be a part of something of the host's: "sda5 is a part of something of
	 * several: LVM2_member (/run/udev/data/b8:5)". Not among the uses.
	 */
	struct strv members, own_members;
	struct strv
	        doubts; /* all of what is on it: what cannot be said, in words with the source */
	bool opened;    /* some of the uses are but programs that have it open: that may pass */
	struct strv vms, own_vms; /* VMs of ours that have it, which is not among the uses */
	struct strv
	        mounts; /* mount points on it, directly or through what holds it: "/", "/boot" */
	bool swap;      /* the same for swap space */
	char *root_through; /* what lies between it and the root file system: "LVM vg0-root through dm-0"; NULL */
};

struct disks {
	struct disk *
	        list; /* ordered by kernel name; without loop, ram, zram, dm, md, sr, fd, nbd without size */
	size_t n;
	bool partly; /* not all programs could be looked at: that needs root */
};

int disks_take(const struct root *root, struct disks *out, struct err *err);
void disks_finish(struct disks *disks);
/* By any /dev/disk/by-id link, or /dev/NAME. NULL: none. */
const struct disk *disks_find(const struct disks *disks, const char *path);

/* A whole disk, or one partition of it. */
struct disk_part {
	const struct disk *disk;                /* NULL: there is none */
	const struct disk_partition *partition; /* NULL: the whole disk */
};

/* By any link of the disk or of a partition, or /dev/NAME of either. */
struct disk_part disks_find_part(const struct disks *disks, const char *path);
const char *disk_part_name(struct disk_part part); /* kernel name */
uint64_t disk_part_size(struct disk_part part);
bool disk_parts_overlap(struct disk_part a, struct disk_part b);
/*
 * Adds what keeps @part from being given away: of a whole disk all uses; of a partition its own, those of partitions
 * that lie over it, and of the whole disk. With @members, also what is a part of something that nothing has open.
 */
void disk_part_uses(struct disk_part part, bool members, struct strv *out);
/* Adds the names of our VMs that have @part, or a part of it, or what it is a part of. */
void disk_part_vms(struct disk_part part, struct strv *out);
/* A partition that holds others, or lies over one: no guest can have it by itself. NULL: it is none such; caller frees. */
char *disk_part_unsafe(struct disk_part part);

#endif
