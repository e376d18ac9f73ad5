/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Game devices by their input device's capabilities, as udev tells them from mice, tablets and touchscreens. */
#include "host/input.h"
#include "host/usb_kind.h"
#include "machine.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define DEVICE "/sys/devices/pci0000:00/0000:00:14.0/usb1/1-4"

/* Bits as the kernel writes them: 0x130 to 0x13e are a pad's buttons, 0x120 to 0x12b a joystick's. */
static const struct {
	const char *what, *key, *rel, *abs, *kind;
} cases[] = {
        {"pad", "7fff000000000000 0 0 0 0", "0", "3003f", "gamepad"},
        {"wheel", "fff00000000 0 0 0 0", "0", "27", "wheel"},
        {"pedals: axes alone", "0", "0", "38", "wheel"},
        {"buttons of a panel", "ffffffffff 0 0 0 0 0 0 0 0 0 0 0", "0", "0", "wheel"},
        {"mouse", "1f0000 0 0 0 0", "903", "0", "mouse"},
        {"mouse with buttons up to a joystick's", "fffffff0000 0 0 0 0", "903", "0", "mouse"},
        {"tablet that points like a mouse", "70000 0 0 0 0", "100", "3", "input"},
        {"pen tablet with a wheel", "1c01 0 0 0 0 0", "0", "1000103", "input"},
        {"touchscreen", "400 0 0 0 0 0", "0", "260800000000003", "input"},
        {"keyboard with stray joystick buttons", "10000000000 0 0 0 fffffffffffffffe", "0", "0",
                "keyboard"},
        {"volume wheel", "e000000000000 0", "0", "0", "input"},
        {"garbage", "zz -1 ffffffffffffffffff 0x5", "x", "-", "input"},
        {"nothing", "", "", "", "input"},
        {"more words than there are", "1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 0 0 0", "0", "0", "input"},
        {"media keys with stray buttons", "ff00000000 0 1008011000 0 0", "0", "0", "input"},
        {"one axis", "0", "0", "8", "input"},
};

static void plug(const struct machine *m, const char *key, const char *rel, const char *abs)
{
	const char *const files[][2] = {
	        {"capabilities/key", key}, {"capabilities/rel", rel}, {"capabilities/abs", abs}};

	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		cleanup_free char *path = xasprintf(DEVICE "/1-4:1.0/input/input7/%s", files[i][0]);

		machine_write(m, path, files[i][1]);
	}
}

static void test_capabilities(void **state)
{
	struct machine m;

	(void)state;
	machine_open(&m, NULL);
	machine_write(&m, "/sys/class/input/event7", "");
	machine_link(&m, "/sys/class/input/input7", DEVICE "/1-4:1.0/input/input7");
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct usb_device d = {.sysname = "1-4", .hid = true};
		struct usb usb = {&d, 1};
		struct inputs inputs;

		plug(&m, cases[i].key, cases[i].rel, cases[i].abs);
		usb_kind_settle(&d);
		assert_string_equal(usb_kind_code(d.kind), "input");
		assert_int_equal(inputs_take(&m.root, &usb, &inputs, NULL), 0);
		assert_int_equal(inputs.n, 0);
		if (!streq(usb_kind_code(d.kind), cases[i].kind))
			fail_msg("%s: %s, not %s", cases[i].what, usb_kind_code(d.kind),
			        cases[i].kind);
		inputs_finish(&inputs);
	}
	machine_close(&m);
}

static void test_nodes(void **state)
{
	struct input_node *list = NULL;
	struct machine m;
	size_t n = 0;

	(void)state;
	machine_open(&m, NULL);
	plug(&m, "1 0 0 0 8000000000000001", "0", "0");
	machine_link(&m, "/sys/class/input/input7", DEVICE "/1-4:1.0/input/input7");
	machine_write(&m, "/sys/class/input/event7/name", "");
	machine_link(&m, "/sys/class/input/event7/device", DEVICE "/1-4:1.0/input/input7");
	machine_write(&m, "/sys/class/input/event8/name", "gone");
	machine_write(&m, "/sys/class/input/eventx/name", "");
	machine_write(&m, "/sys/class/input/mouse0/name", "");
	machine_link(&m, "/sys/class/input/mouse0/device", DEVICE "/1-4:1.0/input/input7");
	input_nodes_take(&m.root, &list, &n);
	assert_int_equal(n, 1);
	assert_string_equal(list[0].name, "event7");
	assert_string_equal(list[0].input, "input7");
	assert_true(input_node_has_key(&list[0], 0) && input_node_has_key(&list[0], 63));
	assert_true(input_node_has_key(&list[0], 256));
	assert_false(input_node_has_key(&list[0], 1) || input_node_has_key(&list[0], 64));
	assert_false(input_node_has_key(&list[0], 768) || input_node_has_key(&list[0], UINT32_MAX));
	assert_null(input_behind_node(&m.root, "event9"));
	input_node_finish(&list[0]);
	free(list);
	machine_close(&m);
}

static void test_links(void **state)
{
	struct input_nodes nodes;
	const struct input_node *node;
	struct machine m;

	(void)state;
	machine_open(&m, NULL);
	plug(&m, "fffffffffffffffe", "903", "0");
	machine_link(&m, "/sys/class/input/input7", DEVICE "/1-4:1.0/input/input7");
	machine_write(&m, "/sys/class/input/event7/name", "");
	machine_link(&m, "/sys/class/input/event7/device", DEVICE "/1-4:1.0/input/input7");
	machine_write(&m, "/sys/devices/virtual/input/input8/capabilities/key", "fffffffffffffffe");
	machine_link(&m, "/sys/class/input/input8", "/sys/devices/virtual/input/input8");
	machine_write(&m, "/sys/class/input/event8/name", "");
	machine_link(&m, "/sys/class/input/event8/device", "/sys/devices/virtual/input/input8");
	machine_link(&m, "/dev/input/by-id/usb-A-event-kbd", "/dev/input/event7");
	machine_link(&m, "/dev/input/by-id/usb-A-kbd", "/dev/input/js0");
	machine_link(&m, "/dev/input/by-path/made", "/dev/input/event8");
	machine_link(&m, "/dev/input/by-path/gone", "/dev/input/event9");
	machine_write(&m, "/dev/input/by-path/file", "");
	input_nodes_take_all(&m.root, &nodes);
	assert_int_equal(nodes.n, 2);
	assert_int_equal(nodes.n_links, 3);
	node = input_nodes_find(&nodes, "/dev/input/by-id/usb-A-event-kbd");
	assert_string_equal(node->input, "input7");
	assert_string_equal(node->usb, "1-4");
	assert_true(node->keyboard && !node->mouse);
	node = input_nodes_find(&nodes, "/dev/input/by-path/made"); /* by a program */
	assert_false(node->keyboard || node->usb);
	assert_null(input_nodes_find(&nodes, "/dev/input/by-path/gone"));
	assert_null(input_nodes_find(&nodes, "/dev/input/by-id/usb-A-kbd"));
	input_nodes_finish(&nodes);
	machine_close(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_links),
	        cmocka_unit_test(test_capabilities),
	        cmocka_unit_test(test_nodes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
