/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The arguments of qemu-img(1), which runs shut in and gets every file as an open descriptor. Pure.
 *
 * Images are named by json:, so that a format is said and never guessed, and so that no image has a file opened that
 * its own bytes name: what it stands on is said here, or is nothing.
 */
#ifndef IMAGE_ARGS_H
#define IMAGE_ARGS_H

#include "base/strv.h"

#define IMAGE_FD_FIRST   10u /* where the first file is in the process that runs qemu-img */
#define IMAGE_CHAIN_MOST 16u

/* One file of a chain. */
struct image_node {
	unsigned fd; /* its number there */
	const char *
	        format; /* of enum-like words: "raw", "qcow2", "vmdk", "vdi", "vhdx"; NULL: guessed */
	bool encrypted; /* with LUKS, by the passphrase at @secret of its chain */
};
/* An image and what it stands on, the top first. */
struct image_chain {
	struct image_node list[IMAGE_CHAIN_MOST];
	size_t n;
	int secret; /* number of the descriptor with its passphrase; -1: none */
};

/* "raw qcow2 vmdk vdi vhdx": what can be read; and what can be made. */
bool image_format_readable(const char *format);
bool image_format_writable(const char *format);

void image_args_info(struct strv *args, const struct image_chain *image);
void image_args_measure(struct strv *args, const struct image_chain *image, const char *format);
/* @repair: NULL, "leaks" or "all". */
void image_args_check(struct strv *args, const struct image_chain *image, const char *repair);
void image_args_resize(
        struct strv *args, const struct image_chain *image, uint64_t bytes, bool shrink);
enum image_snapshot { IMAGE_SNAPSHOT_CREATE, IMAGE_SNAPSHOT_APPLY, IMAGE_SNAPSHOT_DELETE };
void image_args_snapshot(struct strv *args, const struct image_chain *image,
        enum image_snapshot what, const char *tag);
void image_args_drop_bitmap(struct strv *args, const struct image_chain *image, const char *bitmap);
/*
 * A new image in the file of @image, which is one node; @backing: the name of the file it stands on, as its header
 * will have it, which is not opened.
 */
void image_args_create(struct strv *args, const struct image_chain *image, uint64_t bytes,
        const char *backing, const char *backing_format);
/* From one image into another that was just made. */
void image_args_convert(
        struct strv *args, const struct image_chain *from, const struct image_chain *to);
void image_args_compare(
        struct strv *args, const struct image_chain *one, const struct image_chain *other);

#endif
