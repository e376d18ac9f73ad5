/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/new_file.h"

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

void new_file_sweep(const char *path)
{
	const char *slash = strrchr(path, '/');
	cleanup_free char *folder = xstrndup(path, (size_t)(slash - path) + 1);
	cleanup_close int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd >= 0)
		sweep(fd);
}

/* --- a new file --- */

static int refuse(const struct new_file *f, int number, const char *what, struct err *err)
{
	enum code code = number == -EEXIST                        ? f->codes->taken
	                 : number == -ENOSPC || number == -EDQUOT ? f->codes->space
	                                                          : f->codes->other;

	err_errno(err, number, what, f->path);
	if (number == -ENOSPC || number == -EDQUOT || number == -EFBIG)
		err_hint(err, _("take a place with more room (df -h), whose file system holds "
		                "files of that size"));
	else
		err_hint(err, _("check that its folder is there and may be written to (ls -ld)"));
	if (code != CODE_NONE)
		err_code(err, code);
	return number;
}

static int refuse_taken(const struct new_file *f, struct err *err)
{
	err_set(err, -EEXIST, _("%s is there already, and nothing is overwritten"), f->path);
	err_hint(err, _("take another name or folder, or put it aside"));
	err_code(err, f->codes->taken);
	return -EEXIST;
}

static int open_plainly(const char *path, int *fd, struct err *err)
{
	*fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return *fd < 0 ? err_errno(err, -errno, "%s", path) : 0;
}

static int open_folder(struct new_file *f, new_file_folder open_it, struct err *err)
{
	size_t n = (size_t)(f->name - f->path);
	cleanup_free char *folder = xstrndup(f->path, n > 1 ? n - 1 : n);
	struct stat st;
	int r = (open_it ? open_it : open_plainly)(folder, &f->folder, err);

	if (r < 0) {
		if (err && !*err->code && f->codes->other != CODE_NONE)
			err_code(err, f->codes->other);
		return r;
	}
	if (fstat(f->folder, &st) < 0)
		return refuse(f, -errno, "%s", err);
	f->uid = st.st_uid;
	f->gid = st.st_gid;
	return 0;
}

static bool is_there(const struct new_file *f)
{
	return faccessat(f->folder, f->name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

int new_file_begin(struct new_file *f, const char *path, bool replace, new_file_folder open_it,
        const struct new_file_codes *codes, struct err *err)
{
	const char *slash = strrchr(path, '/');
	int r;

	*f = (struct new_file)NEW_FILE_NONE;
	f->codes = codes;
	if (path[0] != '/' || !slash[1] || streq(slash + 1, ".") || streq(slash + 1, "..") ||
	        strlen(slash + 1) > 200)
		return err_set(err, -EINVAL, _("%s cannot name a new file"), path);
	f->path = xstrdup(path);
	f->name = f->path + (slash - path) + 1;
	r = open_folder(f, open_it, err);
	if (r < 0)
		return r;
	sweep(f->folder);
	return !replace && is_there(f) ? refuse_taken(f, err) : 0;
}

/* A file system without owners has that of its mount. */
static int give(int fd, uid_t uid, gid_t gid)
{
	struct stat st;

	if (geteuid() != 0 || (fstat(fd, &st) == 0 && st.st_uid == uid && st.st_gid == gid))
		return 0;
	return fchown(fd, uid, gid) < 0 ? -errno : 0;
}

/* The lock tells others that it is not left over; where there are no locks, nothing is ever swept. */
static int lock(int fd)
{
	return flock(fd, LOCK_EX | LOCK_NB) < 0 && errno == EWOULDBLOCK ? -EBUSY : 0;
}

/* It still has its hidden name. */
static bool is_named(const struct new_file *f, const struct stat *st)
{
	struct stat now;

	return fstatat(f->folder, f->hidden, &now, AT_SYMLINK_NOFOLLOW) == 0 &&
	       now.st_dev == st->st_dev && now.st_ino == st->st_ino;
}

int new_file_make(struct new_file *f, uid_t uid, gid_t gid, struct err *err)
{
	uint64_t random = 0;
	struct stat st;
	int r;

	if (getrandom(&random, sizeof(random), 0) != sizeof(random))
		return err_errno(err, -errno, "getrandom");
	f->hidden = xasprintf(".%s." MARK "%016llx", f->name, (unsigned long long)random);
	f->fd = openat(
	        f->folder, f->hidden, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	r = f->fd < 0 || fstat(f->fd, &st) < 0 ? -errno : lock(f->fd);
	if (r == 0 && !is_named(f, &st))
		r = -EBUSY; /* another run has swept it away before it was locked */
	r = r < 0 ? r : give(f->fd, uid, gid);
	if (r < 0)
		return refuse(f, r, _("%s cannot be made"), err);
	f->device = st.st_dev;
	f->inode = st.st_ino;
	return 0;
}

int new_file_room(const struct new_file *f, uint64_t bytes, struct err *err)
{
	struct statvfs fs;
	uint64_t left;

	if (fstatvfs(f->folder, &fs) < 0)
		return err_errno(err, -errno, "%s", f->path);
	left = (uint64_t)fs.f_bavail * fs.f_frsize;
	if (bytes <= left)
		return 0;
	err_set(err, -ENOSPC,
	        _("%s needs %llu MiB, and its file system has %llu MiB left (statvfs)"), f->path,
	        (unsigned long long)(bytes >> 20), (unsigned long long)(left >> 20));
	err_hint(err, _("make room there, or name a file on another file system"));
	err_code(err, f->codes->space);
	return -ENOSPC;
}

int new_file_sync(const struct new_file *f, struct err *err)
{
	return fsync(f->fd) < 0 ? refuse(f, -errno, _("%s cannot be written"), err) : 0;
}

/* Some file systems of networks cannot rename without replacing, but link; and some can neither. */
static int rename_new(const struct new_file *f)
{
	if (renameat2(f->folder, f->hidden, f->folder, f->name, RENAME_NOREPLACE) == 0)
		return 0;
	if (errno != EINVAL && errno != ENOSYS)
		return -errno;
	if (linkat(f->folder, f->hidden, f->folder, f->name, 0) == 0)
		return unlinkat(f->folder, f->hidden, 0) < 0 ? -errno : 0;
	if (errno == EEXIST || is_there(f))
		return -EEXIST;
	return renameat(f->folder, f->hidden, f->folder, f->name) < 0 ? -errno : 0;
}

static int rename_over(const struct new_file *f)
{
	return renameat(f->folder, f->hidden, f->folder, f->name) < 0 ? -errno : 0;
}

/* A file system without modes has those of its mount. */
static int set_mode(int fd, mode_t mode)
{
	return fchmod(fd, mode) < 0 && errno != EPERM && errno != EOPNOTSUPP ? -errno : 0;
}

int new_file_publish(struct new_file *f, mode_t mode, bool replace, struct err *err)
{
	struct stat before;
	int r = 0;

	if (replace && fstatat(f->folder, f->name, &before, AT_SYMLINK_NOFOLLOW) < 0)
		r = -errno;
	else if (replace && !S_ISREG(before.st_mode))
		r = -ELOOP; /* a link's mode is everybody's, and what it leads to would stay */
	else if (replace)
		r = give(f->fd, before.st_uid, before.st_gid);
	r = r < 0 ? r : set_mode(f->fd, replace ? before.st_mode & 0777 : mode);
	if (r == 0 && fsync(f->fd) < 0)
		r = -errno;
	if (r == 0)
		r = replace ? rename_over(f) : rename_new(f);
	if (r == -EEXIST)
		return refuse_taken(f, err);
	if (r < 0)
		return refuse(f, r, _("%s cannot be put in place"), err);
	f->hidden[0] = '\0';
	if (fsync(f->folder) == 0)
		return 0;
	r = refuse(f, -errno, "%s", err);
	if (!replace) /* nobody knows whether it would have its name after a cut of power */
		new_file_undo(f);
	return r;
}

void new_file_resume(struct new_file *f, const char *hidden, int fd)
{
	struct stat st = {0};

	f->hidden = xstrdup(hidden);
	f->fd = fd;
	fstat(fd, &st);
	f->device = st.st_dev;
	f->inode = st.st_ino;
}

void new_file_undo(struct new_file *f)
{
	struct stat st;

	if (!f->hidden)
		return;
	if (f->hidden[0])
		unlinkat(f->folder, f->hidden, 0);
	else if (fstatat(f->folder, f->name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	         st.st_dev == f->device && st.st_ino == f->inode)
		unlinkat(f->folder, f->name, 0);
	fsync(f->folder);
	f->hidden[0] = '\0';
}

void new_file_finish(struct new_file *f)
{
	if (f->hidden && f->hidden[0])
		unlinkat(f->folder, f->hidden, 0);
	if (f->path) {
		close_fd(&f->fd);
		close_fd(&f->folder);
	}
	free(take_ptr(f->hidden));
	free(take_ptr(f->path));
}
