/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The act that writes udev's rules and has udev look anew at what they change, on a false /sys and /run. */
#include "vm/acts/acts.h"

#include <errno.h>
#include <setjmp.h>
#include <stdio.h>
#include <unistd.h>

#include <cmocka.h>

#define PCI       "/sys/devices/pci0000:00/0000:00:14.0/usb1"
#define STICK     PCI "/1-2"
#define DISK      STICK "/1-2:1.0/host0/block/sdq"
#define PAD       PCI "/1-3"
#define EVENT     PAD "/1-3:1.0/input/input5/event5"
#define FILE_NAME "/run/udev/rules.d/72-playthrough-usb.rules"

struct fixture {
	char folder[64];
	struct root root;
};

static void put(struct fixture *f, const char *path, const char *text)
{
	assert_int_equal(root_write(&f->root, path, text, strlen(text), 0644, NULL), 0);
}

static void link_to(struct fixture *f, const char *target, const char *path)
{
	cleanup_free char *full = root_full_path(&f->root, path);

	assert_int_equal(symlink(target, full), 0);
}

/* A device of udev's. */
static void make(struct fixture *f, const char *path, const char *subsystem)
{
	cleanup_free char *uevent = xasprintf("%s/uevent", path);
	cleanup_free char *link = xasprintf("%s/subsystem", path);
	cleanup_free char *target = xasprintf("/sys/class/%s", subsystem);

	put(f, uevent, "");
	link_to(f, target, link);
}

static void make_usb(struct fixture *f, const char *path, const char *vendor, const char *devnum)
{
	static const char *const names[] = {"idVendor", "idProduct", "busnum", "devnum"};
	const char *values[] = {vendor, "0001\n", "1\n", devnum};
	cleanup_free char *link = xasprintf("/sys/bus/usb/devices%s", strrchr(path, '/'));

	make(f, path, "usb");
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		cleanup_free char *file = xasprintf("%s/%s", path, names[i]);

		put(f, file, values[i]);
	}
	link_to(f, path, link);
}

static int setup(void **state)
{
	struct fixture *f = xcalloc(1, sizeof(*f));

	strcpy(f->folder, "/tmp/playthrough-hands-XXXXXX");
	assert_non_null(mkdtemp(f->folder));
	assert_int_equal(root_open(&f->root, f->folder, NULL), 0);
	put(f, "/sys/bus/usb/devices/.keep", "");
	make_usb(f, STICK, "0781\n", "5\n");
	make(f, STICK "/1-2:1.0", "usb");
	put(f, STICK "/power/control", "on\n");
	put(f, STICK "/1-2:1.0/host0/uevent", ""); /* without a subsystem: not udev's */
	make(f, DISK, "block");
	make(f, DISK "/sdq1", "block");
	link_to(f, STICK, DISK "/device"); /* a way back up */
	make_usb(f, PAD, "045e\n", "6\n");
	make(f, PAD "/1-3:1.0/input/input5", "input");
	make(f, EVENT, "input");
	put(f, "/run/udev/data/c189:4", "I:1\nE:ID_USB=1\n");
	put(f, "/run/udev/data/c189:5", "I:1\nE:ID_USB=1\n");
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	cleanup_free char *command = xasprintf("rm -rf '%s'", f->folder);

	root_close(&f->root);
	assert_int_equal(system(command), 0);
	free(f);
	return 0;
}

static struct journal_rule stick = {.name = "stick", .vendor = 0x781, .product = 1},
                           pad = {.name = "pad", .vendor = 0x45e, .product = 1};

static void assign(struct fixture *f, struct journal_rule *rules, size_t n)
{
	const struct usb_hands_off_vm vm = {"games", rules, n};

	assert_int_equal(act_usb_hands_off(&f->root, &vm, 1, NULL), 0);
}

/* What was written to a device's uevent since the last look; a file takes one write beside the other. */
static void expect_told(struct fixture *f, const char *path, const char *want)
{
	cleanup_free char *file = xasprintf("%s/uevent", path), *text = root_read(&f->root, file);

	assert_string_equal(text, want);
	put(f, file, "");
}

static void expect_stick_told(struct fixture *f, const char *want)
{
	expect_told(f, STICK, want);
	expect_told(f, STICK "/1-2:1.0", want);
	expect_told(f, DISK, want);
	expect_told(f, DISK "/sdq1", want);
	expect_told(f, STICK "/1-2:1.0/host0", "");
}

static void test_assigned_and_back(void **state)
{
	struct fixture *f = *state;
	struct usb_hands_off_vm vm = {"games", &stick, 1};
	struct usb usb = {0};
	const struct usb_hands_off w = {.vms = &vm, .n_vms = 1, .usb = &usb};
	cleanup_free char *want = usb_hands_off_rules(&w), *text = NULL;
	struct stat st;

	assign(f, &stick, 1);
	text = root_read_bytes(&f->root, FILE_NAME, &(size_t){0});
	assert_string_equal(text, want);
	assert_int_equal(root_stat(&f->root, FILE_NAME, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0644);
	expect_stick_told(f, "change");
	expect_told(f, PAD, "");
	put(f, "/run/udev/data/c189:4", "I:1\nE:PLAYTHROUGH_USB=1\n"); /* as udev does then */
	assign(f, &stick, 1);
	expect_stick_told(f, "");
	assign(f, NULL, 0);
	assert_false(root_exists(&f->root, FILE_NAME));
	expect_stick_told(f, "change");
	expect_told(f, PAD, "");
}

/* A file that is as it should be is not written again: udevd would read all rules anew. */
static void test_file_is_left_alone(void **state)
{
	struct fixture *f = *state;
	struct stat before, after;

	assign(f, &stick, 1);
	assert_int_equal(root_stat(&f->root, FILE_NAME, &before), 0);
	assign(f, &stick, 1);
	assert_int_equal(root_stat(&f->root, FILE_NAME, &after), 0);
	assert_true(before.st_ino == after.st_ino);
	assign(f, &pad, 1);
	assert_int_equal(root_stat(&f->root, FILE_NAME, &after), 0);
	assert_true(before.st_ino != after.st_ino);
	assign(f, NULL, 0);
	assign(f, NULL, 0);
	assert_false(root_exists(&f->root, FILE_NAME));
}

static void test_input_comes_and_goes(void **state)
{
	struct fixture *f = *state;

	assign(f, &pad, 1);
	expect_told(f, PAD "/1-3:1.0/input/input5", "change");
	expect_told(f, EVENT, "addove"); /* "remove", and "add" over it */
	expect_stick_told(f, "");
}

/* An earlier daemon has marked it, and its profile is gone by now. */
static void test_what_is_marked_is_known(void **state)
{
	struct fixture *f = *state;

	put(f, FILE_NAME, "# old\n");
	put(f, "/run/udev/data/c189:5", "I:1\nE:PLAYTHROUGH_USB=1\n");
	assign(f, &stick, 1);
	expect_stick_told(f, "change");
	expect_told(f, EVENT, "addove");
}

static void test_udev_has_not_seen_it_yet(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(root_remove(&f->root, "/run/udev/data/c189:4", NULL), 0);
	assign(f, &stick, 1);
	assert_true(root_exists(&f->root, FILE_NAME));
	expect_stick_told(f, "");
}

static void test_hubs_are_not_told(void **state)
{
	struct fixture *f = *state;

	put(f, STICK "/bDeviceClass", "09\n");
	assign(f, &stick, 1);
	expect_stick_told(f, "");
}

static void test_no_udev(void **state)
{
	struct fixture *f = *state;
	cleanup_free char *command = xasprintf("rm -rf '%s/run/udev'", f->folder);

	assert_int_equal(system(command), 0);
	assign(f, &stick, 1);
	assert_false(root_exists(&f->root, "/run/udev"));
	expect_stick_told(f, "");
}

static void test_file_cannot_be_written(void **state)
{
	const struct usb_hands_off_vm vm = {"games", &stick, 1};
	struct fixture *f = *state;
	struct err err = {0};

	put(f, FILE_NAME "/in-the-way", "");
	assert_true(act_usb_hands_off(&f->root, &vm, 1, &err) < 0);
	assert_non_null(strstr(err.message, FILE_NAME));
	expect_stick_told(f, "");
}

#define WITH_PC(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	        WITH_PC(test_assigned_and_back),
	        WITH_PC(test_file_is_left_alone),
	        WITH_PC(test_input_comes_and_goes),
	        WITH_PC(test_what_is_marked_is_known),
	        WITH_PC(test_udev_has_not_seen_it_yet),
	        WITH_PC(test_hubs_are_not_told),
	        WITH_PC(test_no_udev),
	        WITH_PC(test_file_cannot_be_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
