/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A new file that has its name only once all of it is on the disk. Until then it is a hidden file of the same folder, locked by
 * whoever writes it; one that nobody has locked is what an interrupted run left, and goes with the next one in that folder.
 */
#ifndef BASE_NEW_FILE_H
#define BASE_NEW_FILE_H

#include "base/err.h"

#include <sys/types.h>

/* What a person is told it was, by a code: the name is there, there is no room, anything else (CODE_NONE: no code). */
struct new_file_codes {
	enum code taken, space, other;
};

struct new_file {
	char *path;       /* whole, of the final file; NULL: none was begun */
	const char *name; /* its last part, in path */
	char *hidden;     /* "" once it has its name; NULL: not made yet */
	int folder, fd;
	uid_t uid; /* of the folder: whose the file should be */
	gid_t gid;
	uint64_t device, inode; /* of the file, under whichever name */
	const struct new_file_codes *codes;
};

#define NEW_FILE_NONE                  \
	{                              \
		.folder = -1, .fd = -1 \
	}

/* How the folder is opened to write in; 0 with @fd, or -errno. */
typedef int (*new_file_folder)(const char *path, int *fd, struct err *err);

/*
 * @path is whole. Opens the folder by @open_folder (NULL: plainly), removes what is left there, and refuses a name that is taken
 * (-EEXIST) unless @replace. @codes must outlive it. To be finished in any case.
 */
int new_file_begin(struct new_file *file, const char *path, bool replace,
        new_file_folder open_folder, const struct new_file_codes *codes, struct err *err);
/* Makes the hidden file, for user @uid to write; open for reading and writing as file->fd. */
int new_file_make(struct new_file *file, uid_t uid, gid_t gid, struct err *err);
/* -ENOSPC where the file system has not @bytes left. */
int new_file_room(const struct new_file *file, uint64_t bytes, struct err *err);
int new_file_sync(const struct new_file *file, struct err *err);
/*
 * Whole and on the disk, then under its name, and that on the disk. @replace: in place of the file that has it, with its owner and mode (-ELOOP: no
 * regular file);
 * else with @mode, and -EEXIST where the name is taken by now.
 */
int new_file_publish(struct new_file *file, mode_t mode, bool replace, struct err *err);
/* Takes hold of a hidden file again that was made before, by its name and open file (owned). */
void new_file_resume(struct new_file *file, const char *hidden, int fd);
/* Removes it, by whichever name; what another has put in its place stays. */
void new_file_undo(struct new_file *file);
/* Removes the hidden file, where there still is one. */
void new_file_finish(struct new_file *file);

/* Removes what interrupted runs have left beside @path, which is whole. */
void new_file_sweep(const char *path);

#endif
