/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How soon an event is looked at. */
#include "vm/usb/pace.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void test_first_at_once(void **state)
{
	struct usb_pace pace = {0};

	(void)state;
	assert_int_equal(usb_pace_next(&pace, 5), 5);
	usb_pace_looked(&pace, 5);
	assert_int_equal(usb_pace_next(&pace, 6), 5 + USB_PACE_USEC);
	assert_int_equal(usb_pace_next(&pace, 5 + USB_PACE_USEC), 5 + USB_PACE_USEC);
	assert_int_equal(usb_pace_next(&pace, 900000), 900000);
}

/* A thousand events a second for an hour: at most fifty looks in the first second, then ten in each. */
static void test_bounded(void **state)
{
	struct usb_pace pace = {0};
	unsigned looks = 0;

	(void)state;
	for (uint64_t now = 1000; now < 3600ull * 1000000; now += 1000) {
		if (usb_pace_next(&pace, now) > now)
			continue;
		usb_pace_looked(&pace, now);
		looks++;
	}
	assert_true(looks >= 35000 && looks < 36100);
	/* After quiet it is as quick as ever. */
	usb_pace_looked(&pace, 3601ull * 1000000);
	assert_int_equal(pace.row, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_first_at_once),
	        cmocka_unit_test(test_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
