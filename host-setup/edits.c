/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "edits.h"

#include "base/i18n.h"

#include <errno.h>
#include <fcntl.h>

#define CONTEXT 3

/*
 * A symbolic link would be replaced by a file, and undo could not give it back; a folder cannot be replaced at all.
 * The folders above may be links.
 */
static int check_kind(const struct root *root, const char *path, struct err *err)
{
	cleanup_close int fd = root_openat(root, path, O_PATH | O_NOFOLLOW, 0);
	struct stat st;

	if (fd == -ENOENT || (fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode)))
		return 0;
	if (fd < 0)
		return err_errno(err, fd, _("%s%s: cannot be read"), root->path, path);
	err_set(err, -EINVAL, _("%s%s: is no plain file"), root->path, path);
	err_hint(err, _("Playthrough writes a file of this name; move away what is there now (a "
	                "symbolic link, a folder), then try again; nothing was changed"));
	err_code(err, CODE_SETUP_KIND);
	return -EINVAL;
}

int edits_add(struct edits *edits, const struct root *root, const char *path, mode_t mode,
        struct err *err)
{
	int r = check_kind(root, path, err);
	struct stat st = {0};
	struct edit *edit;
	size_t size = 0;
	char *bytes;

	if (r < 0)
		return r;
	bytes = root_read_bytes(root, path, &size);
	if (!bytes && errno != ENOENT)
		return err_errno(err, -errno, _("%s%s: cannot be read"), root->path, path);
	if (bytes)
		root_stat(root, path, &st);
	edit = list_append(edits->list, edits->n);
	*edit = (struct edit){
	        .path = xstrdup(path),
	        .existed = bytes != NULL,
	        .old_bytes = bytes ? bytes : xstrdup(""),
	        .old_size = size,
	        .old_mode = st.st_mode & 07777,
	        .new_bytes = xstrdup(""),
	        .mode = mode,
	};
	return 0;
}

void edit_set(struct edit *edit, void *bytes, size_t size)
{
	free(edit->new_bytes);
	edit->new_bytes = bytes;
	edit->new_size = size;
}

static bool mode_changes(const struct edit *edit)
{
	return edit->existed && edit->mode != EDIT_MODE_ANY && edit->old_mode != edit->mode;
}

bool edit_changes(const struct edit *edit)
{
	return !edit->existed || mode_changes(edit) || edit->old_size != edit->new_size ||
	       memcmp(edit->old_bytes, edit->new_bytes, edit->new_size);
}

bool edits_change(const struct edits *edits)
{
	for (size_t i = 0; i < edits->n; i++) {
		if (edit_changes(&edits->list[i]))
			return true;
	}
	return false;
}

void edits_finish(struct edits *edits)
{
	for (size_t i = 0; i < edits->n; i++) {
		free(edits->list[i].path);
		free(edits->list[i].old_bytes);
		free(edits->list[i].new_bytes);
	}
	free(edits->list);
	*edits = (struct edits){0};
}

/* The lines of @text, without their newlines; empty last line dropped. */
static void split_lines(struct strv *out, const char *text)
{
	while (*text) {
		size_t n = strcspn(text, "\n");

		strv_take(out, xstrndup(text, n));
		text += n + (text[n] == '\n');
	}
}

static void add_lines(
        struct strv *out, char sign, const struct strv *lines, size_t from, size_t end)
{
	for (size_t i = from; i < end; i++)
		strv_addf(out, "%c%s\n", sign, lines->list[i]);
}

/*
 * One hunk from the first to the last line that differs: our files are short and wholly ours, so nothing is
 * gained by a finer one.
 */
static void add_hunk(struct strv *out, const struct strv *old, const struct strv *new)
{
	size_t head = 0, tail = 0, from, old_end, new_end, after;

	while (head < old->n && head < new->n &&streq(old->list[head], new->list[head]))
		head++;
	while (tail < old->n - head && tail < new->n - head &&streq(old->list[old->n - 1 - tail],
	                                                       new->list[new->n - 1 - tail]))
		tail++;
	if (head == old->n && head == new->n)
		return;
	from = head > CONTEXT ? head - CONTEXT : 0;
	old_end = old->n - tail;
	new_end = new->n - tail;
	after = tail > CONTEXT ? CONTEXT : tail;
	strv_addf(out, "@@ -%zu,%zu +%zu,%zu @@\n", old->n ? from + 1 : 0, old_end + after - from,
	        new->n ? from + 1 : 0, new_end + after - from);
	add_lines(out, ' ', new, from, head);
	add_lines(out, '-', old, head, old_end);
	add_lines(out, '+', new, head, new_end);
	add_lines(out, ' ', new, new_end, new_end + after);
}

static bool is_binary(const struct edit *edit)
{
	return memchr(edit->old_bytes, 0, edit->old_size) ||
	       memchr(edit->new_bytes, 0, edit->new_size);
}

/* As git says it. */
static void add_binary(struct strv *out, const struct edit *edit)
{
	strv_addf(out, "Binary files %s (%zu bytes) and %s (%zu bytes) differ\n",
	        edit->existed ? edit->path : "/dev/null", edit->old_size, edit->path,
	        edit->new_size);
}

static void add_text(struct strv *out, const struct edit *edit)
{
	struct strv old = {0}, new = {0};

	split_lines(&old, edit->old_bytes);
	split_lines(&new, edit->new_bytes);
	strv_addf(out, "--- %s\n+++ %s\n", edit->existed ? edit->path : "/dev/null", edit->path);
	add_hunk(out, &old, &new);
	strv_finish(&old);
	strv_finish(&new);
}

char *edit_diff(const struct edit *edit)
{
	struct strv out = {0};
	char *text;

	if (!edit_changes(edit))
		return xstrdup("");
	/* Lines before "---" are no part of the diff for patch(1). */
	if (mode_changes(edit))
		strv_addf(&out, "old mode %04o\nnew mode %04o\n", edit->old_mode, edit->mode);
	else if (!edit->existed && edit->mode != EDIT_MODE_ANY)
		strv_addf(&out, "new file mode %04o\n", edit->mode);
	if (is_binary(edit))
		add_binary(&out, edit);
	else
		add_text(&out, edit);
	text = strv_join(&out, "");
	strv_finish(&out);
	return text;
}
