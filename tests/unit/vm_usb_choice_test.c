/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which USB device is meant, and which ones no VM gets. */
#include "vm/usb/choice.h"

#include <errno.h>
#include <setjmp.h>

#include <cmocka.h>

static char *hid[] = {"usbhid", NULL}, *storage[] = {"usb-storage", NULL};
static char *mounted[] = {"sdb1 is mounted on /home (/proc/self/mountinfo)", NULL};

static void fill(struct usb_device *list)
{
	list[0] = (struct usb_device){.sysname = "usb1", .port = "0000:00:14.0", .root_hub = true};
	list[1] = (struct usb_device){.sysname = "1-1",
	        .port = "0000:00:14.0/1",
	        .vendor = 0x46d,
	        .product = 0xc31c,
	        .keyboard = true,
	        .drivers = {hid, 1}};
	list[2] = (struct usb_device){.sysname = "1-2",
	        .port = "0000:00:14.0/2",
	        .vendor = 0x46d,
	        .product = 0xc24f,
	        .serial = "A1"};
	list[3] = (struct usb_device){
	        .sysname = "1-3", .port = "0000:00:14.0/3", .vendor = 0x46d, .product = 0xc24f};
	list[4] = (struct usb_device){.sysname = "1-4",
	        .port = "0000:00:14.0/4",
	        .vendor = 0x781,
	        .product = 0x5581,
	        .serial = "STICK1",
	        .storage = true,
	        .drivers = {storage, 1}};
}

static void test_choose(void **state)
{
	struct usb_device list[5];
	const struct usb usb = {list, 5};
	struct err err;

	(void)state;
	fill(list);
	assert_ptr_equal(usb_choose(&usb, "1-2", NULL), &list[2]);
	assert_ptr_equal(usb_choose(&usb, "0000:00:14.0/3", NULL), &list[3]);
	assert_ptr_equal(usb_choose(&usb, "0781:5581", NULL), &list[4]);
	assert_null(usb_choose(&usb, "046d:c24f", &err));
	assert_int_equal(err.number, -ENOTUNIQ);
	assert_non_null(strstr(err.message, "1-2 and 1-3"));
	assert_null(usb_choose(&usb, "9-9", &err));
	assert_int_equal(err.number, -ENOENT);
}

static void test_refusals(void **state)
{
	struct usb_device list[5];
	struct disk disk = {.name = "sdb", .usb = "1-4", .uses = {mounted, 1}};
	struct host host = {.usb = {list, 5}};
	struct err err;

	(void)state;
	fill(list);
	assert_int_equal(usb_check(&host, &list[0], &err), -EINVAL);
	assert_int_equal(usb_check(&host, &list[1], &err), -EPERM);
	assert_non_null(strstr(err.message, "only keyboard"));
	list[2].keyboard = true;
	list[2].drivers = (struct strv){hid, 1};
	assert_int_equal(usb_check(&host, &list[1], &err), 0);
	assert_int_equal(usb_check(&host, &list[4], &err), 0);
	host.disks = (struct disks){.list = &disk, .n = 1};
	assert_int_equal(usb_check(&host, &list[4], &err), -EBUSY);
	assert_non_null(strstr(err.message, "mounted on /home"));
	disk.usb = "1-4.1"; /* another one, behind a hub in that port */
	assert_int_equal(usb_check(&host, &list[4], &err), 0);
	disk.usb = "1-3"; /* a card reader of a class of its own */
	assert_int_equal(usb_check(&host, &list[3], &err), -EBUSY);
	disk.usb = NULL;
	assert_int_equal(usb_check(&host, &list[4], &err), 0);
}

/* With its adapter a Bluetooth keyboard is gone, and no combination of its keys arrives. */
static void test_bluetooth_adapter(void **state)
{
	static char *btusb[] = {"btusb", NULL};
	struct usb_device list[5];
	struct input_device inputs[] = {{.name = "K", .keyboard = true, .bluetooth = true},
	        {.name = "AT", .keyboard = true, .ps2 = true}};
	struct host host = {.usb = {&list[2], 3}, .inputs = {inputs, 1}};
	const struct usb_ways chord = {.chord = true}, spice = {.spice = true};
	struct err err;

	(void)state;
	fill(list);
	list[2].kind = USB_KIND_BLUETOOTH;
	list[2].drivers = (struct strv){btusb, 1};
	assert_int_equal(usb_check_ways(&host, &list[2], &chord, &err), -EPERM);
	assert_non_null(strstr(err.message, "Bluetooth adapter 1-2"));
	assert_int_equal(usb_check_ways(&host, &list[2], &spice, &err), 0);
	inputs[0].usb = "1-3"; /* another adapter, which stays */
	inputs[0].has_controller = true;
	assert_int_equal(usb_check(&host, &list[2], &err), 0);
	inputs[0].usb = "1-2";
	assert_int_equal(usb_check(&host, &list[2], &err), -EPERM);
	host.inputs.n = 2;
	assert_int_equal(usb_check(&host, &list[2], &err), 0);
	host.inputs.n = 1;
	inputs[0].keyboard = false; /* a mouse */
	assert_int_equal(usb_check(&host, &list[2], &err), 0);
	inputs[0].keyboard = true;
	list[2].drivers = (struct strv){0}; /* a VM has it already */
	assert_int_equal(usb_check(&host, &list[2], &err), 0);
}

/* Whatever stops the VM without the keyboard lets it go; what is missing is named otherwise. */
static void test_ways(void **state)
{
	struct input_device ps2 = {.sysname = "input3", .name = "AT", .keyboard = true},
	                    bluetooth = {.name = "K", .keyboard = true, .bluetooth = true};
	struct usb_ways ways[] = {{.chord = true}, {.spice = true}, {.power_button = true}};
	const struct usb_ways none = {0};
	struct usb_device list[5];
	struct host host = {.usb = {list, 5}};
	struct err err;

	(void)state;
	fill(list);
	for (size_t i = 0; i < ARRAY_SIZE(ways); i++)
		assert_int_equal(usb_check_ways(&host, &list[1], &ways[i], &err), 0);
	assert_int_equal(usb_check_ways(&host, &list[1], &none, &err), -EPERM);
	assert_non_null(strstr(err.message, "SPICE"));
	host.inputs = (struct inputs){&bluetooth, 1}; /* its adapter may be in the VM by then */
	assert_int_equal(usb_check(&host, &list[1], &err), -EPERM);
	host.inputs = (struct inputs){&ps2, 1};
	assert_int_equal(usb_check(&host, &list[1], &err), 0);
	host.inputs.n = 0;
	list[2] = (struct usb_device){
	        .sysname = "1-2", .keyboard = true, .odd_keyboard = true, .drivers = {hid, 1}};
	assert_int_equal(usb_check(&host, &list[1], &err), -EPERM);
	list[2].odd_keyboard = false;
	assert_int_equal(usb_check(&host, &list[1], &err), 0);
	list[2].drivers = (struct strv){0}; /* a VM has it */
	assert_int_equal(usb_check(&host, &list[1], &err), -EPERM);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_choose),
	        cmocka_unit_test(test_refusals),
	        cmocka_unit_test(test_ways),
	        cmocka_unit_test(test_bluetooth_adapter),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
