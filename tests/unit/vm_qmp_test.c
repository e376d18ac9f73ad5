/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The QMP client against a peer that this file plays on the other end of a socket pair. */
#include "vm/qmp.h"
#include "base/socket.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define GREETING "{\"QMP\": {\"version\": {}, \"capabilities\": [\"oob\"]}}\r\n"

struct fixture {
	sd_event *event;
	struct qmp *qmp;
	int peer;
	bool ready, closed, destroy_in_event;
	int closed_number;
	unsigned events, replies;
	int reply_number;
	char reply_text[256], event_name[64];
};

static void on_ready(void *user)
{
	((struct fixture *)user)->ready = true;
}

static void on_event(void *user, const char *name, json_t *data)
{
	struct fixture *f = user;

	(void)data;
	f->events++;
	snprintf(f->event_name, sizeof(f->event_name), "%s", name);
	if (f->destroy_in_event) {
		qmp_destroy(f->qmp);
		f->qmp = NULL;
	}
}

static void on_closed(void *user, const struct err *err)
{
	struct fixture *f = user;

	f->closed = true;
	f->closed_number = err->number;
}

static void on_reply(void *user, json_t *result, const struct err *err)
{
	struct fixture *f = user;
	char *text =
	        err ? strdup(err->message) : json_dumps(result, JSON_COMPACT | JSON_ENCODE_ANY);

	f->replies++;
	f->reply_number = err ? err->number : 0;
	snprintf(f->reply_text, sizeof(f->reply_text), "%s", text);
	free(text);
}

static int setup(void **state)
{
	struct fixture *f = xcalloc(1, sizeof(*f));
	const struct qmp_handler handler = {
	        .ready = on_ready, .event = on_event, .closed = on_closed, .user = f};
	int pair[2];

	assert_int_equal(
	        socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair), 0);
	assert_true(sd_event_new(&f->event) >= 0);
	assert_int_equal(qmp_create(f->event, pair[0], &handler, &f->qmp, NULL), 0);
	f->peer = pair[1];
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	qmp_destroy(f->qmp);
	close_fd(&f->peer);
	sd_event_unref(f->event);
	free(f);
	return 0;
}

static void say(struct fixture *f, const char *text)
{
	assert_int_equal(write(f->peer, text, strlen(text)), (ssize_t)strlen(text));
}

static void spin(struct fixture *f)
{
	while (sd_event_run(f->event, 0) > 0)
		;
}

/* What the client has sent by now; with the descriptor that came along. */
static void hear(struct fixture *f, char *text, size_t size, int *fd)
{
	size_t n_fds;
	ssize_t n;

	spin(f);
	*fd = -1;
	n = socket_receive(f->peer, text, size - 1, fd, 1, &n_fds);
	text[n > 0 ? n : 0] = '\0';
}

static void greet(struct fixture *f)
{
	char text[512];
	int fd;

	say(f, GREETING);
	hear(f, text, sizeof(text), &fd);
	assert_string_equal(text, "{\"execute\":\"qmp_capabilities\",\"id\":1}\n");
	say(f, "{\"return\": {}, \"id\": 1}\r\n");
	spin(f);
	assert_true(f->ready);
}

static void test_greeting_and_command(void **state)
{
	struct fixture *f = *state;
	char text[512];
	int fd;

	greet(f);
	qmp_send(f->qmp, "query-status", NULL, -1, 1000, on_reply, f);
	hear(f, text, sizeof(text), &fd);
	assert_string_equal(text, "{\"execute\":\"query-status\",\"id\":2}\n");
	say(f, "{\"return\": {\"status\": \"running\"}, \"id\": 2}\r\n");
	spin(f);
	assert_int_equal(f->replies, 1);
	assert_string_equal(f->reply_text, "{\"status\":\"running\"}");
}

static void test_its_version(void **state)
{
	struct fixture *f = *state;

	assert_string_equal(qmp_version(f->qmp), "");
	say(f, "{\"QMP\": {\"version\": {\"qemu\": {\"major\": 7, \"minor\": 2, \"micro\": 9}, "
	       "\"package\": \"Debian 1:7.2\"}, \"capabilities\": []}}\r\n");
	spin(f);
	assert_string_equal(qmp_version(f->qmp), "7.2.9 (Debian 1:7.2)");
	/* It greets once. */
	say(f, "{\"QMP\": {\"version\": {\"qemu\": {\"major\": 8, \"minor\": 0, \"micro\": "
	       "0}}}}\r\n");
	spin(f);
	assert_string_equal(qmp_version(f->qmp), "7.2.9 (Debian 1:7.2)");
}

/* A greeting that says nothing of it is one all the same. */
static void test_no_version(void **state)
{
	struct fixture *f = *state;

	greet(f);
	assert_true(f->ready);
	assert_string_equal(qmp_version(f->qmp), "");
}

static void test_commands_wait_for_greeting(void **state)
{
	struct fixture *f = *state;
	char text[512];
	int fd;

	qmp_send(f->qmp, "cont", NULL, -1, 1000, on_reply, f);
	hear(f, text, sizeof(text), &fd);
	assert_string_equal(text, "");
	say(f, GREETING);
	hear(f, text, sizeof(text), &fd);
	assert_string_equal(text, "{\"execute\":\"qmp_capabilities\",\"id\":2}\n");
	say(f, "{\"return\": {}, \"id\": 2}\r\n");
	hear(f, text, sizeof(text), &fd);
	assert_string_equal(text, "{\"execute\":\"cont\",\"id\":1}\n");
}

static void test_error_is_qemus_words(void **state)
{
	struct fixture *f = *state;

	greet(f);
	qmp_send(f->qmp, "device_add", json_pack("{s:s}", "driver", "nothing"), -1, 1000, on_reply,
	        f);
	spin(f);
	say(f, "{\"id\": 2, \"error\": {\"class\": \"GenericError\", \"desc\": \"no such "
	       "driver\"}}\r\n");
	spin(f);
	assert_int_equal(f->reply_number, -EREMOTEIO);
	assert_string_equal(f->reply_text, "QEMU: no such driver");
}

static void test_descriptor_goes_along(void **state)
{
	struct fixture *f = *state;
	struct stat sent, got;
	char text[512];
	int null = open("/dev/null", O_WRONLY | O_CLOEXEC), fd;

	greet(f);
	assert_int_equal(fstat(null, &sent), 0);
	qmp_send(f->qmp, "add-fd", NULL, null, 1000, on_reply, f);
	hear(f, text, sizeof(text), &fd);
	assert_true(fd >= 0);
	assert_int_equal(fstat(fd, &got), 0);
	assert_int_equal(got.st_rdev, sent.st_rdev);
	assert_int_equal(fd, null); /* ours was closed: its number was free for the one that came */
	close(fd);
}

static void test_events_in_pieces(void **state)
{
	struct fixture *f = *state;

	greet(f);
	say(f, "{\"event\": \"RES");
	spin(f);
	assert_int_equal(f->events, 0);
	say(f, "ET\", \"data\": {}}\r\n{\"event\": \"WHAT_NOBODY_KNOWS\"}\r\n");
	spin(f);
	assert_int_equal(f->events, 2);
	assert_string_equal(f->event_name, "WHAT_NOBODY_KNOWS");
}

static void test_deadline_then_late_answer(void **state)
{
	struct fixture *f = *state;

	greet(f);
	qmp_send(f->qmp, "cont", NULL, -1, 20, on_reply, f);
	while (!f->replies)
		sd_event_run(f->event, 1000000);
	assert_int_equal(f->reply_number, -ETIMEDOUT);
	say(f, "{\"return\": {}, \"id\": 2}\r\n");
	spin(f);
	assert_int_equal(f->replies, 1);
	assert_false(f->closed);
}

static void test_end_fails_open_commands(void **state)
{
	struct fixture *f = *state;

	greet(f);
	qmp_send(f->qmp, "quit", NULL, -1, 1000, on_reply, f);
	spin(f);
	close_fd(&f->peer);
	spin(f);
	assert_int_equal(f->reply_number, -EPIPE);
	assert_true(f->closed);
	qmp_send(f->qmp, "cont", NULL, -1, 1000, on_reply, f);
	assert_int_equal(f->replies, 2);
}

static void test_garbage_ends_it(void **state)
{
	struct fixture *f = *state;

	greet(f);
	say(f, "[1, 2]\r\n");
	spin(f);
	assert_int_equal(f->closed_number, -EPROTO);
}

static void test_endless_message_ends_it(void **state)
{
	struct fixture *f = *state;
	char *part = xcalloc(1, 65536);

	greet(f);
	memset(part, 'x', 65536);
	for (int i = 0; i < 400 && !f->closed; i++) {
		while (write(f->peer, part, 65536) < 0 && errno == EAGAIN && !f->closed)
			spin(f);
		spin(f);
	}
	assert_int_equal(f->closed_number, -EMSGSIZE);
	free(part);
}

static void test_destroy_within_event(void **state)
{
	struct fixture *f = *state;

	greet(f);
	f->destroy_in_event = true;
	qmp_send(f->qmp, "cont", NULL, -1, 1000, on_reply, f);
	say(f, "{\"event\": \"STOP\"}\r\n{\"event\": \"RESUME\"}\r\n");
	spin(f);
	assert_int_equal(f->events, 1);
	assert_int_equal(f->reply_number, -ECANCELED);
	assert_false(f->closed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup_teardown(test_greeting_and_command, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_its_version, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_no_version, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_commands_wait_for_greeting, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_error_is_qemus_words, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_descriptor_goes_along, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_events_in_pieces, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_deadline_then_late_answer, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_end_fails_open_commands, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_garbage_ends_it, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_endless_message_ends_it, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_destroy_within_event, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
