/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "console/guard.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static void test_schedstat(void **state)
{
	(void)state;
	assert_int_equal(guard_read("100 23 7\n"), 123);
	assert_int_equal(guard_read("0 0 0\n"), 0);
	assert_int_equal(guard_read(""), 0);
	assert_int_equal(guard_read("12"), 0);
}

static void test_waiting(void **state)
{
	(void)state;
	assert_false(guard_waited(0, 5)); /* the first look */
	assert_true(guard_waited(1000, 1000));
	assert_true(guard_waited(1000, 90000000));
	assert_false(guard_waited(1000, 500000000)); /* it ran, or waited for a CPU */
	assert_false(guard_waited(1000, 0));         /* cannot be read */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_schedstat),
	        cmocka_unit_test(test_waiting),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
