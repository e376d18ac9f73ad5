/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "settle.h"

#include "base/i18n.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <signal.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* Until it is thawed nobody can write there: there is nothing better to do than to insist. */
static void thaw(int fd)
{
	while (ioctl(fd, FITHAW, 0) < 0 && (errno == EINTR || errno == EBUSY || errno == EIO))
		usleep(10000);
}

/* Ends with 0 where the file system was frozen and thawed. */
static int freeze_and_thaw(int fd)
{
	if (ioctl(fd, FIFREEZE, 0) < 0)
		return 1;
	thaw(fd);
	return 0;
}

/*
 * In a process of its own, in a session of its own, with every signal held back that can be: Ctrl-C, a hang-up or
 * a kill -9 of us leaves it to thaw; and should it be what is killed, we thaw.
 */
static bool freeze(int fd)
{
	sigset_t all, before;
	int status = -1;
	pid_t pid;

	syncfs(fd); /* so that the freeze itself is short */
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, &before);
	pid = fork();
	if (pid == 0) {
		setsid();
		_exit(freeze_and_thaw(fd));
	}
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (pid > 0 && !WIFEXITED(status))
		thaw(fd);
	sigprocmask(SIG_SETMASK, &before, NULL);
	return pid > 0 && status == 0;
}

int settle(const struct root *root, const char *path, struct err *err)
{
	cleanup_close int fd = root_openat(root, path, O_RDONLY | O_DIRECTORY, 0);

	if (fd < 0)
		return err_errno(err, fd, "%s%s", root->path, path);
	if (root_is_host(root) && freeze(fd))
		return 0;
	return syncfs(fd) < 0 ? err_errno(err, -errno, "%s%s", root->path, path) : 0;
}

static const char *name_of(const char *path)
{
	return strrchr(path, '/') + 1;
}

/* Mode and owner of what it replaces. */
static int copy_owner(int folder, const char *from, const char *to)
{
	struct stat old, new;

	if (fstatat(folder, from, &old, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : -errno;
	if (fstatat(folder, to, &new, AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	if ((old.st_uid != new.st_uid || old.st_gid != new.st_gid) &&
	        fchownat(folder, to, old.st_uid, old.st_gid, AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	return fchmodat(folder, to, old.st_mode & 07777, 0) < 0 ? -errno : 0;
}

int settle_replace(const struct root *root, const char *path, const char *ready, const char *kept,
        struct err *err)
{
	cleanup_free char *folder = xstrndup(path, (size_t)(strrchr(path, '/') - path));
	cleanup_close int fd = root_openat(root, folder, O_RDONLY | O_DIRECTORY, 0);
	int r = fd < 0 ? fd : 0;

	/* A file system without hard links (vfat) has no journal either. */
	if (r == 0 && linkat(fd, name_of(path), fd, name_of(kept), 0) < 0 && errno != ENOENT &&
	        errno != EPERM && errno != EOPNOTSUPP)
		r = -errno;
	if (r == 0)
		r = copy_owner(fd, name_of(path), name_of(ready));
	if (r < 0)
		return err_errno(
		        err, r, _("%s%s: cannot be kept while it is replaced"), root->path, path);
	r = settle(root, folder, err);
	if (r < 0)
		return r;
	if (renameat(fd, name_of(ready), fd, name_of(path)) < 0 || fsync(fd) < 0)
		return err_errno(err, -errno, _("%s%s: cannot be replaced"), root->path, path);
	r = settle(root, folder, err);
	return r < 0 ? r : root_remove(root, kept, err);
}
