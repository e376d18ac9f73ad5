/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "system.h"

#include "base/child.h"
#include "base/i18n.h"
#include "choose.h"
#include "copy.h"
#include "forget.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <sched.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define WORK "/run/playthrough-install"
#define FROM WORK "/from"
#define TO   WORK "/to"
#define ESP  "/boot/efi"

#define SHORT_MS  300000u
#define FORMAT_MS 600000u

/* --- a mount namespace of our own --- */

static int mount_one(
        const char *what, const char *where, const char *type, const char *options, struct err *err)
{
	unsigned long flags = type ? MS_NOATIME : MS_BIND;

	if (mount(what, where, type, flags, options) == 0)
		return 0;
	return err_errno(err, -errno, _("mounting %s on %s"), what, where);
}

/* The running system's files without what is mounted over them. */
static int open_source(const struct root *host, struct err *err)
{
	if (unshare(CLONE_NEWNS) < 0)
		return err_errno(err, -errno, "unshare(CLONE_NEWNS)");
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return err_errno(err, -errno, "mount --make-rprivate /");
	if (root_make_folder(host, FROM, err) < 0 || root_make_folder(host, TO, err) < 0)
		return err->number;
	return mount_one("/", FROM, NULL, NULL, err);
}

/* As in fstab, so that modes are the same: FAT has none to copy to. */
static int mount_esp(const struct disk *d, struct err *err)
{
	return mount_one(d->partitions[0].path, TO ESP, "vfat", "umask=0077", err);
}

static int open_target(const struct disk *d, struct err *err)
{
	int r;

	if (d->n_partitions != 2 || !d->partitions[0].path || !d->partitions[1].path)
		return err_set(err, -EIO, _("%s: the new partitions are not there"), d->name);
	r = mount_one(d->partitions[1].path, TO, "ext4", NULL, err);
	if (r < 0)
		return r;
	if (mkdir(TO "/boot", 0755) < 0 || mkdir(TO ESP, 0755) < 0)
		return err_errno(err, -errno, "%s", TO ESP);
	return mount_esp(d, err);
}

/* --- the partitions --- */

/* Nobody but us has it, at this moment, and the kernel says so. */
static int check_free(const char *node, struct err *err)
{
	cleanup_close int fd = open(node, O_RDWR | O_EXCL | O_CLOEXEC);

	if (fd >= 0)
		return 0;
	err_errno(err, -errno, "%s", node);
	err_code(err, CODE_DISK_USED);
	return err->number;
}

static int another(const char *name, struct err *err)
{
	err_set(err, -ENODEV, _("%s is not the disk any more that was confirmed"), name);
	err_hint(err, _("leave the disks as they are connected, and begin again"));
	err_code(err, CODE_DISK_ABSENT);
	return -ENODEV;
}

/* A descriptor of it: as long as that is open, no other gets its number and with it its name in /dev. */
static int hold(const struct disk *d, const char *node, struct err *err)
{
	cleanup_close int fd = open(node, O_RDONLY | O_CLOEXEC);
	uint64_t seq = 0;
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return err_errno(err, -errno, "%s", node);
	if (!S_ISBLK(st.st_mode) || st.st_rdev != makedev(d->devno_major, d->devno_minor))
		return another(node, err);
	if (d->seq && (ioctl(fd, BLKGETDISKSEQ, &seq) < 0 || seq != d->seq))
		return another(node, err);
	return take_fd(fd);
}

static int make_partitions(const struct install *install, const char *disk, struct err *err)
{
	cleanup_free char *definitions = xasprintf("--definitions=%s", install->definitions);
	cleanup_free char *path = child_path_env();
	char *env[] = {path, NULL};
	char *repart[] = {"systemd-repart", "--dry-run=no", "--empty=force", "--seed=random",
	        "--pretty=no", definitions, (char *)disk, NULL};
	char *settle[] = {"udevadm", "settle", "--timeout=120", NULL};

	if (child_check(repart, env, FORMAT_MS, err) < 0)
		return err->number;
	return child_check(settle, env, SHORT_MS, err);
}

/* "/dev/disk/by-partuuid/X" */
static void read_identity(const struct disk *d, struct identity *out)
{
	snprintf(out->esp, sizeof(out->esp), "%s", strrchr(d->partitions[0].path, '/') + 1);
	snprintf(out->root, sizeof(out->root), "%s", strrchr(d->partitions[1].path, '/') + 1);
}

/* --- what the copy is told of itself --- */

static int rewrite(const struct root *to, const char *path, const struct install *install,
        const struct identity *new, struct err *err)
{
	cleanup_free char *old = root_read(to, path), *text = NULL, *line = NULL;

	if (!old)
		return errno == ENOENT ? 0 : err_errno(err, -errno, "%s", path);
	text = identity_replace(old, &install->here, new);
	line = xasprintf("%s\n", text);
	return root_write(to, path, line, strlen(line), 0, err);
}

static int rewrite_all(const struct root *to, const struct install *install,
        const struct identity *new, struct err *err)
{
	static const char entries[] = ESP "/loader/entries";
	cleanup_strv struct strv names = {0};
	int r = rewrite(to, "/etc/fstab", install, new, err);

	if (r == 0)
		r = rewrite(to, "/etc/kernel/cmdline", install, new, err);
	if (r < 0)
		return r;
	r = root_list(to, entries, &names);
	if (r < 0)
		return err_errno(err, r, "%s", entries);
	strv_foreach (name, &names) {
		cleanup_free char *path = xasprintf("%s/%s", entries, *name);

		if (ends_with(*name, ".conf") && rewrite(to, path, install, new, err) < 0)
			return err->number;
	}
	return 0;
}

static int add_boot_entry(struct err *err)
{
	char *bootctl[] = {"bootctl", "--esp-path=" TO ESP, "install", NULL};

	return child_check(bootctl, NULL, SHORT_MS, err);
}

/* --- in order --- */

static int unmount(const char *where, struct err *err)
{
	return umount2(where, 0) < 0 ? err_errno(err, -errno, _("unmounting %s"), where) : 0;
}

/* What the firmware will read is read back from the disk: mounting it anew, nothing of it is in memory. */
static int verify_start(const struct disk *d, struct err *err)
{
	char *diff[] = {
	        "diff", "--recursive", "--brief", ESP "/playthrough", TO ESP "/playthrough", NULL};

	if (unmount(TO ESP, err) < 0 || mount_esp(d, err) < 0)
		return err->number;
	if (child_check(diff, NULL, FORMAT_MS, err) < 0) {
		err_code(err, CODE_INSTALL_FAILED);
		return err->number;
	}
	return 0;
}

static int copy(const struct install *install, const struct disk *d, struct err *err)
{
	cleanup(root_close) struct root to = {.fd = -1};
	struct identity new;

	read_identity(d, &new);
	install->stage(_("copying the system"));
	if (copy_folder(FROM, TO, install->tell, err) < 0 ||
	        copy_folder(ESP, TO ESP, install->tell, err) < 0)
		return err->number;
	install->stage(_("making it start"));
	if (root_open(&to, TO, err) < 0 || rewrite_all(&to, install, &new, err) < 0 ||
	        forget(&to, err) < 0 || copy_flush(TO, err) < 0 || copy_flush(TO ESP, err) < 0 ||
	        verify_start(d, err) < 0 || add_boot_entry(err) < 0)
		return err->number;
	return copy_flush(TO ESP, err);
}

/* The disk is found anew, by any name. NULL: it is gone. */
static const struct disk *look_again(
        const struct root *host, const char *name, struct disks *disks, struct err *err)
{
	const struct disk *d;

	if (disks_take(host, disks, err) < 0)
		return NULL;
	d = disks_find(disks, name);
	if (d)
		return d;
	err_set(err, -ENODEV, _("%s is not there any more"), name);
	err_code(err, CODE_DISK_ABSENT);
	return NULL;
}

/* Until now another may have taken its place. A descriptor that holds it, or -errno. */
static int take_disk(const struct install *install, const struct root *host,
        const struct disk *chosen, const char *node, struct err *err)
{
	cleanup(disks_finish) struct disks disks = {0};
	const struct disk *d = look_again(host, chosen->by_id, &disks, err);

	if (!d)
		return err->number;
	if (!install_same(chosen, d))
		return another(chosen->by_id, err);
	if (install_judge(d, install->needed, err) < 0 || check_free(node, err) < 0)
		return err->number;
	return hold(chosen, node, err);
}

static int fill(
        const struct install *install, const struct root *host, const char *node, struct err *err)
{
	cleanup(disks_finish) struct disks disks = {0};
	const struct disk *d = look_again(host, node, &disks, err);
	int r;

	if (!d || open_target(d, err) < 0)
		return err->number;
	r = copy(install, d, err);
	if (r < 0) {
		umount2(TO ESP, 0);
		umount2(TO, 0);
		return r;
	}
	r = unmount(TO ESP, err);
	return r < 0 ? r : unmount(TO, err);
}

int install_system(const struct install *install, const struct disk *disk, struct err *err)
{
	cleanup_free char *node = xasprintf("/dev/%s", disk->name);
	cleanup(root_close) struct root host = {.fd = -1};
	cleanup_close int held = -1;

	if (root_open(&host, "/", err) < 0 || open_source(&host, err) < 0)
		return err->number;
	held = take_disk(install, &host, disk, node, err);
	if (held < 0)
		return held;
	install->stage(_("making the partitions"));
	if (make_partitions(install, node, err) < 0)
		return err->number;
	return fill(install, &host, node, err);
}
