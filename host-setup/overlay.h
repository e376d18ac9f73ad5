/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Our second initramfs: what early boot needs of ours, in an archive that only our boot entry names.
 *
 * One small uncompressed cpio archive stands before the stock initramfs of the kernel: the kernel unpacks several
 * archives into one root (Documentation/driver-api/early-userspace/buffer-format.rst). It is the same for
 * every kernel, takes a megabyte of /boot, and whatever the system puts into its own initramfs later is there
 * for us too. It is uncompressed and first because not every decompressor lets another archive follow
 * (lib/decompress_unlz4.c takes what comes behind for padding); microcode is still found behind it
 * (lib/earlycpio.c goes on past the end of an archive).
 *
 * Who made the stock initramfs (initramfs-tools, dracut, mkinitcpio, booster, ...) does not matter, and its image
 * is never made anew: rdinit= on our command line has the kernel start our program, which then
 * starts /init as the kernel would have done (Documentation/admin-guide/kernel-parameters.txt).
 */
#ifndef SETUP_OVERLAY_H
#define SETUP_OVERLAY_H

#include <stddef.h>

#define OVERLAY_NAME "playthrough.cpio"
/* In a folder that no other image has: /usr/lib may be a link there, which an archive before it must not make a folder. */
#define OVERLAY_PROGRAM "playthrough/playthrough-bind"
/* On the kernel command line of our entry, and nowhere else. */
#define OVERLAY_ARGUMENT "rdinit=/" OVERLAY_PROGRAM

/* What the archive is made of. */
struct overlay {
	const char *bind_conf;
	const void *program; /* playthrough-bind, static */
	size_t program_size;
};

/* The archive's bytes, the same for the same parts; caller frees. */
void *overlay_make(const struct overlay *overlay, size_t *size);

#endif
