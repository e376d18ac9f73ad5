/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Writes a cpio archive in the "newc" format that the kernel unpacks as its first root
 * (Documentation/driver-api/early-userspace/buffer-format.rst).
 */
#ifndef BASE_CPIO_H
#define BASE_CPIO_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Takes the archive's bytes; returns 0 or -errno. */
typedef int (*cpio_write_fn)(void *to, const void *data, size_t size);

struct cpio {
	cpio_write_fn write;
	void *to;
	uint32_t inode;
	size_t offset;
};

void cpio_init(struct cpio *cpio, cpio_write_fn write, void *to);

/* Each returns 0 or -errno of the writer. Paths have no leading slash; folders come first. */
int cpio_folder(struct cpio *cpio, const char *path);
int cpio_file(struct cpio *cpio, const char *path, mode_t mode, const void *data, size_t size);
int cpio_character_device(
        struct cpio *cpio, const char *path, mode_t mode, unsigned major, unsigned minor);

/* Writes the end mark. */
int cpio_end(struct cpio *cpio);

#endif
