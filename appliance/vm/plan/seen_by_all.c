/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vm/plan/seen_by_all.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum sight { SEEN, HIDDEN, ABSENT };
typedef int stat_function(const char *path, struct stat *st);

/* A mount, which may be a user's own (FUSE) or of a server that is away, is not even touched. */
static int stat_at_home(const char *path, struct stat *st)
{
	const struct open_how how = {.flags = O_PATH | O_NOFOLLOW | O_CLOEXEC,
	        .resolve = RESOLVE_NO_XDEV | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS};
	cleanup_close int fd = (int)syscall(SYS_openat2, AT_FDCWD, path, &how, sizeof(how));

	return fd < 0 ? -1 : fstat(fd, st);
}

/* Each folder above @path must let everybody through. */
static enum sight look(const char *path, stat_function *get, struct stat *st)
{
	cleanup_free char *part = xstrdup(path);

	for (char *slash = part; (slash = strchr(slash + 1, '/'));) {
		*slash = '\0';
		if (get(part, st) < 0)
			return errno == ENOENT ? ABSENT : HIDDEN;
		if (!S_ISDIR(st->st_mode) || !(st->st_mode & S_IXOTH))
			return HIDDEN;
		*slash = '/';
	}
	if (get(path, st) < 0)
		return errno == ENOENT ? ABSENT : HIDDEN;
	return SEEN;
}

bool seen_exists(const char *path)
{
	struct stat st;

	return *path != '/' || look(path, stat_at_home, &st) != ABSENT;
}

int seen_open(const char *path)
{
	const struct open_how how = {.flags = O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK,
	        .resolve = RESOLVE_NO_XDEV | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS};
	cleanup_close int fd = -1;
	struct stat st;

	if (*path != '/' || look(path, stat_at_home, &st) != SEEN || !S_ISREG(st.st_mode) ||
	        !(st.st_mode & S_IROTH))
		return -EACCES;
	fd = (int)syscall(SYS_openat2, AT_FDCWD, path, &how, sizeof(how));
	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || !(st.st_mode & S_IROTH))
		return -EACCES;
	return take_fd(fd);
}

bool seen_readable(const char *path)
{
	cleanup_free char *real = realpath(path, NULL);
	struct stat st;

	return real && look(real, lstat, &st) == SEEN && S_ISREG(st.st_mode) &&
	       (st.st_mode & S_IROTH);
}
