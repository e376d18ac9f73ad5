/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a device is for people: by its interfaces, its maker, its driver and its input devices. */
#include "host/usb_kind.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

struct interface {
	uint8_t class, sub, protocol;
	const char *name;
};

static const struct {
	const char *expected;
	uint16_t vendor;
	struct interface interfaces[3];
	char *driver;
	bool wheel, pad;
} cases[] = {
        {"gamepad", 0x45e, {{0xff, 0x5d, 1, NULL}}, NULL, false, false},
        {"gamepad", 0x45e, {{0xff, 0x47, 0xd0, NULL}}, NULL, false, false},
        {"gamepad", 0x1234, {{0xff, 0, 0, NULL}}, "xpad", false, false},
        {"gamepad", 0x54c, {{1, 1, 0, NULL}, {3, 0, 0, NULL}}, "usbhid", false, true},
        {"wheel", 0x46d, {{3, 0, 0, NULL}}, "usbhid", true, false},
        {"audio", 0x951, {{1, 1, 0, NULL}, {3, 0, 0, NULL}}, NULL, false, false},
        {"audio", 0x17cc, {{0xff, 0, 0, NULL}}, "snd-usb-audio", false, false},
        {"camera", 0x46d, {{0x0e, 1, 0, NULL}, {1, 1, 0, NULL}}, NULL, false, false},
        {"storage", 0x781, {{8, 6, 0x50, NULL}}, NULL, false, false},
        {"keyboard", 0x46d, {{3, 1, 1, NULL}, {3, 1, 2, NULL}}, NULL, false, false},
        {"mouse", 0x46d, {{3, 1, 2, NULL}}, NULL, false, false},
        {"mouse", 0x46d, {{3, 1, 2, NULL}, {3, 1, 1, NULL}}, NULL, false, false},
        {"security-key", 0x1050, {{3, 1, 1, NULL}}, NULL, false, false},
        {"ups", 0x51d, {{3, 0, 0, NULL}}, NULL, false, false},
        {"input", 0x627, {{3, 0, 0, NULL}}, NULL, false, false},
        {"phone", 0x18d1, {{0xff, 0xff, 0, "MTP"}}, NULL, false, false},
        {"phone", 0x18d1, {{0xe0, 1, 3, NULL}, {0xff, 0x42, 1, NULL}}, NULL, false, false},
        {"phone", 0x4a9, {{6, 1, 1, NULL}}, NULL, false, false},
        {"network", 0xbda, {{2, 0x0d, 0, NULL}}, NULL, false, false},
        {"bluetooth", 0x8087, {{0xe0, 1, 1, NULL}}, NULL, false, false},
        {"bluetooth", 0x0a5c, {{0xff, 1, 1, NULL}}, "btusb", false, false},
        {"printer", 0x3f0, {{7, 1, 2, NULL}}, NULL, false, false},
        {"hub", 0x5e3, {{9, 0, 0, NULL}}, NULL, false, false},
        {"other", 0x1234, {{0xff, 0xff, 0, "mtp"}}, NULL, false, false},
};

static void test_kinds(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct usb_device d = {.vendor = cases[i].vendor,
		        .wheel = cases[i].wheel,
		        .gamepad = cases[i].pad};

		for (size_t k = 0; k < 3 && cases[i].interfaces[k].class; k++)
			usb_kind_note(&d, cases[i].interfaces[k].class, cases[i].interfaces[k].sub,
			        cases[i].interfaces[k].protocol, cases[i].interfaces[k].name);
		if (cases[i].driver)
			strv_add(&d.drivers, cases[i].driver);
		usb_kind_settle(&d);
		assert_string_equal(usb_kind_code(d.kind), cases[i].expected);
		strv_finish(&d.drivers);
	}
}

static void test_isochronous_by_class(void **state)
{
	struct usb_device sound = {0}, control = {0}, camera = {0};

	(void)state;
	usb_kind_note(&control, 1, 1, 0, NULL);
	assert_false(control.isochronous);
	usb_kind_note(&sound, 1, 2, 0, NULL);
	assert_true(sound.isochronous);
	usb_kind_note(&camera, 0x0e, 2, 0, NULL);
	assert_true(camera.isochronous);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_kinds),
	        cmocka_unit_test(test_isochronous_by_class),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
