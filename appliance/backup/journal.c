/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "backup/journal.h"

#include "base/root.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

/*
 * Which file it is, also after a boot, when numbers of devices may be those of others: its inode and when it was born, or was
 * last written where the file system tells no birth (statx(2); nobody but us writes it before it has its name). 0: none.
 */
struct identity {
	uint64_t inode;
	int64_t seconds;
	uint32_t nanoseconds;
};

static struct identity identify(int at, const char *path, int flags)
{
	const unsigned wanted = STATX_TYPE | STATX_INO | STATX_MTIME | STATX_BTIME;
	const struct statx_timestamp *time;
	struct statx st;

	if (statx(at, path, flags, wanted, &st) < 0 || !S_ISREG(st.stx_mode))
		return (struct identity){0};
	time = st.stx_mask & STATX_BTIME ? &st.stx_btime : &st.stx_mtime;
	return (struct identity){st.stx_ino, time->tv_sec, time->tv_nsec};
}

static bool is_same(const struct identity *a, const struct identity *b)
{
	return a->inode && a->inode == b->inode && a->seconds == b->seconds &&
	       a->nanoseconds == b->nanoseconds;
}

static char *text_of(const struct journal *j)
{
	cleanup_strv struct strv lines = {0};

	strv_addf(&lines, "profile %s", j->profile);
	for (size_t i = 0; i < j->paths->n; i++) {
		struct identity own = {0};

		if (j->files && j->files[i].path)
			own = identify(j->files[i].fd, "", AT_EMPTY_PATH);
		strv_addf(&lines, "file %" PRIu64 " %" PRId64 ".%09" PRIu32 " %s", own.inode,
		        own.seconds, own.nanoseconds, j->paths->list[i]);
	}
	strv_foreach (folder, j->folders)
		strv_addf(&lines, "folder %s", *folder);
	return strv_join(&lines, "\n");
}

int journal_write(const struct journal *j, struct err *err)
{
	cleanup_free char *text = text_of(j);
	struct root root;
	int r = root_open(&root, "/", err);

	if (r < 0)
		return r;
	r = root_write(&root, j->file, text, strlen(text), 0600, err);
	root_close(&root);
	return r;
}

/* "file INODE SECONDS.NANOSECONDS PATH" */
static void undo_file(const char *line)
{
	struct identity own, now;
	int at = 0;

	if (sscanf(line, "file %" SCNu64 " %" SCNd64 ".%9" SCNu32 " %n", &own.inode, &own.seconds,
	            &own.nanoseconds, &at) < 3 ||
	        line[at] != '/')
		return;
	new_file_sweep(line + at);
	now = identify(AT_FDCWD, line + at, AT_SYMLINK_NOFOLLOW);
	if (is_same(&own, &now))
		unlink(line + at);
}

static void undo(const struct root *root, const struct strv *lines)
{
	strv_foreach (line, lines)
		if (starts_with(*line, "profile ") && root_exists(root, *line + strlen("profile ")))
			return;
	strv_foreach (line, lines)
		if (starts_with(*line, "file "))
			undo_file(*line);
	for (size_t i = lines->n; i-- > 0;)
		if (starts_with(lines->list[i], "folder "))
			rmdir(lines->list[i] + strlen("folder ")); /* where nothing is in it */
}

int journal_undo(const char *file, struct err *err)
{
	cleanup_strv struct strv lines = {0};
	cleanup_free char *text = NULL;
	struct root root;
	int r = root_open(&root, "/", err);

	if (r < 0)
		return r;
	text = root_read(&root, file);
	if (text) {
		strv_split(&lines, text, "\n");
		undo(&root, &lines);
		r = root_remove(&root, file, err);
	} else if (errno != ENOENT) {
		r = err_errno(err, -errno, "%s", file);
	}
	root_close(&root);
	return r;
}

int journal_remove(const char *file, struct err *err)
{
	struct root root;
	int r = root_open(&root, "/", err);

	if (r < 0)
		return r;
	r = root_remove(&root, file, err);
	root_close(&root);
	return r;
}
