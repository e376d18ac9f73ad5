/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The report of a guest that may say anything. */
#include "vm/plan/report.h"
#include "base/socket.h"

#include <setjmp.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

struct fixture {
	char folder[64], *path;
	sd_event *event;
	struct report *report;
	int listening, guest;
	unsigned lines;
	char last[64];
	bool destroy;
};

static void on_line(void *user, const char *event, json_t *line)
{
	struct fixture *f = user;

	(void)line;
	f->lines++;
	snprintf(f->last, sizeof(f->last), "%s", event);
	if (f->destroy) {
		report_destroy(f->report);
		f->report = NULL;
	}
}

static int setup(void **state)
{
	struct fixture *f = xcalloc(1, sizeof(*f));

	strcpy(f->folder, "/tmp/playthrough-report-XXXXXX");
	assert_non_null(mkdtemp(f->folder));
	f->path = xasprintf("%s/sock", f->folder);
	assert_true(sd_event_new(&f->event) >= 0);
	f->listening = socket_listen(f->path, 0600, NULL);
	assert_true(f->listening >= 0);
	assert_int_equal(report_connect(f->event, f->path, on_line, f, &f->report, NULL), 0);
	f->guest = accept(f->listening, NULL, NULL);
	assert_true(f->guest >= 0);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	report_destroy(f->report);
	close_fd(&f->guest);
	close_fd(&f->listening);
	unlink(f->path);
	rmdir(f->folder);
	sd_event_unref(f->event);
	free(f->path);
	free(f);
	return 0;
}

static void say(struct fixture *f, const char *text)
{
	assert_int_equal(write(f->guest, text, strlen(text)), (ssize_t)strlen(text));
	while (sd_event_run(f->event, 0) > 0)
		;
}

static void test_lines_in_pieces(void **state)
{
	struct fixture *f = *state;

	say(f, "{\"seq\":1,\"event\":\"hello\"}\n{\"seq\":2,\"ev");
	assert_int_equal(f->lines, 1);
	say(f, "ent\":\"done\"}\n");
	assert_int_equal(f->lines, 2);
	assert_string_equal(f->last, "done");
	assert_int_equal(json_array_size(report_lines(f->report)), 2);
}

static void test_said_again_is_dropped(void **state)
{
	struct fixture *f = *state;

	say(f, "{\"seq\":1,\"event\":\"hello\"}\n{\"seq\":1,\"event\":\"hello\"}\n");
	say(f, "{\"seq\":2,\"event\":\"usb\"}\n");
	assert_int_equal(f->lines, 2);
}

static void test_nonsense_is_dropped(void **state)
{
	struct fixture *f = *state;

	say(f, "\n\n[1]\nhello\n{\"seq\":\"1\",\"event\":\"x\"}\n{\"seq\":1}\n"
	       "{\"seq\":1,\"seq\":2,\"event\":\"x\"}\n{\"seq\":1,\"event\":[]}\n\xff\xfe\n");
	assert_int_equal(f->lines, 0);
	say(f, "{\"seq\":1,\"event\":\"hello\"}\n");
	assert_int_equal(f->lines, 1);
}

static void test_endless_line_is_skipped(void **state)
{
	struct fixture *f = *state;
	char part[4097];

	memset(part, 'x', sizeof(part) - 1);
	part[sizeof(part) - 1] = '\0';
	for (int i = 0; i < 20; i++)
		say(f, part);
	say(f, "\n{\"seq\":1,\"event\":\"hello\"}\n");
	assert_int_equal(f->lines, 1);
}

static void test_only_the_latest_are_kept(void **state)
{
	struct fixture *f = *state;
	char text[8192];
	size_t used = 0;

	for (unsigned i = 1; i <= REPORT_LINES_MAX + 10; i++) {
		used += (size_t)snprintf(
		        text + used, sizeof(text) - used, "{\"seq\":%u,\"event\":\"usb\"}\n", i);
		if (used > sizeof(text) - 64 || i == REPORT_LINES_MAX + 10) {
			say(f, text);
			used = 0;
		}
	}
	assert_int_equal(f->lines, REPORT_LINES_MAX + 10);
	assert_int_equal(json_array_size(report_lines(f->report)), REPORT_LINES_MAX);
}

static void test_destroy_within_line(void **state)
{
	struct fixture *f = *state;

	f->destroy = true;
	say(f, "{\"seq\":1,\"event\":\"hello\"}\n{\"seq\":2,\"event\":\"done\"}\n");
	assert_int_equal(f->lines, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup_teardown(test_lines_in_pieces, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_said_again_is_dropped, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_nonsense_is_dropped, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_endless_line_is_skipped, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_only_the_latest_are_kept, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_destroy_within_line, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
