/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The size of a card's memory, changed and changed back. This file plays the kernel, which resizes only what no driver
 * has, and may find no room.
 */
#include "vm/acts/acts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "machine.h"

#define CARD   "/sys/bus/pci/devices/0000:01:00.0"
#define DRIVER "/sys/bus/pci/drivers/vfio-pci"

static const struct act_function card = {.addr = {0, 1, 0, 0}, .vendor = 0x1002};
static struct machine pc;
static struct strv pokes;
static bool no_room, no_driver;

int __wrap_root_poke(const struct root *root, const char *path, const char *text, struct err *err);

static void put_size(unsigned order)
{
	cleanup_free char *text = xasprintf("0x0000000000000000 0x0000000000000000 0x0\n"
	                                    "0x0000006000000000 0x%016llx 0x14220c\n",
	        0x6000000000ull + (1ull << (order + 20)) - 1);

	machine_write(&pc, CARD "/resource", text);
}

static void bind(void)
{
	cleanup_free char *link = root_full_path(&pc.root, CARD "/driver");

	assert_int_equal(symlink(DRIVER, link), 0);
}

int __wrap_root_poke(const struct root *root, const char *path, const char *text, struct err *err)
{
	cleanup_free char *link = root_full_path(root, CARD "/driver");

	strv_addf(&pokes, "%s=%s", strrchr(path, '/') + 1, text);
	if (ends_with(path, "/unbind")) {
		assert_int_equal(unlink(link), 0);
	} else if (ends_with(path, "/driver_override")) {
		return 0;
	} else if (ends_with(path, "/drivers_probe")) {
		if (!no_driver)
			bind();
	} else if (ends_with(path, "/bind")) {
		bind();
	} else {
		uint64_t order;

		assert_false(root_exists(root, CARD "/driver"));
		assert_int_equal(parse_u64(text, 10, 43, &order), 0);
		if (no_room)
			return err_errno(err, -ENOSPC, "%s", path);
		put_size((unsigned)order);
	}
	return 0;
}

static int setup(void **state)
{
	(void)state;
	machine_open(&pc, NULL);
	machine_write(&pc, CARD "/vendor", "0x1002\n");
	machine_write(&pc, CARD "/config", "\002\020");
	put_size(8);
	bind();
	no_room = no_driver = false;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	machine_close(&pc);
	strv_finish(&pokes);
	return 0;
}

static void assert_pokes(const char *want)
{
	cleanup_free char *all = strv_join(&pokes, " "), *driver = NULL;

	assert_string_equal(all, want);
	driver = root_link_name(&pc.root, CARD "/driver");
	assert_string_equal(driver, "vfio-pci");
	strv_finish(&pokes);
}

static void test_there_and_back(void **state)
{
	(void)state;
	assert_int_equal(act_bar_size(&pc.root, &card, 1, 13, NULL), 0);
	assert_pokes("unbind=0000:01:00.0 resource1_resize=13 bind=0000:01:00.0");
	assert_int_equal(act_bar_size(&pc.root, &card, 1, 13, NULL), 0);
	assert_pokes(""); /* once more: nothing to do */
	assert_int_equal(act_bar_size(&pc.root, &card, 1, 8, NULL), 0);
	assert_pokes("unbind=0000:01:00.0 resource1_resize=8 bind=0000:01:00.0");
}

static void test_no_room(void **state)
{
	struct err err = {0};

	(void)state;
	no_room = true;
	assert_int_equal(act_bar_size(&pc.root, &card, 1, 13, &err), -ENOSPC);
	assert_true(err_is(&err, CODE_GPU_BAR_SIZE));
	assert_non_null(strstr(err.message, "0000:01:00.0: its memory cannot have that size"));
	assert_pokes("unbind=0000:01:00.0 resource1_resize=13 bind=0000:01:00.0");
}

static void test_not_touched(void **state)
{
	cleanup_free char *link = root_full_path(&pc.root, CARD "/driver");

	(void)state;
	assert_int_equal(act_bar_size(&pc.root, &card, 7, 13, NULL), -EINVAL);
	assert_int_equal(act_bar_size(&pc.root, &card, 1, 60, NULL), -EINVAL);
	machine_write(&pc, CARD "/config", "\377\377");
	assert_int_equal(act_bar_size(&pc.root, &card, 1, 13, NULL), -ENOTRECOVERABLE);
	assert_pokes("");
	machine_write(&pc, CARD "/config", "\002\020");
	unlink(link);
	assert_int_equal(symlink("/sys/bus/pci/drivers/amdgpu", link), 0);
	assert_int_equal(act_bar_size(&pc.root, &card, 1, 13, NULL), -EBUSY);
	assert_int_equal(pokes.n, 0);
}

static void write_identity(void)
{
	static const char *const files[] = {
	        CARD "/device", CARD "/subsystem_vendor", CARD "/subsystem_device"};
	cleanup_free char *group = root_full_path(&pc.root, CARD "/iommu_group");

	machine_write(&pc, CARD "/class", "0x030000\n");
	for (size_t i = 0; i < ARRAY_SIZE(files); i++)
		machine_write(&pc, files[i], "0x0000\n");
	assert_int_equal(symlink("/sys/kernel/iommu_groups/0", group), 0);
}

/* Whoever changed its size was ended in the midst of it. */
static void test_come_home(void **state)
{
	cleanup_free char *link = root_full_path(&pc.root, CARD "/driver");
	struct err err = {0};

	(void)state;
	write_identity();
	assert_int_equal(act_come_home(&pc.root, &card, NULL), 0);
	assert_pokes("");
	unlink(link);
	assert_int_equal(act_come_home(&pc.root, &card, NULL), 0);
	assert_pokes("driver_override=vfio-pci drivers_probe=0000:01:00.0");
	unlink(link);
	no_driver = true;
	assert_int_equal(act_come_home(&pc.root, &card, &err), -EIO);
	assert_non_null(strstr(err.message, "vfio-pci did not take it"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup_teardown(test_there_and_back, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_no_room, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_come_home, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_not_touched, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
