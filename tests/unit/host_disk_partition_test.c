/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A whole disk and one partition of it: which of them is meant, and what keeps it. */
#include "host/disk.h"
#include "machine.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void add_partition(
        struct machine *m, unsigned n, unsigned start, unsigned size, const char *data)
{
	cleanup_free char *folder = xasprintf("/sys/block/sda/sda%u", n);
	cleanup_free char *db = xasprintf("/run/udev/data/b8:%u", n);

	machine_printf(
	        m, db, "S:disk/by-partuuid/p-%02u\nS:disk/by-id/ata-X-part%u\n%s", n, n, data);
	{
		cleanup_free char *mark = xasprintf("%s/partition", folder);
		cleanup_free char *dev = xasprintf("%s/dev", folder);
		cleanup_free char *from = xasprintf("%s/start", folder);
		cleanup_free char *length = xasprintf("%s/size", folder);

		machine_printf(m, mark, "%u\n", n);
		machine_printf(m, dev, "8:%u\n", n);
		machine_printf(m, from, "%u\n", start);
		machine_printf(m, length, "%u\n", size);
	}
}

static void begin(struct machine *m)
{
	machine_open(m, NULL);
	machine_write(m, "/sys/block/sda/dev", "8:0\n");
	machine_write(m, "/sys/block/sda/size", "100000\n");
	machine_write(m, "/run/udev/data/b8:0", "S:disk/by-id/ata-X\nE:ID_BUS=ata\n");
	add_partition(m, 1, 2048, 1000, "");
	add_partition(m, 2, 4096, 2, "E:ID_PART_ENTRY_TYPE=0x5\n");
	add_partition(m, 5, 5000, 1000, "E:ID_FS_TYPE=ext4\n");
}

static void test_found_by_any_name(void **state)
{
	static const char *const firsts[] = {
	        "/dev/disk/by-partuuid/p-01", "/dev/disk/by-id/ata-X-part1", "/dev/sda1"};
	struct machine m;
	struct disks disks;

	(void)state;
	begin(&m);
	disks_take(&m.root, &disks, NULL);
	for (size_t i = 0; i < ARRAY_SIZE(firsts); i++) {
		struct disk_part part = disks_find_part(&disks, firsts[i]);

		assert_non_null(part.partition);
		assert_string_equal(disk_part_name(part), "sda1");
		assert_int_equal(disk_part_size(part), 1000 * 512);
		assert_string_equal(part.partition->path, "/dev/disk/by-partuuid/p-01");
		assert_null(disks_find(&disks, firsts[i])); /* no whole disk */
	}
	assert_null(disks_find_part(&disks, "/dev/disk/by-id/ata-X").partition);
	assert_string_equal(disks_find_part(&disks, "/dev/sda").disk->bus, "ata");
	assert_null(disks_find_part(&disks, "/dev/sda9").disk);
	disks_finish(&disks);
	machine_close(&m);
}

static size_t count_uses(const struct disks *disks, const char *path)
{
	cleanup_strv struct strv uses = {0};

	disk_part_uses(disks_find_part(disks, path), true, &uses);
	return uses.n;
}

/* What stands on one does not keep another, and keeps the whole. */
static void test_uses_of_one(void **state)
{
	struct machine m;
	struct disks disks;

	(void)state;
	begin(&m);
	machine_write(&m, "/proc/self/mountinfo", "9 1 8:5 / / rw - ext4 /dev/root rw\n");
	disks_take(&m.root, &disks, NULL);
	assert_int_equal(count_uses(&disks, "/dev/sda"), 1);
	assert_int_equal(count_uses(&disks, "/dev/sda1"), 0);
	assert_int_equal(count_uses(&disks, "/dev/sda5"), 1);
	disks_finish(&disks);
	machine_write(&m, "/sys/block/sda/holders/dm-0", "");
	disks_take(&m.root, &disks, NULL);
	assert_int_equal(count_uses(&disks, "/dev/sda"), 2);
	assert_int_equal(count_uses(&disks, "/dev/sda1"), 1); /* the whole disk is held */
	disks_finish(&disks);
	machine_close(&m);
}

static void test_overlap(void **state)
{
	struct machine m;
	struct disks disks;
	struct disk_part whole, one, two;
	char *why;

	(void)state;
	begin(&m);
	add_partition(&m, 6, 5500, 1000, "");
	disks_take(&m.root, &disks, NULL);
	whole = disks_find_part(&disks, "/dev/sda");
	one = disks_find_part(&disks, "/dev/sda1");
	two = disks_find_part(&disks, "/dev/sda5");
	assert_true(disk_parts_overlap(whole, one) && disk_parts_overlap(one, whole));
	assert_false(disk_parts_overlap(one, two));
	assert_false(disk_parts_overlap((struct disk_part){0}, (struct disk_part){0}));
	assert_null(disk_part_unsafe(whole));
	assert_null(disk_part_unsafe(one));
	why = disk_part_unsafe(two);
	assert_string_equal(why, "sda5 and sda6 lie over each other on sda "
	                         "(/sys/block/sda/*/start, size)");
	free(why);
	why = disk_part_unsafe(disks_find_part(&disks, "/dev/sda2"));
	assert_string_equal(
	        why, "sda2 is an extended partition: others are in it (/run/udev/data/b8:2: 0x5)");
	free(why);
	disks_finish(&disks);
	machine_close(&m);
}

/* What udev has not looked at, or finds several things on, is not known; and is not taken for free. */
static void test_doubts(void **state)
{
	const struct disk *d;
	struct machine m;
	struct disks disks;

	(void)state;
	begin(&m);
	machine_write(&m, "/run/udev/data/b8:1",
	        "E:ID_FS_AMBIVALENT=filesystem:ext4:1.0 raid:linux_raid_member:1.2\n");
	machine_write(&m, "/sys/block/sda/sda7/partition", "7\n");
	machine_write(&m, "/sys/block/sda/sda7/dev", "8:7\n");
	disks_take(&m.root, &disks, NULL);
	d = disks_find(&disks, "/dev/sda");
	assert_int_equal(d->doubts.n, 2);
	assert_non_null(strstr(d->doubts.list[0], "not clear to udev: filesystem:ext4"));
	assert_string_equal(d->doubts.list[1],
	        "what is on sda7 is not known: udev has no data of it (/run/udev/data/b8:7)");
	disks_finish(&disks);
	machine_close(&m);
}

/* A program that has a hundred disks open is told of in a few sentences. */
static void test_bounds(void **state)
{
	struct machine m;
	struct disks disks;

	(void)state;
	begin(&m);
	for (unsigned i = 0; i < 100; i++) {
		cleanup_free char *comm = xasprintf("/proc/%u/comm", 100 + i);
		cleanup_free char *link = xasprintf("%s/proc/%u/fd/3", m.folder, 100 + i);
		cleanup_free char *fd = xasprintf("/proc/%u/fd/x", 100 + i);

		machine_printf(&m, comm, "dd\n");
		machine_printf(&m, fd, "%s", "");
		assert_int_equal(symlink("/dev/sda1", link), 0);
	}
	disks_take(&m.root, &disks, NULL);
	assert_int_equal(count_uses(&disks, "/dev/sda1"), 3);
	assert_true(disks_find(&disks, "/dev/sda")->opened);
	disks_finish(&disks);
	machine_close(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_found_by_any_name),
	        cmocka_unit_test(test_uses_of_one),
	        cmocka_unit_test(test_overlap),
	        cmocka_unit_test(test_doubts),
	        cmocka_unit_test(test_bounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
