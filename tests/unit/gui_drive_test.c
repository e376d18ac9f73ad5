/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is made of the words of a test drive's guest. */
#include "model/drive.h"
#include "model/parts.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

static void it_is_read(void **state)
{
	cleanup(drive_finish) struct drive drive = {0};
	static const char text[] =
	        "{\"nonce\": \"7\", \"lines\": [7, {}, {\"event\": \"result\", \"device\": \"gpu\","
	        " \"capability\": \"draw\", \"status\": \"pass\", \"detail\": \"1920x1080\"},"
	        " {\"event\": \"result\", \"device\": \"gpu\", \"capability\": \"dma\","
	        " \"status\": \"fail\", \"detail\": \"\\u001b[2J\"},"
	        " {\"event\": \"result\", \"status\": \"not-testable\"},"
	        " {\"event\": \"result\", \"status\": \"well\"},"
	        " {\"event\": \"problem\", \"detail\": \"no modules\"}, {\"event\": \"done\"}]}";

	(void)state;
	assert_int_equal(drive_set(&drive, "games", text, NULL), 0);
	assert_string_equal(drive.vm, "games");
	assert_true(drive.complete);
	assert_int_equal(drive.n, 4);
	assert_string_equal(drive.results[0].what, "draw");
	assert_null(strchr(drive.results[1].detail, '\x1b'));
	assert_int_equal(drive_count(&drive, DRIVE_PASS), 1);
	assert_int_equal(drive_count(&drive, DRIVE_NOT_TESTED), 1);
	/* A word of a later guest promises nothing. */
	assert_int_equal(drive_count(&drive, DRIVE_FAIL), 2);
	assert_int_equal(drive.problems.n, 1);
}

/* What was told before stays. */
static void garbage_is_refused(void **state)
{
	cleanup(drive_finish) struct drive drive = {0};
	struct err err = {0};

	(void)state;
	assert_int_equal(drive_set(&drive, "games", "{\"lines\": {}}", NULL), 0);
	assert_false(drive.complete);
	assert_int_equal(drive_set(&drive, "other", "[", &err), -EBADMSG);
	assert_int_equal(drive_set(&drive, "other", "[]", &err), -EBADMSG);
	assert_string_equal(drive.vm, "games");
}

/* Of another VM it stays. */
static void the_next_one_makes_it_old(void **state)
{
	cleanup(drive_finish) struct drive drive = {0};

	(void)state;
	drive_follow(&drive, "games", "{\"lines\": [{\"event\": \"done\"}]}");
	assert_true(drive.complete);
	drive_follow(&drive, "other", "");
	assert_string_equal(drive.vm, "games");
	drive_follow(&drive, "games", NULL);
	assert_null(drive.vm);
	assert_false(drive.complete);
}

static void what_has_no_room_is_counted(void **state)
{
	cleanup(drive_finish) struct drive drive = {0};
	cleanup_json json_t *lines = json_array();
	cleanup_free char *text = NULL, *all = NULL;

	(void)state;
	for (unsigned i = 0; i < DRIVE_RESULTS_MOST + 3; i++)
		json_array_append_new(lines, json_pack("{s:s, s:s}", "event", "result", "status",
		                                     i < DRIVE_RESULTS_MOST ? "pass" : "fail"));
	text = json_dumps(lines, 0);
	all = xasprintf("{\"lines\": %s}", text);
	assert_int_equal(drive_set(&drive, "games", all, NULL), 0);
	assert_int_equal(drive.n, DRIVE_RESULTS_MOST);
	assert_int_equal(drive.left_out, 3);
	assert_int_equal(drive_count(&drive, DRIVE_FAIL), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(it_is_read),
	        cmocka_unit_test(garbage_is_refused),
	        cmocka_unit_test(the_next_one_makes_it_old),
	        cmocka_unit_test(what_has_no_room_is_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
