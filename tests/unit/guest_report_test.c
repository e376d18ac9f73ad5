/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The guest's report: nothing blocks, and a full buffer forgets news, never results. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "report.h"

/* A report whose console is the writing end of a pipe, and which has no port. */
struct fixture {
	struct report report;
	int reading;
	char *text;
	size_t length;
};

static int set_up(void **state)
{
	struct fixture *fixture = calloc(1, sizeof *fixture);
	int ends[2];

	if (!fixture || pipe2(ends, O_NONBLOCK | O_CLOEXEC) < 0)
		return -1;
	fixture->text = calloc(1, 1 << 20);
	fixture->reading = ends[0];
	fixture->report.next_seq = 1;
	fixture->report.console = (struct report_sink){.fd = ends[1], .prefix = "report: "};
	fixture->report.port = (struct report_sink){.fd = -1, .prefix = ""};
	*state = fixture;
	return fixture->text ? 0 : -1;
}

static int tear_down(void **state)
{
	struct fixture *fixture = *state;

	for (size_t i = 0; i < fixture->report.count; i++)
		free(fixture->report.lines[i].text);
	if (fixture->report.console.fd >= 0)
		close(fixture->report.console.fd);
	close(fixture->reading);
	free(fixture->text);
	free(fixture);
	return 0;
}

static void say(struct fixture *fixture, const char *event, bool may_go)
{
	struct json json;

	report_begin(&fixture->report, &json, event);
	report_add(&fixture->report, &json, may_go);
}

static void drain(struct fixture *fixture)
{
	ssize_t n;

	while ((n = read(fixture->reading, fixture->text + fixture->length, 4096)) > 0)
		fixture->length += (size_t)n;
}

static void lines_are_numbered_and_marked(void **state)
{
	struct fixture *fixture = *state;

	say(fixture, "hello", false);
	say(fixture, "done", false);
	drain(fixture);
	assert_string_equal(fixture->text, "report: {\"seq\":1,\"event\":\"hello\"}\nreport: "
	                                   "{\"seq\":2,\"event\":\"done\"}\n");
}

static void slow_reader_gets_all_in_whole_lines(void **state)
{
	struct fixture *fixture = *state;
	char expected[64];

	fcntl(fixture->reading, F_SETPIPE_SZ, 4096);
	for (int i = 0; i < 600; i++)
		say(fixture, "result", false);
	assert_true(fixture->report.console.line < 600);
	while (fixture->report.console.line < 600) {
		drain(fixture);
		report_flush(&fixture->report);
	}
	drain(fixture);
	for (int i = 1; i <= 600; i++) {
		snprintf(expected, sizeof expected, "report: {\"seq\":%d,\"event\":\"result\"}\n",
		        i);
		assert_non_null(strstr(fixture->text, expected));
	}
}

static void full_buffer_forgets_the_oldest_news(void **state)
{
	struct fixture *fixture = *state;

	say(fixture, "hello", false);
	for (int i = 0; i < REPORT_LINES_MAX + 100; i++) {
		say(fixture, "usb", true);
		drain(fixture);
	}
	assert_int_equal(fixture->report.count, REPORT_LINES_MAX);
	assert_string_equal(fixture->report.lines[0].text, "{\"seq\":1,\"event\":\"hello\"}\n");
	assert_string_equal(fixture->report.lines[1].text, "{\"seq\":103,\"event\":\"usb\"}\n");
	assert_int_equal(fixture->report.console.line, REPORT_LINES_MAX);
}

static void dead_console_is_left_alone(void **state)
{
	struct fixture *fixture = *state;
	struct pollfd fds[3];

	fixture->report.signals = -1;
	close(fixture->report.console.fd);
	fixture->report.console.fd = open("/dev/full", O_WRONLY | O_CLOEXEC);
	assert_true(fixture->report.console.fd >= 0);
	say(fixture, "hello", false);
	assert_int_equal(fixture->report.console.fd, -1);
	assert_int_equal(report_poll_fds(&fixture->report, fds), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup_teardown(lines_are_numbered_and_marked, set_up, tear_down),
	        cmocka_unit_test_setup_teardown(
	                slow_reader_gets_all_in_whole_lines, set_up, tear_down),
	        cmocka_unit_test_setup_teardown(
	                full_buffer_forgets_the_oldest_news, set_up, tear_down),
	        cmocka_unit_test_setup_teardown(dead_console_is_left_alone, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
