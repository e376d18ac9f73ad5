/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vm/usb/storage.h"

#include "base/i18n.h"
#include "host/attr.h"
#include "host/disk.h"
#include "host/usb.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/usbdevice_fs.h>
#include <sys/ioctl.h>

#define BLOCKS  "/sys/block"
#define DEVICES "/sys/bus/usb/devices"

struct held {
	int *fds;
	size_t n;
};

static void held_finish(struct held *held)
{
	for (size_t i = 0; i < held->n; i++)
		close_fd(&held->fds[i]);
	free(held->fds);
}

/* Kernel names, CD drives too. */
static void find_disks(const struct root *root, const char *sysname, struct strv *out)
{
	cleanup_strv struct strv names = {0};

	root_list(root, BLOCKS, &names);
	strv_foreach (name, &names) {
		cleanup_free char *link = xasprintf(BLOCKS "/%s", *name);
		cleanup_free char *real = root_real_path(root, link);
		cleanup_free char *usb = real ? usb_name_in_path(real) : NULL;

		if (usb && streq(usb, sysname))
			strv_add(out, *name);
	}
}

static int refuse(const char *sysname, const char *disk, const char *use, struct err *err)
{
	err_set(err, -EBUSY, _("USB device %s is storage that this PC uses: %s"), sysname,
	        use ? use : disk);
	err_hint(err, _("unmount it first"));
	err_code(err, CODE_DISK_USED);
	return -EBUSY;
}

/* A reader without a card has nothing to be held. */
static int hold(const struct root *root, const char *sysname, const char *disk, struct held *held,
        struct err *err)
{
	cleanup_free char *path = xasprintf("/dev/%s", disk);
	int fd = root_openat(root, path, O_RDONLY | O_EXCL | O_NONBLOCK, 0);

	if (fd == -ENOMEDIUM)
		return 0;
	if (fd == -EBUSY)
		return refuse(sysname, disk, NULL, err);
	if (fd < 0)
		return err_errno(err, fd, _("USB device %s: %s"), sysname, path);
	*list_append(held->fds, held->n) = fd;
	return 0;
}

/* What O_EXCL lets pass, such as a loop device on it, shows here. */
static int look_again(const struct root *root, const char *sysname, struct err *err)
{
	cleanup(disks_finish) struct disks disks = {0};
	int r = disks_take(root, &disks, err);

	for (size_t i = 0; i < disks.n && r == 0; i++) {
		const struct disk *d = &disks.list[i];

		if (d->usb && streq(d->usb, sysname) && d->uses.n)
			r = refuse(sysname, d->name, d->uses.list[0], err);
	}
	return r;
}

/* Linux, drivers/usb/core/devio.c: proc_ioctl(); -ENODATA where no driver has it. */
static int take_off(const struct root *root, const char *sysname, int node, struct err *err)
{
	cleanup_free char *prefix = xasprintf("%s:", sysname);
	cleanup_strv struct strv names = {0};

	root_list(root, DEVICES, &names);
	strv_foreach (name, &names) {
		uint64_t number =
		        attr_u64(root, 16, 0xff, UINT32_MAX, DEVICES "/%s/bInterfaceNumber", *name);
		struct usbdevfs_ioctl request = {
		        .ifno = (int)number, .ioctl_code = USBDEVFS_DISCONNECT};

		if (!starts_with(*name, prefix) || number == UINT32_MAX)
			continue;
		if (ioctl(node, USBDEVFS_IOCTL, &request) < 0 && errno != ENODATA)
			return err_errno(err, -errno,
			        _("USB interface %s: its driver does not let go"), *name);
	}
	return 0;
}

int usb_storage_take(const struct root *root, const char *sysname, int node, struct err *err)
{
	cleanup(held_finish) struct held held = {0};
	cleanup_strv struct strv disks = {0};
	int r = 0;

	find_disks(root, sysname, &disks);
	if (!disks.n)
		return 0;
	strv_foreach (disk, &disks) {
		if (r == 0)
			r = hold(root, sysname, *disk, &held, err);
	}
	r = r < 0 ? r : look_again(root, sysname, err);
	return r < 0 || node < 0 ? r : take_off(root, sysname, node, err);
}
