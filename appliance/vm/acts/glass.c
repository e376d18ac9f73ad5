/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The memory of Looking Glass: see acts.h. */
#include "base/i18n.h"
#include "vm/acts/acts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define KVMFR "/dev/kvmfr0"

/* Nobody has us make or remove another file than ours: /dev/shm is everybody's to write. */
static int check_path(const char *path, struct err *err)
{
	static const char file[] = "/dev/shm/looking-glass-";
	const char *name = path + strlen(file);

	if (streq(path, KVMFR) || (starts_with(path, file) && *name && !strchr(name, '/')))
		return 0;
	return err_set(err, -EINVAL, _("%s is not the memory of Looking Glass"), path);
}

/* Not to be read or written: QEMU opens it anew, and what may be done with it then is the module's and its rights' matter. */
static int open_node(const struct root *root, int *fd, struct err *err)
{
	cleanup_close int opened = root_openat(root, KVMFR, O_PATH | O_NOFOLLOW, 0);
	struct stat st;

	if (opened < 0 || fstat(opened, &st) < 0)
		return err_errno(err, opened < 0 ? opened : -errno, "%s", KVMFR);
	if (!S_ISCHR(st.st_mode))
		return err_set(err, -ENODEV, _("%s is not a device"), KVMFR);
	*fd = take_fd(opened);
	return 0;
}

static int make_file(
        const struct root *root, const struct act_glass *glass, int *fd, struct err *err)
{
	cleanup_close int opened = -1;
	int r = root_remove(root, glass->path, err);

	if (r < 0)
		return r;
	opened = root_openat(root, glass->path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, 0600);
	if (opened < 0)
		return err_errno(err, opened, "%s", glass->path);
	if (ftruncate(opened, (off_t)glass->bytes) < 0)
		return err_errno(err, -errno, "%s", glass->path);
	*fd = take_fd(opened);
	return 0;
}

int act_glass_open(const struct root *root, const struct act_glass *glass, int *fd, struct err *err)
{
	int r = check_path(glass->path, err);

	if (r == 0)
		r = streq(glass->path, KVMFR) ? open_node(root, fd, err)
		                              : make_file(root, glass, fd, err);
	if (r < 0)
		err_code(err, CODE_GLASS_MEMORY);
	return r;
}

static int own(int fd, const struct act_glass *glass, struct err *err)
{
	int r = fchownat(fd, "", glass->uid, glass->gid, AT_EMPTY_PATH) < 0 ? -errno : 0;

	r = r < 0 ? r : act_node_mode(fd, glass->mode & 0666);
	return r < 0 ? err_errno(err, r, "%s", glass->path) : 0;
}

int act_glass_give(const struct root *root, const struct act_glass *glass, struct err *err)
{
	cleanup_close int fd = -1;
	struct stat st;
	int r = check_path(glass->path, err);

	if (r == 0 && streq(glass->path, KVMFR)) {
		r = open_node(root, &fd, err);
	} else if (r == 0) {
		fd = root_openat(root, glass->path, O_PATH | O_NOFOLLOW, 0);
		if (fd < 0 || fstat(fd, &st) < 0)
			r = err_errno(err, fd < 0 ? fd : -errno, "%s", glass->path);
		else if (!S_ISREG(st.st_mode) || st.st_uid != geteuid() || st.st_nlink != 1)
			r = err_set(err, -EPERM, _("%s is another file by now"), glass->path);
	}
	return r < 0 ? r : own(fd, glass, err);
}

int act_glass_return(const struct root *root, const struct act_glass *glass, struct err *err)
{
	int r = check_path(glass->path, err);

	if (r < 0)
		return r;
	if (!streq(glass->path, KVMFR))
		return root_remove(root, glass->path, err);
	r = act_glass_give(root, glass, err);
	return r == -ENOENT ? 0 : r;
}
