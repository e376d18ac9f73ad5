/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is mounted where. */
#include "host/mounts.h"

#include <setjmp.h>
#include <sys/stat.h>

#include "machine.h"

#include <cmocka.h>

static const char text[] = "22 1 8:2 / / rw,relatime shared:1 - ext4 /dev/sda2 rw\n"
                           "30 22 8:1 / /boot/efi rw - vfat /dev/sda1 rw\n"
                           "31 22 0:40 /@home /home rw shared:7 master:2 - btrfs /dev/sdb1 rw\n"
                           "32 22 8:17 / /mnt/my\\040disk rw - exfat /dev/sdb\\0401 rw\n"
                           "33 31 0:50 / /home rw - tmpfs tmpfs rw\n"
                           "broken\n"
                           "34 22 x:1 / /bad rw - ext4 /dev/bad rw\n"
                           "35 22 8:3 / /cut rw -\n";

static void test_mounts(void **state)
{
	struct machine m;
	struct mounts mounts;

	(void)state;
	machine_open(&m, "intel-desktop");
	machine_write(&m, "/proc/self/mountinfo", text);
	mounts_take(&m.root, "/proc/self/mountinfo", &mounts);
	assert_int_equal(mounts.n, 5);
	assert_string_equal(mounts_of(&mounts, "/boot/efi/EFI")->source, "/dev/sda1");
	assert_true(mount_is_fat(mounts_of(&mounts, "/boot/efi")));
	assert_string_equal(mounts_of(&mounts, "/boot/efis")->point, "/");
	assert_string_equal(
	        mounts_of(&mounts, "/home/me")->type, "tmpfs"); /* it covers the other */
	assert_string_equal(mounts.list[2].inside, "/@home");
	assert_string_equal(mounts.list[3].point, "/mnt/my disk");
	assert_string_equal(mounts.list[3].source, "/dev/sdb 1");
	mounts_finish(&mounts);
	mounts_take(&m.root, "/proc/no/mountinfo", &mounts);
	assert_null(mounts_of(&mounts, "/"));
	machine_close(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_mounts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
