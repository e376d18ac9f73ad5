/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vm/seen_by_all.h"

#include <errno.h>
#include <limits.h>
#include <sys/stat.h>

enum sight { SEEN, HIDDEN, ABSENT };

/* Each folder above @path must let everybody through. Of symbolic links, where they lead is not asked: hidden. */
static enum sight look(const char *path, struct stat *st)
{
	cleanup_free char *part = xstrdup(path);

	if (*path != '/')
		return HIDDEN;
	for (char *slash = part; (slash = strchr(slash + 1, '/'));) {
		*slash = '\0';
		if (lstat(part, st) < 0)
			return errno == ENOENT ? ABSENT : HIDDEN;
		if (!S_ISDIR(st->st_mode) || !(st->st_mode & S_IXOTH))
			return HIDDEN;
		*slash = '/';
	}
	if (lstat(path, st) < 0)
		return errno == ENOENT ? ABSENT : HIDDEN;
	return SEEN;
}

bool seen_exists(const char *path)
{
	struct stat st;

	return look(path, &st) != ABSENT;
}

bool seen_readable(const char *path)
{
	cleanup_free char *real = realpath(path, NULL);
	struct stat st;

	return real && look(real, &st) == SEEN && S_ISREG(st.st_mode) && (st.st_mode & S_IROTH);
}
