/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "image/place.h"

#include "base/i18n.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define MARK "playthrough-" /* .NAME.playthrough-0123456789abcdef */
#define HEX  16u

/* --- what was left --- */

static bool is_hidden(const char *name)
{
	size_t n = strlen(name), tail = strlen(MARK) + HEX;
	const char *mark = n > tail + 2 ? name + n - tail : NULL;

	return mark && name[0] == '.' && mark[-1] == '.' && starts_with(mark, MARK) &&
	       strspn(mark + strlen(MARK), "0123456789abcdef") == HEX;
}

/* Nobody has it locked: whoever wrote it is gone. */
static void remove_left(int folder, const char *name)
{
	cleanup_close int fd =
	        openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct stat st;

	if (fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
	        flock(fd, LOCK_EX | LOCK_NB) == 0)
		unlinkat(folder, name, 0);
}

static void sweep(int folder)
{
	int own = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = own < 0 ? NULL : fdopendir(own);
	struct dirent *entry;

	while (dir && (entry = readdir(dir)))
		if (is_hidden(entry->d_name))
			remove_left(folder, entry->d_name);
	if (dir)
		closedir(dir);
}

/* --- a new file --- */

static int refuse_taken(const char *path, struct err *err)
{
	err_set(err, -EEXIST, _("%s is there already"), path);
	err_hint(err, _("name a file that is not there yet; nothing is overwritten"));
	err_code(err, CODE_IMAGE_EXISTS);
	return -EEXIST;
}

int image_place_begin(struct image_place *place, const char *path, bool replace,
        int (*open_folder)(const char *path, int *fd, struct err *err), struct err *err)
{
	const char *slash = strrchr(path, '/');
	cleanup_free char *folder = NULL;
	struct stat st;
	int r;

	*place = (struct image_place)IMAGE_PLACE_NONE;
	if (path[0] != '/' || !slash[1] || streq(slash + 1, ".") || streq(slash + 1, "..") ||
	        strlen(slash + 1) > 200)
		return err_set(err, -EINVAL, _("%s cannot name an image file"), path);
	place->path = xstrdup(path);
	place->name = place->path + (slash - path) + 1;
	folder = slash == path ? xstrdup("/") : xstrndup(path, (size_t)(slash - path));
	r = open_folder(folder, &place->folder, err);
	if (r < 0)
		return r;
	if (fstat(place->folder, &st) < 0)
		return err_errno(err, -errno, "%s", folder);
	place->uid = st.st_uid;
	place->gid = st.st_gid;
	sweep(place->folder);
	if (!replace && fstatat(place->folder, place->name, &st, AT_SYMLINK_NOFOLLOW) == 0)
		return refuse_taken(path, err);
	return 0;
}

static int give(int fd, uid_t uid, gid_t gid)
{
	return geteuid() == 0 && fchown(fd, uid, gid) < 0 ? -errno : 0;
}

int image_place_make(struct image_place *place, uid_t uid, gid_t gid, struct err *err)
{
	uint64_t random = 0;
	int r = 0;

	if (getrandom(&random, sizeof(random), 0) != sizeof(random))
		return err_errno(err, -errno, "getrandom");
	place->hidden = xasprintf(".%s." MARK "%016llx", place->name, (unsigned long long)random);
	place->fd = openat(place->folder, place->hidden,
	        O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (place->fd < 0 || flock(place->fd, LOCK_EX | LOCK_NB) < 0)
		r = -errno;
	if (r == 0)
		r = give(place->fd, uid, gid);
	return r < 0 ? err_errno(err, r, _("%s cannot be made"), place->path) : 0;
}

int image_place_room(const struct image_place *place, uint64_t bytes, struct err *err)
{
	struct statvfs fs;
	uint64_t left;

	if (fstatvfs(place->folder, &fs) < 0)
		return err_errno(err, -errno, "%s", place->path);
	left = (uint64_t)fs.f_bavail * fs.f_frsize;
	if (bytes <= left)
		return 0;
	err_set(err, -ENOSPC,
	        _("%s needs %llu MiB, and its file system has %llu MiB left (statvfs)"),
	        place->path, (unsigned long long)(bytes >> 20), (unsigned long long)(left >> 20));
	err_hint(err, _("make room there, or name a file on another file system"));
	err_code(err, CODE_IMAGE_SPACE);
	return -ENOSPC;
}

static int rename_new(struct image_place *place)
{
	if (renameat2(place->folder, place->hidden, place->folder, place->name, RENAME_NOREPLACE) ==
	        0)
		return 0;
	if (errno != EINVAL && errno != ENOSYS)
		return -errno;
	/* A file system that cannot do that has hard links, or nothing that never overwrites. */
	if (linkat(place->folder, place->hidden, place->folder, place->name, 0) < 0)
		return -errno;
	return unlinkat(place->folder, place->hidden, 0) < 0 ? -errno : 0;
}

static int rename_over(struct image_place *place)
{
	return renameat(place->folder, place->hidden, place->folder, place->name) < 0 ? -errno : 0;
}

int image_place_publish(struct image_place *place, bool replace, struct err *err)
{
	struct stat before = {.st_mode = 0600, .st_uid = place->uid, .st_gid = place->gid};
	int r = 0;

	if (replace && fstatat(place->folder, place->name, &before, AT_SYMLINK_NOFOLLOW) < 0)
		r = -errno;
	r = r < 0 ? r : give(place->fd, before.st_uid, before.st_gid);
	if (r == 0 && (fchmod(place->fd, before.st_mode & 0777) < 0 || fsync(place->fd) < 0))
		r = -errno;
	if (r == 0)
		r = replace ? rename_over(place) : rename_new(place);
	if (r == -EEXIST)
		return refuse_taken(place->path, err);
	if (r < 0)
		return err_errno(err, r, _("%s cannot be put in place"), place->path);
	place->hidden[0] = '\0';
	return fsync(place->folder) < 0 ? err_errno(err, -errno, "%s", place->path) : 0;
}

void image_place_resume(struct image_place *place, const char *hidden, int fd)
{
	place->hidden = xstrdup(hidden);
	place->fd = fd;
}

void image_place_finish(struct image_place *place)
{
	if (place->hidden && place->hidden[0])
		unlinkat(place->folder, place->hidden, 0);
	close_fd(&place->fd);
	close_fd(&place->folder);
	free(take_ptr(place->hidden));
	free(take_ptr(place->path));
}

/* --- who has it open --- */

/* 1, 0, or -errno. */
static int is_locked(int fd, off_t from, off_t n)
{
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = from, .l_len = n};

	return fcntl(fd, F_OFD_GETLK, &lock) < 0 ? -errno : lock.l_type != F_UNLCK;
}

/* QEMU, block/file-posix.c: byte 100 + N is locked by whoever has permission N; 1 is to write. */
enum image_use image_place_use(int fd)
{
	int written = is_locked(fd, 101, 1), used = is_locked(fd, 100, 108);

	if (written < 0 || used < 0)
		return IMAGE_UNKNOWN;
	return written ? IMAGE_WRITTEN : used ? IMAGE_READ : IMAGE_FREE;
}
