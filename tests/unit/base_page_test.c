/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/page.h"
#include "base/util.h"

#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

/* A page of this width, into memory. */
static struct page open_page(const char *columns, bool colour, char **text, size_t *size)
{
	struct page page;

	setenv("COLUMNS", columns, 1);
	page_init(&page, open_memstream(text, size), colour);
	return page;
}

static void close_page(const struct page *page, char **text, const char *expected)
{
	fclose(page->out);
	assert_string_equal(*text, expected);
	free(*text);
}

static void test_width(void **state)
{
	static const struct {
		const char *columns;
		size_t width;
	} cases[] = {{"80", 80}, {"7", 40}, {"500", 120}, {"wide", 96}, {"0", 96}};
	char *text;
	size_t size;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct page page = open_page(cases[i].columns, false, &text, &size);

		assert_int_equal(page.width, cases[i].width);
		close_page(&page, &text, "");
	}
}

static void test_wrap(void **state)
{
	char *text;
	size_t size;
	struct page page = open_page("40", false, &text, &size);

	(void)state;
	page_wrap(
	        &page, PAGE_RED, 0, 2, "Words that are wider than what there is in one line of it");
	page_blank(&page, 3);
	page_wrap_after(&page, NULL, true, 3, 2,
	        "/a/path/that/is/far/too/long/for/any/line/and/stays/whole end");
	close_page(&page, &text,
	        "Words that are wider than what there is\n  in one line of it\n"
	        "   \n  /a/path/that/is/far/too/long/for/any/line/and/stays/whole\n  end\n");
}

static void test_colour(void **state)
{
	char *text;
	size_t size;
	struct page page = open_page("40", true, &text, &size);

	(void)state;
	page_paint(&page, PAGE_BOLD, "bold");
	page_paint(&page, NULL, "plain");
	page_wrap(&page, PAGE_RED, 0, 0, "red");
	close_page(&page, &text, "\033[1mbold\033[0mplain\033[31mred\033[0m\n");
}

static void test_columns(void **state)
{
	(void)state;
	assert_int_equal(page_columns("abc", 3), 3);
	assert_int_equal(page_columns("Игра", 8), 4); /* in the C locale, too */
	assert_non_null(setlocale(LC_CTYPE, "C.UTF-8"));
	assert_int_equal(page_columns("Игра", 8), 4);
	assert_int_equal(page_columns("漢字", 6), 4);
	assert_int_equal(page_columns("e\xcc\x81", 3), 1);
	assert_int_equal(page_columns("\xff\xfe", 2), 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_width),
	        cmocka_unit_test(test_wrap),
	        cmocka_unit_test(test_colour),
	        cmocka_unit_test(test_columns),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
