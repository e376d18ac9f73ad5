/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who is answered in which language. */
#include "bus/speakers.h"
#include "base/util.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

static void each_has_their_own(void **state)
{
	static struct speakers speakers;

	(void)state;
	assert_null(speakers_code(&speakers, ":1.1"));
	assert_int_equal(speakers_set(&speakers, ":1.1", "ru", NULL), 0);
	assert_int_equal(speakers_set(&speakers, ":1.2", "en", NULL), 0);
	assert_string_equal(speakers_code(&speakers, ":1.1"), "ru");
	assert_string_equal(speakers_code(&speakers, ":1.2"), "en");
	assert_int_equal(speakers_set(&speakers, ":1.1", "en", NULL), 0);
	assert_string_equal(speakers_code(&speakers, ":1.1"), "en");
	assert_null(speakers_code(&speakers, ":1.3"));
}

/* It is part of a path. */
static void what_is_no_language_is_refused(void **state)
{
	static const char *const bad[] = {
	        "", "r", "RU", "../../x", "ru_RU", "russ", "r\xc3\xbc", "ru:en"};
	static struct speakers speakers;
	struct err err = {0};
	char name[200];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_int_equal(speakers_set(&speakers, ":1.1", bad[i], &err), -EINVAL);
	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	assert_int_equal(speakers_set(&speakers, name, "ru", &err), -EINVAL);
	assert_null(speakers_code(&speakers, ":1.1"));
}

static void of_a_crowd_the_last_are_known(void **state)
{
	static struct speakers speakers;
	char name[32];

	(void)state;
	for (unsigned i = 0; i < 3 * SPEAKERS_MOST; i++) {
		snprintf(name, sizeof(name), ":1.%u", i);
		assert_int_equal(speakers_set(&speakers, name, i % 2 ? "ru" : "en", NULL), 0);
	}
	assert_null(speakers_code(&speakers, ":1.0"));
	assert_string_equal(speakers_code(&speakers, name), "ru");
	snprintf(name, sizeof(name), ":1.%u", 2 * SPEAKERS_MOST);
	assert_string_equal(speakers_code(&speakers, name), "en");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(each_has_their_own),
	        cmocka_unit_test(what_is_no_language_is_refused),
	        cmocka_unit_test(of_a_crowd_the_last_are_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
