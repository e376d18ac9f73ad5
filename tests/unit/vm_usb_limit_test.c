/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Storms: how often a device that comes and goes is attached, with a clock that is stepped. */
#include "vm/usb/limit.h"

#include "base/util.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define S    1000000ull
#define PORT "0000:00:14.0/2.3"

static void test_person(void **state)
{
	struct usb_limit limit = {0};
	uint64_t now = S;

	(void)state;
	/* A bad day at the desk: once in two seconds, for an hour. */
	for (unsigned i = 0; i < 1800; i++, now += 2 * S)
		assert_int_equal(usb_limit_ask(&limit, PORT, now), USB_LIMIT_GO);
	assert_false(usb_limit_is_storm(&limit, PORT));
	assert_true(usb_limit_next(&limit, now) == UINT64_MAX);
	assert_null(usb_limit_calm(&limit, now + 60 * S));
	assert_int_equal(limit.n, 0);
	usb_limit_finish(&limit);
}

static void test_pauses_grow(void **state)
{
	static const unsigned pauses[] = {1, 2, 4, 8, 16, 30, 30};
	struct usb_limit limit = {0};
	uint64_t now = S;

	(void)state;
	for (unsigned i = 0; i < 7; i++, now += S / 50)
		assert_int_equal(usb_limit_ask(&limit, PORT, now), USB_LIMIT_GO);
	assert_int_equal(usb_limit_ask(&limit, PORT, now), USB_LIMIT_BEGINS);
	assert_true(usb_limit_is_storm(&limit, PORT));
	assert_false(usb_limit_is_storm(&limit, "0000:00:14.0/1"));
	assert_int_equal(usb_limit_ask(&limit, "0000:00:14.0/1", now), USB_LIMIT_GO);
	for (unsigned i = 0; i < ARRAY_SIZE(pauses); i++) {
		assert_int_equal(usb_limit_ask(&limit, PORT, now + 1), USB_LIMIT_WAIT);
		assert_true(usb_limit_next(&limit, now) == now + pauses[i] * S);
		now += pauses[i] * S;
		assert_int_equal(usb_limit_ask(&limit, PORT, now), USB_LIMIT_GO);
	}
	usb_limit_finish(&limit);
}

/* 180000 plugs: the work is bounded, the beginning and the end are told once. */
static void test_an_hour(void **state)
{
	struct usb_limit limit = {0};
	unsigned go = 0, begins = 0;
	uint64_t now = S, end = S + 3600 * S;
	char *calm;

	(void)state;
	for (; now < end; now += S / 50) {
		assert_null(usb_limit_calm(&limit, now));
		switch (usb_limit_ask(&limit, PORT, now)) {
		case USB_LIMIT_GO:
			go++;
			break;
		case USB_LIMIT_BEGINS:
			begins++;
			break;
		case USB_LIMIT_WAIT:
			break;
		}
	}
	assert_int_equal(begins, 1);
	assert_true(go > 100 && go < 140);
	assert_int_equal(limit.n, 1);
	while (usb_limit_next(&limit, now) != UINT64_MAX) {
		now = usb_limit_next(&limit, now);
		calm = usb_limit_calm(&limit, now);
		if (calm)
			break;
	}
	assert_string_equal(calm, PORT);
	free(calm);
	assert_true(now <= end + USB_LIMIT_MAX_USEC + USB_LIMIT_USEC);
	assert_null(usb_limit_calm(&limit, now));
	assert_int_equal(limit.n, 0);
	assert_int_equal(usb_limit_ask(&limit, PORT, now), USB_LIMIT_GO);
	usb_limit_finish(&limit);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_person),
	        cmocka_unit_test(test_pauses_grow),
	        cmocka_unit_test(test_an_hour),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
