/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "backup/journal.h"

#include "base/root.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

static char *text_of(const struct journal *j)
{
	cleanup_strv struct strv lines = {0};

	strv_addf(&lines, "profile %s", j->profile);
	for (size_t i = 0; i < j->paths->n; i++) {
		const struct new_file *t = j->files ? &j->files[i] : NULL;

		strv_addf(&lines, "file %" PRIu64 " %" PRIu64 " %s", t ? t->device : 0,
		        t ? t->inode : 0, j->paths->list[i]);
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

/* "file DEVICE INODE PATH" */
static void undo_file(const char *line)
{
	uint64_t device, inode;
	struct stat st;
	int at = 0;

	if (sscanf(line, "file %" SCNu64 " %" SCNu64 " %n", &device, &inode, &at) < 2 ||
	        line[at] != '/')
		return;
	new_file_sweep(line + at);
	if (inode && lstat(line + at, &st) == 0 && st.st_dev == device && st.st_ino == inode)
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
