/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/root.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

#define FILE_MAX ((size_t)16 << 20)

int root_open(struct root *root, const char *path, struct err *err)
{
	size_t n = strlen(path);
	int fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return err_errno(err, -errno, "%s", path);
	while (n && path[n - 1] == '/')
		n--;
	*root = (struct root){.fd = fd, .path = xstrndup(path, n)};
	return 0;
}

void root_close(struct root *root)
{
	close_fd(&root->fd);
	free(root->path);
	root->path = NULL;
}

bool root_is_host(const struct root *root)
{
	return root->path[0] == '\0';
}

char *root_full_path(const struct root *root, const char *path)
{
	return xasprintf("%s%s", root->path, path);
}

int root_openat(const struct root *root, const char *path, int flags, mode_t mode)
{
	struct open_how how = {
	        .flags = (unsigned)flags | O_CLOEXEC,
	        .mode = flags & O_CREAT ? mode : 0,
	        .resolve = RESOLVE_IN_ROOT,
	};
	long fd;

	/* /proc/self is a "magic" link, which RESOLVE_IN_ROOT refuses; the host needs no fence. */
	if (root_is_host(root)) {
		fd = open(path, flags | O_CLOEXEC, mode);
		return fd < 0 ? -errno : (int)fd;
	}
	do
		fd = syscall(SYS_openat2, root->fd, path, &how, sizeof(how));
	while (fd < 0 && errno == EAGAIN);
	return fd < 0 ? -errno : (int)fd;
}

int root_stat(const struct root *root, const char *path, struct stat *st)
{
	cleanup_close int fd = root_openat(root, path, O_PATH, 0);

	if (fd < 0)
		return fd;
	return fstat(fd, st) < 0 ? -errno : 0;
}

bool root_exists(const struct root *root, const char *path)
{
	struct stat st;

	return root_stat(root, path, &st) == 0;
}

void *root_read_bytes(const struct root *root, const char *path, size_t *size)
{
	/* A captured machine may hold a FIFO, which would keep us waiting. */
	cleanup_close int fd = root_openat(root, path, O_RDONLY | O_NONBLOCK, 0);
	cleanup_free char *bytes = NULL;
	size_t used = 0, room = 0;

	if (fd < 0) {
		errno = -fd;
		return NULL;
	}
	for (;;) {
		ssize_t got;

		if (used + 1 >= room) {
			room = room ? room * 2 : 4096;
			bytes = xrealloc(bytes, room, 1);
		}
		got = read(fd, bytes + used, room - used - 1);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return NULL;
		if (got == 0)
			break;
		used += (size_t)got;
		if (used > FILE_MAX) {
			errno = EFBIG;
			return NULL;
		}
	}
	bytes[used] = '\0';
	*size = used;
	return take_ptr(bytes);
}

char *root_read(const struct root *root, const char *path)
{
	size_t size;
	char *text = root_read_bytes(root, path, &size);

	if (text && size && text[size - 1] == '\n')
		text[size - 1] = '\0';
	return text;
}

char *root_readf(const struct root *root, const char *fmt, ...)
{
	cleanup_free char *path = NULL;
	va_list ap;

	va_start(ap, fmt);
	path = xvasprintf(fmt, ap);
	va_end(ap);
	return root_read(root, path);
}

int root_read_u64(const struct root *root, const char *path, int base, uint64_t *out)
{
	cleanup_free char *text = root_read(root, path);

	if (!text)
		return -errno;
	return parse_u64(strip(text), base, UINT64_MAX, out);
}

char *root_link_name(const struct root *root, const char *path)
{
	cleanup_close int fd = root_openat(root, path, O_PATH | O_NOFOLLOW, 0);
	char target[4096];
	const char *slash;
	ssize_t n;

	if (fd < 0) {
		errno = -fd;
		return NULL;
	}
	n = readlinkat(fd, "", target, sizeof(target) - 1);
	if (n < 0)
		return NULL;
	target[n] = '\0';
	slash = strrchr(target, '/');
	return xstrdup(slash ? slash + 1 : target);
}

char *root_real_path(const struct root *root, const char *path)
{
	cleanup_close int fd = root_openat(root, path, O_PATH, 0);
	char self[64], real[4096], top[4096];
	ssize_t n, m;

	if (fd < 0) {
		errno = -fd;
		return NULL;
	}
	snprintf(self, sizeof(self), "/proc/self/fd/%d", fd);
	n = readlink(self, real, sizeof(real) - 1);
	snprintf(self, sizeof(self), "/proc/self/fd/%d", root->fd);
	m = readlink(self, top, sizeof(top) - 1);
	if (n < 0 || m < 0)
		return NULL;
	real[n] = top[m] = '\0';
	return xstrdup(m == 1 ? real : real[m] ? real + m : "/");
}

int root_list(const struct root *root, const char *path, struct strv *names)
{
	int fd = root_openat(root, path, O_RDONLY | O_DIRECTORY, 0);
	struct dirent *entry;
	DIR *dir;
	int r;

	if (fd < 0)
		return fd;
	dir = fdopendir(fd);
	if (!dir) {
		close_fd(&fd);
		return -errno;
	}
	while ((errno = 0, entry = readdir(dir))) {
		if (!streq(entry->d_name, ".") && !streq(entry->d_name, ".."))
			strv_add(names, entry->d_name);
	}
	r = -errno;
	closedir(dir);
	strv_sort(names);
	return r;
}

/* Opens the folder that holds @path, creating it when @create; @name points into @path. */
static int open_folder(const struct root *root, const char *path, bool create, const char **name)
{
	const char *slash = strrchr(path, '/');
	cleanup_free char *folder = xstrndup(path, slash > path ? (size_t)(slash - path) : 1);
	int fd = root_openat(root, folder, O_RDONLY | O_DIRECTORY, 0);

	*name = slash + 1;
	if (fd == -ENOENT && create && slash > path) {
		const char *last;
		cleanup_close int above = open_folder(root, folder, true, &last);

		if (above < 0)
			return above;
		if (mkdirat(above, last, 0755) < 0 && errno != EEXIST)
			return -errno;
		fsync(above);
		fd = root_openat(root, folder, O_RDONLY | O_DIRECTORY, 0);
	}
	return fd;
}

static int write_all(int fd, const char *bytes, size_t size)
{
	while (size) {
		ssize_t n = write(fd, bytes, size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		bytes += n;
		size -= (size_t)n;
	}
	return 0;
}

/* What replaces a file belongs to whom the file belonged. */
static int keep_owner(int folder, const char *name, int fd)
{
	struct stat old, new;

	if (fstatat(folder, name, &old, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : -errno;
	if (fstat(fd, &new) < 0)
		return -errno;
	if (old.st_uid == new.st_uid && old.st_gid == new.st_gid)
		return 0;
	return fchown(fd, old.st_uid, old.st_gid) < 0 ? -errno : 0;
}

static int write_temporary(int folder, const char *temporary, const char *name, const void *bytes,
        size_t size, mode_t mode)
{
	cleanup_close int fd = -1;
	int r;

	unlinkat(folder, temporary, 0);
	fd = openat(folder, temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	r = write_all(fd, bytes, size);
	if (r == 0)
		r = keep_owner(folder, name, fd);
	if (r < 0)
		return r;
	if ((mode && fchmod(fd, mode) < 0) || fsync(fd) < 0)
		return -errno;
	return 0;
}

static char *temporary_name(const char *name)
{
	return xasprintf(".%s.playthrough-new", name);
}

int root_write(const struct root *root, const char *path, const void *bytes, size_t size,
        mode_t mode, struct err *err)
{
	const char *name;
	cleanup_close int folder = open_folder(root, path, true, &name);
	cleanup_free char *temporary = temporary_name(name);
	int r = folder;

	if (folder >= 0)
		r = write_temporary(folder, temporary, name, bytes, size, mode);

	if (r == 0 && renameat(folder, temporary, folder, name) < 0)
		r = -errno;
	if (r == 0 && fsync(folder) < 0)
		r = -errno;
	if (r < 0) {
		if (folder >= 0)
			unlinkat(folder, temporary, 0);
		return err_errno(err, r, "%s%s: cannot be written", root->path, path);
	}
	return 0;
}

/* Whether the file still holds @old (NULL: it is not there), and what mode it has. */
static int check_unchanged(int folder, const char *name, const char *old, mode_t *mode)
{
	cleanup_close int fd = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	size_t size = old ? strlen(old) : 0, used = 0;
	cleanup_free char *now = xcalloc(size + 1, 1);
	struct stat st;
	ssize_t n = 1;

	if (fd < 0 && errno != ENOENT)
		return -errno;
	if (fd < 0)
		return old ? -ESTALE : 0;
	if (!old || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return -ESTALE;
	while (used <= size && n > 0) {
		n = read(fd, now + used, size + 1 - used);
		used += n > 0 ? (size_t)n : 0;
	}
	*mode = st.st_mode & 07777;
	return n < 0 ? -errno : used == size && memcmp(now, old, size) == 0 ? 0 : -ESTALE;
}

static int exchange(int folder, const char *name, const char *old, const char *text)
{
	cleanup_free char *temporary = temporary_name(name);
	mode_t mode = 0644;
	int r = check_unchanged(folder, name, old, &mode);

	if (r == 0 && text)
		r = write_temporary(folder, temporary, name, text, strlen(text), mode);
	if (r == 0) /* once more: the disk took its time */
		r = check_unchanged(folder, name, old, &mode);
	if (r == 0 &&
	        (text ? renameat(folder, temporary, folder, name) : unlinkat(folder, name, 0)) < 0)
		r = -errno;
	if (r < 0 && text)
		unlinkat(folder, temporary, 0);
	return r == 0 && fsync(folder) < 0 ? -errno : r;
}

int root_exchange(const struct root *root, const char *path, const char *old, const char *text,
        struct err *err)
{
	const char *name;
	cleanup_close int folder = open_folder(root, path, text && !old, &name);
	int r = folder < 0 ? folder : exchange(folder, name, old, text);

	return r < 0 ? err_errno(err, r, "%s%s: cannot be written", root->path, path) : 0;
}

int root_make_folder(const struct root *root, const char *path, struct err *err)
{
	cleanup_free char *inside = xasprintf("%s/.", path);
	const char *name;
	cleanup_close int folder = open_folder(root, inside, true, &name);

	return folder < 0 ? err_errno(err, folder, "%s%s", root->path, path) : 0;
}

bool root_is_cut_off(const struct root *root, const char *path)
{
	const char *name;
	cleanup_close int folder = open_folder(root, path, false, &name);
	cleanup_free char *temporary = temporary_name(name);

	return folder >= 0 && faccessat(folder, temporary, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

void root_clear(const struct root *root, const char *path)
{
	const char *name;
	cleanup_close int folder = open_folder(root, path, false, &name);
	cleanup_free char *temporary = temporary_name(name);

	if (folder >= 0 && unlinkat(folder, temporary, 0) == 0)
		fsync(folder);
}

int root_remove(const struct root *root, const char *path, struct err *err)
{
	const char *name;
	cleanup_close int folder = open_folder(root, path, false, &name);
	cleanup_free char *temporary = temporary_name(name);
	int r = folder < 0 ? folder : 0;

	if (folder == -ENOENT)
		return 0;
	if (r == 0 && unlinkat(folder, name, 0) < 0 && errno != ENOENT)
		r = -errno;
	if (r == 0 && unlinkat(folder, temporary, 0) < 0 && errno != ENOENT)
		r = -errno;
	if (r == 0 && fsync(folder) < 0)
		r = -errno;
	return r < 0 ? err_errno(err, r, "%s%s: cannot be removed", root->path, path) : 0;
}

int root_poke(const struct root *root, const char *path, const char *text, struct err *err)
{
	cleanup_close int fd = root_openat(root, path, O_WRONLY, 0);
	int r = fd;

	if (fd >= 0)
		r = write(fd, text, strlen(text)) < 0 ? -errno : 0;
	return r < 0 ? err_errno(err, r, "%s%s: writing \"%s\"", root->path, path, text) : 0;
}
