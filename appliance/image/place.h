/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A new file that has its name only once all of it is on the disk. Until then it is a hidden file of the same folder, locked by
 * whoever writes it; one that nobody has locked is what an interrupted act left, and goes at the next one in that folder.
 */
#ifndef IMAGE_PLACE_H
#define IMAGE_PLACE_H

#include "base/err.h"

#include <sys/types.h>

struct image_place {
	char *path;       /* whole, of the final file */
	const char *name; /* its last part, in path */
	char *hidden;     /* "" once it has its name */
	int folder, fd;
	uid_t uid; /* of the folder: whose the file will be */
	gid_t gid;
};

#define IMAGE_PLACE_NONE               \
	{                              \
		.folder = -1, .fd = -1 \
	}

/*
 * @path is whole. Opens the folder by @open_folder, removes what is left there, and refuses a name that is taken (-EEXIST)
 * unless @replace.
 */
int image_place_begin(struct image_place *place, const char *path, bool replace,
        int (*open_folder)(const char *path, int *fd, struct err *err), struct err *err);
/* Makes the hidden file, for user @uid to write; open for reading and writing as place->fd. */
int image_place_make(struct image_place *place, uid_t uid, gid_t gid, struct err *err);
/* -ENOSPC where the file system has not @bytes left. */
int image_place_room(const struct image_place *place, uint64_t bytes, struct err *err);
/* Whole and on the disk, then under its name, and that on the disk. @replace: in place of what has it, with its mode. */
int image_place_publish(struct image_place *place, bool replace, struct err *err);
/* Takes hold of a hidden file again that was made before, by its name and open file (owned). */
void image_place_resume(struct image_place *place, const char *hidden, int fd);
/* Removes the hidden file, where there still is one. */
void image_place_finish(struct image_place *place);

/* Whether another program that uses QEMU's locks has the file open, for writing too; unknown where locks cannot be asked for. */
enum image_use { IMAGE_FREE, IMAGE_READ, IMAGE_WRITTEN, IMAGE_UNKNOWN };
enum image_use image_place_use(int fd);

#endif
