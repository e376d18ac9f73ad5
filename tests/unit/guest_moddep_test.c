/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which files make a kernel module: names, order of loading, what is built in. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "drivers.h"
#include "moddep.h"

static const char dep[] =
        "kernel/drivers/usb/common/usb-common.ko:\n"
        "kernel/drivers/usb/core/usbcore.ko: kernel/drivers/usb/common/usb-common.ko\n"
        "kernel/drivers/usb/host/xhci-hcd.ko: kernel/drivers/usb/core/usbcore.ko "
        "kernel/drivers/usb/common/usb-common.ko\n"
        "kernel/drivers/usb/host/xhci-pci-renesas.ko:\n"
        "kernel/drivers/usb/host/xhci-pci.ko: kernel/drivers/usb/host/xhci-pci-renesas.ko "
        "kernel/drivers/usb/host/xhci-hcd.ko kernel/drivers/usb/core/usbcore.ko "
        "kernel/drivers/usb/common/usb-common.ko\n"
        "kernel/drivers/input/evdev.ko.xz:";

static void needs_come_before(void **state)
{
	struct moddep_list list = {0};

	(void)state;
	assert_true(moddep_resolve(dep, "xhci_pci", &list));
	assert_int_equal(list.count, 5);
	assert_string_equal(list.paths[0], "kernel/drivers/usb/common/usb-common.ko");
	assert_string_equal(list.paths[1], "kernel/drivers/usb/core/usbcore.ko");
	assert_string_equal(list.paths[2], "kernel/drivers/usb/host/xhci-hcd.ko");
	assert_string_equal(list.paths[3], "kernel/drivers/usb/host/xhci-pci-renesas.ko");
	assert_string_equal(list.paths[4], "kernel/drivers/usb/host/xhci-pci.ko");
	moddep_list_finish(&list);
}

static void nothing_comes_twice(void **state)
{
	struct moddep_list list = {0};

	(void)state;
	assert_true(moddep_resolve(dep, "usbcore", &list));
	assert_true(moddep_resolve(dep, "xhci-hcd", &list));
	assert_true(moddep_resolve(dep, "xhci_hcd", &list));
	assert_int_equal(list.count, 3);
	moddep_list_finish(&list);
}

static void compressed_modules_and_last_lines_count(void **state)
{
	struct moddep_list list = {0};

	(void)state;
	assert_true(moddep_resolve(dep, "evdev", &list));
	assert_string_equal(list.paths[0], "kernel/drivers/input/evdev.ko.xz");
	moddep_list_finish(&list);
}

static void unknown_names_are_unknown(void **state)
{
	struct moddep_list list = {0};

	(void)state;
	assert_false(moddep_resolve(dep, "xhci", &list));
	assert_false(moddep_resolve(dep, "pci", &list));
	assert_false(moddep_resolve(dep, "", &list));
	assert_false(moddep_resolve("", "evdev", &list));
	assert_int_equal(list.count, 0);
}

static void builtin_modules_are_found(void **state)
{
	static const char text[] =
	        "kernel/drivers/tty/serial/8250.ko\nkernel/drivers/acpi/button.ko\n";

	(void)state;
	assert_true(moddep_is_builtin(text, "button"));
	assert_false(moddep_is_builtin(text, "evdev"));
}

/* A driver needs the core stage's module list to be free of device drivers that we test first. */
static void tested_drivers_are_not_in_the_core_stage(void **state)
{
	(void)state;
	for (size_t i = 0; i < drivers_count; i++)
		if (drivers[i].class_mask != 0)
			assert_int_equal(drivers[i].stage, DRIVER_DEVICE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(needs_come_before),
	        cmocka_unit_test(nothing_comes_twice),
	        cmocka_unit_test(compressed_modules_and_last_lines_count),
	        cmocka_unit_test(unknown_names_are_unknown),
	        cmocka_unit_test(builtin_modules_are_found),
	        cmocka_unit_test(tested_drivers_are_not_in_the_core_stage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
