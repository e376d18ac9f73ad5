/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "host/mounts.h"
#include "host/attr.h"

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
	struct mount m;
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

void mounts_finish(struct mounts *mounts)
{
	for (size_t i = 0; i < mounts->n; i++) {
		free(mounts->list[i].inside);
		free(mounts->list[i].point);
		free(mounts->list[i].type);
		free(mounts->list[i].source);
	}
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
