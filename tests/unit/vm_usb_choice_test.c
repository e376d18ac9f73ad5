/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which USB device is meant, and which ones no VM gets. */
#include "vm/usb_choice.h"

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
	struct disk disk = {.name = "sdb", .usb = "1-4", .serial = "STICK1", .uses = {mounted, 1}};
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
	host.disks = (struct disks){&disk, 1};
	assert_int_equal(usb_check(&host, &list[4], &err), -EBUSY);
	assert_non_null(strstr(err.message, "mounted on /home"));
	disk.serial = "ANOTHER";
	assert_int_equal(usb_check(&host, &list[4], &err), 0);
	disk.serial = NULL; /* it cannot be told apart: refused */
	assert_int_equal(usb_check(&host, &list[4], &err), -EBUSY);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_choose),
	        cmocka_unit_test(test_refusals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
