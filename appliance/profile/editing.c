/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "profile/editing.h"

#include "base/i18n.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define DROP_IN "usb.conf"

void profile_editing_finish(struct profile_editing *e)
{
	for (size_t i = 0; i < e->n; i++) {
		free(e->edits[i].file);
		free(e->edits[i].old);
		free(e->edits[i].text);
	}
	free(e->edits);
	strv_finish(&e->files);
	profile_finish(&e->profile);
}

int profile_editing_begin(
        struct profile_editing *e, const struct strv *folders, const char *name, struct err *err)
{
	int r = profile_files(folders, name, &e->files, err);

	e->folders = folders;
	return r < 0 ? r : profile_load_files(&e->files, NULL, 0, &e->profile, err);
}

/* The profile's own file in the first folder, and the folder of its drop-ins there. Caller frees. */
static char *own_file(const struct profile_editing *e)
{
	return xasprintf("%s/%s.profile", e->folders->list[0], e->profile.name);
}

static bool is_ours(const struct profile_editing *e, const char *file)
{
	cleanup_free char *own = own_file(e), *drop_ins = xasprintf("%s.d/", own);

	return streq(file, own) || starts_with(file, drop_ins);
}

static bool is_drop_in(const struct profile_editing *e, const char *file)
{
	return !streq(file, e->files.list[0]);
}

static int refuse_file(const char *file, const char *why, struct err *err)
{
	err_set(err, -EPERM, "%s: %s", file, why);
	err_hint(err, _("edit it by hand; playthrough profile check says whether it is good"));
	err_code(err, CODE_USB_RULE_FILE);
	return -EPERM;
}

/* What would be replaced must be the file itself. */
static int check_file(const char *file, struct err *err)
{
	struct stat st;

	if (lstat(file, &st) < 0)
		return errno == ENOENT ? 0 : err_errno(err, -errno, "%s", file);
	if (S_ISLNK(st.st_mode))
		return refuse_file(file, _("a symbolic link, which is not replaced"), err);
	return 0;
}

/* Whole text of a file of the profile; "" and *@there false where there is none. NULL with @err. */
static char *read_text(const char *file, bool *there, struct err *err)
{
	char *text;
	size_t size;

	*there = access(file, F_OK) == 0;
	if (!*there)
		return xstrdup("");
	text = profile_read(file, &size, err);
	if (!text || strlen(text) == size)
		return text;
	refuse_file(file, _("a NUL byte is in it"), err);
	free(text);
	return NULL;
}

/* Takes @old and @text. */
static void add_edit(struct profile_editing *e, const char *file, char *old, char *text)
{
	*list_append(e->edits, e->n) = (struct profile_edit_file){xstrdup(file), old, text};
}

/* The profile as it will be: nothing is written that could not be read. */
static int try_edits(const struct profile_editing *e, struct profile *out, struct err *err)
{
	cleanup_strv struct strv files = {0};
	struct profile_text *instead = xcalloc(e->n + 1, sizeof(*instead));
	int r;

	strv_foreach (file, &e->files)
		strv_add(&files, *file);
	for (size_t i = 0; i < e->n; i++) {
		instead[i] = (struct profile_text){e->edits[i].file, e->edits[i].text};
		if (!strv_has(&files, e->edits[i].file))
			strv_add(&files, e->edits[i].file);
	}
	r = profile_load_files(&files, instead, e->n, out, err);
	free(instead);
	return r;
}

static int explain(const char *file, int r, struct err *err)
{
	if (r == -ESTALE) {
		err_set(err, r, _("%s: somebody else changed it just now, so nothing was written"),
		        file);
		err_hint(err, _("do it once more"));
		err_code(err, CODE_USB_RULE_FILE);
	} else if (err) {
		err_hint(err, _("is the file system writable? (findmnt -T %s)"), file);
		err_code(err, CODE_USB_RULE_FILE);
	}
	return r;
}

/* The daemon's umask closes folders to others, who read profiles too. */
static int make_drop_in_folder(const struct root *root, const char *file, struct err *err)
{
	cleanup_free char *folder = xstrndup(file, (size_t)(strrchr(file, '/') - file));
	cleanup_close int fd = -1;
	int r;

	if (root_exists(root, folder))
		return 0;
	r = root_make_folder(root, folder, err);
	if (r < 0)
		return r;
	fd = root_openat(root, folder, O_RDONLY | O_DIRECTORY, 0);
	r = fd < 0 ? fd : fchmod(fd, 0755) < 0 ? -errno : 0;
	return r < 0 ? err_errno(err, r, "%s", folder) : 0;
}

static int write_edits(const struct profile_editing *e, struct err *err)
{
	struct root root;
	int r = root_open(&root, "/", err);

	if (r < 0)
		return r;
	for (size_t i = 0; i < e->n && r == 0; i++) {
		const struct profile_edit_file *edit = &e->edits[i];

		r = edit->old ? 0 : make_drop_in_folder(&root, edit->file, err);
		if (r == 0)
			r = root_exchange(&root, edit->file, edit->old, edit->text, err);
		if (r < 0)
			explain(edit->file, r, err);
	}
	root_close(&root);
	return r;
}

int profile_editing_add(struct profile_editing *e, const char *comment, const char *section,
        const char *keys, struct err *err)
{
	cleanup_free char *own = own_file(e), *drop_in = xasprintf("%s.d/%s", own, DROP_IN);
	const char *file = streq(e->files.list[0], own) ? own : drop_in;
	cleanup_free char *old = NULL, *edited = NULL;
	bool there;

	if (check_file(file, err) < 0)
		return -EPERM;
	old = read_text(file, &there, err);
	if (!old)
		return -EIO;
	edited = profile_add_section(old, comment, section, keys, err);
	if (!edited) {
		err_prefix(err, "%s", file);
		return -EINVAL;
	}
	add_edit(e, file, there ? take_ptr(old) : NULL, take_ptr(edited));
	return 0;
}

static char *without(const char *text, const struct strv *sections, struct err *err)
{
	char *now = xstrdup(text);

	strv_foreach (section, sections) {
		char *next = now ? profile_remove_section(now, *section, err) : NULL;

		free(now);
		now = next;
	}
	return now;
}

int profile_editing_remove(struct profile_editing *e, const struct strv *sections, struct err *err)
{
	strv_foreach (file, &e->files) {
		cleanup_free char *old = NULL, *edited = NULL;
		bool there, empty;

		old = read_text(*file, &there, err);
		edited = old ? without(old, sections, err) : NULL;
		if (!edited)
			return -EIO;
		if (streq(old, edited))
			continue;
		if (!is_ours(e, *file))
			return refuse_file(*file,
			        _("this profile of others is not edited, and has the rule"), err);
		if (check_file(*file, err) < 0)
			return -EPERM;
		empty = !*edited;
		add_edit(e, *file, take_ptr(old),
		        empty && is_drop_in(e, *file) ? NULL : take_ptr(edited));
	}
	return 0;
}

int profile_editing_write(struct profile_editing *e, struct profile *out, struct err *err)
{
	int r = try_edits(e, out, err);

	if (r < 0)
		return r;
	r = write_edits(e, err);
	if (r < 0)
		profile_finish(out);
	return r;
}
