/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lists of strings: growing, looking up, joining, splitting. */
#include "base/strv.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void test_empty(void **state)
{
	struct strv v = {0};
	char *joined = strv_join(&v, ", ");

	(void)state;
	assert_string_equal(joined, "");
	free(joined);
	strv_sort(&v);
	assert_false(strv_has(&v, ""));
	strv_foreach (s, &v)
		fail();
	strv_finish(&v);
}

static void test_add_sort_join(void **state)
{
	struct strv v = {0};
	char *joined;

	(void)state;
	strv_add(&v, "b");
	strv_addf(&v, "%c%d", 'a', 1);
	strv_take(&v, xstrdup("c"));
	assert_null(v.list[v.n]);
	strv_sort(&v);
	joined = strv_join(&v, ", ");
	assert_string_equal(joined, "a1, b, c");
	assert_true(strv_has(&v, "b"));
	assert_false(strv_has(&v, "B"));
	free(joined);
	strv_finish(&v);
	assert_int_equal(v.n, 0);
	strv_add(&v, "again");
	assert_int_equal(v.n, 1);
	strv_finish(&v);
}

static void test_split(void **state)
{
	struct strv v = {0};

	(void)state;
	strv_split(&v, "  a b\tc ", " \t");
	strv_split(&v, "", " ");
	strv_split(&v, "d", " ");
	assert_int_equal(v.n, 4);
	assert_string_equal(v.list[2], "c");
	assert_string_equal(v.list[3], "d");
	strv_finish(&v);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_empty),
	        cmocka_unit_test(test_add_sort_join),
	        cmocka_unit_test(test_split),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
