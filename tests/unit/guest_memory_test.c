/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the test guest is told of its memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "memory.h"

static void wish_is_read(void **state)
{
	struct memory_wish wish;

	(void)state;
	assert_true(memory_parse("512", &wish));
	assert_int_equal(wish.mib, 512);
	assert_int_equal(wish.nodes, 0);
	assert_true(memory_parse("12288 0-5:6144 6-10,11:6144", &wish));
	assert_int_equal(wish.nodes, 2);
	assert_string_equal(wish.node[1].processors, "6-10,11");
	assert_int_equal(wish.node[1].mib, 6144);
}

static void garbage_is_refused(void **state)
{
	static const char *const texts[] = {"", "much", "0", "512 ", "512 0-3",
	        "512 0-3:", "512 0-3:x", "512  0:1", "512 0:1x"};
	struct memory_wish wish;

	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
		if (memory_parse(texts[i], &wish))
			fail_msg("'%s' was taken", texts[i]);
}

/* The firmware keeps some of it; nobody adds any. */
static void some_may_be_kept(void **state)
{
	(void)state;
	assert_true(memory_is_enough(512, 512));
	assert_true(memory_is_enough(480, 512));
	assert_false(memory_is_enough(400, 512));
	assert_false(memory_is_enough(513, 512));
	assert_true(memory_is_enough(16384 - 500, 16384));
	assert_false(memory_is_enough(8192, 16384));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(wish_is_read),
	        cmocka_unit_test(garbage_is_refused),
	        cmocka_unit_test(some_may_be_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
