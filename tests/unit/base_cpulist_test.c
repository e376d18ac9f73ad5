/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/cpulist.h"

#include <errno.h>
#include <setjmp.h>
#include <cmocka.h>

static void there_and_back(void **state)
{
	static const char *const texts[] = {"", "0", "0-3", "0,2", "0-1,4,6-8191", "5-6"};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		cleanup_cpulist struct cpulist cpus;
		cleanup_free char *text = NULL;

		assert_int_equal(cpulist_parse(texts[i], &cpus), 0);
		text = cpulist_format(&cpus);
		assert_string_equal(text, texts[i]);
	}
}

static void not_a_list(void **state)
{
	static const char *const texts[] = {
	        ",", "1,", "a", "3-1", "1,1", "2,1", "0-8192", "-1", "1-", "0x1", " 1", "1-2-3"};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		struct cpulist cpus;

		assert_int_equal(cpulist_parse(texts[i], &cpus), -EINVAL);
		assert_null(cpus.list);
	}
}

static void added_in_order(void **state)
{
	cleanup_cpulist struct cpulist cpus = {0};
	cleanup_free char *text = NULL;

	(void)state;
	cpulist_add(&cpus, 4);
	cpulist_add(&cpus, 0);
	cpulist_add(&cpus, 3);
	cpulist_add(&cpus, 4);
	text = cpulist_format(&cpus);
	assert_string_equal(text, "0,3-4");
	assert_true(cpulist_has(&cpus, 3));
	assert_false(cpulist_has(&cpus, 5));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(there_and_back),
	        cmocka_unit_test(not_a_list),
	        cmocka_unit_test(added_in_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
