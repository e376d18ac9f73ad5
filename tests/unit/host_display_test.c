/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Cards, connectors and the text console of recorded machines. */
#include "host/display.h"
#include "machine.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void expect_card(const struct display_card *card, const char *name, const char *controller,
        const char *connected, bool console)
{
	char *text = strv_join(&card->connected, " ");

	assert_string_equal(card->name, name);
	assert_int_equal(card->has_controller, controller != NULL);
	if (controller)
		assert_string_equal(pci_addr_format(card->controller).s, controller);
	assert_string_equal(text, connected);
	assert_int_equal(card->console, console);
	free(text);
}

static void test_machines(void **state)
{
	struct displays displays;
	struct machine m;

	(void)state;
	machine_open(&m, "intel-desktop");
	assert_int_equal(displays_take(&m.root, &displays, NULL), 0);
	assert_int_equal(displays.n, 2);
	expect_card(&displays.list[0], "card0", "0000:00:02.0", "HDMI-A-1", true);
	/* Its frame buffer is there, but the console is on the first one. */
	expect_card(&displays.list[1], "card1", "0000:01:00.0", "", false);
	assert_string_equal(displays.list[0].source, "/sys/class/drm/card0");
	displays_finish(&displays);
	/* The console was taken off. */
	machine_write(&m, "/sys/class/vtconsole/vtcon1/bind", "0\n");
	displays_take(&m.root, &displays, NULL);
	expect_card(&displays.list[0], "card0", "0000:00:02.0", "HDMI-A-1", false);
	displays_finish(&displays);
	machine_close(&m);
	machine_open(&m, "amd-bad-board");
	displays_take(&m.root, &displays, NULL);
	expect_card(&displays.list[1], "card1", "0000:0a:00.0", "DP-4 HDMI-A-2", true);
	displays_finish(&displays);
	machine_close(&m);
}

/* Where the boot card's frame buffer is not the first, the console may be on either. */
static void test_boot_card_counts(void **state)
{
	struct displays displays;
	struct machine m;

	(void)state;
	machine_open(&m, "intel-desktop");
	machine_write(&m, "/sys/devices/pci0000:00/0000:00:01.0/0000:01:00.0/boot_vga", "1\n");
	displays_take(&m.root, &displays, NULL);
	assert_true(displays.list[0].console);
	assert_true(displays.list[1].console);
	displays_finish(&displays);
	machine_close(&m);
}

static void test_firmware_frame_buffer(void **state)
{
	struct displays displays;
	struct machine m;

	(void)state;
	machine_open(&m, "no-iommu");
	displays_take(&m.root, &displays, NULL);
	assert_int_equal(displays.n, 2);
	expect_card(&displays.list[0], "card0", "0000:01:00.0", "DVI-I-1", false);
	expect_card(&displays.list[1], "fb0", NULL, "", true);
	assert_string_equal(displays.list[1].source, "/sys/class/graphics/fb0");
	displays_finish(&displays);
	machine_close(&m);
}

static void test_garbage_and_nothing(void **state)
{
	struct displays displays;
	struct machine m;

	(void)state;
	machine_open(&m, "garbage");
	assert_int_equal(displays_take(&m.root, &displays, NULL), 0);
	for (size_t i = 0; i < displays.n; i++)
		assert_false(displays.list[i].console || displays.list[i].has_controller);
	displays_finish(&displays);
	machine_close(&m);
	machine_open(&m, "virtual");
	assert_int_equal(displays_take(&m.root, &displays, NULL), 0);
	assert_int_equal(displays.n, 0);
	displays_finish(&displays);
	machine_close(&m);
}

/* By the connector's link ddc, or for DisplayPort the bus in its own folder. */
static void test_buses(void **state)
{
	struct displays displays;
	struct machine m;

	(void)state;
	machine_open(&m, "amd-bad-board");
	machine_link(&m, "/sys/class/drm/card1-DP-4/ddc", "/sys/class/i2c-adapter/rubbish");
	machine_write(&m, "/sys/class/drm/card1-DP-4/i2c-x/name", "");
	machine_write(&m, "/sys/class/drm/card1-DP-4/i2c-12/name", "AUX");
	machine_link(&m, "/sys/class/drm/card1-HDMI-A-2/ddc", "/sys/class/i2c-adapter/i2c-5");
	assert_int_equal(displays_take(&m.root, &displays, NULL), 0);
	assert_int_equal(displays.list[1].buses.n, 2);
	assert_string_equal(displays.list[1].connected.list[0], "DP-4");
	assert_string_equal(displays.list[1].buses.list[0], "i2c-12");
	assert_string_equal(displays.list[1].buses.list[1], "i2c-5");
	displays_finish(&displays);
	machine_close(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_machines),
	        cmocka_unit_test(test_buses),
	        cmocka_unit_test(test_boot_card_counts),
	        cmocka_unit_test(test_firmware_frame_buffer),
	        cmocka_unit_test(test_garbage_and_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
