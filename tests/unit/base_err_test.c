/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What errors say, also when they are cut, prefixed, or made of themselves. */
#include "base/err.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void test_set_and_hint(void **state)
{
	struct err err = {0};

	(void)state;
	assert_int_equal(err_set(&err, -EINVAL, "gpu %d", 7), -EINVAL);
	assert_string_equal(err.message, "gpu 7");
	assert_string_equal(err.hint, "");
	err_hint(&err, "take %s", "another");
	err_code(&err, CODE_GPU_RESET);
	assert_string_equal(err.hint, "take another");
	assert_string_equal(err.code, "PT-GPU-03");
	assert_true(err_is(&err, CODE_GPU_RESET));
	assert_false(err_is(&err, CODE_GPU_ROM));
	/* A new error forgets the old one's advice. */
	err_set(&err, -EIO, "x");
	assert_string_equal(err.hint, "");
	assert_string_equal(err.code, "");
	assert_int_equal(err.number, -EIO);
}

static void test_errno_and_prefix(void **state)
{
	struct err err = {0};

	(void)state;
	assert_int_equal(err_errno(&err, -ENOENT, "%s", "/etc/x"), -ENOENT);
	assert_string_equal(err.message, "/etc/x: No such file or directory");
	err_hint(&err, "make it");
	err_code(&err, CODE_GPU_RESET);
	assert_int_equal(err_prefix(&err, "profile %s", "games"), -ENOENT);
	assert_string_equal(err.message, "profile games: /etc/x: No such file or directory");
	assert_string_equal(err.hint, "make it");
	assert_string_equal(err.code, "PT-GPU-03");
}

static void test_arguments_may_be_its_own_text(void **state)
{
	struct err err = {0};

	(void)state;
	err_set(&err, -EIO, "inner");
	err_set(&err, -EIO, "outer: %s", err.message);
	assert_string_equal(err.message, "outer: inner");
	err_hint(&err, "a");
	err_hint(&err, "%s%s", err.hint, err.hint);
	assert_string_equal(err.hint, "aa");
}

static void test_long_text_is_cut_and_says_so(void **state)
{
	char text[2000];
	struct err err = {0};

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	err_set(&err, -EIO, "%s", text);
	assert_int_equal(strlen(err.message), sizeof(err.message) - 1);
	assert_true(ends_with(err.message, "..."));
	err_errno(&err, -EIO, "%s", text);
	err_prefix(&err, "%s", text);
	assert_int_equal(strlen(err.message), sizeof(err.message) - 1);
	err_hint(&err, "%s", text);
	assert_int_equal(strlen(err.hint), sizeof(err.hint) - 1);
	err_code_text(&err, text);
	assert_int_equal(strlen(err.code), sizeof(err.code) - 1);
}

/* Two bytes a letter: whatever the cut falls on, what is left is whole letters and then dots. */
static void expect_whole_letters(const char *text, size_t before)
{
	size_t n = strlen(text);

	assert_true(ends_with(text, "..."));
	while (n > 0 && text[n - 1] == '.')
		n--;
	assert_true(n > before + 500);
	assert_int_equal((n - before) % 2, 0);
}

static void test_cut_between_letters(void **state)
{
	char text[3000] = "x";
	struct err err = {0};

	(void)state;
	for (size_t n = 1; n + 2 < sizeof(text); n += 2)
		strcpy(text + n, "\xd1\x8f");
	for (size_t before = 0; before < 2; before++) {
		const char *from = text + 1 - before;

		err_set(&err, -EIO, "%s", from);
		expect_whole_letters(err.message, before);
		err_prefix(&err, "yz");
		expect_whole_letters(err.message, before + strlen("yz: "));
		err_errno(&err, -EIO, "%s", from);
		expect_whole_letters(err.message, before);
		err_hint(&err, "%s", from);
		expect_whole_letters(err.hint, before);
	}
}

static void test_nobody_listens(void **state)
{
	(void)state;
	assert_int_equal(err_set(NULL, -EIO, "x"), -EIO);
	assert_int_equal(err_errno(NULL, -EIO, "x"), -EIO);
	assert_true(err_prefix(NULL, "x") < 0);
	err_hint(NULL, "x");
	err_code(NULL, CODE_USAGE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_set_and_hint),
	        cmocka_unit_test(test_errno_and_prefix),
	        cmocka_unit_test(test_arguments_may_be_its_own_text),
	        cmocka_unit_test(test_long_text_is_cut_and_says_so),
	        cmocka_unit_test(test_cut_between_letters),
	        cmocka_unit_test(test_nobody_listens),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
