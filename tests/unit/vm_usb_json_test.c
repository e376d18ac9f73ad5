/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What UsbList and UsbPorts say of a recorded machine. */
#include "vm/usb/json.h"
#include "machine.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static json_t *device(const struct host *host, const char *sysname, const char *vm)
{
	return usb_json_device(host, usb_find(&host->usb, sysname), vm);
}

static void expect(json_t *object, const char *expected)
{
	char *text = json_dumps(object, JSON_COMPACT | JSON_ENSURE_ASCII);

	assert_string_equal(text, expected);
	free(text);
	json_decref(object);
}

static void test_devices(void **state)
{
	struct host host = {0};
	struct machine m;

	(void)state;
	machine_open(&m, "usb-sockets");
	assert_int_equal(host_take_usb(&m.root, true, &host, NULL), 0);
	expect(device(&host, "2-1.3", NULL),
	        "{\"port\":\"0000:00:14.0/2.3\",\"sysname\":\"2-1.3\",\"id\":\"0781:5581\","
	        "\"product\":\"Ultra\",\"serial\":\"ABC\",\"driver\":\"usb-storage\",\"vm\":null,"
	        "\"hub\":false,\"kind\":\"storage\",\"name\":\"SanDisk Ultra\","
	        "\"manufacturer\":\"SanDisk\",\"speed_mbps\":5000,\"busnum\":2,\"devnum\":3,"
	        "\"controller\":\"0000:00:14.0\",\"removable\":true,\"isochronous\":false,"
	        "\"host_uses\":[\"disk sdb (mounted on /media/stick)\"]}");
	/* A name that attacks is text like any other. */
	expect(device(&host, "1-11", "games"),
	        "{\"port\":\"0000:00:14.0/11\",\"sysname\":\"1-11\",\"id\":\"046d:c24f\","
	        "\"product\":\"G29?\\u202E   31m x\",\"serial\":\"1\",\"driver\":\"usbhid\","
	        "\"vm\":\"games\",\"hub\":false,\"kind\":\"wheel\","
	        "\"name\":\"Logi [2Jtech G29?\\u202E   31m x\",\"manufacturer\":\"Logi [2Jtech\","
	        "\"speed_mbps\":12,\"busnum\":1,\"devnum\":5,\"controller\":\"0000:00:14.0\","
	        "\"removable\":null,\"isochronous\":false,\"host_uses\":[]}");
	host_finish(&host);
	machine_close(&m);
}

static void test_slow_and_taken(void **state)
{
	char *usbfs[] = {"usbfs", NULL};
	struct usb_device d = {.sysname = "1-1", .speed_mbps = 1, .drivers = {usbfs, 1}};
	const struct host host = {.usb = {&d, 1}};
	json_t *free_one = usb_json_device(&host, &d, NULL);
	json_t *held = usb_json_device(&host, &d, "games");

	(void)state;
	assert_true(json_real_value(json_object_get(free_one, "speed_mbps")) == 1.5);
	assert_true(json_is_null(json_object_get(free_one, "controller")));
	assert_int_equal(json_array_size(json_object_get(free_one, "host_uses")), 1);
	assert_int_equal(json_array_size(json_object_get(held, "host_uses")), 0);
	json_decref(free_one);
	json_decref(held);
}

static const json_t *find(const json_t *ports, const char *name)
{
	const json_t *port;
	size_t i;

	json_array_foreach (ports, i, port) {
		if (streq(json_string_value(json_object_get(port, "port")), name))
			return port;
	}
	return NULL;
}

static void test_ports(void **state)
{
	struct usb_sockets sockets;
	struct host host = {0};
	const json_t *ports;
	struct machine m;
	json_t *all;

	(void)state;
	machine_open(&m, "usb-sockets");
	usb_take(&m.root, &host.usb, NULL);
	pci_take(&m.root, &host.pci, NULL);
	usb_sockets_take(&m.root, &host.usb, &sockets);
	all = usb_json_ports(&host, &sockets);
	assert_int_equal(json_array_size(json_object_get(all, "controllers")), 1);
	ports = json_object_get(all, "ports");
	assert_int_equal(json_array_size(ports), 11);
	expect(json_deep_copy(find(ports, "0000:00:14.0/5")),
	        "{\"port\":\"0000:00:14.0/5\",\"controller\":\"0000:00:14.0\","
	        "\"connect_type\":\"hotplug\",\"usb2\":\"usb1-port5\",\"usb3\":\"usb2-port3\","
	        "\"device\":\"2-3\",\"over_current\":0}");
	expect(json_deep_copy(find(ports, "0000:00:14.0/9")),
	        "{\"port\":\"0000:00:14.0/9\",\"controller\":\"0000:00:14.0\","
	        "\"connect_type\":\"not used\",\"usb2\":\"usb1-port9\",\"usb3\":null,"
	        "\"device\":null,\"over_current\":0}");
	json_decref(all);
	usb_sockets_finish(&sockets);
	host_finish(&host);
	machine_close(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_devices),
	        cmocka_unit_test(test_slow_and_taken),
	        cmocka_unit_test(test_ports),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
