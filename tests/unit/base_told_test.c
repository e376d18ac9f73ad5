/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An error that was made in one language is told in another one later. */
#include "base/told.h"
#include "base/err.h"
#include "base/i18n.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static char *form(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
static char *form(const char *fmt, ...)
{
	va_list ap;
	char *made;

	va_start(ap, fmt);
	made = told_form(fmt, ap);
	va_end(ap);
	return made;
}

static void expect(char *form_of_it, const char *text)
{
	cleanup_free char *mine = form_of_it, *told = told_now(mine ? mine : "no form");

	assert_string_equal(told, text);
}

static void all_that_printf_takes(void **state)
{
	cleanup_free char *plain = NULL;

	(void)state;
	i18n_language("en");
	expect(form("no argument, 100%%"), "no argument, 100%");
	expect(form("%s: %d %u %x %c", "a", -7, 8u, 255u, 'z'), "a: -7 8 ff z");
	expect(form("%zu %lu %llu %ld %lld", (size_t)1, 2ul, 3ull, -4l, -5ll), "1 2 3 -4 -5");
	expect(form("%03d|%-4s|%.2s|%.*s|%*d", 7, "ab", "abc", 1, "xyz", 3, 5),
	        "007|ab  |ab|x|  5");
	expect(form("%.1f %#llx %hhu %jd", 1.25, 255ull, 7, (intmax_t)-1), "1.2 0xff 7 -1");
	expect(form("%s", ""), "");
	/* In which nothing is translated. */
	plain = form("%s: %d", "a", 7);
	assert_string_equal(plain, "a: 7");
	/* Nobody's text is taken for a form. */
	expect(form("%s", "a\1b\2c\3"), "a?b?c?");
	expect(told_plain("\1x\3"), "?x?");
}

static void what_is_none_is_none(void **state)
{
	(void)state;
	assert_null(form("%1$s %2$s", "a", "b"));
	assert_null(form("%s%s%s%s%s%s%s%s%s%s%s%s%s%s%s%s%s", "1", "2", "3", "4", "5", "6", "7",
	        "8", "9", "10", "11", "12", "13", "14", "15", "16", "17"));
}

static void broken_forms_are_told_somehow(void **state)
{
	static const char *const forms[] = {"\1", "\1\2", "\1%s", "\1%s\2", "\1%s\2\1", "\1%s\2\1x",
	        "\3", "\2\2", "\1%9$s\2a\3", "\1%0$s\2a\3", "\1%\2a\3", "\1%1$\2a\3",
	        "\1\1\1\1\3\3\3"};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(forms); i++)
		free(told_now(forms[i]));
	expect(xstrdup("plain"), "plain");
	expect(xstrdup("VM x: \1%s too\2\1early\3\3: end"), "VM x: early too: end");
	expect(xstrdup("\1%2$s before %1$s\2a\2b\3"), "b before a");
}

/* Made in @from, told in @to: as if it had been made there. */
static void from_to(const char *from, const char *to)
{
	struct err err = {0}, now, there = {0};

	i18n_language(from);
	err_set(&err, -ECHILD, _("VM %s: QEMU ended by itself: %s"), "games",
	        _("QEMU ended by itself"));
	err_prefix(&err, "session %d", 7);
	err_hint(&err, _("its reasons: journalctl -u playthrough-setupd"));
	err_code(&err, CODE_QEMU_ENDED);
	i18n_language(to);
	err_set(&there, -ECHILD, _("VM %s: QEMU ended by itself: %s"), "games",
	        _("QEMU ended by itself"));
	err_prefix(&there, "session %d", 7);
	err_hint(&there, _("its reasons: journalctl -u playthrough-setupd"));
	assert_string_not_equal(err.message, there.message);
	err_now(&err, &now);
	assert_string_equal(now.message, there.message);
	assert_string_equal(now.hint, there.hint);
	assert_string_equal(now.code, "PT-QEMU-02");
	assert_int_equal(now.number, -ECHILD);
}

static void in_either_language(void **state)
{
	(void)state;
	from_to("en", "ru");
	from_to("ru", "en");
	i18n_language("en");
}

static void what_fits_no_form_stays_as_it_is(void **state)
{
	char long_text[1100];
	struct err err = {0}, now;

	(void)state;
	memset(long_text, 'x', sizeof(long_text) - 1);
	long_text[sizeof(long_text) - 1] = '\0';
	err_set(&err, -EIO, "%s", long_text);
	err_errno(&err, -EIO, "%s", long_text);
	assert_string_equal(err.told, "");
	err_now(&err, &now);
	assert_string_equal(now.message, err.message);
	err_set(&err, -EIO, "a");
	err_prefix(&err, "%s", long_text);
	err_now(&err, &now);
	assert_string_equal(now.message, err.message);
	err = (struct err){0};
	err_now(&err, &now);
	assert_string_equal(now.message, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(all_that_printf_takes),
	        cmocka_unit_test(what_is_none_is_none),
	        cmocka_unit_test(broken_forms_are_told_somehow),
	        cmocka_unit_test(in_either_language),
	        cmocka_unit_test(what_fits_no_form_stays_as_it_is),
	};

	setenv("PLAYTHROUGH_LOCALE_DIR", "build/locale", 0);
	i18n_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
