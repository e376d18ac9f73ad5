/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the setup service understands of what playthrough-setup prints. */
#include "host-setup/service/answers.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void test_id(void **state)
{
	static const char *const bad[] = {
	        "", "0123abc", "0123abcde", "0123ABCD", "0123abcg", "--yes000", "0123 abc"};

	(void)state;
	assert_true(answer_is_id("0123abcd"));
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_false(answer_is_id(bad[i]));
}

static void test_plan(void **state)
{
	cleanup_free char *id = answer_plan_id("{\"id\": \"0123abcd\"}", 0, NULL);
	struct err err = {0};

	(void)state;
	assert_string_equal(id, "0123abcd");
	assert_null(answer_plan_id("{\"refused\": {\"code\": \"PT-GPU-03\", \"message\": \"no\", "
	                           "\"hint\": \"do\"}}",
	        1, &err));
	assert_int_equal(err.number, -EPERM);
	assert_string_equal(err.message, "no");
	assert_string_equal(err.hint, "do");
	assert_string_equal(err.code, "PT-GPU-03");
}

static void test_garbage(void **state)
{
	static const char *const bad[] = {"", "[", "[]", "1", "null", "{}", "{\"id\": 1}",
	        "{\"id\": \"x\"}", "{\"id\": \"0123abcd\"", "{\"refused\": 1}", "\xff"};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct answer_line line;
		struct err err = {0};

		assert_null(answer_plan_id(bad[i], 0, &err));
		assert_true(err_is(&err, CODE_SETUP_SERVICE) && err.hint[0]);
		answer_read_line(bad[i], &line);
		assert_true(!line.stage && !line.done && !line.failed);
		answer_line_finish(&line);
	}
	/* an answer with a status that denies it */
	assert_null(answer_plan_id("{\"id\": \"0123abcd\"}", 1, NULL));
	assert_int_equal(answer_check("{}", "check", 4, NULL), 0);
	assert_int_equal(answer_check("[]", "check", 0, NULL), -EIO);
}

static void test_lines(void **state)
{
	struct answer_line line;

	(void)state;
	answer_read_line("{\"stage\": \"write /x\", \"percent\": 40}", &line);
	assert_string_equal(line.stage, "write /x");
	assert_int_equal(line.percent, 40);
	answer_line_finish(&line);
	answer_read_line("{\"stage\": \"x\", \"percent\": 101}", &line);
	assert_int_equal(line.percent, 0);
	answer_line_finish(&line);
	answer_read_line("{\"done\": true}", &line);
	assert_true(line.done && !line.failed);
	answer_line_finish(&line);
	answer_read_line("{\"error\": {\"number\": -116, \"code\": \"PT-SETUP-31\", \"message\": "
	                 "\"stale\", \"hint\": \"look\"}}",
	        &line);
	assert_true(line.failed && !line.done);
	assert_int_equal(line.err.number, -EPERM); /* refused: the facts have changed */
	assert_string_equal(line.err.code, "PT-SETUP-31");
	answer_line_finish(&line);
	answer_read_line("{\"error\": {\"number\": 99999999999}}", &line);
	assert_true(line.failed && line.err.number == -EIO);
	answer_line_finish(&line);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_id),
	        cmocka_unit_test(test_plan),
	        cmocka_unit_test(test_garbage),
	        cmocka_unit_test(test_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
