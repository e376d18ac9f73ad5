/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vm/acts/acts.h"

#include "base/child.h"
#include "base/i18n.h"
#include "base/owner.h"
#include "host/disk.h"
#include "vm/usb/return.h"
#include "vm/usb/storage.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/vfio.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>

#define DEVICES      "/sys/bus/pci/devices/"
#define SETTLE_MS    5000 /* drivers may be probed asynchronously */
#define ANSWER_MS    1000 /* a link may still train */
#define LOOKS        4    /* that a program may take at a disk, each this long */
#define LOOK_MS      250
#define USB_MAJOR    189
#define DYNAMIC_FROM 61184 /* users that systemd makes: systemd's docs/UIDS-GIDS */
#define DYNAMIC_TO   65519

static void sleep_ms(long ms)
{
	nanosleep(&(struct timespec){.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000}, NULL);
}

/* Reads a number of a function: "vendor", "class". */
static int read_number(
        const struct root *root, const char *addr, const char *name, uint64_t *out, struct err *err)
{
	cleanup_free char *path = xasprintf(DEVICES "%s/%s", addr, name);
	int r = root_read_u64(root, path, 0, out);

	if (r == -ENOENT) {
		err_set(err, -ENODEV, _("PCI device %s is not there any more (%s)"), addr, path);
		err_code(err, CODE_PCI_ABSENT);
		return -ENODEV;
	}
	return r < 0 ? err_errno(err, r, "%s", path) : 0;
}

static int compare_number(
        const struct root *root, const char *addr, const char *name, uint16_t want, struct err *err)
{
	cleanup_free char *path = xasprintf(DEVICES "%s/%s", addr, name);
	uint64_t found;
	int r = read_number(root, addr, name, &found, err);

	if (r < 0 || found == want)
		return r;
	err_set(err, -EXDEV, _("PCI device %s is another one by now: %s is %04x, not %04x"), addr,
	        path, (unsigned)found, want);
	err_hint(err,
	        _("look at the devices with: playthrough-setup check; then correct the profile"));
	err_code(err, CODE_PCI_IDENTITY);
	return -EXDEV;
}

/* "0000:00:04.0/00.0" of "/sys/devices/pci0000:00/0000:00:04.0/0000:01:00.0"; caller frees. */
static char *slots_of(const char *real)
{
	const char *at = real, *next;
	struct strv parts = {0};
	char *path;

	while ((next = strstr(at, "/pci")))
		at = next + 1;
	strv_split(&parts, at, "/");
	path = xstrdup(parts.n > 1 ? parts.list[1] : "");
	for (size_t i = 2; i < parts.n; i++) {
		const char *colon = strrchr(parts.list[i], ':');
		char *longer = xasprintf("%s/%s", path, colon ? colon + 1 : parts.list[i]);

		free(path);
		path = longer;
	}
	strv_finish(&parts);
	return path;
}

static int compare_path(
        const struct root *root, const char *addr, const char *want, struct err *err)
{
	cleanup_free char *link = xasprintf(DEVICES "%s", addr);
	cleanup_free char *real = root_real_path(root, link);
	cleanup_free char *slots = real ? slots_of(real) : NULL;

	if (slots && streq(slots, want))
		return 0;
	err_set(err, -EXDEV, _("PCI device %s sits at %s by now, not at %s"), addr,
	        slots ? slots : _("an unknown place"), want);
	err_code(err, CODE_PCI_IDENTITY);
	return -EXDEV;
}

static int compare_group(const struct root *root, const char *addr, int want, struct err *err)
{
	cleanup_free char *link = xasprintf(DEVICES "%s/iommu_group", addr);
	cleanup_free char *name = root_link_name(root, link);
	cleanup_free char *number = xasprintf("%d", want);

	if (name && streq(name, number))
		return 0;
	return err_set(err, -EXDEV, _("PCI device %s is in IOMMU group %s by now, not in %d (%s)"),
	        addr, name ? name : _("none"), want, link);
}

static int compare_function(const struct root *root, const struct act_function *f, struct err *err)
{
	struct pci_addr_text addr = pci_addr_format(f->addr);
	uint64_t class_code;
	int r = read_number(root, addr.s, "class", &class_code, err);

	if (r < 0)
		return r;
	if (class_code >> 8 == 0x0604 || class_code >> 8 == 0x0600)
		return err_set(err, -EPERM, _("PCI device %s is a bridge: it stays with the host"),
		        addr.s);
	r = compare_number(root, addr.s, "vendor", f->vendor, err);
	r = r < 0 ? r : compare_number(root, addr.s, "device", f->device, err);
	r = r < 0 ? r : compare_number(root, addr.s, "subsystem_vendor", f->subsystem_vendor, err);
	r = r < 0 ? r : compare_number(root, addr.s, "subsystem_device", f->subsystem_device, err);
	if (r == 0 && f->path)
		r = compare_path(root, addr.s, f->path, err);
	return r < 0 ? r : compare_group(root, addr.s, f->group, err);
}

/* The driver's name, NULL when none is bound; caller frees. */
static char *driver_of(const struct root *root, const char *addr)
{
	cleanup_free char *link = xasprintf(DEVICES "%s/driver", addr);

	return root_link_name(root, link);
}

static bool same(const char *a, const char *b)
{
	return a && b ? streq(a, b) : a == b;
}

/* Waits until @want (NULL: none) is the driver. */
static int await_driver(const struct root *root, const char *addr, const char *want)
{
	for (long waited = 0; waited <= SETTLE_MS; waited += 20) {
		cleanup_free char *driver = driver_of(root, addr);

		if (same(driver, want))
			return 0;
		sleep_ms(20);
	}
	return -ETIMEDOUT;
}

static int unbind(const struct root *root, const char *addr, struct err *err)
{
	cleanup_free char *driver = driver_of(root, addr);
	cleanup_free char *path = xasprintf(DEVICES "%s/driver/unbind", addr);
	int r;

	if (!driver)
		return 0;
	r = root_poke(root, path, addr, err);
	if (r < 0)
		return r;
	if (await_driver(root, addr, NULL) < 0)
		return err_set(err, -EBUSY, _("PCI device %s stays with driver %s"), addr, driver);
	return 0;
}

static int write_override(
        const struct root *root, const char *addr, const char *text, struct err *err)
{
	cleanup_free char *path = xasprintf(DEVICES "%s/driver_override", addr);

	return root_poke(root, path, text, err);
}

static void load_vfio_pci(const struct root *root)
{
	char *const argv[] = {"modprobe", "vfio-pci", NULL};

	if (root_is_host(root) && !root_exists(root, "/sys/bus/pci/drivers/vfio-pci"))
		child_check(argv, NULL, 8000, NULL); /* what comes of it shows below */
}

/* What the hardware itself says, which the file "vendor" does not: that is the kernel's memory of it. */
static int read_vendor(const struct root *root, const char *path, uint16_t *out)
{
	cleanup_close int fd = root_openat(root, path, O_RDONLY, 0);
	uint8_t bytes[2];

	if (fd < 0 || pread(fd, bytes, sizeof(bytes), 0) != sizeof(bytes))
		return -EIO;
	*out = (uint16_t)(bytes[0] | bytes[1] << 8);
	return 0;
}

/* A virtual function has no vendor of its own: ffff is what the specification wants there. */
static bool answers(const struct root *root, const char *addr)
{
	cleanup_free char *path = xasprintf(DEVICES "%s/config", addr);
	cleanup_free char *physfn = xasprintf(DEVICES "%s/physfn", addr);
	uint16_t vendor;

	if (root_exists(root, physfn))
		return true;
	for (long waited = 0; waited <= ANSWER_MS; waited += 20) {
		if (read_vendor(root, path, &vendor) < 0 || vendor != 0xffff)
			return true;
		sleep_ms(20);
	}
	return false;
}

/* A driver's or the kernel's next word to one that is dead may hang the PC. */
static int check_alive(const struct root *root, const char *addr, struct err *err)
{
	cleanup_free char *path = xasprintf(DEVICES "%s/config", addr);

	if (answers(root, addr))
		return 0;
	err_set(err, -ENOTRECOVERABLE,
	        _("PCI device %s does not answer: its vendor reads as ffff (%s)"), addr, path);
	err_hint(err, _("shut this PC down and cut its power for half a minute"));
	err_code(err, CODE_GPU_SILENT);
	return -ENOTRECOVERABLE;
}

int act_bind(const struct root *root, const struct act_function *f, struct err *err)
{
	struct pci_addr_text addr = pci_addr_format(f->addr);
	int r = compare_function(root, f, err);
	cleanup_free char *driver = driver_of(root, addr.s);
	cleanup_free char *link = xasprintf(DEVICES "%s/driver", addr.s);

	r = r < 0 ? r : check_alive(root, addr.s, err);
	if (r < 0 || same(driver, "vfio-pci"))
		return r;
	load_vfio_pci(root);
	r = write_override(root, addr.s, "vfio-pci", err);
	if (r == 0)
		r = unbind(root, addr.s, err);
	if (r == 0)
		r = root_poke(root, "/sys/bus/pci/drivers_probe", addr.s, err);
	if (r < 0)
		return r;
	if (await_driver(root, addr.s, "vfio-pci") == 0)
		return 0;
	err_set(err, -EIO, _("PCI device %s: vfio-pci did not take it (%s)"), addr.s, link);
	err_hint(err,
	        _("see the kernel log (dmesg) for vfio-pci; without an active IOMMU it refuses"));
	return -EIO;
}

int act_is_there(const struct root *root, const struct act_function *f, struct err *err)
{
	struct pci_addr_text addr = pci_addr_format(f->addr);
	int r = compare_number(root, addr.s, "vendor", f->vendor, err);

	return r < 0 ? r : compare_number(root, addr.s, "device", f->device, err);
}

int act_survived(const struct root *root, struct pci_addr address, struct err *err)
{
	struct pci_addr_text addr = pci_addr_format(address);
	cleanup_free char *path = xasprintf(DEVICES "%s/config", addr.s);
	uint64_t cached;
	int r = read_number(root, addr.s, "vendor", &cached, err);

	if (r < 0 || answers(root, addr.s))
		return r;
	return err_set(err, -ENOTRECOVERABLE,
	        _("PCI device %s did not survive its reset: its vendor reads as ffff (%s)"), addr.s,
	        path);
}

int act_restore(const struct root *root, const struct act_function *f, const char *previous,
        struct err *err)
{
	struct pci_addr_text addr = pci_addr_format(f->addr);
	int r = act_is_there(root, f, err);
	cleanup_free char *driver = NULL;

	if (r < 0)
		return r;
	/* An override that outlived us would keep the host's driver away for good. */
	r = write_override(root, addr.s, "\n", err);
	r = r < 0 ? r : act_survived(root, f->addr, err); /* a driver could hang on a dead one */
	driver = driver_of(root, addr.s);
	if (r < 0 || same(driver, previous))
		return r;
	if (same(driver, "vfio-pci"))
		r = unbind(root, addr.s, err);
	if (r == 0 && previous)
		r = root_poke(root, "/sys/bus/pci/drivers_probe", addr.s, err);
	if (r < 0)
		return r;
	if (await_driver(root, addr.s, previous) == 0)
		return 0;
	free(driver);
	driver = driver_of(root, addr.s);
	return err_set(err, -EIO, _("PCI device %s: driver is %s, and should be %s again"), addr.s,
	        driver ? driver : _("none"), previous ? previous : _("none"));
}

/* Who keeps a group from being viable: "0000:05:02.0 (e1000)"; caller frees. */
static char *group_culprits(const struct root *root, int group)
{
	cleanup_free char *folder = xasprintf("/sys/kernel/iommu_groups/%d/devices", group);
	cleanup_strv struct strv names = {0}, culprits = {0};

	root_list(root, folder, &names);
	strv_foreach (name, &names) {
		cleanup_free char *driver = driver_of(root, *name);

		if (driver && !streq(driver, "vfio-pci") && !streq(driver, "pcieport"))
			strv_addf(&culprits, "%s (%s)", *name, driver);
	}
	return strv_join(&culprits, ", ");
}

int act_group_viable(const struct root *root, int group, struct err *err)
{
	cleanup_free char *path = xasprintf("/dev/vfio/%d", group);
	struct vfio_group_status status = {.argsz = sizeof(status)};
	cleanup_close int fd = root_openat(root, path, O_RDWR, 0);
	cleanup_free char *culprits = NULL;

	if (fd == -EBUSY)
		return err_set(err, fd, _("%s is in use by another program"), path);
	if (fd < 0)
		return err_errno(err, fd, "%s", path);
	if (ioctl(fd, VFIO_GROUP_GET_STATUS, &status) < 0)
		return err_errno(err, -errno, "%s", path);
	if (status.flags & VFIO_GROUP_FLAGS_VIABLE)
		return 0;
	culprits = group_culprits(root, group);
	err_set(err, -EPERM, _("IOMMU group %d is not viable: the host's drivers hold %s"), group,
	        culprits[0] ? culprits : _("a device in it"));
	err_code(err, CODE_GROUP_SHARED);
	err_hint(
	        err, _("a group goes to one VM as a whole: put the card into another slot, or keep "
	               "these from the host with playthrough-setup apply"));
	return -EPERM;
}

int act_node_mode(int fd, mode_t mode)
{
	char self[40];

	snprintf(self, sizeof(self), "/proc/self/fd/%d", fd);
	if (chmod(self, 0600) < 0)
		return -errno;
	if (removexattr(self, "system.posix_acl_access") < 0 && errno != ENODATA &&
	        errno != EOPNOTSUPP)
		return -errno;
	return mode != 0600 && chmod(self, mode) < 0 ? -errno : 0;
}

int act_group_give(const struct root *root, int group, uid_t uid, struct err *err)
{
	cleanup_free char *path = xasprintf("/dev/vfio/%d", group);
	cleanup_close int fd = root_openat(root, path, O_PATH | O_NOFOLLOW, 0);
	struct stat st;
	int r;

	if (uid != 0 && (uid < DYNAMIC_FROM || uid > DYNAMIC_TO))
		return err_set(err, -EPERM, _("%s: user %u is not one that systemd made for a VM"),
		        path, (unsigned)uid);
	if (fd == -ENOENT && uid == 0)
		return 0; /* no function of the group is on vfio-pci any more */
	if (fd < 0 || fstat(fd, &st) < 0)
		return err_errno(err, fd < 0 ? fd : -errno, "%s", path);
	if (!S_ISCHR(st.st_mode))
		return err_set(err, -ENODEV, _("%s is not a device node"), path);
	r = fchownat(fd, "", uid, (gid_t)uid, AT_EMPTY_PATH) < 0 ? -errno : 0;
	r = r < 0 ? r : act_node_mode(fd, 0600);
	return r < 0 ? err_errno(err, r, "%s", path) : 0;
}

static bool has_number(struct disk_part part, dev_t number)
{
	const struct disk_partition *p = part.partition;

	if (!part.disk)
		return false;
	return (p ? p->devno_major : part.disk->devno_major) == major(number) &&
	       (p ? p->devno_minor : part.disk->devno_minor) == minor(number);
}

static int compare_disk(struct disk_part found, const struct act_disk *disk, const struct stat *st,
        uint64_t size, struct err *err)
{
	const char *serial = found.disk ? found.disk->serial : NULL;

	if (!has_number(found, st->st_rdev))
		return err_set(err, -EXDEV, _("%s is not a disk of this PC"), disk->device);
	if (disk->serial && !same(serial, disk->serial))
		return err_set(err, -EXDEV, _("%s: the disk's serial number is %s, not %s"),
		        disk->device, serial ? serial : _("unknown"), disk->serial);
	if (disk->size && size != disk->size)
		return err_set(err, -EXDEV, _("%s: the disk has %llu bytes, not %llu"),
		        disk->device, (unsigned long long)size, (unsigned long long)disk->size);
	return 0;
}

static int open_error(const struct strv *uses, const struct act_disk *disk, int r, struct err *err)
{
	cleanup_free char *words = strv_join(uses, ", ");

	if (r != -EBUSY)
		return err_errno(err, r, "%s", disk->device);
	err_set(err, r, _("%s is in use: %s"), disk->device,
	        words[0] ? words : _("the kernel says so, and not by whom (open O_EXCL: EBUSY)"));
	err_code(err, CODE_DISK_USED);
	err_hint(err, _("unmount it, or stop what uses it, and start the VM again"));
	return r;
}

static bool is_disk_link(const char *path)
{
	static const char *const folders[] = {"/dev/disk/by-id/", "/dev/disk/by-partuuid/"};

	for (size_t i = 0; i < ARRAY_SIZE(folders); i++) {
		if (starts_with(path, folders[i]) && !strchr(path + strlen(folders[i]), '/'))
			return true;
	}
	return false;
}

/*
 * All that uses it, in words. A program that only looks, as many do when a disk changes, is gone in a moment, so that this
 * waits for it to go. Fills @out, which the caller finishes.
 */
static int take_uses(const struct root *root, const struct act_disk *disk, struct disks *out,
        struct strv *uses, struct err *err)
{
	for (unsigned tries = 0;; tries++) {
		struct disk_part found;
		int r = disks_take(root, out, err);

		if (r < 0)
			return r;
		found = disks_find_part(out, disk->device);
		if (found.disk) {
			disk_part_uses(found, !disk->guest_volumes, uses);
			disk_part_vms(found, uses);
		}
		if (!uses->n || !found.disk->opened || tries == LOOKS)
			return 0;
		strv_finish(uses);
		disks_finish(out);
		sleep_ms(LOOK_MS);
	}
}

int act_disk_open(const struct root *root, const struct act_disk *disk, int *fd, struct err *err)
{
	int flags = (disk->writable ? O_RDWR : O_RDONLY) | O_EXCL;
	cleanup(disks_finish) struct disks disks = {0};
	cleanup_strv struct strv uses = {0};
	cleanup_close int opened = -1;
	struct stat st;
	uint64_t size;
	int r;

	if (!is_disk_link(disk->device))
		return err_set(err, -EINVAL,
		        _("%s is not a name in /dev/disk/by-id or /dev/disk/by-partuuid"),
		        disk->device);
	/* First held, then looked at: no user comes in between. Loop devices are users that O_EXCL lets pass. */
	opened = root_openat(root, disk->device, flags, 0);
	r = take_uses(root, disk, &disks, &uses, err);
	if (r < 0)
		return r;
	if (opened < 0)
		return open_error(&uses, disk, opened, err);
	if (uses.n)
		return open_error(&uses, disk, -EBUSY, err);
	if (fstat(opened, &st) < 0 || !S_ISBLK(st.st_mode) ||
	        ioctl(opened, BLKGETSIZE64, &size) < 0)
		return err_set(err, -ENOTBLK, _("%s is not a block device"), disk->device);
	r = compare_disk(disks_find_part(&disks, disk->device), disk, &st, size, err);
	if (r < 0)
		err_code(err, CODE_DISK_IDENTITY);
	else
		*fd = take_fd(opened);
	return r;
}

static int copy_file(const struct root *root, const char *from, const char *to, struct err *err)
{
	size_t size;
	cleanup_free void *bytes = root_read_bytes(root, from, &size);

	if (!bytes)
		return err_errno(err, -errno, _("%s, which %s is to be a copy of"), from, to);
	return root_write(root, to, bytes, size, 0600, err);
}

int act_image_open(const struct root *root, const char *path, const char *from, bool writable,
        int *fd, struct err *err)
{
	int flags = (writable ? O_RDWR : O_RDONLY) | O_NONBLOCK | O_NOCTTY;
	cleanup_close int opened = root_openat(root, path, flags, 0);
	struct stat st;

	if (opened == -ENOENT && from) {
		int r = copy_file(root, from, path, err);

		if (r < 0)
			return r;
		opened = root_openat(root, path, flags, 0);
	}
	if (opened < 0 || fstat(opened, &st) < 0)
		return err_errno(err, opened < 0 ? opened : -errno, "%s", path);
	if (!S_ISREG(st.st_mode))
		return err_set(err, -EINVAL, _("%s is not a file"), path);
	if (owner_check(root, path, &st, err) < 0)
		return -EPERM;
	*fd = take_fd(opened);
	return 0;
}

/* The head: QEMU, docs/interop/qcow2.txt. */
int act_image_alone(int fd, const char *path, struct err *err)
{
	unsigned char head[80] = {0};
	ssize_t n = pread(fd, head, sizeof(head), 0);
	bool qcow2 = n >= 16 && memcmp(head, "QFI\xfb", 4) == 0;
	bool backing = qcow2 && memcmp(head + 8, "\0\0\0\0\0\0\0", 8) != 0;
	bool elsewhere = qcow2 && n == sizeof(head) && head[7] >= 3 && (head[79] & 4);

	if (!backing && !elsewhere)
		return 0;
	err_set(err, -EXDEV, _("%s is not whole: it names another file that it stands on"), path);
	err_hint(err, _("a file that an image names is never opened; where it is yours, say it: "
	                "backing=FORMAT:FILE in the disk's section of the profile"));
	err_code(err, CODE_IMAGE_BACKING);
	return -EXDEV;
}

int act_folder_open(const struct root *root, const char *path, int *fd, struct err *err)
{
	cleanup_close int opened = root_openat(root, path, O_RDONLY | O_DIRECTORY, 0);
	struct stat st;

	if (opened < 0 || fstat(opened, &st) < 0)
		return err_errno(err, opened < 0 ? opened : -errno, "%s", path);
	st.st_nlink = 1; /* a folder has one for each below it */
	if (owner_check(root, path, &st, err) < 0)
		return -EPERM;
	*fd = take_fd(opened);
	return 0;
}

static int usb_number(
        const struct root *root, const char *sysname, const char *name, int base, uint64_t *out)
{
	cleanup_free char *path = xasprintf("/sys/bus/usb/devices/%s/%s", sysname, name);

	return root_read_u64(root, path, base, out);
}

static bool is_usb_instance(const struct root *root, const struct act_usb *usb)
{
	cleanup_free char *folder = xasprintf("/sys/bus/usb/devices/%s", usb->sysname);
	struct stat st;

	return !usb->instance || (root_stat(root, folder, &st) == 0 && st.st_ino == usb->instance);
}

static int compare_usb(const struct root *root, const struct act_usb *usb, struct err *err)
{
	uint64_t bus = 0, number = 0, vendor = 0, product = 0;

	if (strspn(usb->sysname, "0123456789-.") != strlen(usb->sysname) ||
	        !strchr(usb->sysname, '-'))
		return err_set(
		        err, -EINVAL, _("\"%s\" is not the name of a USB device"), usb->sysname);
	if (usb_number(root, usb->sysname, "busnum", 10, &bus) < 0 ||
	        usb_number(root, usb->sysname, "devnum", 10, &number) < 0 ||
	        usb_number(root, usb->sysname, "idVendor", 16, &vendor) < 0 ||
	        usb_number(root, usb->sysname, "idProduct", 16, &product) < 0 ||
	        bus != usb->busnum || number != usb->devnum || vendor != usb->vendor ||
	        product != usb->product || !is_usb_instance(root, usb))
		return err_set(err, -ENODEV, _("USB device %s (%04x:%04x) is not there any more"),
		        usb->sysname, usb->vendor, usb->product);
	return 0;
}

int act_usb_open(const struct root *root, const struct act_usb *usb, int *fd, struct err *err)
{
	cleanup_free char *path = xasprintf("/dev/bus/usb/%03u/%03u", usb->busnum, usb->devnum);
	cleanup_close int opened = -1;
	struct stat st;
	int r = compare_usb(root, usb, err);

	if (r < 0)
		return r;
	opened = root_openat(root, path, O_RDWR | O_NOFOLLOW, 0);
	if (opened < 0 || fstat(opened, &st) < 0) {
		r = err_errno(err, opened < 0 ? opened : -errno, _("USB device %s: %s"),
		        usb->sysname, path);
		if (r == -EACCES)
			err_hint(err, _("the system's daemon can open it; this session's cannot"));
		return r;
	}
	if (!S_ISCHR(st.st_mode) || major(st.st_rdev) != USB_MAJOR)
		return err_set(err, -ENODEV, _("%s is not the node of a USB device"), path);
	/* Once more: it may have been unplugged, and its number given to another, since the first look. */
	r = compare_usb(root, usb, err);
	r = r < 0 ? r : usb_storage_take(root, usb->sysname, usb->keeps_driver ? -1 : opened, err);
	if (r < 0)
		return r;
	*fd = take_fd(opened);
	return 0;
}

int act_usb_return(const struct root *root, const struct act_usb *usb, struct err *err)
{
	int r = compare_usb(root, usb, err);

	if (r < 0)
		return r == -ENODEV ? 0 : r;
	return usb_return(root, usb->sysname, err);
}

/* Linux, drivers/usb/core/devio.c, driver_disconnect(): open transfers end, and the claim with them. */
static int take_interface(const struct root *root, const char *name, struct err *err)
{
	cleanup_free char *link = xasprintf("/sys/bus/usb/devices/%s/driver", name);
	cleanup_free char *driver = root_link_name(root, link);

	if (!driver || !streq(driver, "usbfs"))
		return 0;
	return root_poke(root, "/sys/bus/usb/drivers/usbfs/unbind", name, err);
}

int act_usb_take(const struct root *root, const struct act_usb *usb, struct err *err)
{
	cleanup_free char *prefix = xasprintf("%s:", usb->sysname);
	cleanup_strv struct strv names = {0};
	int r = compare_usb(root, usb, err);

	if (r < 0)
		return r == -ENODEV ? 0 : r;
	root_list(root, "/sys/bus/usb/devices", &names);
	strv_foreach (name, &names) {
		if (starts_with(*name, prefix) && r == 0) {
			r = take_interface(root, *name, err);
			r = r == -ENODEV ? 0 : r;
		}
	}
	return r < 0 ? r : act_usb_return(root, usb, err);
}
