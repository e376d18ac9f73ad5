/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Initramfs systems: which one this PC has, and how our own second initramfs gets into the boot with it.
 *
 * Ours is one small uncompressed cpio archive, INITRAMFS_OVERLAY, which only our boot entry names, before
 * the stock initramfs of the same kernel: the kernel unpacks several archives into one root
 * (Documentation/driver-api/early-userspace/buffer-format.rst). So it is the same for every kernel, takes
 * a megabyte of /boot, and whatever the system puts into its own initramfs later is there for us too.
 * It is uncompressed and first because not every decompressor lets another archive follow
 * (lib/decompress_unlz4.c takes what comes behind for padding).
 *
 * One file and one row of the table for each system.
 */
#ifndef SETUP_INITRAMFS_H
#define SETUP_INITRAMFS_H

#include "base/root.h"

#define INITRAMFS_OVERLAY "/boot/playthrough.cpio"

/* A file made from a template, in which @ID@ and @ARGUMENTS@ are replaced. */
struct boot_file {
	const char *path;
	const char *template; /* name in DATADIR/boot */
	mode_t mode;
};

struct initramfs {
	const char *name;
	/* Where it was found, e.g. "/usr/sbin/mkinitramfs", or NULL. */
	const char *(*detect)(const struct root *root);
	/* The rest is NULL for a system that is known and not supported yet. */
	/* A shell script of this path in the initramfs is run before anything there loads a driver... */
	const char *script;
	/* ...and that this is so is looked up; fails with PT-BOOT-03. */
	int (*check)(const struct root *root, struct err *err);
};

extern const struct initramfs initramfs_tools;

/* The row for this PC; @where says what was found. NULL with PT-BOOT-02 when none is supported. */
const struct initramfs *initramfs_detect(
        const struct root *root, const char **where, struct err *err);

/* What the archive is made of. */
struct overlay {
	const char *id; /* of the plan */
	const char *bind_conf;
	const void *program; /* playthrough-bind */
	size_t program_size;
};

/* The archive's bytes, the same for the same parts; caller frees. */
void *initramfs_overlay(
        const struct initramfs *initramfs, const struct overlay *overlay, size_t *size);

/* The environment for tools that live in sbin, which not every root's PATH has; caller frees. */
char *initramfs_path_env(void);

#endif
