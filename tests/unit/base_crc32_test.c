/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/crc32.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

/* The check value that every description of it names. */
static void test_known_values(void **state)
{
	(void)state;
	assert_int_equal(crc32_of("123456789", 9), 0xcbf43926);
	assert_int_equal(crc32_of("", 0), 0);
	assert_int_equal(crc32_of("\xff\x00\x80", 3), 0xac616edf);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_known_values),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
