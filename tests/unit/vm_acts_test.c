/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The acts against a kernel that this file plays: a child reads what is written to the files of a false
 * sysfs, which are FIFOs, and does what the real one would: takes links away and makes them.
 */
#include "vm/acts/acts.h"
#include "vm/usb/storage.h"
#include "vm/acts/disposable.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define SLOT   "/sys/devices/pci0000:00/0000:00:08.0/0000:01:00.0"
#define LINK   "/sys/bus/pci/devices/0000:01:00.0"
#define DRIVER "/sys/bus/pci/drivers/"

struct fixture {
	char folder[64];
	struct root root;
	pid_t kernel;
};

static const struct act_function card = {.addr = {0, 1, 0, 0},
        .vendor = 0x10de,
        .device = 0x1b81,
        .subsystem_vendor = 0x1043,
        .subsystem_device = 0x8599,
        .path = "0000:00:08.0/00.0",
        .group = 7};

static void put(struct fixture *f, const char *path, const char *text)
{
	assert_int_equal(root_write(&f->root, path, text, strlen(text), 0644, NULL), 0);
}

static void link_to(struct fixture *f, const char *target, const char *path)
{
	cleanup_free char *full = root_full_path(&f->root, path);

	unlink(full);
	assert_int_equal(symlink(target, full), 0);
}

static void make_fifo(struct fixture *f, const char *path)
{
	cleanup_free char *full = root_full_path(&f->root, path);

	assert_int_equal(mkfifo(full, 0600), 0);
}

static void make_pc(struct fixture *f)
{
	put(f, SLOT "/vendor", "0x10de\n");
	put(f, SLOT "/device", "0x1b81\n");
	put(f, SLOT "/subsystem_vendor", "0x1043\n");
	put(f, SLOT "/subsystem_device", "0x8599\n");
	put(f, SLOT "/class", "0x030000\n");
	put(f, SLOT "/driver_override", "(null)\n");
	put(f, "/sys/bus/pci/devices/.keep", "");
	put(f, "/sys/kernel/iommu_groups/7/type", "DMA\n");
	put(f, DRIVER "nouveau/.keep", "");
	put(f, DRIVER "vfio-pci/.keep", "");
	make_fifo(f, DRIVER "nouveau/unbind");
	make_fifo(f, DRIVER "vfio-pci/unbind");
	make_fifo(f, "/sys/bus/pci/drivers_probe");
	link_to(f, "/sys/kernel/iommu_groups/7", SLOT "/iommu_group");
	link_to(f, DRIVER "nouveau", SLOT "/driver");
	link_to(f, SLOT, LINK);
}

/* The kernel: reads FIFOs for ever. vfio-pci takes what is overridden to it, nouveau all the rest. */
static void __attribute__((noreturn)) play_kernel(struct fixture *f)
{
	static const char *const names[] = {
	        DRIVER "nouveau/unbind", DRIVER "vfio-pci/unbind", "/sys/bus/pci/drivers_probe"};
	struct pollfd p[3];
	char text[64];

	for (size_t i = 0; i < 3; i++)
		p[i] = (struct pollfd){
		        .fd = root_openat(&f->root, names[i], O_RDWR, 0), .events = POLLIN};
	for (;;) {
		poll(p, 3, -1);
		for (size_t i = 0; i < 3; i++) {
			cleanup_free char *driver = root_full_path(&f->root, SLOT "/driver");
			cleanup_free char *override = root_read(&f->root, SLOT "/driver_override");
			ssize_t n = p[i].revents ? read(p[i].fd, text, sizeof(text) - 1) : 0;

			if (n <= 0)
				continue;
			text[n] = '\0';
			if (!streq(text, "0000:01:00.0"))
				_exit(1);
			unlink(driver);
			if (i == 2)
				link_to(f,
				        starts_with(override, "vfio-pci") ? DRIVER "vfio-pci"
				                                          : DRIVER "nouveau",
				        SLOT "/driver");
		}
	}
}

static int setup(void **state)
{
	struct fixture *f = xcalloc(1, sizeof(*f));

	strcpy(f->folder, "/tmp/playthrough-acts-XXXXXX");
	assert_non_null(mkdtemp(f->folder));
	assert_int_equal(root_open(&f->root, f->folder, NULL), 0);
	make_pc(f);
	f->kernel = fork();
	if (f->kernel == 0)
		play_kernel(f);
	usleep(50000);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	cleanup_free char *command = xasprintf("rm -rf '%s'", f->folder);

	kill(f->kernel, SIGKILL);
	waitpid(f->kernel, NULL, 0);
	root_close(&f->root);
	assert_int_equal(system(command), 0);
	free(f);
	return 0;
}

static void assert_driver(struct fixture *f, const char *want)
{
	cleanup_free char *driver = root_link_name(&f->root, SLOT "/driver");

	if (want)
		assert_string_equal(driver, want);
	else
		assert_null(driver);
}

static void test_bind_and_restore(void **state)
{
	struct fixture *f = *state;
	struct err err = {0};
	char *override;

	assert_int_equal(act_bind(&f->root, &card, &err), 0);
	assert_driver(f, "vfio-pci");
	assert_int_equal(act_bind(&f->root, &card, &err), 0); /* again: nothing to do */
	assert_int_equal(act_restore(&f->root, &card, "nouveau", &err), 0);
	assert_driver(f, "nouveau");
	override = root_read(&f->root, SLOT "/driver_override");
	assert_true(override[0] == '\0' ||
	            override[0] == '\n'); /* nothing keeps the host's driver away */
	free(override);
	assert_int_equal(act_restore(&f->root, &card, "nouveau", &err), 0);
	assert_driver(f, "nouveau");
}

static void test_driverless_goes_home_driverless(void **state)
{
	struct fixture *f = *state;
	cleanup_free char *driver = root_full_path(&f->root, SLOT "/driver");

	unlink(driver);
	assert_int_equal(act_bind(&f->root, &card, NULL), 0);
	assert_driver(f, "vfio-pci");
	assert_int_equal(act_restore(&f->root, &card, NULL, NULL), 0);
	assert_driver(f, NULL);
}

static void test_restore_that_fails_says_who_has_it(void **state)
{
	struct fixture *f = *state;
	struct err err;

	assert_int_equal(act_bind(&f->root, &card, NULL), 0);
	assert_int_equal(act_restore(&f->root, &card, "snd_hda_intel", &err), -EIO);
	assert_non_null(strstr(err.message, "driver is nouveau, and should be snd_hda_intel"));
}

/* The kernel remembers a vendor in the file of that name; only "config" asks the hardware. */
static void test_dead_device_stays_where_it_is(void **state)
{
	struct fixture *f = *state;
	struct err err;

	assert_int_equal(act_survived(&f->root, card.addr, &err), 0); /* not known */
	put(f, SLOT "/config", "\xde\x10\x81\x1b");
	assert_int_equal(act_survived(&f->root, card.addr, &err), 0);
	assert_int_equal(act_bind(&f->root, &card, NULL), 0);
	put(f, SLOT "/config", "\xff\xff\xff\xff");
	assert_int_equal(act_bind(&f->root, &card, &err), -ENOTRECOVERABLE); /* bound as it is */
	assert_true(err_is(&err, CODE_GPU_SILENT));
	assert_int_equal(act_survived(&f->root, card.addr, &err), -ENOTRECOVERABLE);
	assert_non_null(strstr(err.message, "did not survive its reset"));
	assert_int_equal(act_restore(&f->root, &card, "nouveau", &err), -ENOTRECOVERABLE);
	assert_driver(f, "vfio-pci");
	link_to(f, "../0000:01:00.1", SLOT "/physfn");
	put(f, SLOT "/../0000:01:00.1/vendor", "0x10de\n");
	assert_int_equal(act_survived(&f->root, card.addr, &err), 0); /* a virtual function */
}

/* Nothing is said to one that is dead: no override, no unbind. */
static void test_dead_device_is_not_bound(void **state)
{
	struct fixture *f = *state;
	cleanup_free char *override = NULL;
	struct err err;

	put(f, SLOT "/config", "\xff\xff\xff\xff");
	assert_int_equal(act_bind(&f->root, &card, &err), -ENOTRECOVERABLE);
	assert_non_null(strstr(err.message, "does not answer"));
	assert_driver(f, "nouveau");
	override = root_read(&f->root, SLOT "/driver_override");
	assert_string_equal(override, "(null)");
}

static void assert_refused(struct fixture *f, const struct act_function *wrong, int number)
{
	struct err err;

	assert_int_equal(act_bind(&f->root, wrong, &err), number);
	assert_driver(f, "nouveau");
	assert_true(err.message[0] != '\0');
}

static void test_another_device_is_not_touched(void **state)
{
	struct fixture *f = *state;
	struct act_function wrong = card;

	wrong.device = 0x1b80;
	assert_refused(f, &wrong, -EXDEV);
	wrong = card;
	wrong.subsystem_device = 1;
	assert_refused(f, &wrong, -EXDEV);
	wrong = card;
	wrong.path = "0000:00:09.0/00.0";
	assert_refused(f, &wrong, -EXDEV);
	wrong = card;
	wrong.group = 8;
	assert_refused(f, &wrong, -EXDEV);
	wrong = card;
	wrong.addr.bus = 9;
	assert_refused(f, &wrong, -ENODEV);
	put(f, SLOT "/class", "0x060400\n");
	assert_refused(f, &card, -EPERM);
}

static void test_unplugged_is_told_apart(void **state)
{
	struct fixture *f = *state;
	cleanup_free char *link = root_full_path(&f->root, LINK);

	unlink(link);
	assert_int_equal(act_restore(&f->root, &card, "nouveau", NULL), -ENODEV);
	assert_int_equal(act_survived(&f->root, card.addr, NULL), -ENODEV);
}

static void test_group_goes_only_to_made_users(void **state)
{
	struct fixture *f = *state;
	struct err err;

	assert_int_equal(act_group_give(&f->root, 7, 1000, &err), -EPERM);
	assert_int_equal(act_group_give(&f->root, 7, 61184, &err), -ENOENT);
	assert_int_equal(
	        act_group_give(&f->root, 7, 0, &err), 0); /* no node: nothing to take back */
	put(f, "/dev/vfio/7", "");
	assert_int_equal(act_group_give(&f->root, 7, 61184, &err), -ENODEV);
}

static void test_disk_only_by_id(void **state)
{
	const struct act_disk disks[] = {{.device = "/dev/sda"},
	        {.device = "/dev/disk/by-id/../sda"}, {.device = "/dev/disk/by-uuid/x"}};
	struct fixture *f = *state;
	int fd = -1;

	for (size_t i = 0; i < ARRAY_SIZE(disks); i++)
		assert_int_equal(act_disk_open(&f->root, &disks[i], &fd, NULL), -EINVAL);
	assert_int_equal(fd, -1);
}

/* The kernel lets O_EXCL pass while a loop device stands on the disk. */
static void test_disk_in_use(void **state)
{
	const struct act_disk disk = {.device = "/dev/disk/by-id/ata-X"};
	struct fixture *f = *state;
	struct err err;
	int fd = -1;

	put(f, "/sys/block/sdb/dev", "8:16\n");
	put(f, "/sys/block/sdb/size", "2048\n");
	put(f, "/run/udev/data/b8:16", "S:disk/by-id/ata-X\n");
	put(f, "/dev/disk/by-id/ata-X", "");
	assert_int_equal(act_disk_open(&f->root, &disk, &fd, &err), -ENOTBLK);
	put(f, "/sys/block/loop0/loop/backing_file", "/dev/sdb\n");
	assert_int_equal(act_disk_open(&f->root, &disk, &fd, &err), -EBUSY);
	assert_non_null(strstr(err.message, "sdb is held by loop0"));
	assert_true(err_is(&err, CODE_DISK_USED));
	assert_int_equal(fd, -1);
}

/* What nothing has open may be a part of the host's LVM; and the hold is on the partition that was meant. */
static void test_partition(void **state)
{
	struct act_disk disk = {.device = "/dev/disk/by-partuuid/x-01"};
	struct fixture *f = *state;
	struct err err;
	int fd = -1;

	put(f, "/sys/block/sdb/dev", "8:16\n");
	put(f, "/sys/block/sdb/size", "2048\n");
	put(f, "/sys/block/sdb/sdb1/partition", "1\n");
	put(f, "/sys/block/sdb/sdb1/dev", "8:17\n");
	put(f, "/sys/block/sdb/sdb1/size", "1024\n");
	put(f, "/run/udev/data/b8:17", "S:disk/by-partuuid/x-01\nE:ID_FS_TYPE=LVM2_member\n");
	put(f, "/dev/disk/by-partuuid/x-01", "");
	assert_int_equal(act_disk_open(&f->root, &disk, &fd, &err), -EBUSY);
	assert_non_null(strstr(err.message, "LVM2_member (/run/udev/data/b8:17)"));
	disk.guest_volumes = true;
	assert_int_equal(act_disk_open(&f->root, &disk, &fd, &err), -ENOTBLK);
	put(f, "/proc/500/mountinfo", "9 1 8:17 / /in rw - ext4 /dev/root rw\n");
	assert_int_equal(act_disk_open(&f->root, &disk, &fd, &err), -EBUSY);
	assert_non_null(strstr(err.message, "mount namespace of process 500"));
	assert_int_equal(fd, -1);
}

static void test_image(void **state)
{
	struct fixture *f = *state;
	int fd = -1;
	char text[8] = {0};

	assert_int_equal(act_image_open(&f->root, "/vars", NULL, true, &fd, NULL), -ENOENT);
	put(f, "/template", "vars");
	assert_int_equal(act_image_open(&f->root, "/vm/vars", "/template", true, &fd, NULL), 0);
	assert_int_equal(read(fd, text, sizeof(text)), 4);
	close_fd(&fd);
	put(f, "/vm/vars", "mine");
	assert_int_equal(act_image_open(&f->root, "/vm/vars", "/template", false, &fd, NULL), 0);
	assert_int_equal(read(fd, text, sizeof(text)), 4);
	assert_string_equal(text, "mine");
	assert_int_equal(write(fd, "x", 1), -1);
	close_fd(&fd);
	assert_int_equal(act_image_open(&f->root, "/vm", NULL, false, &fd, NULL), -EINVAL);
	assert_int_equal(
	        act_image_open(&f->root, DRIVER "nouveau/unbind", NULL, false, &fd, NULL), -EINVAL);
}

/* A user's folder may hold a link to anything; only root can be led astray by it. */
/* A qcow2 image may name what QEMU would open besides. */
static void test_image_alone(void **state)
{
	static const struct {
		unsigned at;
		unsigned char byte;
		int want;
	} cases[] = {
	        {4, 0, 0},         /* whole */
	        {15, 104, -EXDEV}, /* stands on another file */
	        {79, 4, -EXDEV},   /* its data are in one */
	        {0, 'R', 0},       /* no qcow2 */
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		unsigned char head[512] = {'Q', 'F', 'I', 0xfb, 0, 0, 0, 3};
		cleanup_close int fd = memfd_create("image", MFD_CLOEXEC);
		struct err err = {0};

		head[cases[i].at] = cases[i].byte;
		assert_int_equal(write(fd, head, sizeof(head)), sizeof(head));
		assert_int_equal(act_image_alone(fd, "/a.qcow2", &err), cases[i].want);
		if (cases[i].want)
			assert_string_equal(err.code, "PT-IMAGE-05");
	}
}

static void test_image_of_another_owner(void **state)
{
	struct fixture *f = *state;
	cleanup_free char *home = xasprintf("%s/home/u", f->folder);
	cleanup_free char *own = xasprintf("%s/home/u/own", f->folder);
	cleanup_free char *name = xasprintf("%s/home/u/name", f->folder);
	cleanup_free char *shared = xasprintf("%s/tmp/link", f->folder);
	struct err err = {0};
	int fd = -1;

	put(f, "/etc/shadow", "secret");
	put(f, "/home/u/own", "disk");
	link_to(f, "/etc/shadow", "/home/u/link");
	if (geteuid()) {
		assert_int_equal(
		        act_image_open(&f->root, "/home/u/link", NULL, false, &fd, &err), 0);
		close_fd(&fd);
		return;
	}
	assert_int_equal(chown(home, 1000, 1000), 0);
	assert_int_equal(act_image_open(&f->root, "/home/u/link", NULL, false, &fd, &err), -EPERM);
	assert_string_equal(err.code, "PT-DISK-09");
	assert_int_equal(act_image_open(&f->root, "/home/u/own", NULL, false, &fd, NULL), -EPERM);
	assert_int_equal(chown(own, 1000, 1000), 0);
	assert_int_equal(act_image_open(&f->root, "/home/u/own", NULL, false, &fd, NULL), 0);
	close_fd(&fd);
	assert_int_equal(link(own, name), 0);
	assert_int_equal(act_image_open(&f->root, "/home/u/own", NULL, false, &fd, NULL), -EPERM);
	/* in a folder of root's where anybody may put one, as /tmp */
	put(f, "/tmp/other", "");
	link_to(f, "/etc/shadow", "/tmp/link");
	assert_int_equal(act_image_open(&f->root, "/tmp/link", NULL, false, &fd, NULL), 0);
	close_fd(&fd);
	assert_int_equal(lchown(shared, 1000, 1000), 0);
	assert_int_equal(act_image_open(&f->root, "/tmp/link", NULL, false, &fd, NULL), -EPERM);
}

static void test_usb_must_be_the_one(void **state)
{
	struct err err;
	struct act_usb usb = {.sysname = "1-2", .busnum = 1, .devnum = 5, .vendor = 0x46d};
	struct fixture *f = *state;
	int fd = -1;

	put(f, "/sys/bus/usb/devices/1-2/busnum", "1\n");
	put(f, "/sys/bus/usb/devices/1-2/devnum", "5\n");
	put(f, "/sys/bus/usb/devices/1-2/idVendor", "046d\n");
	put(f, "/sys/bus/usb/devices/1-2/idProduct", "0000\n");
	put(f, "/dev/bus/usb/001/005", "");
	assert_int_equal(act_usb_open(&f->root, &usb, &fd, NULL), -ENODEV); /* no device node */
	usb.instance = 1; /* the same numbers, but another plug */
	assert_int_equal(act_usb_open(&f->root, &usb, &fd, &err), -ENODEV);
	assert_non_null(strstr(err.message, "not there any more"));
	usb.instance = 0;
	usb.devnum = 6;
	assert_int_equal(act_usb_open(&f->root, &usb, &fd, NULL), -ENODEV);
	usb.sysname = "../../evil";
	assert_int_equal(act_usb_open(&f->root, &usb, &fd, NULL), -EINVAL);
	assert_int_equal(fd, -1);
}

/* A disk that cannot be opened for itself alone is not given away; a device without disks is asked nothing. */
static void test_usb_storage(void **state)
{
	struct fixture *f = *state;
	cleanup_free char *link = xasprintf("%s/sys/block/sdb", f->folder);
	struct err err;

	assert_int_equal(usb_storage_take(&f->root, "1-2", -1, &err), 0);
	put(f, "/sys/devices/pci0000:00/usb1/1-2/1-2:1.0/host3/block/sdb/size", "8\n");
	put(f, "/sys/block/.keep", "");
	assert_int_equal(
	        symlink("../devices/pci0000:00/usb1/1-2/1-2:1.0/host3/block/sdb", link), 0);
	assert_int_equal(usb_storage_take(&f->root, "1-3", -1, &err), 0);
	assert_int_equal(
	        usb_storage_take(&f->root, "1-2", -1, &err), -ENOENT); /* its node is not there */
	put(f, "/dev/sdb", "");
	assert_int_equal(usb_storage_take(&f->root, "1-2", -1, &err), 0);
	put(f, "/proc/self/mountinfo", "30 22 8:16 / /media/stick rw - vfat /dev/sdb rw\n");
	assert_int_equal(usb_storage_take(&f->root, "1-2", -1, &err), -EBUSY);
	assert_non_null(strstr(err.message, "/media/stick"));
}

/* --- USB devices back to the host --- */

#define USB   "/sys/bus/usb/devices/1-2"
#define PROBE "/sys/bus/usb/drivers_probe"

static const struct act_usb headset = {.sysname = "1-2", .busnum = 1, .devnum = 5, .vendor = 0x46d};

/* A headset that QEMU held when it was killed: sound, and keys; its third interface never had a driver. */
static void make_headset(struct fixture *f)
{
	put(f, USB "/busnum", "1\n");
	put(f, USB "/devnum", "5\n");
	put(f, USB "/idVendor", "046d\n");
	put(f, USB "/idProduct", "0000\n");
	put(f, USB "/bConfigurationValue", "1\n");
	put(f, USB "/authorized", "1\n");
	put(f, USB ":1.0/authorized", "1\n");
	put(f, USB ":1.1/authorized", "1\n");
	put(f, USB ":1.2/authorized", "1\n");
	put(f, USB "3:1.0/authorized", "1\n"); /* another device, 1-23 */
	make_fifo(f, PROBE);
}

/* Gives it back, and compares what was written to @fifo. */
static void expect_written(struct fixture *f, const struct act_usb *usb, const char *fifo,
        const char *want, int number)
{
	cleanup_close int fd = root_openat(&f->root, fifo, O_RDWR | O_NONBLOCK, 0);
	char text[128] = {0};
	struct err err = {0};

	assert_true(fd >= 0);
	assert_int_equal(act_usb_return(&f->root, usb, &err), number);
	assert_true(err.message[0] || number == 0);
	if (read(fd, text, sizeof(text) - 1) < 0)
		assert_int_equal(errno, EAGAIN);
	assert_string_equal(text, want);
}

/* So that is_touched() tells whether it was written since. */
static void age(struct fixture *f, const char *path)
{
	cleanup_free char *full = root_full_path(&f->root, path);
	const struct timespec long_ago[2] = {{.tv_sec = 1}, {.tv_sec = 1}};

	assert_int_equal(utimensat(AT_FDCWD, full, long_ago, 0), 0);
}

static bool is_touched(struct fixture *f, const char *path)
{
	struct stat st;

	assert_int_equal(root_stat(&f->root, path, &st), 0);
	return st.st_mtim.tv_sec != 1;
}

static void test_usb_drivers_are_probed(void **state)
{
	struct fixture *f = *state;

	make_headset(f);
	expect_written(f, &headset, PROBE, "1-2:1.01-2:1.11-2:1.2", 0);
	link_to(f, "/sys/bus/usb/drivers/usbhid", USB ":1.1/driver"); /* QEMU gave it back itself */
	expect_written(f, &headset, PROBE, "1-2:1.01-2:1.2", 0);
}

static void test_usb_another_device_is_left_alone(void **state)
{
	struct fixture *f = *state;
	struct act_usb usb = headset;

	make_headset(f);
	usb.devnum = 6; /* it was pulled and put back: the kernel has probed it then */
	expect_written(f, &usb, PROBE, "", 0);
	usb.sysname = "1-4";
	expect_written(f, &usb, PROBE, "", 0);
	usb.sysname = "../1-2";
	expect_written(f, &usb, PROBE, "", -EINVAL);
}

/* What a person has forbidden stays forbidden: the device, or one interface of it. */
static void test_usb_forbidden(void **state)
{
	struct fixture *f = *state;

	make_headset(f);
	put(f, USB ":1.1/authorized", "0\n");
	expect_written(f, &headset, PROBE, "1-2:1.01-2:1.2", 0);
	put(f, USB "/authorized", "0\n");
	age(f, USB "/authorized");
	put(f, USB "/bConfigurationValue", "\n");
	expect_written(f, &headset, PROBE, "1-2:1.01-2:1.2", 0);
	assert_int_equal(
	        root_poke(&f->root, USB "/authorized", "0", NULL), 0); /* was not touched */
}

/* The guest has left it unconfigured, so that there are no interfaces to probe. */
static void test_usb_is_configured_again(void **state)
{
	static const char *const none[] = {"\n", "0\n"};
	struct fixture *f = *state;

	make_headset(f);
	for (size_t i = 0; i < ARRAY_SIZE(none); i++) {
		put(f, USB "/bConfigurationValue", none[i]);
		age(f, USB "/authorized");
		expect_written(f, &headset, PROBE, "1-2:1.01-2:1.11-2:1.2", 0);
		assert_true(is_touched(f, USB "/authorized"));
	}
	put(f, USB "/bConfigurationValue", "2\n");
	age(f, USB "/authorized");
	expect_written(f, &headset, PROBE, "1-2:1.01-2:1.11-2:1.2", 0);
	assert_false(is_touched(f, USB "/authorized"));
}

/* The descriptor of a killed QEMU is closed a moment later. */
static void test_usb_waits_for_usbfs(void **state)
{
	struct fixture *f = *state;
	cleanup_free char *driver = root_full_path(&f->root, USB ":1.0/driver");
	pid_t closer;

	make_headset(f);
	link_to(f, "/sys/bus/usb/drivers/usbfs", USB ":1.0/driver");
	closer = fork();
	if (closer == 0) {
		usleep(100000);
		unlink(driver);
		_exit(0);
	}
	expect_written(f, &headset, PROBE, "1-2:1.01-2:1.11-2:1.2", 0);
	waitpid(closer, NULL, 0);
}

/* Its other interfaces come back all the same. */
static void test_usb_held_by_a_program(void **state)
{
	struct fixture *f = *state;

	make_headset(f);
	link_to(f, "/sys/bus/usb/drivers/usbfs", USB ":1.0/driver");
	expect_written(f, &headset, PROBE, "1-2:1.11-2:1.2", -EBUSY);
}

/* --- disposable processes --- */

struct outcome {
	bool told;
	int number, fd;
};

static void on_done(void *user, int fd, const struct err *err)
{
	*(struct outcome *)user =
	        (struct outcome){.told = true, .number = err ? err->number : 0, .fd = fd};
}

static int __attribute__((noreturn)) hang(const void *argument, int *fd, struct err *err)
{
	(void)argument, (void)fd, (void)err;
	for (;;)
		pause();
}

static int open_null(const void *argument, int *fd, struct err *err)
{
	(void)err;
	*fd = open(argument, O_RDONLY | O_CLOEXEC);
	return *fd < 0 ? -errno : 0;
}

static int __attribute__((noreturn)) crash(const void *argument, int *fd, struct err *err)
{
	(void)argument, (void)fd, (void)err;
	_exit(3);
}

static struct outcome run(disposable_function function, const char *argument)
{
	struct outcome outcome = {0};
	struct disposable *d;
	sd_event *event;

	assert_true(sd_event_new(&event) >= 0);
	assert_int_equal(
	        disposable_run(event, function, argument, 200, on_done, &outcome, &d, NULL), 0);
	while (!outcome.told)
		sd_event_run(event, 1000000);
	while (sd_event_run(event, 100000) > 0) /* the child is reaped */
		;
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	sd_event_unref(event);
	return outcome;
}

static void test_disposable(void **state)
{
	struct outcome outcome = run(open_null, "/dev/null");

	(void)state;
	assert_int_equal(outcome.number, 0);
	assert_true(outcome.fd >= 0);
	close(outcome.fd);
	assert_int_equal(run(open_null, "/nonexistent").number, -ENOENT);
	assert_int_equal(run(hang, NULL).number, -ETIMEDOUT);
	assert_int_equal(run(crash, NULL).number, -EIO);
}

#define WITH_PC(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	        WITH_PC(test_bind_and_restore),
	        WITH_PC(test_driverless_goes_home_driverless),
	        WITH_PC(test_restore_that_fails_says_who_has_it),
	        WITH_PC(test_dead_device_stays_where_it_is),
	        WITH_PC(test_dead_device_is_not_bound),
	        WITH_PC(test_another_device_is_not_touched),
	        WITH_PC(test_unplugged_is_told_apart),
	        WITH_PC(test_group_goes_only_to_made_users),
	        WITH_PC(test_disk_only_by_id),
	        WITH_PC(test_disk_in_use),
	        WITH_PC(test_partition),
	        WITH_PC(test_image),
	        cmocka_unit_test(test_image_alone),
	        WITH_PC(test_image_of_another_owner),
	        WITH_PC(test_usb_must_be_the_one),
	        WITH_PC(test_usb_storage),
	        WITH_PC(test_usb_drivers_are_probed),
	        WITH_PC(test_usb_another_device_is_left_alone),
	        WITH_PC(test_usb_forbidden),
	        WITH_PC(test_usb_is_configured_again),
	        WITH_PC(test_usb_waits_for_usbfs),
	        WITH_PC(test_usb_held_by_a_program),
	        cmocka_unit_test(test_disposable),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
