/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "edited.h"

#include "base/i18n.h"

#include <errno.h>

#define COPIES_MAX 100

static bool is_one_of_ours(const struct journal_file *file, const void *bytes, size_t size)
{
	cleanup_free char *hash = journal_hash(bytes, size);

	return strv_has(&file->written, hash);
}

static bool is_from_before(
        const struct root *root, const struct journal_file *file, const void *bytes, size_t size)
{
	size_t old_size = 0;
	cleanup_free void *old = file->saved ? root_read_bytes(root, file->saved, &old_size) : NULL;

	return old && old_size == size && memcmp(old, bytes, size) == 0;
}

/* What is there and cannot be read may be anything: edited_keep() then says why. */
bool edited_since(const struct root *root, const struct journal_file *file)
{
	size_t size = 0;
	cleanup_free void *bytes = root_read_bytes(root, file->path, &size);

	if (!bytes)
		return errno != ENOENT && errno != ENOTDIR;
	return !is_one_of_ours(file, bytes, size) && !is_from_before(root, file, bytes, size);
}

char *edited_diff(const struct root *root, const struct journal_file *file)
{
	cleanup_free char *last =
	        file->written.n ? journal_written_path(file->written.list[file->written.n - 1])
	                        : NULL;
	struct edit edit = {.path = file->path, .existed = true};
	char *diff;

	edit.old_bytes = last ? root_read_bytes(root, last, &edit.old_size) : NULL;
	edit.new_bytes = root_read_bytes(root, file->path, &edit.new_size);
	diff = edit.old_bytes && edit.new_bytes ? edit_diff(&edit) : xstrdup("");
	free(edit.old_bytes);
	free(edit.new_bytes);
	return diff;
}

static bool same_bytes(const struct root *root, const char *path, const void *bytes, size_t size)
{
	size_t there_size = 0;
	cleanup_free void *there = root_read_bytes(root, path, &there_size);

	return there && there_size == size && memcmp(there, bytes, size) == 0;
}

/* The first name that is free, or that holds these very bytes already. */
static char *find_name(const struct root *root, const char *path, const void *bytes, size_t size)
{
	for (int i = 1; i <= COPIES_MAX; i++) {
		cleanup_free char *name = i == 1 ? xasprintf("%s" EDITED_ENDING, path)
		                                 : xasprintf("%s" EDITED_ENDING "-%d", path, i);

		if (!root_exists(root, name) || same_bytes(root, name, bytes, size))
			return take_ptr(name);
	}
	return NULL;
}

int edited_keep(
        const struct root *root, const struct journal_file *file, char **kept, struct err *err)
{
	struct stat st = {.st_mode = 0600};
	size_t size = 0;
	cleanup_free void *bytes = root_read_bytes(root, file->path, &size);
	cleanup_free char *name = NULL;
	int r;

	*kept = NULL;
	if (!bytes)
		return err_errno(err, -errno, "%s%s", root->path, file->path);
	name = find_name(root, file->path, bytes, size);
	if (!name)
		return err_set(err, -EEXIST, _("%s%s: too many of your versions lie beside it"),
		        root->path, file->path);
	root_stat(root, file->path, &st);
	r = root_write(root, name, bytes, size, st.st_mode & 0666, err);
	if (r == 0)
		*kept = take_ptr(name);
	return r;
}
