/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The test guest's JSON lines: escaping, broken UTF-8, and values too long for the buffer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "json.h"

static void writes_members(void **state)
{
	struct json json;

	(void)state;
	json_begin(&json);
	json_integer(&json, "seq", 7);
	json_string(&json, "event", "result");
	json_seconds(&json, "seconds", 0.25);
	json_end(&json);
	assert_string_equal(json.text, "{\"seq\":7,\"event\":\"result\",\"seconds\":0.2}");
}

static void escapes(void **state)
{
	static const struct {
		const char *value, *written;
	} cases[] = {
	        {"a\"b\\c", "{\"v\":\"a\\\"b\\\\c\"}"},
	        {"line\nend\t\x7f", "{\"v\":\"line\\u000aend\\u0009\\u007f\"}"},
	        {"Мышь €", "{\"v\":\"Мышь €\"}"},
	        {"bad \xff\xfe", "{\"v\":\"bad ??\"}"},
	        {"cut \xd0", "{\"v\":\"cut ?\"}"},
	        {"overlong \xc0\xaf", "{\"v\":\"overlong ??\"}"},
	        {"surrogate \xed\xa0\x80", "{\"v\":\"surrogate ???\"}"},
	        {"", "{\"v\":\"\"}"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct json json;

		json_begin(&json);
		json_string(&json, "v", cases[i].value);
		json_end(&json);
		assert_string_equal(json.text, cases[i].written);
	}
}

static void stays_whole_when_too_long(void **state)
{
	static char value[5000];
	struct json json;

	(void)state;
	memset(value, '"', sizeof value - 1);
	json_begin(&json);
	json_string(&json, "a", value);
	json_string(&json, "b", "no room for this");
	json_integer(&json, "c", 1234567);
	json_end(&json);
	assert_true(json.length < sizeof json.text);
	assert_int_equal(strlen(json.text), json.length);
	assert_string_equal(json.text + json.length - 4, "\\\"\"}");
	assert_null(strstr(json.text, "\"b\""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(writes_members),
	        cmocka_unit_test(escapes),
	        cmocka_unit_test(stays_whole_when_too_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
