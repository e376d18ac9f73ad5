/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Initramfs systems: which one this PC has, and how our second image is made with it.
 *
 * One file and one row of the table for each. The files it installs are inert without our token; their
 * text comes from templates in DATADIR/boot.
 */
#ifndef SETUP_INITRAMFS_H
#define SETUP_INITRAMFS_H

#include "base/root.h"

/* A file made from a template, in which @ID@, @ARGUMENTS@ and @LIBEXECDIR@ are replaced. */
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
	const struct boot_file *files;
	size_t n_files;
	/* Our image for that kernel: path (caller frees), building it as a whole, looking into it. */
	char *(*image)(const char *kernel);
	/* What it needs before it starts, or 0 (fails with PT-BOOT-05 when /boot has too little room). */
	int (*prepare)(const struct root *root, const char *kernel, struct err *err);
	int (*build)(const struct root *root, const char *kernel, struct err *err);
	int (*check)(const struct root *root, const char *kernel, const char *id, struct err *err);
	/* Every image of ours, for whatever kernel. */
	int (*remove)(const struct root *root, struct err *err);
	void (*images)(const struct root *root, struct strv *paths);
};

extern const struct initramfs initramfs_tools;

/* The row for this PC; @where says what was found. NULL with PT-BOOT-02 when none is supported. */
const struct initramfs *initramfs_detect(
        const struct root *root, const char **where, struct err *err);

/* The environment for tools that live in sbin, which not every root's PATH has; caller frees. */
char *initramfs_path_env(void);

#endif
