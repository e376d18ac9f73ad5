/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reports of pads with the chord held, as their drivers in the kernel read them. */
#include "chord/pads.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define ALL  (CHORD_GUIDE | CHORD_START | CHORD_SELECT | CHORD_L1 | CHORD_R1)
#define VEND 0xff
#define HID  0x03

struct sample {
	uint16_t vendor, product;
	uint8_t class, subclass, protocol;
	uint8_t report[24];
	size_t size;
	unsigned down;
};

static const struct sample samples[] = {
        {0x045e, 0x028e, VEND, 0x5d, 0x01, {0x00, 0x14, 0x30, 0x07}, 20, ALL},
        {0x045e, 0x028e, VEND, 0x5d, 0x01, {0x00, 0x14, 0x20, 0x04}, 20,
                CHORD_SELECT | CHORD_GUIDE},
        {0x045e, 0x028e, VEND, 0x5d, 0x01, {0x01, 0x03, 0x30, 0x07}, 20, 0}, /* its LEDs */
        {0x045e, 0x028e, VEND, 0x5d, 0x01, {0x00, 0x14, 0x30, 0x07}, 3, 0},  /* cut */
        {0x045e, 0x0719, VEND, 0x5d, 0x81, {0x00, 0x01, 0x00, 0xf0, 0x00, 0x13, 0x30, 0x07}, 29,
                ALL},
        {0x045e, 0x0719, VEND, 0x5d, 0x81, {0x08, 0x80}, 2, 0}, /* a pad has come */
        {0x045e, 0x02ea, VEND, 0x47, 0xd0, {0x20, 0x00, 0x01, 0x0e, 0x0c, 0x30}, 18,
                ALL & ~CHORD_GUIDE},
        {0x045e, 0x02ea, VEND, 0x47, 0xd0, {0x07, 0x20, 0x01, 0x02, 0x01, 0x5b}, 6, CHORD_GUIDE},
        {0x054c, 0x09cc, HID, 0, 0, {0x01, 0x80, 0x80, 0x80, 0x80, 0x08, 0x33, 0x01}, 24, ALL},
        {0x054c, 0x0ce6, HID, 0, 0, {0x01, [8] = 0x08, [9] = 0x33, [10] = 0x01}, 24, ALL},
        {0x057e, 0x2009, HID, 0, 0, {0x30, 0x11, 0x91, 0x40, 0x13, 0x40}, 24, ALL},
        {0x057e, 0x2009, HID, 0, 0, {0x21, 0x11, 0x91, 0x40, 0x13, 0x40}, 24, 0},
};

static void test_samples(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(samples) / sizeof(*samples); i++) {
		const struct sample *s = &samples[i];
		const struct pad *pad =
		        pad_find(s->vendor, s->product, s->class, s->subclass, s->protocol);
		unsigned down = 0;

		assert_non_null(pad);
		assert_int_equal(pad_keys(pad), ALL);
		pad_read(pad, s->report, s->size < 24 ? s->size : 24, &down);
		assert_int_equal(down, s->down);
	}
}

/* The guide button of an Xbox One pad comes in a report of its own, and neither ends what the other began. */
static void test_two_reports(void **state)
{
	const struct pad *pad = pad_find(0, 0, VEND, 0x47, 0xd0);
	const uint8_t guide[] = {0x07, 0x20, 0x01, 0x02, 0x01, 0x5b}, none[6] = {0x20},
	              both[] = {0x20, 0, 0, 0, 0x0c, 0};
	unsigned down = 0;

	(void)state;
	pad_read(pad, guide, sizeof(guide), &down);
	pad_read(pad, both, sizeof(both), &down);
	assert_int_equal(down, CHORD_GUIDE | CHORD_START | CHORD_SELECT);
	pad_read(pad, none, sizeof(none), &down);
	assert_int_equal(down, CHORD_GUIDE);
}

static void test_unknown(void **state)
{
	(void)state;
	assert_null(pad_find(0x046d, 0xc216, HID, 0, 0));
	assert_null(pad_find(0x054c, 0x09cc, 0x01, 0, 0));       /* the sound card in it */
	assert_null(pad_find(0x045e, 0x028e, VEND, 0x5d, 0x03)); /* its headset */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_samples),
	        cmocka_unit_test(test_two_reports),
	        cmocka_unit_test(test_unknown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
