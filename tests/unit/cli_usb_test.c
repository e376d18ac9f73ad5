/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What usb list and usb show print; tests/golden/cli/NAME.txt, written anew with PLAYTHROUGH_GOLDEN_UPDATE=1. */
#include "appliance/cli.h"
#include "appliance/cli_usb.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include <cmocka.h>

#define C "0000:00:14.0"

#define DEVICE(port, sysname, kind, name, speed, vm, uses)                                         \
	"{\"port\":\"" port "\",\"sysname\":\"" sysname "\",\"id\":\"046d:c24f\",\"kind\":\"" kind \
	"\",\"name\":\"" name "\",\"speed_mbps\":" speed ",\"vm\":" vm ",\"host_uses\":[" uses     \
	"],\"busnum\":1,\"devnum\":5,\"driver\":\"usbhid\",\"hub\":"

static const char
        devices[] =
                "[" DEVICE(C, "usb1", "hub", "xHCI", "480", "null", "") "true}," DEVICE(
                        C, "usb2", "hub", "xHCI", "10000", "null", "") "true}," DEVICE(C "/2",
                        "1-2", "hub", "USB2.1 Hub", "480", "null", "") "true}," DEVICE(C "/2",
                        "2-1", "hub", "USB3.1 Hub", "5000", "null", "") "true}," DEVICE(C "/2.1",
                        "1-2.1", "audio", "Kingston HyperX 7.1 Audio", "12", "null",
                        "\"sound card card1 H (playing or recording now)\"") "false}," DEVICE(C
                        "/2.3",
                        "2-1.3", "storage", "SanDisk Ultra", "5000", "null",
                        "\"disk sdb (mounted on /media/one, /media/two and 2 more)\",\"a second "
                        "sentence\"") "false}," DEVICE(C "/10", "1-10", "keyboard",
                        "Logitech USB Keyboard", "1.5", "null",
                        "\"the only keyboard of this PC\"") "false}," DEVICE(C "/11", "1-11",
                        "wheel", "G29\\u001b[2J\\u202e Racing Wheel for PlayStation and PC", "12",
                        "\"games\"",
                        "") "false,\"isochronous\":true,\"serial\":\"1\\u009b31m\"}," DEVICE(C
                        "/ss4",
                        "2-4", "hologram", "From the future", "40000", "null",
                        "") "false}," DEVICE("0000:05:00.0", "usb3", "hub", "xHCI", "480", "null",
                        "") "true}]";

static const char ports[] =
        "{\"controllers\":[{\"address\":\"" C
        "\",\"name\":\"Intel Corporation 200 Series PCH USB 3.0 "
        "xHCI Controller\"},{\"address\":\"0000:05:00.0\",\"name\":null}],\"ports\":["
        "{\"port\":\"" C
        "/1\",\"connect_type\":\"hotplug\",\"usb2\":\"usb1-port1\",\"device\":null},"
        "{\"port\":\"" C "/2\",\"connect_type\":\"hotplug\",\"usb2\":\"usb1-port2\","
        "\"usb3\":\"usb2-port1\",\"device\":\"2-1\"},"
        "{\"port\":\"" C "/2.4\",\"connect_type\":\"unknown\",\"device\":null},"
        "{\"port\":\"" C "/9\",\"connect_type\":\"not used\",\"device\":null},"
        "{\"port\":\"" C "/10\",\"connect_type\":\"hotplug\",\"device\":null},"
        "{\"port\":\"" C
        "/11\",\"connect_type\":\"hotplug\",\"usb2\":\"usb1-port11\",\"usb3\":null,"
        "\"device\":\"1-11\",\"over_current\":2},"
        "{\"port\":\"0000:05:00.0/1\",\"connect_type\":\"hardwired\",\"device\":null}]}";

struct sheet {
	struct page page;
	char *text;
	size_t size;
};

static void open_sheet(struct sheet *s, size_t width, bool colour)
{
	s->page = (struct page){
	        .out = open_memstream(&s->text, &s->size), .colour = colour, .width = width};
	assert_non_null(s->page.out);
}

static char *read_all(const char *path)
{
	FILE *f = fopen(path, "r");
	char *text = xcalloc(1, 65536);

	if (f) {
		size_t n = fread(text, 1, 65535, f);

		text[n] = '\0';
		fclose(f);
	}
	return text;
}

static void close_sheet(struct sheet *s, const char *name)
{
	cleanup_free char *path = xasprintf("tests/golden/cli/%s.txt", name), *expected = NULL;

	fclose(s->page.out);
	if (getenv("PLAYTHROUGH_GOLDEN_UPDATE")) {
		FILE *f;

		mkdir("tests/golden/cli", 0755);
		f = fopen(path, "w");
		assert_non_null(f);
		fputs(s->text, f);
		fclose(f);
	}
	expected = read_all(path);
	assert_string_equal(s->text, expected);
	free(s->text);
}

static json_t *load(const char *text)
{
	json_error_t error;
	json_t *json = json_loads(text, 0, &error);

	if (!json)
		fail_msg("%s", error.text);
	return json;
}

static void test_list(void **state)
{
	static const struct {
		const char *name;
		size_t width;
		bool all, ports, colour;
	} sheets[] = {
	        {"usb-list-wide", 140, false, true, false},
	        {"usb-list-all", 120, true, true, false},
	        {"usb-list-narrow", 80, false, false, false},
	        {"usb-list-colour", 120, true, true, true},
	};
	json_t *d = load(devices), *p = load(ports);

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(sheets); i++) {
		struct sheet s;

		open_sheet(&s, sheets[i].width, sheets[i].colour);
		usb_tree_print(&s.page, d, sheets[i].ports ? p : NULL, sheets[i].all);
		close_sheet(&s, sheets[i].name);
	}
	json_decref(d);
	json_decref(p);
}

/* Nothing there, an old daemon's answer, and rubbish. */
static void test_little(void **state)
{
	static const char *const texts[] = {"[]",
	        "[{\"port\":\"" C "/1\",\"sysname\":\"1-1\","
	        "\"product\":\"Pad\",\"driver\":\"\"}]",
	        "[{},null,5,{\"port\":7,\"hub\":true},{\"hub\":true},{\"port\":\"/\"}]"};
	struct sheet s;

	(void)state;
	open_sheet(&s, 100, false);
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		json_t *d = load(texts[i]);

		usb_tree_print(&s.page, d, NULL, true);
		json_decref(d);
	}
	close_sheet(&s, "usb-list-little");
}

static void test_show(void **state)
{
	json_t *d = load(devices), *p = load(ports);
	json_t *descriptors = load("{\"usb\":\"2.00\",\"class\":\"00/00/00\",\"configurations\":1,"
	                           "\"power_ma\":500,\"self_powered\":false,\"remote_wakeup\":true,"
	                           "\"interfaces\":[{\"number\":0,\"alternate\":1,\"class\":"
	                           "\"01/02/00\",\"endpoints\":[{\"address\":\"81\",\"direction\":"
	                           "\"in\",\"type\":\"isochronous\",\"max_packet\":3072,"
	                           "\"interval\":1}]},{\"number\":1,\"alternate\":0,\"class\":"
	                           "\"03/00/00\",\"endpoints\":[]}]}");
	const json_t *socket = json_array_get(json_object_get(p, "ports"), 5);
	struct err err = {0};
	struct sheet s;

	(void)state;
	open_sheet(&s, 100, false);
	usb_page_print(&s.page, json_array_get(d, 7), socket, descriptors, NULL);
	err_set(&err, -EIO, "libusb cannot read the descriptors: \033[2J");
	usb_page_print(&s.page, json_array_get(d, 3),
	        json_array_get(json_object_get(p, "ports"), 1), NULL, &err);
	close_sheet(&s, "usb-show");
	json_decref(descriptors);
	json_decref(d);
	json_decref(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_list),
	        cmocka_unit_test(test_little),
	        cmocka_unit_test(test_show),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
