/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the host does with each USB device of a recorded machine, and by which name people know it. */
#include "host/host.h"
#include "host/usb_kind.h"
#include "host/usb_names.h"
#include "machine.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void expect(const struct host *host, const char *sysname, const char *kind, const char *uses)
{
	const struct usb_device *d = usb_find(&host->usb, sysname);
	cleanup_strv struct strv list = {0};
	cleanup_free char *text = NULL;

	assert_non_null(d);
	assert_string_equal(usb_kind_code(d->kind), kind);
	host_usb_uses(host, d, &list);
	text = strv_join(&list, "; ");
	assert_string_equal(text, uses);
}

static void test_uses(void **state)
{
	struct host host = {0};
	struct machine m;

	(void)state;
	machine_open(&m, "usb-sockets");
	assert_int_equal(host_take_usb(&m.root, true, &host, NULL), 0);
	expect(&host, "1-2", "hub", "");
	expect(&host, "1-2.1", "audio",
	        "sound card card1 H (playing or recording now, the only one)");
	expect(&host, "2-1.3", "storage", "disk sdb (mounted on /media/stick)");
	expect(&host, "2-3.2", "network", "network enx0 (default route)");
	expect(&host, "1-7", "bluetooth", "Bluetooth adapter hci0");
	expect(&host, "1-10", "keyboard", "the only keyboard of this PC");
	expect(&host, "1-11", "wheel", "");
	expect(&host, "2-4", "other", "");
	assert_true(usb_find(&host.usb, "2-4")->isochronous);
	assert_true(usb_find(&host.usb, "1-2.1")->isochronous);
	assert_false(usb_find(&host.usb, "2-1.3")->isochronous);
	assert_int_equal(usb_find(&host.usb, "2-1.3")->removable, 1);
	assert_int_equal(usb_find(&host.usb, "1-7")->removable, 0);
	assert_int_equal(usb_find(&host.usb, "1-10")->removable, -1);
	host_finish(&host);
	machine_close(&m);
}

/* A disk is joined with its device by its place: two sticks with one serial number are two. */
static void test_disks_by_place(void **state)
{
	struct host host = {0};
	struct machine m;

	(void)state;
	machine_open(&m, "usb-sockets");
	assert_int_equal(host_take_usb(&m.root, true, &host, NULL), 0);
	assert_string_equal(disks_find(&host.disks, "/dev/sdb")->usb, "2-1.3");
	assert_null(disks_find(&host.disks, "/dev/sda")->usb);
	host_finish(&host);
	machine_close(&m);
}

static void test_names(void **state)
{
	static const struct {
		char *maker, *product, *expected;
	} names[] = {
	        {"Logitech", "G29", "Logitech G29"},
	        {"Logitech", "Logitech USB Keyboard", "Logitech USB Keyboard"},
	        {NULL, "G29", "G29"},
	        {"Logitech", NULL, "Logitech 046d:c24f"},
	        {NULL, NULL, "046d:c24f"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		const struct usb_device d = {.vendor = 0x46d,
		        .product = 0xc24f,
		        .manufacturer = names[i].maker,
		        .product_name = names[i].product};
		cleanup_free char *name = usb_name(&d);

		assert_string_equal(name, names[i].expected);
	}
}

/* Whatever a device calls itself, nothing of it steers. */
static void test_hostile_strings(void **state)
{
	struct machine m;
	struct usb usb;
	const struct usb_device *d;

	(void)state;
	machine_open(&m, "usb-sockets");
	usb_take(&m.root, &usb, NULL);
	d = usb_find(&usb, "1-11");
	assert_string_equal(d->manufacturer, "Logi [2Jtech");
	assert_string_equal(d->product_name, "G29?\xe2\x80\xae   31m x");
	assert_string_equal(d->serial, "1");
	usb_finish(&usb);
	machine_close(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_uses),
	        cmocka_unit_test(test_disks_by_place),
	        cmocka_unit_test(test_names),
	        cmocka_unit_test(test_hostile_strings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
