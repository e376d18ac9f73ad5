/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From udev's event to QEMU's command: udev's socket and sysfs are umockdev's, QEMU is played. umockdev takes the place
 * of a few functions of libc before the program starts, so this starts itself once more under its wrapper. The
 * daemon reads sysfs through its root, which is umockdev's folder here.
 */
#include "fake_qemu.h"

#include <umockdev.h>

#define S     1000000ull
#define WHEEL "1-2"

struct bed {
	struct fake *fake;
	UMockdevTestbed *bed;
	char *hub, *wheel;
	unsigned told;
	struct usb_monitor *monitor;
};

static void on_changed(void *user)
{
	struct bed *b = user;

	b->told++;
	vms_usb_event(b->fake->vms);
}

static int setup(void **state)
{
	struct bed *b = xcalloc(1, sizeof(*b));
	void *fake;
	char *root;

	/* Its udev is there for whatever is made from here on. */
	b->bed = umockdev_testbed_new();
	assert_int_equal(fake_setup(&fake), 0);
	b->fake = fake;
	b->hub = umockdev_testbed_add_device(b->bed, "usb", "usb1", NULL, "busnum", "1", "devnum",
	        "1", "idVendor", "1d6b", "idProduct", "0002", "bDeviceClass", "09", NULL, "DEVTYPE",
	        "usb_device", NULL);
	assert_non_null(b->hub);
	root = umockdev_testbed_get_root_dir(b->bed);
	root_close(&b->fake->vms->root);
	assert_int_equal(root_open(&b->fake->vms->root, root, NULL), 0);
	g_free(root);
	assert_int_equal(usb_monitor_create(b->fake->event, on_changed, b, &b->monitor, NULL), 0);
	*list_append(b->fake->vm->journal.rules, b->fake->vm->journal.n_rules) =
	        (struct journal_rule){.name = xstrdup("wheel"), .vendor = 0x46d, .product = 0xc24f};
	fake_settle(b->fake);
	*state = b;
	return 0;
}

static int teardown(void **state)
{
	struct bed *b = *state;
	void *fake = b->fake;

	usb_monitor_destroy(b->monitor);
	assert_int_equal(fake_teardown(&fake), 0);
	g_free(b->hub);
	g_free(b->wheel);
	g_object_unref(b->bed);
	free(b);
	return 0;
}

/* umockdev tells udev of it by itself. */
static void plug(struct bed *b, const char *devnum)
{
	g_free(b->wheel);
	b->wheel = umockdev_testbed_add_device(b->bed, "usb", WHEEL, b->hub, "busnum", "1",
	        "devnum", devnum, "idVendor", "046d", "idProduct", "c24f", "bDeviceClass", "00",
	        "speed", "12", NULL, "DEVTYPE", "usb_device", NULL);
	assert_non_null(b->wheel);
	umockdev_testbed_uevent(b->bed, b->wheel, "add");
}

/* In the order of the kernel: the folder is gone when its event is read. */
static void unplug(struct bed *b)
{
	umockdev_testbed_uevent(b->bed, b->wheel, "remove");
	umockdev_testbed_remove_device(b->bed, b->wheel);
}

static void settle(struct bed *b)
{
	fake_settle(b->fake);
	fake_pass(b->fake, S);
}

static void test_plug_and_unplug(void **state)
{
	struct bed *b = *state;
	struct fake *f = b->fake;

	for (unsigned i = 0; i < 5; i++) {
		cleanup_free char *devnum = xasprintf("%u", 5 + i);

		plug(b, devnum);
		settle(b);
		assert_int_equal(f->n_devices, 1);
		assert_int_equal(f->vm->journal.usb[0].devnum, 5 + i);
		unplug(b);
		settle(b);
		assert_int_equal(f->n_devices, 0);
		assert_int_equal(f->vm->journal.n_usb, 0);
		assert_int_equal(f->n_sets, 0);
	}
	assert_int_equal(f->refused, 0);
}

/* The loop's first turn after the event begins to attach: no timer lies between them. */
static void test_first_event_at_once(void **state)
{
	struct bed *b = *state;

	plug(b, "5");
	while (!b->told)
		assert_true(sd_event_run(b->fake->event, S) > 0);
	assert_true(vms_usb_busy(b->fake->vms));
	settle(b);
	assert_int_equal(b->fake->n_devices, 1);
}

/* Many events in the same moment are looked at twice: the first, and once for all others. */
static void test_burst(void **state)
{
	struct bed *b = *state;

	plug(b, "5");
	fake_settle(b->fake);
	b->told = 0;
	for (unsigned i = 0; i < 8; i++)
		umockdev_testbed_uevent(b->bed, b->wheel, "change");
	fake_settle(b->fake);
	assert_int_equal(b->told, 1);
	assert_non_null(b->fake->vms->usb.wake);
	fake_pass(b->fake, S);
	assert_null(b->fake->vms->usb.wake);
	assert_true(b->fake->vms->usb.pace.row <= 2);
	assert_int_equal(b->fake->n_devices, 1);
}

static void test_others_are_not_heard(void **state)
{
	struct bed *b = *state;
	char *interface = umockdev_testbed_add_device(b->bed, "usb", "1-2:1.0", b->hub,
	        "bInterfaceClass", "03", NULL, "DEVTYPE", "usb_interface", NULL);
	char *disk = umockdev_testbed_add_device(
	        b->bed, "block", "sda", NULL, "size", "1", NULL, "DEVTYPE", "disk", NULL);

	fake_settle(b->fake);
	b->told = 0;
	umockdev_testbed_uevent(b->bed, interface, "add");
	umockdev_testbed_uevent(b->bed, disk, "add");
	fake_settle(b->fake);
	assert_int_equal(b->told, 0);
	g_free(interface);
	g_free(disk);
}

/* Nothing is armed while nothing happens. */
static void test_quiet(void **state)
{
	struct bed *b = *state;

	plug(b, "5");
	settle(b);
	unplug(b);
	settle(b);
	assert_null(b->fake->vms->usb.wake);
	assert_null(b->fake->vms->usb.soon);
	/* The look whether a keyboard is left to the desktop comes a little later. */
	while (sd_event_run(b->fake->event, 300000) > 0)
		;
	b->told = 0;
	assert_int_equal(sd_event_run(b->fake->event, 300000), 0);
	assert_int_equal(b->told, 0);
}

#define WITH_BED(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
	        WITH_BED(test_plug_and_unplug),
	        WITH_BED(test_first_event_at_once),
	        WITH_BED(test_burst),
	        WITH_BED(test_others_are_not_heard),
	        WITH_BED(test_quiet),
	};

	const char *preload = getenv("LD_PRELOAD");

	(void)argc;
	if (!preload || !strstr(preload, "umockdev")) {
		setenv("ASAN_OPTIONS", "verify_asan_link_order=0", 0);
		execlp("umockdev-wrapper", "umockdev-wrapper", argv[0], NULL);
		perror("umockdev-wrapper");
		return 1;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
