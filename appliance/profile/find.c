/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which profiles there are, by name, in the folders that may hold them. */
#include "base/i18n.h"
#include "profile/file.h"
#include "profile/profile.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>

#define NAME_MAX_BYTES 24
#define ENDING         ".profile"

int profile_check_name(const char *name, struct err *err)
{
	size_t n = strlen(name);

	if (n && n <= NAME_MAX_BYTES && name[0] >= 'a' && name[0] <= 'z' &&
	        strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-") == n)
		return 0;
	err_set(err, -EINVAL, _("%s is not the name of a VM"), ini_quote(name).s);
	err_hint(err, _("a name has 1 to %d small letters, digits and -, and starts with a letter"),
	        NAME_MAX_BYTES);
	return -EINVAL;
}

static int list_folder(const char *folder, struct strv *names, struct err *err)
{
	DIR *dir = opendir(folder);

	if (!dir)
		return errno == ENOENT ? 0 : err_errno(err, -errno, "%s", folder);
	for (struct dirent *entry; (entry = readdir(dir));) {
		cleanup_free char *name = NULL;

		if (!ends_with(entry->d_name, ENDING))
			continue;
		name = xstrndup(entry->d_name, strlen(entry->d_name) - strlen(ENDING));
		if (profile_check_name(name, NULL) == 0 && !strv_has(names, name))
			strv_take(names, take_ptr(name));
	}
	closedir(dir);
	return 0;
}

int profile_list(const struct strv *folders, struct strv *names, struct err *err)
{
	int r = 0;

	strv_foreach (folder, folders) {
		r = list_folder(*folder, names, err);
		if (r < 0)
			return r;
	}
	strv_sort(names);
	return 0;
}

int profile_unknown(const struct strv *folders, const char *name, struct err *err)
{
	cleanup_free char *where = strv_join(folders, ", "), *known = NULL;
	cleanup_strv struct strv names = {0};

	if (profile_list(folders, &names, err) < 0)
		return err ? err->number : -ENOENT;
	known = strv_join(&names, ", ");
	err_set(err, -ENOENT, _("there is no VM %s: no %s%s in %s"), name, name, ENDING, where);
	if (names.n)
		err_hint(err, _("there are: %s"), known);
	else
		err_hint(err,
		        _("there is none yet; a profile is a text file in one of these folders"));
	return -ENOENT;
}

int profile_find(const struct strv *folders, const char *name, struct profile *out, struct err *err)
{
	cleanup_strv struct strv files = {0};
	int r = profile_files(folders, name, &files, err);

	return r < 0 ? r : profile_load_files(&files, NULL, 0, out, err);
}
