/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "image/use.h"

#include <errno.h>
#include <fcntl.h>

/* 1, 0, or -errno. */
static int is_locked(int fd, off_t from, off_t n)
{
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = from, .l_len = n};

	return fcntl(fd, F_OFD_GETLK, &lock) < 0 ? -errno : lock.l_type != F_UNLCK;
}

/* QEMU, block/file-posix.c: byte 100 + N is locked by whoever has permission N; 1 is to write. */
enum image_use image_use(int fd)
{
	int written = is_locked(fd, 101, 1), used = is_locked(fd, 100, 108);

	if (written < 0 || used < 0)
		return IMAGE_UNKNOWN;
	return written ? IMAGE_WRITTEN : used ? IMAGE_READ : IMAGE_FREE;
}
