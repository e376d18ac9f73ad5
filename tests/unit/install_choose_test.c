/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which disks may be erased. */
#include "host-setup/install/choose.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define BY_ID "/dev/disk/by-id/nvme-Disk_123"

static char *words[] = {"sda2 is mounted on / (/proc/self/mountinfo)", NULL};
static const struct strv one = {words, 1};

static struct disk free_disk(void)
{
	return (struct disk){.name = "sda", .by_id = BY_ID, .size = UINT64_C(64) << 30};
}

static void test_free_disk(void **state)
{
	struct disk d = free_disk();

	(void)state;
	assert_int_equal(install_judge(&d, INSTALL_LEAST, NULL), 0);
	assert_string_equal(install_name(&d), "nvme-Disk_123");
	d.size = INSTALL_LEAST;
	d.doubts = one; /* shown, and no reason */
	assert_int_equal(install_judge(&d, INSTALL_LEAST, NULL), 0);
}

static void refused(const struct disk *d, enum code code)
{
	struct err err = {0};

	assert_true(install_judge(d, INSTALL_LEAST, &err) < 0);
	assert_true(err_is(&err, code));
	assert_true(err.hint[0]);
}

static void test_refused(void **state)
{
	struct disk used = free_disk(), member = free_disk(), vm = free_disk(), small = free_disk(),
	            locked = free_disk(), nameless = free_disk();

	(void)state;
	used.uses = one;
	refused(&used, CODE_DISK_USED);
	member.members = one;
	refused(&member, CODE_DISK_MEMBER);
	vm.vms = one;
	refused(&vm, CODE_DISK_USED);
	small.size = INSTALL_LEAST - 1;
	refused(&small, CODE_INSTALL_DISK);
	locked.read_only = true;
	refused(&locked, CODE_INSTALL_DISK);
	nameless.by_id = NULL;
	refused(&nameless, CODE_INSTALL_DISK);
	assert_null(install_name(&nameless));
}

/* What was installed and put on the stick meanwhile must find room. */
static void test_room(void **state)
{
	struct disk d = free_disk();
	struct err err = {0};

	(void)state;
	assert_int_equal(install_needed(0), INSTALL_LEAST);
	assert_int_equal(install_needed(UINT64_C(2) << 30), INSTALL_LEAST);
	assert_true(install_needed(UINT64_C(62) << 30) > d.size);
	assert_int_equal(install_judge(&d, install_needed(UINT64_C(40) << 30), NULL), 0);
	assert_true(install_judge(&d, install_needed(UINT64_C(62) << 30), &err) < 0);
	assert_true(err_is(&err, CODE_INSTALL_DISK));
}

static void test_same(void **state)
{
	struct disk before = free_disk(), now;

	(void)state;
	before.devno_major = 8;
	before.seq = 5;
	before.serial = (char[]){"0123456789ABCDEF"}; /* which another has, too */
	now = before;
	assert_true(install_same(&before, &now));
	now.seq = 6;
	assert_false(install_same(&before, &now));
	now = before;
	now.devno_minor = 16;
	assert_false(install_same(&before, &now));
	now = before;
	now.size--;
	assert_false(install_same(&before, &now));
	now = before;
	now.model = (char[]){"Another"};
	assert_false(install_same(&before, &now));
}

static void test_tell(void **state)
{
	struct disk_partition part = {
	        .name = "sda1", .content = {.known = true, .fs_type = "ntfs", .label = "Games"}};
	struct disk d = free_disk();
	cleanup_strv struct strv lines = {0};

	(void)state;
	d.model = "Bad\033[2J";
	d.table = "gpt";
	d.partitions = &part;
	d.n_partitions = 1;
	install_tell(&d, &lines);
	assert_int_equal(lines.n, 3);
	assert_string_equal(lines.list[0], "sda: Bad\\x1b[2J, 68.7 GB");
	assert_string_equal(lines.list[1], "  sda: GPT");
	assert_string_equal(lines.list[2], "  sda1: NTFS \"Games\"");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_free_disk),
	        cmocka_unit_test(test_refused),
	        cmocka_unit_test(test_room),
	        cmocka_unit_test(test_same),
	        cmocka_unit_test(test_tell),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
