/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli_disk_qualify_target.h"
#include "base/i18n.h"
#include "bus/text.h"
#include "host/attr.h"
#include "host/disk.h"
#include "host/usb.h"
#include "qualify/empty.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/fs.h>
#include <linux/magic.h>
#include <sys/ioctl.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

#define FILE_LEAST (UINT64_C(64) << 20)
#define NOBODY     65534 /* Linux, Documentation/admin-guide/sysctl/fs.rst: overflowuid */
#define NO_ROOT    ((struct root){.fd = -1})

static int refuse(struct err *err, char *message, const char *hint)
{
	err_set(err, -EINVAL, "%s", message);
	free(message);
	err_hint(err, "%s", hint);
	err_code(err, CODE_DISK_TARGET);
	return -EINVAL;
}

static const char *hint_target(void)
{
	return _("name a disk by its link in /dev/disk/by-id, or a file that lies on it");
}

/* "sda", or the last part of a link, alone; what is there as a file is that. Caller frees. */
static char *find_path(const char *name)
{
	static const char *const folders[] = {"/dev/disk/by-id/", "/dev/"};

	for (size_t i = 0; i < ARRAY_SIZE(folders) && !strchr(name, '/'); i++) {
		cleanup_free char *path = xasprintf("%s%s", folders[i], name);

		if (access(name, F_OK) < 0 && access(path, F_OK) == 0)
			return take_ptr(path);
	}
	return xstrdup(name);
}

static int cannot_open(const char *path, int number, struct err *err)
{
	cleanup_free char *harmless = text_harmless(path, false);

	err_errno(err, number, "%s", harmless);
	if (number == -EACCES || number == -EPERM) {
		err_hint(err, "%s",
		        geteuid() == 0
		                ? _("this system keeps it even from root, as containers do: run "
		                    "the command outside of it")
		                : _("only root and the group of the disk may read it: sudo "
		                    "playthrough disk qualify ..."));
		err_code(err, CODE_DISK_READ);
	} else if (number == -ENOENT || number == -ENXIO || number == -ENOMEDIUM) {
		err_hint(err, _("plug it in; \"ls -l /dev/disk/by-id\" lists what there is"));
		err_code(err, CODE_DISK_ABSENT);
	}
	return number;
}

/* --- what it is --- */

static void take_usb(const struct root *root, struct target *t)
{
	cleanup_free char *usb = usb_name_in_path(t->sysfs);

	if (usb)
		t->facts.usb_mbps = (unsigned)attr_u64(
		        root, 10, 1000000, 0, "/sys/bus/usb/devices/%s/speed", usb);
}

/* The whole disk behind @dev, which may be a partition of it. */
static void take_sysfs(const struct root *root, dev_t dev, struct target *t)
{
	cleanup_free char *link = xasprintf("/sys/dev/block/%u:%u", major(dev), minor(dev));
	cleanup_free char *mark = NULL, *zoned = NULL;

	t->sysfs = root_real_path(root, link);
	if (!t->sysfs || !root_exists(root, t->sysfs)) {
		free(take_ptr(t->sysfs));
		return;
	}
	mark = xasprintf("%s/partition", t->sysfs);
	if (root_exists(root, mark))
		*strrchr(t->sysfs, '/') = '\0';
	zoned = attr_text(root, "%s/queue/zoned", t->sysfs);
	t->facts.rotational = attr_bool(root, "%s/queue/rotational", t->sysfs) == 1;
	t->facts.zoned = zoned && streq(zoned, "host-managed");
	take_usb(root, t);
}

static const struct disk *whole_disk(const struct disks *disks, const struct target *t)
{
	cleanup_free char *node =
	        t->sysfs ? xasprintf("/dev%s", strrchr(t->sysfs, '/')) : xstrdup("/dev/");

	for (char *c = node; (c = strchr(c, '!'));)
		*c = '/';
	return disks_find(disks, node);
}

static char *udev_record(const struct root *root, const struct disk *d)
{
	return root_readf(root, "/run/udev/data/b%u:%u", d->devno_major, d->devno_minor);
}

static void take_disk(const struct root *root, const struct disk *d, struct target *t)
{
	cleanup_free char *title =
	        d->model ? xasprintf("%s (%s)", d->model, d->name) : xstrdup(d->name);
	cleanup_free char *udev = udev_record(root, d);

	free(t->title);
	t->title = text_harmless(title, false);
	t->serial = d->serial ? text_harmless(d->serial, false) : NULL;
	t->facts.used = d->uses.n > 0;
	t->facts.empty = udev && qualify_empty(d, udev, NULL) == 0;
}

static void tell_below(struct target *t)
{
	cleanup_free char *size = t->facts.size >= UINT64_C(1000000000)
	                                  ? xasprintf(_("%.0f GB"), (double)t->facts.size / 1e9)
	                                  : xasprintf(_("%.0f MB"), (double)t->facts.size / 1e6);

	t->below = t->serial       ? xasprintf(_("serial number %s, %s"), t->serial, size)
	           : t->facts.size ? xstrdup(size)
	                           : xstrdup("");
}

static int look_at_disk(
        const struct root *root, const struct stat *st, struct target *t, struct err *err)
{
	cleanup(disks_finish) struct disks disks = {0};
	const struct disk *d;
	uint64_t size = 0;

	t->is_disk = true;
	if (ioctl(t->fd, BLKGETSIZE64, &size) < 0 || !size)
		return cannot_open(t->path, -ENOMEDIUM, err);
	t->facts.size = size;
	take_sysfs(root, st->st_rdev, t);
	if (disks_take(root, &disks, err) < 0)
		return err->number;
	d = whole_disk(&disks, t);
	if (d)
		take_disk(root, d, t);
	return 0;
}

static bool in_memory(int fd)
{
	struct statfs fs;

	return fstatfs(fd, &fs) == 0 && (fs.f_type == TMPFS_MAGIC || fs.f_type == RAMFS_MAGIC);
}

static int check_file_system(const struct target *t, int flags, struct err *err)
{
	cleanup_free char *again = xasprintf("/proc/self/fd/%d", t->fd);
	cleanup_close int direct =
	        in_memory(t->fd) ? -1 : open(again, flags | O_DIRECT | O_CLOEXEC);

	if (in_memory(t->fd))
		return refuse(err, xasprintf(_("%s lies in memory, not on a disk"), t->title),
		        hint_target());
	if (direct < 0 && errno == EINVAL)
		return refuse(err,
		        xasprintf(_("%s: its file system always answers from memory (it has no "
		                    "O_DIRECT)"),
		                t->title),
		        hint_target());
	return 0;
}

/* Holes are read without any disk. Compression looks the same, and is no disk's merit either. */
static int look_at_file(
        const struct root *root, const struct stat *st, struct target *t, struct err *err)
{
	uint64_t there = (uint64_t)st->st_blocks * 512, size = (uint64_t)st->st_size;

	t->facts.size = size;
	t->facts.file = true;
	take_sysfs(root, st->st_dev, t);
	if (size < FILE_LEAST)
		return refuse(err,
		        xasprintf(_("%s is too small for a test: it has %llu MiB"), t->title,
		                (unsigned long long)size >> 20),
		        _("name a file of 64 MiB or more, better of some GiB"));
	if (there < size / 10 * 9)
		return refuse(err,
		        xasprintf(_("%s has holes: of its %llu MiB only %llu are on a disk"),
		                t->title, (unsigned long long)size >> 20,
		                (unsigned long long)there >> 20),
		        _("name a file that is whole, or the disk that it lies on"));
	return check_file_system(t, O_RDONLY, err);
}

static int look_at_folder(
        const struct root *root, const struct stat *st, struct target *t, struct err *err)
{
	t->is_folder = t->facts.file = true;
	take_sysfs(root, st->st_dev, t);
	if (in_memory(t->fd))
		return refuse(err, xasprintf(_("%s lies in memory, not on a disk"), t->title),
		        hint_target());
	return 0;
}

/* Before it is opened: opening a tape or a pipe does something. */
static int check_kind(const struct target *t, bool may_write, mode_t mode, struct err *err)
{
	if (S_ISBLK(mode) || (may_write ? S_ISDIR(mode) : S_ISREG(mode)))
		return 0;
	if (S_ISDIR(mode))
		return refuse(err, xasprintf(_("%s is a folder"), t->title),
		        _("name a disk or a file; with --write, the test makes a file of its own "
		          "in a folder"));
	if (S_ISREG(mode))
		return refuse(err,
		        xasprintf(_("%s is a file, and no test writes to a file that is "
		                    "there"),
		                t->title),
		        _("name a folder, in which the test makes a file of its own, or an empty "
		          "disk"));
	return refuse(
	        err, xasprintf(_("%s is neither a disk nor a file"), t->title), hint_target());
}

static int look(const struct stat *st, struct target *t, struct err *err)
{
	cleanup(root_close) struct root root = NO_ROOT;
	int r = root_open(&root, "/", err);

	if (r < 0)
		return r;
	r = S_ISBLK(st->st_mode)   ? look_at_disk(&root, st, t, err)
	    : S_ISDIR(st->st_mode) ? look_at_folder(&root, st, t, err)
	                           : look_at_file(&root, st, t, err);
	if (r == 0)
		tell_below(t);
	return r;
}

int qualify_target_open(const char *name, bool may_write, struct target *out, struct err *err)
{
	cleanup_free char *again = NULL;
	cleanup_close int there = -1;
	struct stat st;
	int r;

	*out = (struct target){.fd = -1, .path = find_path(name)};
	out->title = text_harmless(out->path, false);
	there = open(out->path, O_PATH | O_CLOEXEC);
	if (there < 0 || fstat(there, &st) < 0)
		return cannot_open(out->path, -errno, err);
	r = check_kind(out, may_write, st.st_mode, err);
	if (r < 0)
		return r;
	again = xasprintf("/proc/self/fd/%d", there);
	out->fd = open(again, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (out->fd < 0)
		return cannot_open(out->path, -errno, err);
	return look(&st, out, err);
}

/* --- to be written --- */

/* The exclusive open keeps mounts and others away until we have ended; the link is followed only this once. */
static int hold_disk(struct target *t, const struct disk *d, struct err *err)
{
	cleanup_free char *again = xasprintf("/proc/self/fd/%d", t->fd);
	cleanup_close int fd = open(again, O_RDWR | O_EXCL | O_CLOEXEC);
	uint64_t size = 0;

	if (fd < 0) {
		err_errno(err, -errno, "%s", t->title);
		err_hint(err, errno == EBUSY
		                      ? _("something has the disk: a test writes only to one "
		                          "that nothing uses")
		                      : _("only root may write to it"));
		err_code(err, errno == EBUSY ? CODE_DISK_NOT_EMPTY : CODE_DISK_READ);
		return err->number;
	}
	if (ioctl(fd, BLKGETSIZE64, &size) < 0 || size != d->size)
		return refuse(
		        err, xasprintf(_("%s has another size now"), t->title), hint_target());
	close_fd(&t->fd);
	t->fd = take_fd(fd);
	return qualify_empty_edges(t->fd, size, t->title, err);
}

static int prepare_disk(struct target *t, uint64_t bytes, uint64_t *region, struct err *err)
{
	cleanup(root_close) struct root root = NO_ROOT;
	cleanup(disks_finish) struct disks disks = {0};
	cleanup_free char *udev = NULL;
	const struct disk *d;
	struct stat st;
	int r = root_open(&root, "/", err);

	r = r < 0 ? r : disks_take(&root, &disks, err);
	if (r == 0 && fstat(t->fd, &st) < 0)
		r = err_errno(err, -errno, "%s", t->title);
	if (r < 0)
		return r;
	d = whole_disk(&disks, t);
	if (!d || st.st_rdev != makedev(d->devno_major, d->devno_minor))
		return refuse(err,
		        xasprintf(
		                _("%s is no whole disk, and a test writes only to one"), t->title),
		        hint_target());
	udev = udev_record(&root, d);
	r = qualify_empty(d, udev, err);
	r = r < 0 ? r : hold_disk(t, d, err);
	/* The end stays as it is. */
	*region = t->facts.size / 2 < bytes ? t->facts.size / 2 & ~(uint64_t)0xfffff : bytes;
	return r;
}

/* Without a name: whatever happens to us, nothing is left. Some file systems cannot make one. */
static int make_file(const char *folder)
{
	cleanup_free char *path = xasprintf("%s/.playthrough-qualify-XXXXXX", folder);
	int fd = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

	if (fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL))
		return fd < 0 ? -errno : fd;
	fd = mkostemp(path, O_CLOEXEC);
	if (fd < 0)
		return -errno;
	unlink(path);
	return fd;
}

static int check_room(int fd, uint64_t bytes, const char *title, struct err *err)
{
	struct statvfs fs;

	if (fstatvfs(fd, &fs) < 0)
		return err_errno(err, -errno, "%s", title);
	if ((uint64_t)fs.f_bavail * fs.f_frsize >= 2 * bytes)
		return 0;
	err_set(err, -ENOSPC,
	        _("%s has too little room: the test wants %llu MiB, and leaves as much"), title,
	        (unsigned long long)bytes >> 20);
	err_hint(err, _("make room, or take --quick, which wants less"));
	err_code(err, CODE_DISK_TARGET);
	return -ENOSPC;
}

static int prepare_folder(struct target *t, uint64_t bytes, uint64_t *region, struct err *err)
{
	cleanup_free char *folder = xasprintf("/proc/self/fd/%d", t->fd);
	int r = check_room(t->fd, bytes, t->title, err), fd;

	if (r < 0)
		return r;
	fd = make_file(folder);
	if (fd < 0)
		return err_errno(err, fd, _("%s: no file can be made in it"), t->title);
	close_fd(&t->fd);
	t->fd = fd;
	/* Of root's files fio could change others, too; FAT knows no owners. */
	if (geteuid() == 0 && fchown(fd, NOBODY, NOBODY) < 0 && errno != EPERM)
		return err_errno(err, -errno, "%s", t->title);
	if (fallocate(fd, 0, 0, (off_t)bytes) < 0 && ftruncate(fd, (off_t)bytes) < 0)
		return err_errno(err, -errno, "%s", t->title);
	*region = t->facts.size = bytes;
	return check_file_system(t, O_RDWR, err);
}

int qualify_target_prepare(struct target *t, uint64_t bytes, uint64_t *region, struct err *err)
{
	return t->is_disk ? prepare_disk(t, bytes, region, err)
	                  : prepare_folder(t, bytes, region, err);
}

int qualify_target_clear(struct target *t, struct err *err)
{
	cleanup_free char *zeros = xcalloc(QUALIFY_EDGE, 1);

	if (!t->is_disk)
		return 0;
	if (pwrite(t->fd, zeros, QUALIFY_EDGE, 0) != (ssize_t)QUALIFY_EDGE || fsync(t->fd) < 0)
		return err_errno(err, errno ? -errno : -EIO, "%s", t->title);
	return 0;
}

/* --- how hot it is --- */

/* Of NVMe in the controller's folder, of SATA (module drivetemp) in one called hwmon. */
static int heat_below(const struct root *root, const char *folder)
{
	cleanup_strv struct strv names = {0};

	root_list(root, folder, &names);
	strv_foreach (name, &names) {
		uint64_t mc = 0;

		if (is_numbered(*name, "hwmon"))
			mc = attr_u64(root, 10, 200000, 0, "%s/%s/temp1_input", folder, *name);
		if (mc)
			return (int)mc;
	}
	return 0;
}

void qualify_target_measure_heat(struct target *t)
{
	cleanup(root_close) struct root root = NO_ROOT;
	cleanup_free char *controller = t->sysfs ? xasprintf("%s/device", t->sysfs) : NULL;
	cleanup_free char *hwmon = t->sysfs ? xasprintf("%s/device/hwmon", t->sysfs) : NULL;

	if (!controller || root_open(&root, "/", NULL) < 0)
		return;
	t->facts.temperature_mc = heat_below(&root, controller);
	if (!t->facts.temperature_mc)
		t->facts.temperature_mc = heat_below(&root, hwmon);
}

void qualify_target_finish(struct target *t)
{
	close_fd(&t->fd);
	free(take_ptr(t->path));
	free(take_ptr(t->title));
	free(take_ptr(t->below));
	free(take_ptr(t->serial));
	free(take_ptr(t->sysfs));
}
