/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The list of disks and partitions of recorded PCs: each tells what it is, and why a game cannot have it. */
#include "vm/plan/offer_disk.h"

#include "machine.h"

#include <setjmp.h>

#include <cmocka.h>

struct fixture {
	struct machine machine;
	struct host host;
	json_t *list;
};

static void begin(struct fixture *f, const char *machine, const char *path, const char *text)
{
	*f = (struct fixture){0};
	machine_open(&f->machine, machine);
	if (path)
		machine_write(&f->machine, path, text);
	assert_int_equal(host_take(&f->machine.root, &f->host, NULL), 0);
	f->list = offer_disk_list(&(struct offer_request){.host = &f->host});
	assert_non_null(f->list);
}

static void finish(struct fixture *f)
{
	json_decref(f->list);
	host_finish(&f->host);
	machine_close(&f->machine);
}

static const json_t *named(const json_t *array, const char *name)
{
	const json_t *object;
	size_t i;

	json_array_foreach (array, i, object) {
		if (streq(json_string_value(json_object_get(object, "name")), name))
			return object;
	}
	fail_msg("no %s", name);
	return NULL;
}

static const json_t *disk(const struct fixture *f, const char *name)
{
	return named(json_object_get(f->list, "disks"), name);
}

static const json_t *partition(const struct fixture *f, const char *of, const char *name)
{
	return named(json_object_get(disk(f, of), "partitions"), name);
}

static const char *word(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

static const char *reason(const json_t *object)
{
	return json_string_value(json_array_get(json_object_get(object, "reasons"), 0));
}

static void test_free_and_used(void **state)
{
	struct fixture f;

	(void)state;
	begin(&f, "intel-desktop", NULL, NULL);
	assert_string_equal(word(disk(&f, "sda"), "verdict"), "fail");
	assert_string_equal(word(disk(&f, "sda"), "code"), "PT-DISK-01");
	assert_non_null(strstr(reason(disk(&f, "sda")), "sda1 is mounted on /boot/efi"));
	assert_string_equal(word(disk(&f, "sdb"), "verdict"), "pass");
	assert_string_equal(word(disk(&f, "nvme0n1"), "bus"), "nvme");
	assert_string_equal(
	        word(partition(&f, "sdb", "sdb1"), "content"), "NTFS \"Spiele \xc3\xbc\"");
	/* Nothing names it for good: udev's record of it has no link. */
	assert_string_equal(word(partition(&f, "sdb", "sdb1"), "verdict"), "fail");
	assert_non_null(strstr(reason(partition(&f, "sdb", "sdb1")), "by-partuuid"));
	assert_false(json_is_true(json_object_get(f.list, "partly")));
	finish(&f);
}

static void test_partition(void **state)
{
	const json_t *section, *p;
	struct fixture f;

	(void)state;
	begin(&f, "intel-desktop", "/run/udev/data/b8:17",
	        "S:disk/by-partuuid/1234-01\nE:ID_FS_TYPE=ntfs\n");
	p = partition(&f, "sdb", "sdb1");
	assert_string_equal(word(p, "verdict"), "pass");
	assert_string_equal(word(p, "path"), "/dev/disk/by-partuuid/1234-01");
	section = json_array_get(json_object_get(p, "sections"), 0);
	assert_non_null(section);
	assert_string_equal(json_string_value(json_array_get(
	                            json_array_get(json_object_get(section, "keys"), 0), 1)),
	        "/dev/disk/by-partuuid/1234-01");
	finish(&f);
}

/* Nothing has it open, and still it is not given away. */
static void test_member(void **state)
{
	struct fixture f;

	(void)state;
	begin(&f, "intel-desktop", "/run/udev/data/b8:17",
	        "S:disk/by-partuuid/1234-01\nE:ID_FS_TYPE=LVM2_member\n");
	assert_string_equal(word(disk(&f, "sdb"), "verdict"), "fail");
	assert_string_equal(word(disk(&f, "sdb"), "code"), "PT-DISK-31");
	assert_string_equal(word(partition(&f, "sdb", "sdb1"), "code"), "PT-DISK-31");
	finish(&f);
}

static void test_unknown(void **state)
{
	struct fixture f;

	(void)state;
	begin(&f, "intel-desktop", "/sys/block/sdb/sdb9/partition", "9\n");
	assert_string_equal(word(disk(&f, "sdb"), "verdict"), "unknown");
	assert_non_null(strstr(reason(disk(&f, "sdb")), "udev has no data of it"));
	finish(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_free_and_used),
	        cmocka_unit_test(test_partition),
	        cmocka_unit_test(test_member),
	        cmocka_unit_test(test_unknown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
