/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/secret.h"

#include "base/i18n.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static int refuse(const char *what, const char *name, struct err *err)
{
	err_set(err, -EINVAL, what, name);
	err_code(err, CODE_IMAGE_SECRET);
	return -EINVAL;
}

/* One byte more than may be is asked for, so that what is too long shows. */
static ssize_t read_some(int fd, char *text, size_t room)
{
	size_t used = 0;

	while (used < room && !memchr(text, '\n', used)) {
		ssize_t n = read(fd, text + used, room - used);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		used += (size_t)n;
	}
	return (ssize_t)used;
}

int secret_read_line(int fd, const char *name, char text[SECRET_MOST + 1], struct err *err)
{
	ssize_t n = read_some(fd, text, SECRET_MOST + 1);
	const char *end = n > 0 ? memchr(text, '\n', (size_t)n) : NULL;
	size_t size = end ? (size_t)(end - text) : n > 0 ? (size_t)n : 0;

	if (n < 0) {
		err_errno(err, (int)n, "%s", name);
		err_code(err, CODE_IMAGE_SECRET);
		return (int)n;
	}
	if (size > SECRET_MOST) {
		refuse(_("%s: a passphrase has at most 4096 bytes, and its first line has more"),
		        name, err);
		return -EINVAL;
	}
	text[size] = '\0';
	if (!size)
		return refuse(
		        _("%s: its first line, which is to be a passphrase, is empty"), name, err);
	if (strlen(text) != size)
		return refuse(_("%s: its first line, which is to be a passphrase, has a zero byte "
		                "in it"),
		        name, err);
	return 0;
}

int secret_keep(const char *text, int *fd, struct err *err)
{
	size_t n = strlen(text);
	cleanup_close int memory =
	        memfd_create("playthrough-secret", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (memory < 0 || write(memory, text, n) != (ssize_t)n || fchmod(memory, 0444) < 0 ||
	        fcntl(memory, F_ADD_SEALS,
	                F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) < 0)
		return err_errno(err, errno ? -errno : -EIO, "memfd");
	*fd = take_fd(memory);
	return 0;
}
