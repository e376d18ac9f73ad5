/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/owner.h"

#include "base/i18n.h"
#include "base/util.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

static int look(const struct root *root, const char *path, int flags, struct stat *st)
{
	cleanup_close int fd = root_openat(root, path, O_PATH | flags, 0);

	return fd < 0 ? fd : fstat(fd, st) < 0 ? -errno : 0;
}

/* The first user but root who owns a part of the way to @path, be it a link or what it leads to; 0: nobody. */
static int owner_on_the_way(const struct root *root, const char *path, uid_t *owner)
{
	struct stat st = {0};

	*owner = 0;
	for (const char *end = path; *end && !*owner;) {
		cleanup_free char *part = NULL;
		int r;

		end += 1 + strcspn(end + 1, "/");
		part = xstrndup(path, (size_t)(end - path));
		r = look(root, part, O_NOFOLLOW, &st);
		if (r == 0 && st.st_uid == 0)
			r = look(root, part, 0, &st);
		if (r < 0)
			return r;
		*owner = st.st_uid;
	}
	return 0;
}

static bool is_same(const struct root *root, const char *path, const struct stat *opened)
{
	struct stat st;

	return look(root, path, 0, &st) == 0 && st.st_dev == opened->st_dev &&
	       st.st_ino == opened->st_ino;
}

static int refuse_moved(const char *path, struct err *err)
{
	err_set(err, -EPERM, _("%s is another file by now"), path);
	err_code(err, CODE_DISK_OWNER);
	return -EPERM;
}

int owner_check(
        const struct root *root, const char *path, const struct stat *opened, struct err *err)
{
	uid_t owner;

	if (geteuid())
		return 0;
	if (owner_on_the_way(root, path, &owner) < 0 || !is_same(root, path, opened))
		return refuse_moved(path, err);
	if (!owner || (opened->st_uid == owner && opened->st_nlink == 1))
		return 0;
	err_set(err, -EPERM,
	        _("the way to %s is in the hands of user %u, and the file is of user %u, with %u "
	          "names"),
	        path, owner, opened->st_uid, (unsigned)opened->st_nlink);
	err_hint(err, _("give the file to that user (chown %u), or move it to a folder of root's"),
	        owner);
	err_code(err, CODE_DISK_OWNER);
	return -EPERM;
}
