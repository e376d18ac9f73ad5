/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "host/mounts.h"
#include "host/attr.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

static bool parse_devno(const char *text, struct mount *m)
{
	const char *colon = strchr(text, ':');
	cleanup_free char *first = colon ? xstrndup(text, (size_t)(colon - text)) : NULL;
	uint64_t a, b;

	if (!first || parse_u64(first, 10, UINT32_MAX, &a) < 0 ||
	        parse_u64(colon + 1, 10, UINT32_MAX, &b) < 0)
		return false;
	m->major = (unsigned)a;
	m->minor = (unsigned)b;
	return true;
}

/* "36 35 98:0 /inside /point options optional... - type source options" */
static void take_line(const char *line, struct mounts *out)
{
	cleanup_strv struct strv fields = {0};
	struct mount m = {0};
	size_t dash = 6;

	strv_split(&fields, line, " ");
	while (dash < fields.n && !streq(fields.list[dash], "-"))
		dash++;
	if (dash + 2 >= fields.n || !parse_devno(fields.list[2], &m))
		return;
	m.inside = text_unescape(xstrdup(fields.list[3]));
	m.point = text_unescape(xstrdup(fields.list[4]));
	m.type = xstrdup(fields.list[dash + 1]);
	m.source = text_unescape(xstrdup(fields.list[dash + 2]));
	*list_append(out->list, out->n) = m;
}

void mounts_take(const struct root *root, const char *path, struct mounts *out)
{
	cleanup_free char *text = root_read(root, path);
	char *rest = text;

	*out = (struct mounts){0};
	for (char *line; (line = text_next_line(&rest));)
		take_line(line, out);
}

static void mount_finish(struct mount *m)
{
	free(m->inside);
	free(m->point);
	free(m->type);
	free(m->source);
	free(m->process);
}

/* --- other namespaces --- */

static bool has_file_system(const struct mounts *mounts, const struct mount *m)
{
	for (size_t i = 0; i < mounts->n; i++) {
		const struct mount *other = &mounts->list[i];

		if (m->major == other->major && m->minor == other->minor &&
		        streq(m->source, other->source))
			return true;
	}
	return false;
}

/* Of /proc, of memory, of the network: nothing of a disk. */
static bool is_of_no_device(const struct mount *m)
{
	return !m->major && !strchr(m->source, '/');
}

static void add_new(
        const struct mounts *own, const char *process, struct mounts *theirs, struct mounts *out)
{
	for (size_t i = 0; i < theirs->n; i++) {
		struct mount *m = &theirs->list[i];

		if (is_of_no_device(m) || has_file_system(own, m) || has_file_system(out, m))
			continue;
		m->process = xstrdup(process);
		*list_append(out->list, out->n) = *m;
		*m = (struct mount){0};
	}
}

/*
 * The first line of its mountinfo. Numbers of mounts are unique among all namespaces, and the first is that of the
 * process's root, so that equal lines are equal views. (ns/mnt would take CAP_SYS_PTRACE.)
 */
static char *view_of(const struct root *root, const char *process)
{
	cleanup_free char *path = xasprintf("/proc/%s/mountinfo", process);
	cleanup_close int fd = root_openat(root, path, O_RDONLY, 0);
	char line[512];
	ssize_t n = fd < 0 ? -1 : read(fd, line, sizeof(line) - 1);

	if (n <= 0)
		return NULL;
	line[n] = '\0';
	return xstrndup(line, strcspn(line, "\n"));
}

static bool is_new(const struct root *root, const char *process, struct strv *seen)
{
	cleanup_free char *view = view_of(root, process);

	if (!view || strv_has(seen, view))
		return !view;
	strv_add(seen, view);
	return true;
}

bool mounts_take_elsewhere(const struct root *root, const struct mounts *own, struct mounts *out)
{
	cleanup_strv struct strv processes = {0}, seen = {0};
	bool all = true;

	*out = (struct mounts){0};
	root_list(root, "/proc", &processes);
	strv_foreach (process, &processes) {
		cleanup_free char *path = xasprintf("/proc/%s/mountinfo", *process);
		cleanup(mounts_finish) struct mounts theirs = {0};

		if (!is_numbered(*process, "") || !is_new(root, *process, &seen))
			continue;
		errno = 0;
		mounts_take(root, path, &theirs);
		all &= theirs.n || (errno != EACCES && errno != EPERM);
		add_new(own, *process, &theirs, out);
	}
	return all;
}

void mounts_finish(struct mounts *mounts)
{
	for (size_t i = 0; i < mounts->n; i++)
		mount_finish(&mounts->list[i]);
	free(mounts->list);
	*mounts = (struct mounts){0};
}

const struct mount *mounts_of(const struct mounts *mounts, const char *path)
{
	const struct mount *found = NULL;
	size_t best = 0;

	for (size_t i = 0; i < mounts->n; i++) {
		const char *point = mounts->list[i].point;
		size_t n = streq(point, "/") ? 0 : strlen(point);

		if (strncmp(path, point, n) || (path[n] && path[n] != '/') || n + 1 < best)
			continue;
		best = n + 1;
		found = &mounts->list[i];
	}
	return found;
}

bool mount_is_fat(const struct mount *mount)
{
	return streq(mount->type, "vfat") || streq(mount->type, "msdos");
}
