/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where keys sit in the reports of keyboards and pads of each kind, and what is no descriptor at all. */
#include "chord/hid.h"

#include "base/util.h"
#include "chord_bytes.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

enum { CTRL = 1, LEFT = 2, ALT = 4, RIGHT = 8, L1 = 16, START = 32 };

static const struct hid_wish wishes[] = {
        {HID_PAGE_KEYBOARD, 0xe0, false, CTRL},
        {HID_PAGE_KEYBOARD, 0xe1, false, LEFT},
        {HID_PAGE_KEYBOARD, 0xe2, false, ALT},
        {HID_PAGE_KEYBOARD, 0xe5, false, RIGHT},
        {HID_PAGE_BUTTON, 5, true, L1},
        {HID_PAGE_BUTTON, 10, true, START},
};

#define ALL (CTRL | LEFT | ALT | RIGHT)

static int parse(const uint8_t *bytes, size_t size, struct hid_layout *layout)
{
	return hid_parse(bytes, size, wishes, ARRAY_SIZE(wishes), layout);
}

#define PARSE(bytes, layout) assert_int_equal(parse((bytes), sizeof(bytes), (layout)), 0)

static unsigned down(const struct hid_layout *layout, const uint8_t *report, size_t size)
{
	uint32_t held = 0;

	hid_read(layout, report, size, &held);
	return hid_keys(layout, held);
}

#define DOWN(layout, ...)                                 \
	({                                                \
		const uint8_t report_[] = {__VA_ARGS__};  \
		down((layout), report_, sizeof(report_)); \
	})

static void test_keyboard(void **state)
{
	struct hid_layout layout;

	(void)state;
	PARSE(bytes_keyboard, &layout);
	assert_false(layout.numbered);
	assert_int_equal(hid_keys(&layout, UINT32_MAX), ALL);
	assert_int_equal(DOWN(&layout, 0x27, 0, 4, 5, 0, 0, 0, 0), ALL);
	assert_int_equal(DOWN(&layout, 0x02, 0, 0xe5, 0, 0, 0, 0, 0), LEFT);
	assert_int_equal(DOWN(&layout, 0x20), RIGHT); /* cut: the rest is zero */
	assert_int_equal(down(&layout, NULL, 0), 0);
}

static void test_bitmap_behind_a_number(void **state)
{
	struct hid_layout layout;
	uint32_t held = 0;
	const uint8_t media[] = {1, 0xff, 0xff};
	uint8_t report[16] = {2, [15] = 0x27};

	(void)state;
	PARSE(bytes_bitmap, &layout);
	assert_true(layout.numbered);
	hid_read(&layout, report, sizeof(report), &held);
	assert_int_equal(hid_keys(&layout, held), ALL);
	hid_read(&layout, media, sizeof(media), &held); /* another report changes nothing */
	assert_int_equal(hid_keys(&layout, held), ALL);
	report[15] = 0;
	hid_read(&layout, report, sizeof(report), &held);
	assert_int_equal(hid_keys(&layout, held), 0);
}

static void test_list(void **state)
{
	struct hid_layout layout;

	(void)state;
	PARSE(bytes_list, &layout);
	assert_int_equal(DOWN(&layout, 4, 0xe5, 0, 0xe0, 5, 6, 7, 8, 0xe2, 0xe1), ALL);
	assert_int_equal(DOWN(&layout, 0xe2, 0), ALT);
}

static void test_single_usages(void **state)
{
	struct hid_layout layout;

	(void)state;
	PARSE(bytes_single, &layout);
	assert_int_equal(DOWN(&layout, 0x01), RIGHT);
	assert_int_equal(DOWN(&layout, 0x02), LEFT);
	assert_int_equal(DOWN(&layout, 0x04), 0);
	assert_int_equal(DOWN(&layout, 0x08), ALT);
	assert_int_equal(DOWN(&layout, 0x10), CTRL);
}

static void test_pad_and_mouse(void **state)
{
	struct hid_layout layout;

	(void)state;
	PARSE(bytes_gamepad, &layout);
	assert_int_equal(DOWN(&layout, 0xff, 0xff, 0x10, 0x00), L1);
	assert_int_equal(DOWN(&layout, 0x80, 0x80, 0x00, 0x02), START);
	PARSE(bytes_mouse, &layout);
	assert_int_equal(layout.n, 0); /* its buttons are no pad's */
}

#define REFUSE(...)                                                                 \
	do {                                                                        \
		const uint8_t bytes_[] = {__VA_ARGS__};                             \
		struct hid_layout layout_;                                          \
		assert_int_equal(parse(bytes_, sizeof(bytes_), &layout_), -EINVAL); \
		assert_int_equal(layout_.n, 0);                                     \
	} while (0)

static void test_no_descriptor(void **state)
{
	struct hid_layout layout;

	(void)state;
	assert_int_equal(parse(NULL, 0, &layout), 0);
	assert_int_equal(layout.n, 0);
	REFUSE(0x05);       /* an item that is cut */
	REFUSE(0x27, 0, 0); /* of four bytes */
	REFUSE(0xc0);       /* an end without a collection */
	REFUSE(0xb4);       /* a pop without a push */
	REFUSE(0xa4, 0xa4, 0xa4, 0xa4, 0xa4, 0xa4, 0xa4, 0xa4, 0xa4); /* pushes without end */
	REFUSE(0x85, 0);                                              /* a report numbered 0 */
	REFUSE(0x86, 0, 1);                                           /* and 256 */
	REFUSE(0xfe, 0x10, 0);                                        /* a long item that is cut */
	REFUSE(0xfe);
	REFUSE(0x77, 0xff, 0xff, 0xff, 0xff, 0x97, 0xff, 0xff, 0, 0, 0x81,
	        2);                                 /* a report of 32 GiB */
	REFUSE(0x75, 1, 0x97, 0, 0, 1, 0, 0x81, 2); /* of 65536 elements */
	REFUSE(0x0c, 0);                            /* an item of the reserved type */
}

/* Elements wider than any key, and more of them than there are usages. */
static void test_odd_but_valid(void **state)
{
	static const uint8_t wide[] = {0x05, 0x07, 0x19, 0xe0, 0x29, 0xe7, 0x75, 0x40, 0x95, 0x08,
	        0x81, 0x02},
	                     none[] = {0x05, 0x07, 0x19, 0xe0, 0x29, 0xe7, 0x75, 0x00, 0x95, 0x08,
	                             0x81, 0x02},
	                     few[] = {0x05, 0x07, 0x19, 0xe0, 0x29, 0xe7, 0x75, 0x01, 0x95, 0x02,
	                             0x81, 0x02, 0xfe, 0x01, 0x00, 0xff};
	struct hid_layout layout;

	(void)state;
	PARSE(wide, &layout);
	assert_int_equal(layout.n, 0);
	PARSE(none, &layout);
	assert_int_equal(layout.n, 0);
	PARSE(few, &layout);
	assert_int_equal(hid_keys(&layout, UINT32_MAX), CTRL | LEFT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_keyboard),
	        cmocka_unit_test(test_bitmap_behind_a_number),
	        cmocka_unit_test(test_list),
	        cmocka_unit_test(test_single_usages),
	        cmocka_unit_test(test_pad_and_mouse),
	        cmocka_unit_test(test_no_descriptor),
	        cmocka_unit_test(test_odd_but_valid),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
