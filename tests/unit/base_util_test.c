/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Numbers are parsed strictly; strings and ownership helpers do what their names say. */
#include "base/util.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void test_numbers_that_are_some(void **state)
{
	static const struct {
		const char *text;
		int base;
		uint64_t value;
	} cases[] = {
	        {"0", 10, 0},
	        {"010", 10, 10},
	        {"010", 0, 10}, /* padded, not octal */
	        {"0x1f", 0, 31},
	        {"0X1F", 0, 31},
	        {"0x10de", 16, 0x10de},
	        {"f00f4e", 16, 0xf00f4e},
	        {"17", 8, 15},
	        {"18446744073709551615", 10, UINT64_MAX},
	};
	uint64_t v;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		assert_int_equal(parse_u64(cases[i].text, cases[i].base, UINT64_MAX, &v), 0);
		assert_true(v == cases[i].value);
	}
}

static void test_numbers_that_are_none(void **state)
{
	static const char *const none[] = {"", " ", " 1", "1 ", "+1", "-1", "1k", "0x", "x1", "1,0",
	        "1.5", "0x0x1", "a", "1\n"};
	uint64_t v = 77;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(none); i++) {
		assert_int_equal(parse_u64(none[i], 10, UINT64_MAX, &v), -EINVAL);
		assert_int_equal(parse_u64(none[i], 0, UINT64_MAX, &v), -EINVAL);
	}
	assert_int_equal(parse_u64("18446744073709551616", 10, UINT64_MAX, &v), -ERANGE);
	assert_int_equal(parse_u64("256", 10, 255, &v), -ERANGE);
	assert_true(v == 77);
}

static void test_strings(void **state)
{
	char text[] = " \t a b\n ", blank[] = " \n", empty[] = "";

	(void)state;
	assert_string_equal(strip(text), "a b");
	assert_string_equal(strip(blank), "");
	assert_string_equal(strip(empty), "");
	assert_true(starts_with("vfio-pci", "vfio"));
	assert_false(starts_with("vf", "vfio"));
	assert_true(ends_with("a.ko.xz", ".xz"));
	assert_false(ends_with("z", ".xz"));
	assert_null(xstrdup(NULL));
}

static void test_ownership(void **state)
{
	char *text = xstrdup("x"), *owner = take_ptr(text);
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC), kept = take_fd(fd);

	(void)state;
	assert_null(text);
	assert_string_equal(owner, "x");
	free(owner);
	assert_int_equal(fd, -1);
	errno = EXDEV;
	close_fd(&kept);
	close_fd(&kept);
	assert_int_equal(kept, -1);
	assert_int_equal(errno, EXDEV);
}

static void test_list_append(void **state)
{
	struct pair {
		int a, b;
	} *list = NULL;
	size_t n = 0;

	(void)state;
	for (int i = 0; i < 100; i++)
		list_append(list, n)->a = i;
	assert_int_equal(n, 100);
	assert_int_equal(list[99].a, 99);
	assert_int_equal(list[99].b, 0);
	free(list);
}

static void test_columns(void **state)
{
	static const char word[] = "\xd0\xbd\xd0\xb5\xd1\x82"; /* three Cyrillic letters */

	(void)state;
	assert_int_equal(utf8_columns("none", 100), 4);
	assert_int_equal(utf8_columns("none", 2), 2);
	assert_int_equal(utf8_columns("", 1), 0);
	assert_int_equal(utf8_columns(word, strlen(word)), 3);
	assert_int_equal(utf8_columns(word, 2), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_numbers_that_are_some),
	        cmocka_unit_test(test_numbers_that_are_none),
	        cmocka_unit_test(test_strings),
	        cmocka_unit_test(test_columns),
	        cmocka_unit_test(test_ownership),
	        cmocka_unit_test(test_list_append),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
