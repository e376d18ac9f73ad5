/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Files under a root directory: "/" for this PC, any other folder for a captured one.
 *
 * Every fact is read through a root, and every file of the host is written through one, so that a
 * captured machine is as good as the real one. Symbolic links never lead out of the root
 * (openat2(2), RESOLVE_IN_ROOT). Paths are absolute inside the root: "/sys/class/iommu".
 */
#ifndef BASE_ROOT_H
#define BASE_ROOT_H

#include "base/err.h"
#include "base/strv.h"

#include <sys/stat.h>

struct root {
	int fd;     /* O_PATH of the directory */
	char *path; /* as given, for messages and for libraries that want a path; "" for "/" */
};

int root_open(struct root *root, const char *path, struct err *err);
void root_close(struct root *root);
bool root_is_host(const struct root *root); /* true for "/" */

/* The path as a library outside needs it (root's path + path). Caller frees. */
char *root_full_path(const struct root *root, const char *path);

/* An open descriptor (CLOEXEC is added), or -errno. */
int root_openat(const struct root *root, const char *path, int flags, mode_t mode);
bool root_exists(const struct root *root, const char *path);
int root_stat(const struct root *root, const char *path, struct stat *st); /* 0 or -errno */

/*
 * Whole file as text of at most 16 MiB, NUL-terminated, trailing newline cut; caller frees. NULL with
 * errno set when it cannot be read (ENOENT: not there; EACCES: not allowed to look).
 */
char *root_read(const struct root *root, const char *path);
char *root_readf(const struct root *root, const char *fmt, ...) PRINTF(2, 3);
/* The same for bytes, which may hold NULs; @size gets their number. */
void *root_read_bytes(const struct root *root, const char *path, size_t *size);
/* A number in a file; 0x is understood when @base is 0. Returns 0, -errno, or -EINVAL. */
int root_read_u64(const struct root *root, const char *path, int base, uint64_t *out);

/* The last part of what a symbolic link points to ("vfio-pci" of .../driver); NULL with errno. */
char *root_link_name(const struct root *root, const char *path);
/* Where a path really is inside the root, all links followed ("/sys/devices/..."); NULL with errno. */
char *root_real_path(const struct root *root, const char *path);

/* Adds the sorted names in a directory, without "." and "..". Returns 0 or -errno. */
int root_list(const struct root *root, const char *path, struct strv *names);

/*
 * Replaces a file as a whole: temporary file beside it, fsync, rename, fsync of the folder. Missing
 * parent folders are created with mode 0755; @mode 0 leaves the mode to the file system. At every instant the
 * old or the new bytes are there. Owner and group of a file that was there are kept.
 */
int root_write(const struct root *root, const char *path, const void *bytes, size_t size,
        mode_t mode, struct err *err);
/*
 * root_write() of a text that was read as @old (NULL: there was no file) and keeps its mode; @text NULL removes it. What is
 * something else by now stays as it is: -ESTALE. -ELOOP for a symbolic link. For one writer of ours in a folder; a lock
 * on what others may read would let any of them keep us out.
 */
int root_exchange(const struct root *root, const char *path, const char *old, const char *text,
        struct err *err);
/* Makes a folder of mode 0755 and those above it, each on the disk when it returns; one that is there is no error. */
int root_make_folder(const struct root *root, const char *path, struct err *err);
/* Whether a root_write() of @path was cut off and left something beside it. */
bool root_is_cut_off(const struct root *root, const char *path);
/* Removes what a root_write() of @path that was cut off left beside it. */
void root_clear(const struct root *root, const char *path);
/*
 * Removes a file, and what a root_write() of it that was cut off left, and fsyncs its folder; one that is gone
 * already is no error.
 */
int root_remove(const struct root *root, const char *path, struct err *err);

/* Writes into a file that exists, as one write(2): what sysfs wants. */
int root_poke(const struct root *root, const char *path, const char *text, struct err *err);

#endif
