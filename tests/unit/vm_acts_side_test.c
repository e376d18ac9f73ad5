/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A program beside QEMU as a service of systemd's, which is played here, and as a process of this user. */
#include "vm/acts/side.h"

#include "base/util.h"
#include "vm/acts/launch.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#define JOB     "/org/freedesktop/systemd1/job/7"
#define EXISTS  "org.freedesktop.systemd1.UnitExists"
#define NO_UNIT "org.freedesktop.systemd1.NoSuchUnit"

struct fixture {
	sd_event *event;
	sd_bus *server, *client;
	struct side *side;
	/* systemd's */
	unsigned refuse; /* so often the unit of the last run is still there */
	const char *result;
	unsigned orders;
	char unit[64], state[64], before[2][64], stopped[64];
	uint64_t namespaces;
	bool private_network;
	int theirs;
	/* what was told */
	unsigned told;
	int fd;
	struct err err;
};

/* --- systemd --- */

static void read_property(sd_bus_message *m, struct fixture *f)
{
	const char *name, *text;
	int value;

	assert_true(sd_bus_message_read(m, "s", &name) > 0);
	if (streq(name, "StandardInputFileDescriptor")) {
		assert_true(sd_bus_message_read(m, "v", "h", &value) > 0);
		f->theirs = dup(value);
	} else if (streq(name, "PrivateNetwork")) {
		assert_true(sd_bus_message_read(m, "v", "b", &value) > 0);
		f->private_network = value;
	} else if (streq(name, "RestrictNamespaces")) {
		assert_true(sd_bus_message_read(m, "v", "t", &f->namespaces) > 0);
	} else if (streq(name, "StateDirectory")) {
		assert_true(sd_bus_message_read(m, "v", "as", 1, &text) > 0);
		snprintf(f->state, sizeof(f->state), "%s", text);
	} else if (streq(name, "Before")) {
		const char *units[2];

		assert_true(sd_bus_message_read(m, "v", "as", 2, &units[0], &units[1]) > 0);
		for (unsigned i = 0; i < 2; i++)
			snprintf(f->before[i], sizeof(f->before[i]), "%s", units[i]);
	} else {
		assert_true(sd_bus_message_skip(m, "v") > 0);
	}
}

static void tell_job(struct fixture *f, const char *job, const char *result)
{
	sd_bus_message *m = NULL;

	assert_true(sd_bus_message_new_signal(f->server, &m, "/org/freedesktop/systemd1",
	                    "org.freedesktop.systemd1.Manager", "JobRemoved") >= 0);
	assert_true(sd_bus_message_set_sender(m, "org.freedesktop.systemd1") >= 0);
	assert_true(sd_bus_message_append(m, "uoss", 7u, job, f->unit, result) >= 0);
	assert_true(sd_bus_send(f->server, m, NULL) >= 0);
	sd_bus_message_unref(m);
}

static void take_order(struct fixture *f, sd_bus_message *m)
{
	const char *unit;

	assert_true(sd_bus_message_read(m, "ss", &unit, NULL) > 0);
	snprintf(f->unit, sizeof(f->unit), "%s", unit);
	assert_true(sd_bus_message_enter_container(m, 'a', "(sv)") > 0);
	while (sd_bus_message_enter_container(m, 'r', "sv") > 0) {
		read_property(m, f);
		assert_true(sd_bus_message_exit_container(m) > 0);
	}
}

static int on_order(sd_bus_message *m, void *user, sd_bus_error *unused)
{
	struct fixture *f = user;
	int r;

	(void)unused;
	if (sd_bus_message_is_method_call(m, NULL, "Subscribe"))
		return sd_bus_reply_method_return(m, "");
	if (sd_bus_message_is_method_call(m, NULL, "StopUnit")) {
		const char *unit;

		assert_true(sd_bus_message_read(m, "ss", &unit, NULL) > 0);
		snprintf(f->stopped, sizeof(f->stopped), "%s", unit);
		return sd_bus_reply_method_errorf(m, NO_UNIT, "Unit not loaded.");
	}
	if (!sd_bus_message_is_method_call(m, NULL, "StartTransientUnit"))
		return 0;
	if (f->orders++ < f->refuse)
		return sd_bus_reply_method_errorf(m, EXISTS, "Unit exists.");
	take_order(f, m);
	r = sd_bus_reply_method_return(m, "o", JOB);
	tell_job(f, "/org/freedesktop/systemd1/job/6", "done"); /* of another run */
	if (f->result)
		tell_job(f, JOB, f->result);
	return r;
}

/* --- the fixture --- */

static sd_bus *new_bus(sd_event *event, int fd, bool server)
{
	sd_id128_t id;
	sd_bus *bus;

	assert_int_equal(sd_id128_randomize(&id), 0);
	assert_true(sd_bus_new(&bus) >= 0);
	assert_true(sd_bus_set_fd(bus, fd, fd) >= 0);
	assert_true(!server || sd_bus_set_server(bus, 1, id) >= 0);
	assert_true(sd_bus_negotiate_fds(bus, 1) >= 0);
	assert_true(sd_bus_start(bus) >= 0);
	assert_true(sd_bus_attach_event(bus, event, 0) >= 0);
	return bus;
}

static int setup(void **state)
{
	struct fixture *f = xcalloc(1, sizeof(*f));
	int pair[2];

	f->theirs = f->fd = -1;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
	assert_true(sd_event_new(&f->event) >= 0);
	f->server = new_bus(f->event, pair[0], true);
	f->client = new_bus(f->event, pair[1], false);
	assert_true(sd_bus_add_filter(f->server, NULL, on_order, f) >= 0);
	while (!sd_bus_is_ready(f->client))
		assert_true(sd_event_run(f->event, UINT64_MAX) >= 0);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	side_free(f->side);
	close_fd(&f->theirs);
	close_fd(&f->fd);
	sd_bus_flush_close_unref(f->client);
	sd_bus_flush_close_unref(f->server);
	sd_event_unref(f->event);
	free(f);
	return 0;
}

static void on_done(void *user, int fd, const struct err *err)
{
	struct fixture *f = user;

	f->told++;
	f->fd = fd;
	f->err = err ? *err : (struct err){0};
}

static void begin(struct fixture *f, struct side_request request)
{
	cleanup_strv struct strv args = {0};
	struct err err = {0};

	strv_add(&args, "/bin/cat");
	request.event = f->event;
	request.bus = f->client;
	request.vm = "games";
	request.args = &args;
	assert_int_equal(side_start(&request, on_done, f, &f->side, &err), -EINPROGRESS);
}

static void run_until_told(struct fixture *f)
{
	while (!f->told)
		assert_true(sd_event_run(f->event, UINT64_MAX) >= 0);
}

static void expect_connected(struct fixture *f)
{
	char answer[3] = "";

	assert_true(f->fd >= 0 && f->theirs >= 0);
	assert_int_equal(write(f->theirs, "it", 2), 2);
	assert_int_equal(read(f->fd, answer, sizeof(answer)), 2);
	assert_false(side_is_gone(f->fd));
}

/* --- tests --- */

static const struct side_request passt = {.kind = "passt", .description = "n", .network = true};
static const struct side_request tpm = {.kind = "tpm", .description = "t", .state = "tpm/games"};

static void test_passt(void **state)
{
	struct fixture *f = *state;

	f->result = "done";
	begin(f, passt);
	assert_int_equal(f->told, 0); /* never from within the call */
	run_until_told(f);
	assert_int_equal(f->err.number, 0);
	assert_string_equal(f->unit, "playthrough-passt-games.service");
	assert_false(f->private_network);
	assert_true(f->namespaces);
	assert_string_equal(f->before[0], "playthrough-vm-games.service");
	assert_string_equal(f->before[1], "playthrough-guests.service");
	expect_connected(f);
	close_fd(&f->theirs);
	assert_true(side_is_gone(f->fd)); /* no call keeps its end open */
}

static void test_tpm(void **state)
{
	struct fixture *f = *state;

	f->result = "done";
	begin(f, tpm);
	run_until_told(f);
	assert_string_equal(f->unit, "playthrough-tpm-games.service");
	assert_string_equal(f->state, "tpm/games");
	assert_true(f->private_network);
	assert_int_equal(f->namespaces, 0);
	expect_connected(f);
}

/* The unit of the last run is still on its way out. */
static void test_asked_again(void **state)
{
	struct fixture *f = *state;

	f->result = "done";
	f->refuse = 2;
	begin(f, passt);
	run_until_told(f);
	assert_int_equal(f->orders, 3);
	assert_int_equal(f->told, 1);
	expect_connected(f);
}

static void test_it_does_not_start(void **state)
{
	struct fixture *f = *state;

	f->result = "failed";
	begin(f, passt);
	run_until_told(f);
	assert_int_equal(f->fd, -1);
	assert_non_null(strstr(f->err.message, "playthrough-passt-games.service: failed"));
	assert_non_null(strstr(f->err.hint, "journalctl -u playthrough-passt-games.service"));
}

static void test_not_any_more(void **state)
{
	struct fixture *f = *state;

	begin(f, passt);
	while (f->theirs < 0)
		assert_true(sd_event_run(f->event, UINT64_MAX) >= 0);
	side_free(take_ptr(f->side));
	tell_job(f, JOB, "done");
	while (sd_event_run(f->event, 100000) > 0)
		;
	assert_int_equal(f->told, 0);
	assert_true(side_is_gone(f->theirs)); /* so that it ends */
}

static void test_stopped(void **state)
{
	struct fixture *f = *state;

	side_stop(f->client, "tpm", "games", NULL);
	while (!f->stopped[0])
		assert_true(sd_event_run(f->event, UINT64_MAX) >= 0);
	assert_string_equal(f->stopped, "playthrough-tpm-games.service");
}

/* No VM, whatever it is called, has a unit of that name. */
static void test_names(void **state)
{
	cleanup_free char *vm = launch_unit_name("games-passt"),
	                  *side = side_unit_name("passt", "games", NULL),
	                  *first = side_unit_name("passt", "games", ""),
	                  *card = side_unit_name("passt", "games", "lan");

	(void)state;
	assert_string_not_equal(vm, side);
	assert_true(starts_with(vm, "playthrough-vm-") && !starts_with(side, "playthrough-vm-"));
	assert_string_equal(side, first);
	assert_string_equal(card, "playthrough-passt-games_lan.service");
}

static void test_process(void **state)
{
	cleanup_strv struct strv args = {0};
	const struct side_request request = {
	        .kind = "passt", .vm = "games", .args = &args, .log = 2};
	struct side *side = NULL;
	struct err err = {0};
	char answer[3] = "";
	int fd;

	(void)state;
	strv_add(&args, "/bin/sh");
	strv_add(&args, "-c");
	strv_add(&args, "read word && printf it >&0");
	fd = side_start(&request, on_done, NULL, &side, &err);
	assert_true(fd >= 0);
	assert_null(side);
	assert_int_equal(write(fd, "go\n", 3), 3);
	assert_int_equal(read(fd, answer, 2), 2);
	assert_int_equal(read(fd, answer, 2), 0);
	assert_true(side_is_gone(fd));
	close(fd);
}

/* One that does not end by itself, as swtpm where QEMU never asked it anything. */
static void test_process_ends(void **state)
{
	cleanup_strv struct strv args = {0};
	struct side_request request = {.kind = "tpm", .vm = "games", .args = &args};
	struct side *side = NULL;
	struct err err = {0};
	char answer[3] = "";
	int fd, words[2];

	(void)state;
	strv_add(&args, "/bin/sh");
	strv_add(&args, "-c");
	strv_add(&args, "printf it; exec sleep 100000");
	assert_int_equal(pipe2(words, O_CLOEXEC), 0);
	request.log = words[1];
	fd = side_start(&request, on_done, NULL, &side, &err);
	assert_true(fd >= 0);
	close(words[1]);
	assert_int_equal(read(words[0], answer, 2), 2);
	close(fd);
	assert_int_equal(read(words[0], answer, 2), 0); /* nobody has it any more */
	close(words[0]);
}

#define WITH_SYSTEMD(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	        WITH_SYSTEMD(test_passt),
	        WITH_SYSTEMD(test_tpm),
	        WITH_SYSTEMD(test_asked_again),
	        WITH_SYSTEMD(test_it_does_not_start),
	        WITH_SYSTEMD(test_not_any_more),
	        cmocka_unit_test(test_names),
	        WITH_SYSTEMD(test_stopped),
	        cmocka_unit_test(test_process),
	        cmocka_unit_test(test_process_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
