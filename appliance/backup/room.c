/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "backup/room.h"

#include "base/i18n.h"

#include <errno.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

/* The nearest folder above @path that is there. Caller frees. */
static char *folder_of(const char *path, struct stat *st)
{
	char *folder = xstrdup(path);

	for (char *slash; (slash = strrchr(folder, '/')) && slash != folder;) {
		*slash = '\0';
		if (stat(folder, st) == 0 && S_ISDIR(st->st_mode))
			return folder;
	}
	free(folder);
	return stat("/", st) == 0 ? xstrdup("/") : NULL;
}

static int add(struct restore_rooms *rooms, const char *path, uint64_t need, struct err *err)
{
	struct stat st;
	cleanup_free char *folder = folder_of(path, &st);
	struct restore_room *room;
	struct statvfs fs;

	for (size_t i = 0; folder && i < rooms->n; i++)
		if (rooms->list[i].device == st.st_dev) {
			rooms->list[i].need += need;
			return 0;
		}
	if (!folder || statvfs(folder, &fs) < 0)
		return err_errno(err, -errno, "%s", path);
	room = list_append(rooms->list, rooms->n);
	*room = (struct restore_room){.folder = take_ptr(folder),
	        .device = st.st_dev,
	        .need = need,
	        .left = (uint64_t)fs.f_bavail * fs.f_frsize};
	return 0;
}

int restore_rooms_take(const struct restore_plan *plan, struct restore_rooms *out, struct err *err)
{
	int r = 0;

	*out = (struct restore_rooms){0};
	for (size_t i = 0; r == 0 && i < plan->manifest.n; i++)
		r = add(out, plan->paths.list[i], plan->manifest.items[i].data, err);
	if (r < 0)
		restore_rooms_finish(out);
	return r;
}

int restore_rooms_check(const struct restore_rooms *rooms, struct err *err)
{
	for (size_t i = 0; i < rooms->n; i++) {
		const struct restore_room *room = &rooms->list[i];

		if (room->need <= room->left)
			continue;
		err_set(err, -ENOSPC, _("%s: %llu MiB are needed there, and %llu MiB are free"),
		        room->folder, (unsigned long long)(room->need >> 20),
		        (unsigned long long)(room->left >> 20));
		err_hint(err, _("make room, or name another folder: --images FOLDER"));
		err_code(err, CODE_BACKUP_ROOM);
		return -ENOSPC;
	}
	return 0;
}

void restore_rooms_finish(struct restore_rooms *rooms)
{
	for (size_t i = 0; i < rooms->n; i++)
		free(rooms->list[i].folder);
	free(rooms->list);
	*rooms = (struct restore_rooms){0};
}
