/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The arguments of plan and apply, and the refusal of a plan that is not the one that was shown. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "host-setup/plan_options.h"
#include "setup_pc.h"

static int parse(const char *line, bool apply, struct plan_options *out, struct err *err)
{
	static struct strv words; /* out->id points into it */

	strv_finish(&words);
	strv_split(&words, line, " ");
	return plan_options_parse((int)words.n, words.list, apply, out, err);
}

static void test_good(void **state)
{
	struct plan_options o;

	(void)state;
	assert_int_equal(parse("apply same --yes", true, &o, NULL), 0);
	assert_true(o.same && o.yes && !o.id && !o.progress);
	plan_options_finish(&o);
	assert_int_equal(
	        parse("apply --plan 0123abcd --gpu 01:00.0 --progress", true, &o, NULL), 0);
	assert_string_equal(o.id, "0123abcd");
	assert_true(!o.same && o.progress && o.wishes.n == 1);
	plan_options_finish(&o);
	assert_int_equal(parse("plan --json --plan=0123abcd", false, &o, NULL), 0);
	assert_true(o.json && o.id);
	plan_options_finish(&o);
	assert_int_equal(parse("apply --gpu none --usb 00:14.0", true, &o, NULL), 0);
	assert_true(o.wishes.none && o.wishes.n == 1);
	plan_options_finish(&o);
}

static void test_bad(void **state)
{
	static const struct {
		const char *line;
		bool apply;
	} cases[] = {
	        {"plan same", false},
	        {"plan --yes", false},
	        {"plan --progress", false},
	        {"apply same same", true},
	        {"apply same --gpu none", true},
	        {"apply same --gpu 01:00.0", true},
	        {"apply other", true},
	        {"apply --plan", true},
	        {"apply --json", true},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct plan_options o;
		struct err err = {0};

		assert_int_equal(parse(cases[i].line, cases[i].apply, &o, &err), -EINVAL);
		assert_true(err_is(&err, CODE_USAGE) && err.hint[0]);
	}
}

static void test_stale(void **state)
{
	struct planned planned = {.plan = {.id = "0123abcd"}};
	struct err err = {0};

	(void)state;
	assert_int_equal(planned_is(&planned, NULL, &err), 0);
	assert_int_equal(planned_is(&planned, "0123abcd", &err), 0);
	assert_int_equal(planned_is(&planned, "0123abce", &err), -ESTALE);
	assert_true(err_is(&err, CODE_SETUP_STALE) && err.hint[0]);
	assert_non_null(strstr(err.message, "0123abcd"));
	assert_int_equal(planned_is(&planned, "", &err), -ESTALE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_good),
	        cmocka_unit_test(test_bad),
	        cmocka_unit_test(test_stale),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
