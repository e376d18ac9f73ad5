/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is on a disk, as people know it. */
#include "host/disk_words.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const struct row {
	struct disk_content content;
	const char *type, *words;
} rows[] = {
        {{.known = true, .fs_type = "ntfs", .label = "Windows"}, NULL, "NTFS \"Windows\""},
        {{.known = true, .fs_type = "ext4"}, NULL, "ext4"},
        {{.known = true, .fs_type = "vfat"}, "c12a7328-f81f-11d2-ba4b-00a0c93ec93b",
                "EFI system, FAT"},
        {{.known = true}, "e3c9e316-0b5c-4db8-817d-f92df00215ae", "reserved by Windows"},
        {{.known = true}, "0x83", "nothing known"},
        {{.known = true, .fs_type = "crypto_LUKS"}, NULL, "LUKS (encrypted)"},
        {{.known = false}, NULL, "unknown: udev has not looked"},
        {{.known = false}, "0x5", "extended"},
};

static void test_content(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		cleanup_free char *words = disk_tell_content(&rows[i].content, rows[i].type);

		assert_string_equal(words, rows[i].words);
	}
}

static void test_contents(void **state)
{
	struct disk_partition part = {
	        .name = "sda1", .content = {.known = true, .fs_type = "ntfs", .label = "Games"}};
	struct disk d = {.name = "sda", .table = "gpt", .partitions = &part, .n_partitions = 1};
	cleanup_strv struct strv out = {0};

	(void)state;
	disk_tell_contents(&d, &out);
	assert_int_equal(out.n, 2);
	assert_string_equal(out.list[0], "sda: GPT");
	assert_string_equal(out.list[1], "sda1: NTFS \"Games\"");
	assert_string_equal(disk_table_name("dos"), "MBR");
	assert_string_equal(disk_table_name("mac"), "mac");
	assert_null(disk_table_name(NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_content),
	        cmocka_unit_test(test_contents),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
