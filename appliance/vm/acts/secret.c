/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A passphrase is read by root, and handed on as a file in memory: QEMU's user can read neither the file nor its folder. */
#include "vm/acts/acts.h"

#include "base/i18n.h"
#include "base/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

static int refuse(int number, struct err *err)
{
	err_code(err, CODE_IMAGE_SECRET);
	return number;
}

static int check_file(const char *path, const struct stat *st, struct err *err)
{
	if (!S_ISREG(st->st_mode)) {
		err_set(err, -EINVAL, _("%s, which is to hold a passphrase, is not a file"), path);
		return refuse(-EINVAL, err);
	}
	if (st->st_uid == geteuid() && !(st->st_mode & 077))
		return 0;
	err_set(err, -EPERM,
	        _("%s holds a passphrase, and is of user %u with mode %04o: others could read or "
	          "change it"),
	        path, st->st_uid, st->st_mode & 07777);
	err_hint(err, _("chown %u %s; chmod 600 %s"), geteuid(), path, path);
	return refuse(-EPERM, err);
}

int act_secret_open(const struct root *root, const char *path, int *fd, struct err *err)
{
	cleanup_close int opened =
	        root_openat(root, path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW, 0);
	char text[SECRET_MOST + 1];
	struct stat st;
	int r;

	if (opened < 0 || fstat(opened, &st) < 0) {
		r = opened < 0 ? opened : -errno;
		err_errno(err, r, _("%s, which is to hold a passphrase"), path);
		return refuse(r, err);
	}
	r = check_file(path, &st, err);
	if (r < 0)
		return r;
	r = secret_read_line(opened, path, text, err);
	r = r < 0 ? r : secret_keep(text, fd, err);
	explicit_bzero(text, sizeof(text));
	return r;
}
