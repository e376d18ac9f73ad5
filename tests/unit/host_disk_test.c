/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Disks of recorded machines, and above all: what of the host stands on them. */
#include "host/disk.h"
#include "machine.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const struct disk *named(const struct disks *disks, const char *name)
{
	char *path = xasprintf("/dev/%s", name);
	const struct disk *d = disks_find(disks, path);

	free(path);
	assert_non_null(d);
	return d;
}

static void expect_uses(const struct disk *d, const char *expected)
{
	char *text = strv_join(&d->uses, "\n");

	assert_string_equal(text, expected);
	free(text);
}

static void test_intel_system_disk(void **state)
{
	const struct disk *d;
	struct machine m;
	struct disks disks;

	(void)state;
	machine_open(&m, "intel-desktop");
	assert_int_equal(disks_take(&m.root, &disks, NULL), 0);
	assert_int_equal(disks.n, 4); /* neither dm nor loop */
	assert_string_equal(disks.list[0].name, "nvme0n1");
	d = named(&disks, "sda");
	assert_string_equal(
	        d->by_id, "/dev/disk/by-id/ata-Samsung_SSD_860_EVO_500GB_S3Z2NB0K000001");
	assert_int_equal(d->links.n, 2);
	assert_string_equal(d->serial, "S3Z2NB0K000001");
	assert_int_equal(d->size, UINT64_C(976773168) * 512);
	assert_int_equal(d->devno_major, 8);
	assert_int_equal(d->devno_minor, 0);
	assert_string_equal(pci_addr_format(d->controller).s, "0000:00:17.0");
	assert_string_equal(d->table, "gpt");
	assert_null(d->content.fs_type);
	assert_false(d->usb || d->removable || d->rotational || d->read_only);
	assert_int_equal(d->n_partitions, 3);
	assert_string_equal(d->partitions[0].content.label, "EFI System Partition");
	assert_string_equal(d->partitions[2].content.fs_type, "crypto_LUKS");
	expect_uses(d,
	        "sda1 is mounted on /boot/efi (/proc/self/mountinfo)\n"
	        "sda2 is mounted on / (/proc/self/mountinfo)\n"
	        "sda3 is held by dm-1 (LVM vg0-home, mounted on /home) through dm-0 (encrypted "
	        "sda3_crypt) (/sys/block/sda/sda3/holders)\n"
	        "sda3 is held by dm-2 (LVM vg0-swap, swap) through dm-0 (encrypted sda3_crypt) "
	        "(/sys/block/sda/sda3/holders)");
	assert_int_equal(d->mounts.n, 3);
	assert_string_equal(d->mounts.list[0], "/");
	assert_true(d->swap);
	disks_finish(&disks);
	machine_close(&m);
}

static void test_intel_free_disks(void **state)
{
	const struct disk *d;
	struct machine m;
	struct disks disks;

	(void)state;
	machine_open(&m, "intel-desktop");
	disks_take(&m.root, &disks, NULL);
	d = named(&disks, "sdb");
	expect_uses(d, "");
	assert_true(d->rotational);
	assert_string_equal(d->partitions[0].content.fs_type, "ntfs");
	assert_string_equal(d->partitions[0].content.label, "Spiele \xc3\xbc");
	d = named(&disks, "nvme0n1");
	expect_uses(d, "");
	assert_string_equal(
	        d->by_id, "/dev/disk/by-id/nvme-Samsung_SSD_970_EVO_500GB_S466NX0M000003");
	assert_string_equal(d->partitions[2].name, "nvme0n1p10"); /* after p2 */
	d = named(&disks, "sdc");
	assert_true(d->usb && d->removable);
	assert_string_equal(d->model, "Cruzer Blade");
	assert_string_equal(pci_addr_format(d->controller).s, "0000:00:14.0");
	assert_ptr_equal(disks_find(&disks, "/dev/disk/by-id/nvme-eui.0025385b81b0a1c2"),
	        named(&disks, "nvme0n1"));
	assert_null(disks_find(&disks, "/dev/sda1"));
	assert_null(disks_find(&disks, "sda"));
	assert_null(disks_find(&disks, "/dev/disk/by-id/gone"));
	disks_finish(&disks);
	machine_close(&m);
}

/* Things the kernel shows as no holder: btrfs members, ZFS; and a partition on a RAID. */
static void test_amd(void **state)
{
	struct machine m;
	struct disks disks;

	(void)state;
	machine_open(&m, "amd-bad-board");
	disks_take(&m.root, &disks, NULL);
	assert_int_equal(disks.n, 4);
	expect_uses(named(&disks, "sda"),
	        "sda2 is mounted on /, /home, /srv and 1 more (/proc/self/mountinfo)");
	expect_uses(named(&disks, "sdb"),
	        "sdb is a member of a mounted btrfs (/sys/fs/btrfs/*/devices)");
	expect_uses(named(&disks, "sdc"),
	        "sdc1 is a member of ZFS, which may hold it (/sys/module/zfs is there)");
	expect_uses(named(&disks, "sdd"),
	        "sdd is held by md0p1 (mounted on /mnt/my raid) through md0 (RAID raid1) "
	        "(/sys/block/sdd/holders)");
	assert_int_equal(named(&disks, "sda")->mounts.n, 4);
	disks_finish(&disks);
	machine_close(&m);
}

static void test_old_pc(void **state)
{
	struct machine m;
	struct disks disks;

	(void)state;
	machine_open(&m, "no-iommu");
	disks_take(&m.root, &disks, NULL);
	assert_int_equal(disks.n, 2); /* nbd1 has a size, nbd0 has none; no sr, fd, zram */
	assert_string_equal(disks.list[0].name, "nbd1");
	assert_false(disks.list[0].has_controller);
	/* "/dev/root" says nothing, the device number does. */
	expect_uses(named(&disks, "sda"),
	        "sda1 is mounted on / (/proc/self/mountinfo)\nsda5 is swap (/proc/swaps)");
	disks_finish(&disks);
	machine_close(&m);
}

/* As root on a live PC: the first process's mounts count, not those of our namespace. */
static void test_mounts_of_the_first_process(void **state)
{
	struct machine m;
	struct disks disks;

	(void)state;
	machine_open(&m, "no-iommu");
	machine_write(&m, "/proc/1/mountinfo", "9 1 8:5 / /data rw - ext4 /dev/sda5 rw\n");
	machine_write(&m, "/proc/swaps", "");
	disks_take(&m.root, &disks, NULL);
	expect_uses(named(&disks, "sda"), "sda5 is mounted on /data (/proc/1/mountinfo)");
	disks_finish(&disks);
	machine_close(&m);
}

/* A loop device takes no hold that the kernel shows: only its own attribute tells what it stands on. */
static void test_loop_devices(void **state)
{
	struct machine m;
	struct disks disks;
	char *link;

	(void)state;
	machine_open(&m, "no-iommu");
	machine_write(&m, "/proc/self/mountinfo", "9 1 7:1 / /mnt rw - ext4 /dev/loop1 rw\n");
	machine_write(&m, "/proc/swaps", "");
	machine_write(&m, "/sys/block/loop0/loop/backing_file", "/home/me/disk.img\n");
	machine_write(&m, "/sys/block/loop1/dev", "7:1\n");
	machine_write(&m, "/sys/block/loop1/loop/backing_file", "/dev/sda5\n");
	machine_write(&m, "/sys/block/loop2/loop/backing_file", "/dev/disk/by-id/old\n");
	machine_write(&m, "/sys/block/loop3/loop/backing_file", "/dev/sda1 (deleted)\n");
	machine_write(&m, "/sys/block/loop4/size", "0\n");
	machine_write(&m, "/dev/sda", "");
	machine_write(&m, "/dev/disk/by-id/other", "");
	link = root_full_path(&m.root, "/dev/disk/by-id/old");
	assert_int_equal(symlink("../../sda", link), 0);
	free(link);
	disks_take(&m.root, &disks, NULL);
	expect_uses(named(&disks, "sda"),
	        "sda is held by loop2 (not mounted) (/sys/block/loop2/loop/backing_file)\n"
	        "sda1 is held by loop3 (not mounted) (/sys/block/loop3/loop/backing_file)\n"
	        "sda5 is held by loop1 (mounted on /mnt) (/sys/block/loop1/loop/backing_file)");
	assert_int_equal(named(&disks, "sda")->mounts.n, 1);
	disks_finish(&disks);
	machine_close(&m);
}

static void test_nvme_subsystem(void **state)
{
	struct machine m;
	struct disks disks;
	char *link;

	(void)state;
	machine_open(&m, NULL);
	machine_write(
	        &m, "/sys/devices/virtual/nvme-subsystem/nvme-subsys0/nvme0n1/size", "2048\n");
	machine_write(
	        &m, "/sys/devices/pci0000:00/0000:03:00.0/nvme/nvme0/nvme0c0n1/hidden", "1\n");
	machine_write(&m, "/sys/devices/pci0000:00/0000:03:00.0/nvme/nvme0/nvme0c0n1/size", "8\n");
	machine_write(&m, "/sys/block/x", "");
	link = root_full_path(&m.root, "/sys/block/nvme0n1");
	assert_int_equal(
	        symlink("/sys/devices/virtual/nvme-subsystem/nvme-subsys0/nvme0n1", link), 0);
	free(link);
	link = root_full_path(&m.root, "/sys/block/nvme0c0n1");
	assert_int_equal(
	        symlink("/sys/devices/pci0000:00/0000:03:00.0/nvme/nvme0/nvme0c0n1", link), 0);
	free(link);
	link = root_full_path(
	        &m.root, "/sys/devices/virtual/nvme-subsystem/nvme-subsys0/nvme0n1/device");
	assert_int_equal(symlink("/sys/devices/virtual/nvme-subsystem/nvme-subsys0", link), 0);
	free(link);
	link = root_full_path(&m.root, "/sys/devices/virtual/nvme-subsystem/nvme-subsys0/nvme0");
	assert_int_equal(symlink("/sys/devices/pci0000:00/0000:03:00.0/nvme/nvme0", link), 0);
	free(link);
	disks_take(&m.root, &disks, NULL);
	assert_int_equal(disks.n, 1);
	assert_true(disks.list[0].has_controller);
	assert_string_equal(pci_addr_format(disks.list[0].controller).s, "0000:03:00.0");
	disks_finish(&disks);
	machine_close(&m);
}

static void test_without_udev(void **state)
{
	const struct disk *d;
	struct machine m;
	struct disks disks;

	(void)state;
	machine_open(&m, "virtual");
	disks_take(&m.root, &disks, NULL);
	d = named(&disks, "vda");
	assert_null(d->by_id);
	assert_int_equal(d->links.n, 0);
	assert_string_equal(d->serial, "1816632263570233");
	assert_string_equal(pci_addr_format(d->controller).s, "0000:00:02.0");
	expect_uses(d, "vda is mounted on / (/proc/self/mountinfo)");
	disks_finish(&disks);
	machine_close(&m);
}

static void test_garbage(void **state)
{
	const struct disk *d;
	struct machine m;
	struct disks disks;

	(void)state;
	machine_open(&m, "garbage");
	assert_int_equal(disks_take(&m.root, &disks, NULL), 0);
	assert_int_equal(disks.n, 2); /* sda has no size, sdd is hidden */
	d = named(&disks, "sdb");
	assert_int_equal(d->size, 0);
	assert_int_equal(d->n_partitions, 1);
	assert_true(d->uses.n > 0 && d->uses.n < 70); /* held by a thing that holds itself */
	d = named(&disks, "sdc");
	assert_int_equal(d->size, 0);
	assert_int_equal(d->links.n, 0);
	assert_null(d->serial);
	assert_null(d->content.fs_type);
	assert_string_equal(d->model, "[2J\\x00?\\x4");
	disks_finish(&disks);
	machine_close(&m);
	machine_open(&m, NULL);
	assert_int_equal(disks_take(&m.root, &disks, NULL), 0);
	assert_int_equal(disks.n, 0);
	machine_close(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_intel_system_disk),
	        cmocka_unit_test(test_intel_free_disks),
	        cmocka_unit_test(test_amd),
	        cmocka_unit_test(test_old_pc),
	        cmocka_unit_test(test_mounts_of_the_first_process),
	        cmocka_unit_test(test_loop_devices),
	        cmocka_unit_test(test_nvme_subsystem),
	        cmocka_unit_test(test_without_udev),
	        cmocka_unit_test(test_garbage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
