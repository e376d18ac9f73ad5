/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "backup/target.h"

#include "base/i18n.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define ENDING ".playthrough-new"

char *target_temporary(const char *path)
{
	const char *slash = strrchr(path, '/');
	int n = slash ? (int)(slash + 1 - path) : 0;

	return xasprintf("%.*s.%s" ENDING, n, path, path + n);
}

static int refuse(const struct target *t, int number, struct err *err)
{
	err_errno(err, number, _("%s: cannot be written"), t->path);
	if (number == -ENOSPC || number == -EDQUOT || number == -EFBIG)
		err_hint(err, _("take a place with more room (df -h), whose file system holds "
		                "files of that size"));
	else
		err_hint(err, _("check that its folder is there and may be written to (ls -ld)"));
	err_code(err, number == -ENOSPC ? CODE_BACKUP_ROOM : CODE_BACKUP_TARGET);
	return number;
}

static int refuse_existing(const struct target *t, struct err *err)
{
	err_set(err, -EEXIST, _("%s is there already, and nothing is overwritten"), t->path);
	err_hint(err, _("take another name or folder, or put it aside"));
	err_code(err, CODE_BACKUP_TARGET);
	return -EEXIST;
}

static bool exists(const struct target *t)
{
	return faccessat(t->folder, t->name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

/* Whoever has the lock writes it now; a run that was killed has none any more. */
static int take_over(struct target *t, mode_t mode)
{
	struct stat folder, st;

	t->fd = openat(t->folder, t->temporary,
	        O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);
	if (t->fd < 0 || fstat(t->fd, &st) < 0)
		return -errno;
	if (fstat(t->folder, &folder) < 0)
		return -errno;
	/* In a folder for everybody, another could have made it first, and read along. */
	if (!S_ISREG(st.st_mode) || st.st_nlink != 1 ||
	        (st.st_uid != geteuid() && st.st_uid != folder.st_uid))
		return -EEXIST;
	if (flock(t->fd, LOCK_EX | LOCK_NB) < 0 && errno == EWOULDBLOCK)
		return -EBUSY;
	if (ftruncate(t->fd, 0) < 0)
		return -errno;
	if (geteuid() == 0 && folder.st_uid != st.st_uid &&
	        fchown(t->fd, folder.st_uid, folder.st_gid) < 0)
		return -errno;
	/* A file system without modes has those of its mount. */
	if (fchmod(t->fd, mode) < 0 && errno != EPERM && errno != EOPNOTSUPP)
		return -errno;
	t->device = st.st_dev;
	t->inode = st.st_ino;
	return 0;
}

static int refuse_running(struct target *t, struct err *err)
{
	err_set(err, -EBUSY, _("another playthrough is writing %s just now"), t->path);
	err_hint(err, _("wait for its end"));
	err_code(err, CODE_BACKUP_TARGET);
	return -EBUSY;
}

int target_create(const char *path, mode_t mode, struct target *out, struct err *err)
{
	const char *slash = strrchr(path, '/');
	cleanup_free char *folder = !slash          ? xstrdup(".")
	                            : slash == path ? xstrdup("/")
	                                            : xstrndup(path, (size_t)(slash - path));
	int r = 0;

	*out = (struct target){.path = xstrdup(path), .folder = -1, .fd = -1};
	out->name = xstrdup(slash ? slash + 1 : path);
	out->temporary = target_temporary(out->name);
	out->folder = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (out->folder < 0)
		r = refuse(out, -errno, err);
	else if (exists(out))
		r = refuse_existing(out, err);
	else
		r = take_over(out, mode);
	if (r < 0 && out->fd >= 0)
		r = r == -EBUSY ? refuse_running(out, err) : refuse(out, r, err);
	else if (r < 0 && out->folder >= 0 && r != -EEXIST)
		r = refuse(out, r, err);
	if (r == -EBUSY || r == -EEXIST)
		close_fd(&out->fd), out->fd = -1; /* another's */
	if (r < 0)
		target_finish(out);
	return r;
}

int target_room(const struct target *t, uint64_t *bytes)
{
	struct statvfs vfs;

	if (fstatvfs(t->fd, &vfs) < 0)
		return -errno;
	*bytes = (uint64_t)vfs.f_bavail * vfs.f_frsize;
	return 0;
}

int target_sync(struct target *t, struct err *err)
{
	return fsync(t->fd) < 0 ? refuse(t, -errno, err) : 0;
}

static int give_name(struct target *t)
{
	if (renameat2(t->folder, t->temporary, t->folder, t->name, RENAME_NOREPLACE) == 0)
		return 0;
	/* Some file systems of networks cannot do both at once. */
	if (errno != EINVAL && errno != ENOSYS)
		return -errno;
	if (exists(t))
		return -EEXIST;
	return renameat(t->folder, t->temporary, t->folder, t->name) < 0 ? -errno : 0;
}

int target_commit(struct target *t, struct err *err)
{
	int r = give_name(t);

	if (r == 0 && fsync(t->folder) < 0)
		r = -errno;
	t->done = r == 0;
	return r == -EEXIST ? refuse_existing(t, err) : r < 0 ? refuse(t, r, err) : 0;
}

static void remove_own(const struct target *t, const char *name)
{
	struct stat st;

	if (fstatat(t->folder, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && st.st_dev == t->device &&
	        st.st_ino == t->inode)
		unlinkat(t->folder, name, 0);
}

void target_undo(struct target *t)
{
	if (t->folder < 0 || t->fd < 0)
		return;
	remove_own(t, t->temporary);
	remove_own(t, t->name);
	fsync(t->folder);
	t->done = true;
}

void target_finish(struct target *t)
{
	if (t->path && !t->done)
		target_undo(t);
	if (t->path) {
		close_fd(&t->fd);
		close_fd(&t->folder);
	}
	free(t->path);
	free(t->name);
	free(t->temporary);
	*t = (struct target){.folder = -1, .fd = -1};
}
