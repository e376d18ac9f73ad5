/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Only what is known to be empty may be written to by a test: all else, and what is not known, is refused by its reason. */
#include "qualify/empty.h"
#include "machine.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define CLEAN "N:sdb\nE:ID_MODEL=SSD\nE:ID_SERIAL=SSD_1\n"

static void refused(const struct disk *disk, const char *udev, const char *because)
{
	struct err err = {0};

	if (qualify_empty(disk, udev, &err) != -EBUSY || !strstr(err.message, because) ||
	        !err_is(&err, CODE_DISK_NOT_EMPTY) || !err.hint[0])
		fail_msg("%s: %s", because, err.message);
}

static struct disk disk_without_anything(void)
{
	return (struct disk){
	        .name = (char *)"sdb", .devno_major = 8, .devno_minor = 16, .size = 1 << 30};
}

static void test_empty(void **state)
{
	struct disk disk = disk_without_anything();
	struct err err = {0};

	(void)state;
	assert_int_equal(qualify_empty(&disk, CLEAN, &err), 0);
}

static void test_unknown(void **state)
{
	struct disk disk = disk_without_anything();

	(void)state;
	refused(&disk, NULL, "/run/udev/data/b8:16");
	refused(&disk, "", "udev has not looked");
	refused(&disk, "I:12345\n", "udev has not looked");
}

static void test_signatures(void **state)
{
	static const char *const found[] = {"ID_FS_TYPE=ntfs",
	        "ID_FS_AMBIVALENT=filesystem:ext4 other:swap", "ID_PART_TABLE_TYPE=gpt",
	        "ID_PART_TABLE_UUID=1", "ID_FS_UUID=2", "ID_FS_USAGE=raid"};
	struct disk disk = disk_without_anything();

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(found); i++) {
		cleanup_free char *udev = xasprintf(CLEAN "E:%s\n", found[i]);

		refused(&disk, udev, found[i]);
	}
	disk.content.fs_type = (char *)"zfs_member";
	refused(&disk, CLEAN, "zfs_member");
	disk.content.fs_type = NULL;
	disk.table = (char *)"dos";
	refused(&disk, CLEAN, "dos");
}

static void test_uses(void **state)
{
	struct disk_partition part = {.name = (char *)"sdb1"};
	struct disk disk = disk_without_anything();

	(void)state;
	strv_add(&disk.uses, "sdb is held by md0 (/sys/block/sdb/holders)");
	refused(&disk, CLEAN, "md0");
	strv_finish(&disk.uses);
	disk.partitions = &part;
	disk.n_partitions = 1;
	refused(&disk, CLEAN, "sdb1");
	disk.n_partitions = 0;
	disk.read_only = true;
	refused(&disk, CLEAN, "write-protected");
}

/* No disk of a recorded PC on which anything stands may be written to. */
static void test_recorded(void **state)
{
	static const char *const names[] = {
	        "intel-desktop", "many", "asus-prime-z390-a", "odd-loops"};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		struct machine pc;
		struct disks disks = {0};

		machine_open(&pc, names[i]);
		assert_int_equal(disks_take(&pc.root, &disks, NULL), 0);
		for (size_t k = 0; k < disks.n; k++) {
			const struct disk *d = &disks.list[k];
			cleanup_free char *udev = root_readf(
			        &pc.root, "/run/udev/data/b%u:%u", d->devno_major, d->devno_minor);
			bool has = d->uses.n || d->n_partitions || d->table || d->content.fs_type;

			assert_false(has && qualify_empty(d, udev, NULL) == 0);
		}
		disks_finish(&disks);
		machine_close(&pc);
	}
}

static void test_edges(void **state)
{
	static const off_t places[] = {
	        0, 4096, QUALIFY_EDGE - 1, 7 * QUALIFY_EDGE, 8 * QUALIFY_EDGE - 1};
	char path[] = "/tmp/playthrough-edges-XXXXXX";
	cleanup_close int fd = mkstemp(path);

	(void)state;
	unlink(path);
	assert_int_equal(ftruncate(fd, 8 * QUALIFY_EDGE), 0);
	assert_int_equal(qualify_empty_edges(fd, 8 * QUALIFY_EDGE, "sdb", NULL), 0);
	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		struct err err = {0};

		assert_int_equal(pwrite(fd, "x", 1, places[i]), 1);
		assert_int_equal(qualify_empty_edges(fd, 8 * QUALIFY_EDGE, "sdb", &err), -EBUSY);
		assert_non_null(strstr(err.message, "sdb"));
		assert_int_equal(pwrite(fd, "", 1, places[i]), 1);
	}
	assert_int_equal(qualify_empty_edges(fd, QUALIFY_EDGE, "sdb", NULL), -EBUSY);
	assert_int_equal(qualify_empty_edges(fd, 64 * QUALIFY_EDGE, "sdb", NULL), -EBUSY);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_empty),
	        cmocka_unit_test(test_unknown),
	        cmocka_unit_test(test_signatures),
	        cmocka_unit_test(test_uses),
	        cmocka_unit_test(test_recorded),
	        cmocka_unit_test(test_edges),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
