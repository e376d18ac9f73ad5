/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The arguments of device_add, and the guest's ports. */
#include "vm/plan/usb_options.h"

#include <setjmp.h>

#include <cmocka.h>

static void expect(const struct usb_device *d, bool keep_quiet, const char *more)
{
	const struct journal_usb u = {
	        .id = (char *)"usb-1-2-5", .guest_port = 7, .fdset = USB_FDSET_BASE + 7};
	cleanup_free char *want = xasprintf(
	        "{\"bus\":\"usb.0\",\"driver\":\"usb-host\","
	        "%s\"hostdevice\":\"/dev/fdset/1007\",\"id\":\"usb-1-2-5\"%s,\"port\":\"7\"}",
	        keep_quiet ? "\"guest-reset\":false," : "", more);
	json_t *options = usb_options(d, &u, keep_quiet);
	cleanup_free char *text = json_dumps(options, JSON_COMPACT | JSON_SORT_KEYS);

	json_decref(options);
	assert_string_equal(text, want);
}

static void test_options(void **state)
{
	const struct usb_device pad = {.speed_mbps = 12},
	                        headset = {.isochronous = true, .speed_mbps = 12},
	                        interface = {.isochronous = true, .speed_mbps = 480},
	                        camera = {.isochronous = true, .speed_mbps = 480},
	                        fast = {.isochronous = true, .speed_mbps = 5000},
	                        stick = {.kind = USB_KIND_STORAGE, .speed_mbps = 10000};

	(void)state;
	expect(&pad, false, "");
	expect(&pad, true, "");
	expect(&headset, false, ",\"isobsize\":8,\"isobufs\":8");
	expect(&interface, false, ",\"isobsize\":32,\"isobufs\":8");
	expect(&camera, false, ",\"isobsize\":32,\"isobufs\":8");
	expect(&fast, false, "");
	expect(&stick, false, "");
}

static void test_ports(void **state)
{
	struct journal j = {0};
	bool seen[USB_GUEST_PORTS + 1] = {false};
	unsigned first = usb_guest_port(&j, "0000:00:14.0/2"), port;

	(void)state;
	assert_int_equal(usb_guest_port(&j, "0000:00:14.0/2"), first); /* the same each time */
	for (unsigned i = USB_GUEST_FIRST_PORT; i <= USB_GUEST_PORTS; i++) {
		cleanup_free char *socket = xasprintf("0000:00:14.0/%u", i % 4);

		port = usb_guest_port(&j, socket);
		assert_true(port >= USB_GUEST_FIRST_PORT && port <= USB_GUEST_PORTS && !seen[port]);
		seen[port] = true;
		list_append(j.usb, j.n_usb)->guest_port = port;
	}
	assert_int_equal(usb_guest_port(&j, "0000:00:14.0/2"), 0);
	assert_int_equal(usb_guest_port(&j, NULL), 0);
	/* Those of the console's channels are none of a socket's, and the others stay where they were. */
	free(take_ptr(j.usb));
	j.n_usb = 0;
	j.usb_channels = 4;
	for (unsigned i = USB_GUEST_FIRST_PORT; i <= USB_GUEST_PORTS - 4; i++) {
		port = usb_guest_port(&j, "0000:00:14.0/2");
		assert_in_range(port, USB_GUEST_FIRST_PORT, USB_GUEST_PORTS - 4);
		assert_true(
		        i > USB_GUEST_FIRST_PORT || first > USB_GUEST_PORTS - 4 || port == first);
		list_append(j.usb, j.n_usb)->guest_port = port;
	}
	assert_int_equal(usb_guest_port(&j, NULL), 0);
	journal_usb_remove(&j, 4);
	assert_int_not_equal(usb_guest_port(&j, NULL), 0);
	journal_finish(&j);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_options),
	        cmocka_unit_test(test_ports),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
