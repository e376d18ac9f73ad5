/* SPDX-License-Identifier: GPL-2.0-or-later */
/* USB devices and ports of recorded machines. */
#include "host/usb.h"
#include "machine.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void test_intel(void **state)
{
	static const char *const order[] = {"usb1", "usb2", "1-2", "1-3", "1-5", "1-5.2", "1-5.10"};
	const struct usb_device *d;
	struct machine m;
	struct usb usb;

	(void)state;
	machine_open(&m, "intel-desktop");
	assert_int_equal(usb_take(&m.root, &usb, NULL), 0);
	assert_int_equal(usb.n, ARRAY_SIZE(order));
	for (size_t i = 0; i < usb.n; i++)
		assert_string_equal(usb.list[i].sysname, order[i]);
	d = usb_find(&usb, "1-2");
	assert_string_equal(d->port, "0000:00:14.0/2");
	assert_int_equal(d->vendor, 0x046d);
	assert_int_equal(d->product, 0xc31c);
	assert_string_equal(d->manufacturer, "Logitech");
	assert_string_equal(d->product_name, "USB Keyboard");
	assert_null(d->serial);
	assert_int_equal(d->speed_mbps, 1);
	assert_true(d->keyboard && !d->mouse && !d->storage && !d->hub && !d->root_hub);
	assert_int_equal(d->drivers.n, 1);
	assert_string_equal(d->drivers.list[0], "usbhid");
	assert_true(usb_find(&usb, "1-3")->mouse);
	assert_int_equal(usb_find(&usb, "1-3")->devnum, 10); /* 010 is not octal */
	d = usb_find(&usb, "1-5.2");
	assert_string_equal(d->port, "0000:00:14.0/5.2");
	assert_true(d->storage);
	assert_string_equal(d->serial, "4C530001230000000001");
	d = usb_find(&usb, "1-5.10");
	assert_int_equal(d->device_class, 0xff);
	assert_string_equal(d->drivers.list[0], "xpad");
	d = usb_find(&usb, "usb2");
	assert_true(d->root_hub && d->hub);
	assert_string_equal(d->port, "0000:00:14.0");
	assert_int_equal(d->speed_mbps, 10000);
	assert_true(usb_find(&usb, "1-5")->hub);
	assert_null(usb_find(&usb, "1-9"));
	usb_finish(&usb);
	machine_close(&m);
}

/* A device over the network hangs on no PCI function. */
static void test_usbip(void **state)
{
	static const char *const files[][2] = {{"idVendor", "1234\n"}, {"idProduct", "0001\n"},
	        {"busnum", "5\n"}, {"devnum", "2\n"}};
	const char *real = "/sys/devices/platform/vhci_hcd.0/usb5/5-1";
	struct machine m;
	struct usb usb;
	char *link;

	(void)state;
	machine_open(&m, NULL);
	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		char *path = xasprintf("%s/%s", real, files[i][0]);

		machine_write(&m, path, files[i][1]);
		free(path);
	}
	machine_write(&m, "/sys/bus/usb/devices/x", "");
	link = root_full_path(&m.root, "/sys/bus/usb/devices/5-1");
	assert_int_equal(symlink(real, link), 0);
	free(link);
	usb_take(&m.root, &usb, NULL);
	assert_int_equal(usb.n, 1);
	assert_false(usb.list[0].has_controller);
	assert_string_equal(usb.list[0].port, "vhci_hcd.0/1");
	usb_finish(&usb);
	machine_close(&m);
}

static void test_garbage_and_nothing(void **state)
{
	struct machine m;
	struct usb usb;

	(void)state;
	machine_open(&m, "garbage");
	assert_int_equal(usb_take(&m.root, &usb, NULL), 0);
	assert_int_equal(usb.n, 1);
	assert_int_equal(usb.list[0].busnum, 2);
	assert_int_equal(usb.list[0].devnum, 10);
	assert_int_equal(usb.list[0].speed_mbps, 0);
	assert_string_equal(usb.list[0].serial, "? A");
	assert_null(usb.list[0].product_name);
	assert_int_equal(usb.list[0].drivers.n, 0);
	usb_finish(&usb);
	machine_close(&m);
	machine_open(&m, NULL);
	assert_int_equal(usb_take(&m.root, &usb, NULL), 0);
	assert_int_equal(usb.n, 0);
	machine_close(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_intel),
	        cmocka_unit_test(test_usbip),
	        cmocka_unit_test(test_garbage_and_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
