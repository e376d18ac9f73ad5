/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "profile/store.h"

#include "base/i18n.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define ASIDE_MAX 100u

char *profile_own_file(const struct strv *folders, const char *name)
{
	return xasprintf("%s/%s.profile", folders->list[0], name);
}

int profile_own_files(
        const struct strv *folders, const char *name, struct strv *files, struct err *err)
{
	cleanup_free char *own = profile_own_file(folders, name);
	int r = profile_check_name(name, err);

	return r < 0 ? r : profile_files_of(own, files, err);
}

/* --- what is there --- */

static int refuse_changed(const char *file, struct err *err)
{
	err_set(err, -ESTALE, _("%s: somebody else changed it meanwhile, so nothing was written"),
	        file);
	err_hint(err, _("look at it as it is now, and make the change once more"));
	err_code(err, CODE_PROFILE_CHANGED);
	return -ESTALE;
}

static int refuse_existing(const char *file, const char *name, struct err *err)
{
	err_set(err, -EEXIST, _("there is a profile %s already: %s"), name, file);
	err_hint(
	        err, _("take another name, or change that one: playthrough profile edit %s"), name);
	err_code(err, CODE_PROFILE_EXISTS);
	return -EEXIST;
}

static int refuse_link(const char *file, struct err *err)
{
	err_set(err, -ELOOP, _("%s: a symbolic link, which is not replaced"), file);
	err_hint(err, _("edit it by hand; playthrough profile check says whether it is good"));
	err_code(err, CODE_PROFILE_FILE);
	return -ELOOP;
}

static int hint_file(const char *file, int r, struct err *err)
{
	err_hint(err, _("is the file system writable? (findmnt -T %s)"), file);
	err_code(err, CODE_PROFILE_FILE);
	return r;
}

/* Whether the file holds these bytes. A NUL, which no text from outside has, makes it another one. */
static int check_expected(const char *file, const char *expected, struct err *err)
{
	cleanup_free char *now = NULL;
	size_t size = 0;

	now = profile_read(file, &size, err);
	if (!now)
		return err && err->number ? err->number : -EIO;
	return size == strlen(expected) && memcmp(now, expected, size) == 0
	               ? 0
	               : refuse_changed(file, err);
}

/* @at: which file has the name now; NULL: none. */
static int check_place(
        const char *at, const char *own, const char *name, const char *expected, struct err *err)
{
	struct stat st;

	if (!at)
		return *expected ? refuse_changed(own, err) : 0;
	if (streq(at, own) && lstat(own, &st) == 0 && S_ISLNK(st.st_mode))
		return refuse_link(own, err);
	if (!*expected && (stat(at, &st) < 0 || st.st_size))
		return refuse_existing(at, name, err);
	return check_expected(at, expected, err);
}

/* --- writing --- */

static int check_text(const struct strv *folders, const char *name, const char *own,
        const char *text, struct err *err)
{
	const struct profile_text instead = {own, text};
	cleanup_strv struct strv files = {0};
	struct profile profile;
	int r;

	if (strlen(text) > PROFILE_TEXT_MAX) {
		err_set(err, -EFBIG, _("%s: %zu bytes are too many for a profile"), own,
		        strlen(text));
		err_hint(err, _("a profile that is written here has at most %u bytes"),
		        PROFILE_TEXT_MAX);
		err_code(err, CODE_PROFILE_BAD);
		return -EFBIG;
	}
	r = profile_own_files(folders, name, &files, err);
	if (r == 0)
		r = profile_load_files(&files, &instead, 1, &profile, err);
	if (r < 0) {
		err_code(err, CODE_PROFILE_BAD);
		return r;
	}
	profile_finish(&profile);
	return 0;
}

static int explain(const char *file, int r, struct err *err)
{
	if (r == -ESTALE)
		return refuse_changed(file, err);
	return r == -ELOOP ? refuse_link(file, err) : hint_file(file, r, err);
}

/* The daemon's umask would close a folder that is made here to others, who read profiles too. */
static int exchange(const char *file, const char *old, const char *text, struct err *err)
{
	struct root root;
	int r = root_open(&root, "/", err);
	mode_t mask;

	if (r < 0)
		return r;
	mask = umask(022);
	r = root_exchange(&root, file, old, text, err);
	umask(mask);
	root_close(&root);
	return r < 0 ? explain(file, r, err) : 0;
}

int profile_store_write(const struct strv *folders, const char *name, const char *text,
        const char *expected, char **file, struct err *err)
{
	cleanup_free char *own = profile_own_file(folders, name), *at = NULL;
	int r = profile_check_name(name, err);

	if (r < 0)
		return r;
	at = profile_where(folders, name);
	r = check_place(at, own, name, expected, err);
	if (r == 0)
		r = check_text(folders, name, own, text, err);
	if (r == 0)
		r = exchange(own, at && streq(at, own) ? expected : NULL, text, err);
	if (r == 0)
		*file = take_ptr(own);
	return r;
}

/* --- putting aside --- */

/* A name that is not taken. Where the file system cannot promise that, it is looked for first. */
static int rename_new(int folder, const char *from, const char *to)
{
	if (renameat2(folder, from, folder, to, RENAME_NOREPLACE) == 0)
		return 0;
	if (errno != EINVAL && errno != ENOSYS)
		return -errno;
	if (faccessat(folder, to, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
		return -EEXIST;
	return renameat(folder, from, folder, to) < 0 ? -errno : 0;
}

/* @to gets the new name; caller frees. -ENOENT: there is no @from. */
static int put_aside(int folder, const char *from, char **to)
{
	int r = -EEXIST;

	for (unsigned i = 1; r == -EEXIST && i <= ASIDE_MAX; i++) {
		free(*to);
		*to = i == 1 ? xasprintf("%s.removed", from) : xasprintf("%s.removed-%u", from, i);
		r = rename_new(folder, from, *to);
	}
	return r;
}

/* The drop-ins first: cut off in between, the profile is still there to be removed. */
static int put_all_aside(int folder, const char *name, char **to)
{
	cleanup_free char *file = xasprintf("%s.profile", name);
	cleanup_free char *drop_ins = xasprintf("%s.d", file), *drop_ins_to = NULL;
	int dropped = put_aside(folder, drop_ins, &drop_ins_to), r;

	if (dropped < 0 && dropped != -ENOENT)
		return dropped;
	r = put_aside(folder, file, to);
	if (r < 0 && dropped == 0)
		renameat(folder, drop_ins_to, folder, drop_ins);
	return r == 0 && fsync(folder) < 0 ? -errno : r;
}

static int remove_own(const char *path, const char *name, char **to, struct err *err)
{
	cleanup_close int folder = -1;
	struct root root;
	int r = root_open(&root, "/", err);

	if (r < 0)
		return r;
	folder = root_openat(&root, path, O_RDONLY | O_DIRECTORY, 0);
	root_close(&root);
	r = folder < 0 ? folder : put_all_aside(folder, name, to);
	return r < 0 ? hint_file(path, err_errno(err, r, "%s/%s.profile", path, name), err) : 0;
}

static int refuse_foreign(
        const struct strv *folders, const char *file, const char *name, struct err *err)
{
	err_set(err, -EPERM, _("%s is not one of the profiles in %s, which alone are removed"),
	        file, folders->list[0]);
	err_hint(err, _("a profile of your own in its place: playthrough profile edit %s"), name);
	err_code(err, CODE_PROFILE_FOREIGN);
	return -EPERM;
}

int profile_store_remove(const struct strv *folders, const char *name, const char *expected,
        char **file, struct err *err)
{
	cleanup_free char *own = profile_own_file(folders, name), *at = NULL, *to = NULL;
	int r = profile_check_name(name, err);

	if (r < 0)
		return r;
	at = profile_where(folders, name);
	if (!at)
		return profile_unknown(folders, name, err);
	if (!streq(at, own))
		return refuse_foreign(folders, at, name, err);
	r = check_expected(own, expected, err);
	if (r == 0)
		r = remove_own(folders->list[0], name, &to, err);
	if (r == 0)
		*file = xasprintf("%s/%s", folders->list[0], to);
	return r;
}
