/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which known word was meant, and when none was. */
#include "base/nearest.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const char *nearest(const char *word)
{
	static const char *const known[] = {"vm", "gpu", "memory", "network", "usb-controller"};
	struct nearest n = {.word = word};

	for (size_t i = 0; i < ARRAY_SIZE(known); i++)
		nearest_consider(&n, known[i]);
	return n.best;
}

static void a_slip_is_understood(void **state)
{
	(void)state;
	assert_string_equal(nearest("memroy"), "memory");
	assert_string_equal(nearest("netork"), "network");
	assert_string_equal(nearest("usb-contoller"), "usb-controller");
	assert_string_equal(nearest("gpu"), "gpu");
}

/* A short word is another one after two letters, and no word is meant by everything. */
static void another_word_is_not_guessed(void **state)
{
	(void)state;
	assert_null(nearest("cpus"));
	assert_null(nearest("frobnicate"));
	assert_null(nearest(""));
	assert_null(nearest("a-word-far-longer-than-any-that-is-known"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(a_slip_is_understood),
	        cmocka_unit_test(another_word_is_not_guessed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
