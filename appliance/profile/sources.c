/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The files that a profile is read from: NAME.profile and the drop-ins that speak after it. */
#include "base/i18n.h"
#include "profile/file.h"
#include "profile/profile.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

/* O_NONBLOCK: a pipe of that name must not hold us up. */
static int open_text(const char *file, struct err *err)
{
	cleanup_close int fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0) {
		int r = err_errno(err, -errno, "%s", file);

		err_hint(err,
		        r == -EACCES ? _("check its permissions (ls -l)") : _("check the path"));
		return r;
	}
	if (!S_ISREG(st.st_mode)) {
		err_set(err, -EINVAL, _("%s: not a regular file"), file);
		err_hint(err, _("a profile is a text file"));
		return -EINVAL;
	}
	return take_fd(fd);
}

char *profile_read(const char *file, size_t *size, struct err *err)
{
	cleanup_close int fd = open_text(file, err);
	cleanup_free char *text = NULL;

	if (fd < 0)
		return NULL;
	text = xcalloc(INI_SIZE_MAX + 2, 1);
	*size = 0;
	while (*size <= INI_SIZE_MAX) {
		ssize_t n = read(fd, text + *size, INI_SIZE_MAX + 1 - *size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			err_errno(err, -errno, "%s", file);
			return NULL;
		}
		if (n == 0)
			break;
		*size += (size_t)n;
	}
	return take_ptr(text);
}

static int list_drop_ins(const char *folder, struct strv *files, struct err *err)
{
	DIR *dir = opendir(folder);

	if (!dir)
		return errno == ENOENT ? 0 : err_errno(err, -errno, "%s", folder);
	for (struct dirent *entry; (entry = readdir(dir));) {
		if (entry->d_name[0] != '.' && ends_with(entry->d_name, ".conf"))
			strv_addf(files, "%s/%s", folder, entry->d_name);
	}
	closedir(dir);
	return 0;
}

struct drop_in {
	char *file;
	size_t place; /* in the order of folders, the strongest last */
};

static int by_name(const void *a, const void *b)
{
	const struct drop_in *x = a, *y = b;
	int order = strcmp(strrchr(x->file, '/'), strrchr(y->file, '/'));

	return order ? order : (x->place > y->place) - (x->place < y->place);
}

/* By their names, whatever folder they lie in; of two equal names the stronger folder speaks last. */
static void sort_drop_ins(struct strv *files)
{
	struct drop_in *list = xcalloc(files->n + 1, sizeof(*list));

	for (size_t i = 0; i < files->n; i++)
		list[i] = (struct drop_in){files->list[i], i};
	qsort(list, files->n, sizeof(*list), by_name);
	for (size_t i = 0; i < files->n; i++)
		files->list[i] = list[i].file;
	free(list);
}

static int add_with_drop_ins(
        struct strv *files, const char *file, const struct strv *folders, struct err *err)
{
	cleanup_strv struct strv drop_ins = {0};
	int r = 0;

	for (size_t i = folders->n; i-- > 0 && r == 0;)
		r = list_drop_ins(folders->list[i], &drop_ins, err);
	if (r < 0)
		return r;
	sort_drop_ins(&drop_ins);
	strv_add(files, file);
	strv_foreach (drop_in, &drop_ins)
		strv_add(files, *drop_in);
	return 0;
}

int profile_files_of(const char *file, struct strv *files, struct err *err)
{
	cleanup_strv struct strv folders = {0};

	strv_addf(&folders, "%s.d", file);
	return add_with_drop_ins(files, file, &folders, err);
}

char *profile_where(const struct strv *folders, const char *name)
{
	strv_foreach (folder, folders) {
		char *file = xasprintf("%s/%s.profile", *folder, name);

		if (access(file, F_OK) == 0 || errno != ENOENT)
			return file;
		free(file);
	}
	return NULL;
}

int profile_files(const struct strv *folders, const char *name, struct strv *files, struct err *err)
{
	cleanup_strv struct strv drop_ins = {0};
	int r = profile_check_name(name, err);

	if (r < 0)
		return r;
	strv_foreach (folder, folders) {
		cleanup_free char *file = xasprintf("%s/%s.profile", *folder, name);

		strv_addf(&drop_ins, "%s.d", file);
		if (access(file, F_OK) == 0 || errno != ENOENT)
			return add_with_drop_ins(files, file, &drop_ins, err);
	}
	return profile_unknown(folders, name, err);
}
