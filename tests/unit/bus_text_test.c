/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Text of others: valid UTF-8 for the bus, harmless on a terminal. */
#include "bus/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void expect_harmless(const char *text, bool lines, const char *expected)
{
	cleanup_free char *out = text_harmless(text, lines);

	assert_string_equal(out, expected);
}

static void expect_utf8(const char *text, const char *expected)
{
	cleanup_free char *out = text_utf8(text);

	assert_string_equal(out, expected);
}

static void words_of_any_language_stay(void **state)
{
	(void)state;
	expect_harmless("Kingston DataTraveler 3.0", false, "Kingston DataTraveler 3.0");
	expect_harmless("Клавиатура €", false, "Клавиатура €");
	expect_harmless("\xf0\x9f\x8e\xae", false, "\xf0\x9f\x8e\xae");
	expect_utf8("Клавиатура", "Клавиатура");
	expect_harmless("", false, "");
}

static void escape_sequences_are_written_out(void **state)
{
	(void)state;
	expect_harmless("\033[2J\033]0;title\a", false, "\\x1b[2J\\x1b]0;title\\x07");
	expect_harmless("a\bb\x7f", false, "a\\x08b\\x7f");
	expect_harmless("\xc2\x9b"
	                "31m",
	        false, "\\x9b31m"); /* CSI as one C1 character */
}

static void letters_cannot_change_places(void **state)
{
	(void)state;
	expect_harmless("a\u202eb\u2066c\u200f", false, "a\\u202eb\\u2066c\\u200f");
	expect_harmless("a\u2028b", false, "a\\u2028b");
}

static void lines_stay_only_where_asked(void **state)
{
	(void)state;
	expect_harmless("a\n\tb\r\n", true, "a\n\tb\n");
	expect_harmless("50%\r100%\n", true, "50%\\x0d100%\n");
	expect_harmless("a\n\tb", false, "a\\x0a\\x09b");
}

static void bytes_that_are_not_utf8_are_replaced(void **state)
{
	(void)state;
	expect_utf8("a\xff"
	            "b",
	        "a\xef\xbf\xbd"
	        "b");
	expect_utf8("\xc0\xaf", "\xef\xbf\xbd\xef\xbf\xbd");                 /* overlong slash */
	expect_utf8("\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"); /* surrogate */
	expect_utf8("\xe2\x82", "\xef\xbf\xbd\xef\xbf\xbd");                 /* cut in the middle */
	expect_utf8("\xf4\x90\x80\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
	expect_harmless("a\xff", false, "a\\xff");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(words_of_any_language_stay),
	        cmocka_unit_test(escape_sequences_are_written_out),
	        cmocka_unit_test(letters_cannot_change_places),
	        cmocka_unit_test(lines_stay_only_where_asked),
	        cmocka_unit_test(bytes_that_are_not_utf8_are_replaced),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
