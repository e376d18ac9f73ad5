/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "backup/hold.h"

#include <errno.h>
#include <fcntl.h>

/*
 * QEMU, block/file-posix.c: a byte at 100 for each permission that one has, at 200 for each that one grants to nobody
 * else; the numbers are those of include/block/block-common.h.
 */
enum { HAS = 100, DENIES = 200, CONSISTENT_READ = 0, WRITE = 1, RESIZE = 3 };

static int lock(int fd, off_t byte)
{
	struct flock l = {.l_type = F_RDLCK, .l_whence = SEEK_SET, .l_start = byte, .l_len = 1};

	return fcntl(fd, F_OFD_SETLK, &l) < 0 ? -errno : 0;
}

/* 1: nobody has any lock on it. */
static int is_free(int fd, off_t byte, off_t length)
{
	struct flock l = {
	        .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = byte, .l_len = length};

	if (fcntl(fd, F_OFD_GETLK, &l) < 0)
		return -errno;
	return l.l_type == F_UNLCK;
}

/* First tell, then look, as QEMU does: of two who begin at once, at least one sees the other. */
int hold_image(int fd)
{
	static const int mine[] = {HAS + CONSISTENT_READ, DENIES + WRITE, DENIES + RESIZE};
	static const int theirs[] = {HAS + WRITE, HAS + RESIZE, DENIES + CONSISTENT_READ};
	int r = 0;

	for (int i = 0; r == 0 && i < 3; i++)
		r = lock(fd, mine[i]);
	if (r < 0)
		return r == -EAGAIN || r == -EACCES ? 0 : r;
	for (int i = 0; i < 3; i++) {
		r = is_free(fd, theirs[i], 1);
		if (r != 1)
			return r;
	}
	return 1;
}

int hold_tpm(int fd)
{
	struct flock l = {.l_type = F_RDLCK, .l_whence = SEEK_SET};

	if (fcntl(fd, F_OFD_SETLK, &l) == 0)
		return 1;
	return errno == EAGAIN || errno == EACCES ? 0 : -errno;
}
