/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The names of USB ports. */
#include "base/usb_port.h"

#include "base/util.h"

#include <setjmp.h>

#include <cmocka.h>

static void test_chain(void **state)
{
	static const char *const good[] = {"1", "2.3", "15.1.2", "ss5", "ss1.4", "1.2.3.4.5.6.7"},
	                         *const bad[] = {"", "0", "2.", ".2", "2.0", "s5", "ss", "ss0",
	                                 "1000", "1.2.3.4.5.6.7.8", "2.3 ", "1-2", "ssss1"};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(good); i++)
		assert_true(usb_port_is_chain(good[i]));
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_false(usb_port_is_chain(bad[i]));
}

static void test_behind(void **state)
{
	(void)state;
	assert_true(usb_port_is_behind("0000:00:14.0/2.3", "0000:00:14.0/2"));
	assert_true(usb_port_is_behind("0000:00:14.0/2.3.1", "0000:00:14.0/2"));
	assert_false(usb_port_is_behind("0000:00:14.0/2", "0000:00:14.0/2"));
	assert_false(usb_port_is_behind("0000:00:14.0/23", "0000:00:14.0/2"));
	assert_false(usb_port_is_behind("0000:00:14.0/ss2.1", "0000:00:14.0/2"));
	assert_int_equal(usb_port_depth("0000:00:14.0/2.3"), 2);
	assert_int_equal(usb_port_depth("0000:00:14.0"), 0);
	assert_int_equal(usb_port_depth("0000:00:14.0/x"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_chain),
	        cmocka_unit_test(test_behind),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
