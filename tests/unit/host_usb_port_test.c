/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sockets: the two halves joined, hubs behind, and what is known of each. */
#include "host/usb_port.h"
#include "machine.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define CONTROLLER "0000:00:14.0"

static void test_devices_go_by_their_socket(void **state)
{
	static const char *const expected[][2] = {
	        {"usb1", CONTROLLER},
	        {"1-2", CONTROLLER "/2"},
	        {"2-1", CONTROLLER "/2"}, /* the other half of it */
	        {"1-2.1", CONTROLLER "/2.1"},
	        {"2-1.3", CONTROLLER "/2.3"}, /* behind that hub: its ports have peers */
	        {"2-3", CONTROLLER "/5"},
	        {"2-3.2", CONTROLLER "/5.2"}, /* behind a hub without a USB 2 half */
	        {"2-4", CONTROLLER "/ss4"},
	};
	struct machine m;
	struct usb usb;

	(void)state;
	machine_open(&m, "usb-sockets");
	assert_int_equal(usb_take(&m.root, &usb, NULL), 0);
	for (size_t i = 0; i < ARRAY_SIZE(expected); i++) {
		const struct usb_device *d = usb_find(&usb, expected[i][0]);

		assert_non_null(d);
		assert_string_equal(d->port, expected[i][1]);
		assert_int_equal(d->superspeed, expected[i][0][0] == '2');
	}
	usb_finish(&usb);
	machine_close(&m);
}

static const struct usb_socket *find(const struct usb_sockets *sockets, const char *port)
{
	const struct usb_socket *found = NULL;

	for (size_t i = 0; i < sockets->n; i++) {
		if (!streq(sockets->list[i].port, port))
			continue;
		assert_null(found); /* each once */
		found = &sockets->list[i];
	}
	return found;
}

static void expect_halves(
        const struct usb_sockets *sockets, const char *port, const char *usb2, const char *usb3)
{
	const struct usb_socket *s = find(sockets, port);

	assert_non_null(s);
	assert_string_equal(s->usb2.name ? s->usb2.name : "-", usb2);
	assert_string_equal(s->usb3.name ? s->usb3.name : "-", usb3);
}

static void test_sockets(void **state)
{
	struct usb_sockets sockets;
	struct machine m;
	struct usb usb;

	(void)state;
	machine_open(&m, "usb-sockets");
	assert_int_equal(usb_take(&m.root, &usb, NULL), 0);
	usb_sockets_take(&m.root, &usb, &sockets);
	assert_int_equal(sockets.n, 11);
	expect_halves(&sockets, CONTROLLER "/1", "usb1-port1", "-");
	expect_halves(&sockets, CONTROLLER "/2", "usb1-port2", "usb2-port1");
	expect_halves(&sockets, CONTROLLER "/5", "usb1-port5", "usb2-port3");
	expect_halves(&sockets, CONTROLLER "/2.3", "1-2-port3", "2-1-port3");
	expect_halves(&sockets, CONTROLLER "/5.2", "-", "2-3-port2");
	expect_halves(&sockets, CONTROLLER "/ss4", "-", "usb2-port4");
	assert_string_equal(sockets.list[0].port, CONTROLLER "/1");
	assert_string_equal(find(&sockets, CONTROLLER "/2")->usb3.device, "2-1");
	assert_int_equal(find(&sockets, CONTROLLER "/2")->over_current, 3);
	assert_int_equal(find(&sockets, CONTROLLER "/5")->connect, USB_CONNECT_HOTPLUG);
	assert_null(find(&sockets, CONTROLLER "/5")->usb2.device);
	assert_int_equal(find(&sockets, CONTROLLER "/7")->connect, USB_CONNECT_HARDWIRED);
	assert_int_equal(find(&sockets, CONTROLLER "/9")->connect, USB_CONNECT_NOT_USED);
	assert_int_equal(find(&sockets, CONTROLLER "/2.1")->connect, USB_CONNECT_UNKNOWN);
	usb_sockets_finish(&sockets);
	usb_finish(&usb);
	machine_close(&m);
}

/* Captures of before have no port folders: a device keeps the name it had. */
static void test_no_port_folders(void **state)
{
	cleanup_free char *fast = NULL, *slow = NULL, *odd = NULL;
	struct usb_sockets sockets;
	struct machine m;
	struct usb usb;

	(void)state;
	machine_open(&m, "intel-desktop");
	fast = usb_socket_chain(&m.root, "2-3.1", true);
	assert_string_equal(fast, "3.1");
	usb_take(&m.root, &usb, NULL);
	usb_sockets_take(&m.root, &usb, &sockets);
	assert_int_equal(sockets.n, 0);
	usb_sockets_finish(&sockets);
	usb_finish(&usb);
	machine_close(&m);
	machine_open(&m, "usb-sockets");
	slow = usb_socket_chain(&m.root, "1-2.1", false);
	assert_string_equal(slow, "2.1");
	odd = usb_socket_chain(&m.root, "2-...", true);
	assert_string_equal(odd, "...");
	machine_close(&m);
}

/* A peer that is no port, and one that is the port itself, lead nowhere else. */
static void test_lying_peers(void **state)
{
	static const char *const peers[] = {"usb1-port0", "usb1-port", "usb-1", "1-port2",
	        "1-2-portss5", "", "a/../b", "x-port1-"};
	struct machine m;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(peers); i++) {
		cleanup_free char *target = xasprintf("../%s", peers[i]), *link = NULL;
		cleanup_free char *chain = NULL;

		machine_open(&m, NULL);
		machine_write(&m, "/sys/bus/usb/devices/usb2/2-0:1.0/usb2-port3/location", "0");
		link = root_full_path(&m.root, "/sys/bus/usb/devices/usb2/2-0:1.0/usb2-port3/peer");
		assert_int_equal(symlink(target, link), 0);
		chain = usb_socket_chain(&m.root, "2-3.1", true);
		assert_string_equal(chain, "ss3.1");
		machine_close(&m);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_devices_go_by_their_socket),
	        cmocka_unit_test(test_sockets),
	        cmocka_unit_test(test_no_port_folders),
	        cmocka_unit_test(test_lying_peers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
