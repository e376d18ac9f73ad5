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

static void masks(void **state)
{
	static const struct {
		const char *mask, *list, *again;
	} cases[] = {{"0", "", NULL}, {"f0", "4-7", NULL}, {"3,00000000", "32-33", NULL},
	        {"00000000,0000000F", "0-3", "f"}, {"80000001,00000000,00000001", "0,64,95", NULL}};
	static const char *const wrong[] = {
	        "", ",", "g", "1,", ",1", "1,0", "1,0000000", "111111111", "0x1", "1 ", "-1"};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		cleanup_cpulist struct cpulist cpus;
		cleanup_free char *list = NULL, *mask = NULL;

		assert_int_equal(cpulist_parse_mask(cases[i].mask, &cpus), 0);
		list = cpulist_format(&cpus);
		mask = cpulist_format_mask(&cpus);
		assert_string_equal(list, cases[i].list);
		assert_string_equal(mask, cases[i].again ? cases[i].again : cases[i].mask);
	}
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		struct cpulist cpus;

		assert_int_equal(cpulist_parse_mask(wrong[i], &cpus), -EINVAL);
		assert_null(cpus.list);
	}
}

static void two_of_them(void **state)
{
	static const char *const cases[][4] = {{"", "", "", ""}, {"0-3", "", "0-3", "0-3"},
	        {"", "1", "1", ""}, {"0-7", "2-3,9", "0-7,9", "0-1,4-7"},
	        {"1,3", "0-4", "0-4", ""}};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		cleanup_cpulist struct cpulist a, b, both, rest, copy;
		cleanup_free char *both_text = NULL, *rest_text = NULL;

		assert_int_equal(cpulist_parse(cases[i][0], &a), 0);
		assert_int_equal(cpulist_parse(cases[i][1], &b), 0);
		both = cpulist_both(&a, &b);
		rest = cpulist_without(&a, &b);
		copy = cpulist_copy(&a);
		both_text = cpulist_format(&both);
		rest_text = cpulist_format(&rest);
		assert_string_equal(both_text, cases[i][2]);
		assert_string_equal(rest_text, cases[i][3]);
		assert_true(cpulist_equal(&a, &copy));
		assert_int_equal(cpulist_equal(&a, &b), streq(cases[i][0], cases[i][1]));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(there_and_back),
	        cmocka_unit_test(not_a_list),
	        cmocka_unit_test(added_in_order),
	        cmocka_unit_test(masks),
	        cmocka_unit_test(two_of_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
