/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What this system was started with: kernel, initramfs and command line, and how a boot loader names these files.
 * From it the entry is described that a person adds by hand.
 */
#ifndef SETUP_STOCK_START_H
#define SETUP_STOCK_START_H

#include "base/root.h"

struct stock_start {
	char *release; /* "6.1.0-18-amd64" */
	char *kernel;  /* "/boot/vmlinuz-6.1.0-18-amd64" */
	struct strv
	        initrds; /* "/boot/amd-ucode.img", "/boot/initramfs-linux.img": in the order of loading */
	char *options; /* without what a loader adds (BOOT_IMAGE=, initrd=) and without what is ours */
	char *folder; /* of the kernel: "/boot" */
	char *prefix; /* what stands for @folder on its own file system: "", "/boot", "/@/boot" */
	char *device; /* "/dev/sda1" of mountinfo, where @folder is */
	bool fat;     /* a file system that knows no modes */
	char *point;  /* where that is mounted */
};

/* Fails with PT-BOOT-01 where one of them cannot be found out: a command line without root= is not written. */
int stock_start_take(const struct root *root, struct stock_start *out, struct err *err);
void stock_start_finish(struct stock_start *start);

/* The name of a file in @start's folder as the loader sees it, "/boot/vmlinuz-6.1"; caller frees. */
char *stock_start_path(const struct stock_start *start, const char *name);

#endif
