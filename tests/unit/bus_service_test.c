/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The service, seen by a client over a socket pair: calls, descriptors, jobs; and that without trust
 * nothing that changes anything runs.
 */
#include "bus/service.h"
#include "base/i18n.h"
#include "bus/client.h"
#include "bus/error.h"
#include "bus/names.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

/* A daemon in a thread of its own, so that the client may block. */
struct fake {
	struct bus_service *service;
	sd_event *event;
	sd_bus *server;
	sd_event_source *stop;
	int stop_pipe[2];
	pthread_t thread;
	struct client client;
	unsigned acts, cancels;
	char last[64];
	bool keep;
	char picture[8];
};

static void tell_job(struct fake *f, const char *state, const char *stage, const struct err *err)
{
	const struct bus_job_facts facts = {.id = 7,
	        .kind = "start",
	        .vm = "demo",
	        .state = state,
	        .stage = stage,
	        .percent = 40,
	        .err = err,
	        .handle = streq(state, "running") ? f : NULL};

	bus_service_job_changed(f->service, &facts);
}

static int fake_start(void *user, const char *vm, unsigned *job, struct err *err)
{
	struct fake *f = user;

	f->acts++;
	if (!streq(vm, "demo")) {
		err_set(err, -ENOENT, "there is no VM %s", vm);
		err_hint(err, "known: demo");
		err_code(err, CODE_VM_SESSION);
		return -ENOENT;
	}
	tell_job(f, "running", "check", NULL);
	*job = 7;
	return 0;
}

static int fake_stop(void *user, const char *vm, bool force, unsigned *job, struct err *err)
{
	struct err failed = {0};
	struct fake *f = user;

	(void)err;
	f->acts++;
	snprintf(f->last, sizeof(f->last), "stop %s %d", vm, force);
	err_set(&failed, -EIO, "QEMU ended");
	err_hint(&failed, "see its log");
	err_code(&failed, CODE_QEMU_ENDED);
	tell_job(f, "failed", "release", &failed);
	*job = 7;
	return 0;
}

static int fake_test_drive(void *user, const char *vm, const struct bus_test_drive *options,
        unsigned *job, struct err *err)
{
	struct fake *f = user;
	int picture = options->picture;

	(void)vm;
	(void)err;
	f->acts++;
	f->keep = options->keep;
	if (picture >= 0)
		assert_int_equal(write(picture, "PNG", 3), 3);
	close_fd(&picture);
	tell_job(f, "running", "launch", NULL);
	*job = 7;
	return 0;
}

static int fake_usb(void *user, const char *vm, const char *device, unsigned *job, struct err *err)
{
	struct fake *f = user;

	(void)err;
	f->acts++;
	snprintf(f->last, sizeof(f->last), "%s %s", vm, device);
	*job = 7;
	return 0;
}

static char *fake_assign(void *user, const char *vm, const char *device,
        const struct bus_usb_assign *options, struct err *err)
{
	struct fake *f = user;

	(void)err;
	f->acts++;
	return xasprintf("%s %s %s %s", vm, device, options->by ? options->by : "-",
	        options->as ? options->as : "-");
}

static char *fake_unassign(void *user, const char *vm, const char *what, struct err *err)
{
	struct fake *f = user;

	f->acts++;
	if (streq(what, "wheel"))
		return xasprintf("%s %s", vm, what);
	err_set(err, -ENOENT, "no rule names %s", what);
	return NULL;
}

static char *fake_check(void *user, const char *name, const char *text, struct err *err)
{
	(void)user;
	(void)err;
	return xasprintf("%s is %s", name, text);
}

static char *fake_write(
        void *user, const char *name, const char *text, const char *expected, struct err *err)
{
	struct fake *f = user;

	f->acts++;
	if (!*expected)
		return xasprintf("/%s.profile %s", name, text);
	err_set(err, -ESTALE, "%s is another by now", name);
	return NULL;
}

static char *fake_remove(void *user, const char *name, const char *expected, struct err *err)
{
	struct fake *f = user;

	(void)err;
	f->acts++;
	return xasprintf("%s was %s", name, expected);
}

static char *fake_list(void *user, struct err *err)
{
	(void)user;
	(void)err;
	return xstrdup("[\"\xff\"]");
}

static char *fake_text(void *user, const char *vm, struct err *err)
{
	(void)user;
	(void)err;
	return xasprintf("about %s", vm);
}

static int fake_screenshot(
        void *user, const char *vm, int fd, sd_bus_message *call, struct err *err)
{
	struct fake *f = user;

	(void)vm;
	(void)err;
	f->acts++;
	assert_int_equal(write(fd, "shot", 4), 4);
	close_fd(&fd);
	bus_service_answer(call, NULL);
	return 0;
}

static void fake_cancel(void *user, void *handle)
{
	struct fake *f = user;

	assert_ptr_equal(handle, f);
	f->cancels++;
	tell_job(f, "cancelled", "release", NULL);
}

static int fake_enable(void *user, const char *listen, const char *web, struct err *err)
{
	struct fake *f = user;

	f->acts++;
	snprintf(f->last, sizeof(f->last), "%s|%s", listen, web);
	return *listen ? 0 : err_set(err, -EADDRINUSE, "somebody has the port");
}

static int fake_disable(void *user, struct err *err)
{
	struct fake *f = user;

	(void)err;
	f->acts++;
	bus_service_console_changed(f->service);
	return 0;
}

static char *fake_ticket(void *user, unsigned minutes, struct err *err)
{
	struct fake *f = user;

	(void)err;
	f->acts++;
	return xasprintf("good for %u", minutes);
}

static const struct bus_service_ops ops = {.list_vms = fake_list,
        .status = fake_text,
        .usb_list = fake_list,
        .usb_ports = fake_list,
        .log = fake_text,
        .start = fake_start,
        .stop = fake_stop,
        .test_drive = fake_test_drive,
        .usb_attach = fake_usb,
        .usb_detach = fake_usb,
        .usb_why = fake_list,
        .usb_assign = fake_assign,
        .usb_unassign = fake_unassign,
        .disk_list = fake_list,
        .profile_offers = fake_list,
        .profile_show = fake_text,
        .profile_check = fake_check,
        .profile_write = fake_write,
        .profile_remove = fake_remove,
        .screenshot = fake_screenshot,
        .console_status = fake_list,
        .console_enable = fake_enable,
        .console_disable = fake_disable,
        .console_ticket = fake_ticket,
        .cancel = fake_cancel};

static int on_stop(sd_event_source *source, int fd, uint32_t events, void *user)
{
	struct fake *f = user;

	(void)source;
	(void)fd;
	(void)events;
	return sd_event_exit(f->event, 0);
}

/* sd-bus and sd-event must be used by the thread that made them. */
static void *serve(void *user)
{
	struct fake *f = user;

	sd_event_loop(f->event);
	bus_service_detach(f->service, f->server);
	bus_service_destroy(f->service);
	sd_event_source_unref(f->stop);
	sd_bus_flush_close_unref(f->server);
	sd_event_unref(f->event);
	return NULL;
}

static void set_up(struct fake *f, bool trusted)
{
	struct err err = {0};
	sd_id128_t id;
	int pair[2];

	*f = (struct fake){0};
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
	assert_int_equal(pipe2(f->stop_pipe, O_CLOEXEC), 0);
	assert_true(sd_event_new(&f->event) >= 0);
	sd_id128_randomize(&id);
	assert_true(sd_bus_new(&f->server) >= 0);
	assert_true(sd_bus_set_fd(f->server, pair[0], pair[0]) >= 0);
	assert_true(sd_bus_set_server(f->server, 1, id) >= 0);
	assert_true(sd_bus_negotiate_fds(f->server, 1) >= 0);
	assert_true(sd_bus_start(f->server) >= 0);
	assert_true(sd_bus_attach_event(f->server, f->event, 0) >= 0);
	f->service = bus_service_create(f->event, &ops, f);
	assert_int_equal(bus_service_attach(f->service, f->server, trusted, &err), 0);
	sd_event_add_io(f->event, &f->stop, f->stop_pipe[0], EPOLLIN, on_stop, f);
	assert_int_equal(pthread_create(&f->thread, NULL, serve, f), 0);

	f->client.session = true;
	assert_true(sd_bus_new(&f->client.bus) >= 0);
	assert_true(sd_bus_set_fd(f->client.bus, pair[1], pair[1]) >= 0);
	assert_true(sd_bus_negotiate_fds(f->client.bus, 1) >= 0);
	assert_true(sd_bus_start(f->client.bus) >= 0);
}

static void tear_down(struct fake *f)
{
	client_close(&f->client);
	assert_int_equal(write(f->stop_pipe[1], "x", 1), 1);
	pthread_join(f->thread, NULL);
	close(f->stop_pipe[0]);
	close(f->stop_pipe[1]);
}

static void looking_needs_no_trust(void **state)
{
	static const char *const one[] = {"Status", "ProfileShow", "ListVMs", "UsbList", "UsbPorts",
	        "UsbWhy", "DiskList", "ProfileOffers", "ConsoleStatus"};
	cleanup_free char *checked = NULL;
	struct err err = {0};
	struct fake f;

	(void)state;
	set_up(&f, false);
	for (size_t i = 0; i < ARRAY_SIZE(one); i++) {
		cleanup_free char *text = NULL;

		assert_int_equal(i < 2 ? client_text(&f.client, &text, &err, one[i], "s", "demo")
		                       : client_text(&f.client, &text, &err, one[i], ""),
		        0);
		assert_string_equal(text, i < 2 ? "about demo" : "[\"\xef\xbf\xbd\"]");
	}
	assert_int_equal(
	        client_text(&f.client, &checked, &err, "ProfileCheck", "ss", "demo", "[vm]"), 0);
	assert_string_equal(checked, "demo is [vm]");
	tear_down(&f);
}

static int call_enable(struct client *client, const char *listen, const char *web, struct err *err)
{
	cleanup(sd_bus_message_unrefp) sd_bus_message *call = NULL;

	assert_int_equal(client_new_call(client, "ConsoleEnable", &call, err), 0);
	return client_send(client, sd_bus_message_append(call, "ss", listen, web), call, NULL, err);
}

static void nothing_is_done_without_trust_or_polkit(void **state)
{
	static const struct {
		const char *member, *types;
	} calls[] = {{"Start", "s"}, {"Stop", "sb"}, {"UsbAttach", "ss"}, {"UsbDetach", "ss"}};
	cleanup_free char *text = NULL;
	struct err err = {0};
	struct fake f;

	(void)state;
	set_up(&f, false);
	for (size_t i = 0; i < ARRAY_SIZE(calls); i++) {
		cleanup_free char *path = NULL;

		assert_int_equal(
		        client_start_job(&f.client, &path, &err, calls[i].member, calls[i].types,
		                "demo", streq(calls[i].types, "sb") ? NULL : "1-2"),
		        -EACCES);
		assert_null(path);
	}
	assert_int_equal(client_text(&f.client, &text, &err, "Log", "s", "demo"), -EACCES);
	assert_int_equal(client_start_job(&f.client, &text, &err, "TestDrive", "sa{sv}", "demo", 0),
	        -EACCES);
	assert_int_equal(client_text(&f.client, &text, &err, "Pause", "s", "demo"), -EACCES);
	assert_int_equal(client_text(&f.client, &text, &err, "ConsoleTicket", "u", 5), -EACCES);
	assert_int_equal(call_enable(&f.client, "5930", "", &err), -EACCES);
	assert_int_equal(client_text(&f.client, &text, &err, "ConsoleDisable", ""), -EACCES);
	assert_int_equal(client_text(&f.client, &text, &err, "Resume", "s", "demo"), -EACCES);
	assert_int_equal(client_text(&f.client, &text, &err, "Sleep", "s", "demo"), -EACCES);
	assert_int_equal(client_text(&f.client, &text, &err, "UsbGiveBack", ""), -EACCES);
	assert_int_equal(
	        client_text(&f.client, &text, &err, "UsbAssign", "ssa{sv}", "demo", "1-2", 0),
	        -EACCES);
	assert_int_equal(
	        client_text(&f.client, &text, &err, "UsbUnassign", "ss", "demo", "wheel"), -EACCES);
	assert_int_equal(client_text(&f.client, &text, &err, "ProfileWrite", "sss", "demo", "", ""),
	        -EACCES);
	assert_int_equal(
	        client_text(&f.client, &text, &err, "ProfileRemove", "ss", "demo", ""), -EACCES);
	assert_int_equal(f.acts, 0);
	tear_down(&f);
}

static void a_rule_is_made_and_taken_out(void **state)
{
	cleanup_free char *bare = NULL, *full = NULL, *gone = NULL, *bad = NULL;
	struct err err = {0};
	struct fake f;

	(void)state;
	set_up(&f, true);
	assert_int_equal(
	        client_text(&f.client, &bare, &err, "UsbAssign", "ssa{sv}", "demo", "1-2", 0), 0);
	assert_string_equal(bare, "demo 1-2 - -");
	assert_int_equal(client_text(&f.client, &full, &err, "UsbAssign", "ssa{sv}", "demo", "1-2",
	                         2, "as", "s", "wheel", "by", "s", "port"),
	        0);
	assert_string_equal(full, "demo 1-2 port wheel");
	assert_int_equal(
	        client_text(&f.client, &gone, &err, "UsbUnassign", "ss", "demo", "wheel"), 0);
	assert_string_equal(gone, "demo wheel");
	assert_int_equal(f.acts, 3);
	/* Options that are not known or of another type never get as far as the act. */
	assert_int_equal(client_text(&f.client, &bad, &err, "UsbAssign", "ssa{sv}", "demo", "1-2",
	                         1, "to", "s", "x"),
	        -EINVAL);
	assert_non_null(strstr(err.message, "unknown option to"));
	assert_true(client_text(&f.client, &bad, &err, "UsbAssign", "ssa{sv}", "demo", "1-2", 1,
	                    "by", "u", 7) < 0);
	assert_int_equal(f.acts, 3);
	assert_int_equal(
	        client_text(&f.client, &bad, &err, "UsbUnassign", "ss", "demo", "x"), -ENOENT);
	assert_null(bad);
	tear_down(&f);
}

static void a_profile_is_written_and_removed(void **state)
{
	cleanup_free char *written = NULL, *removed = NULL, *stale = NULL;
	struct err err = {0};
	struct fake f;

	(void)state;
	set_up(&f, true);
	assert_int_equal(
	        client_text(&f.client, &written, &err, "ProfileWrite", "sss", "demo", "[vm]", ""),
	        0);
	assert_string_equal(written, "/demo.profile [vm]");
	assert_int_equal(
	        client_text(&f.client, &stale, &err, "ProfileWrite", "sss", "demo", "[vm]", "x"),
	        -EIO);
	assert_non_null(strstr(err.message, "another by now"));
	assert_int_equal(
	        client_text(&f.client, &removed, &err, "ProfileRemove", "ss", "demo", "[vm]"), 0);
	assert_string_equal(removed, "demo was [vm]");
	tear_down(&f);
}

static void what_is_not_in_the_table_does_not_exist(void **state)
{
	cleanup_free char *text = NULL;
	struct err err = {0};
	struct fake f;

	(void)state;
	set_up(&f, true);
	assert_int_equal(client_text(&f.client, &text, &err, "Reboot", ""), -EOPNOTSUPP);
	assert_int_equal(client_text(&f.client, &text, &err, "Start", "u", 1), -EIO);
	assert_int_equal(f.acts, 0);
	tear_down(&f);
}

static void a_refusal_arrives_whole(void **state)
{
	cleanup_free char *path = NULL;
	struct err err = {0};
	struct fake f;

	(void)state;
	set_up(&f, true);
	assert_int_equal(client_start_job(&f.client, &path, &err, "Start", "s", "other"), -ENOENT);
	assert_string_equal(err.message, "there is no VM other");
	assert_string_equal(err.hint, "known: demo");
	assert_string_equal(err.code, "PT-VM-01");
	tear_down(&f);
}

static void a_job_can_be_read_and_cancelled(void **state)
{
	cleanup_free char *path = NULL;
	struct client_job job;
	struct err err = {0};
	struct fake f;

	(void)state;
	set_up(&f, true);
	assert_int_equal(client_start_job(&f.client, &path, &err, "Start", "s", "demo"), 0);
	assert_string_equal(path, BUS_JOB_PATH "/7");
	assert_int_equal(client_read_job(&f.client, path, &job, &err), 0);
	assert_string_equal(job.kind, "start");
	assert_string_equal(job.stage, "check");
	assert_int_equal(job.percent, 40);
	assert_true(client_job_running(&job));
	client_job_finish(&job);

	assert_int_equal(client_cancel_job(&f.client, path, &err), 0);
	assert_int_equal(f.cancels, 1);
	assert_int_equal(client_read_job(&f.client, path, &job, &err), 0);
	assert_string_equal(job.state, "cancelled");
	client_job_finish(&job);
	/* It has ended: cancelling once more does nothing. */
	assert_int_equal(client_cancel_job(&f.client, path, &err), 0);
	assert_int_equal(f.cancels, 1);
	tear_down(&f);
}

static void a_failed_job_tells_why(void **state)
{
	cleanup_free char *path = NULL;
	struct client_job job;
	struct err err = {0};
	struct fake f;

	(void)state;
	set_up(&f, true);
	assert_int_equal(client_start_job(&f.client, &path, &err, "Stop", "sb", "demo", 1), 0);
	assert_string_equal(f.last, "stop demo 1");
	assert_int_equal(client_read_job(&f.client, path, &job, &err), 0);
	assert_string_equal(job.state, "failed");
	assert_string_equal(job.err.message, "QEMU ended");
	assert_string_equal(job.err.hint, "see its log");
	assert_string_equal(job.err.code, "PT-QEMU-02");
	client_job_finish(&job);
	tear_down(&f);
}

static void a_job_that_is_unknown_is_told(void **state)
{
	static const char *const paths[] = {
	        BUS_JOB_PATH "/8", BUS_JOB_PATH "/07", BUS_JOB_PATH "/x"};
	struct client_job job;
	struct err err = {0};
	struct fake f;

	(void)state;
	set_up(&f, true);
	for (size_t i = 0; i < ARRAY_SIZE(paths); i++)
		assert_int_equal(client_read_job(&f.client, paths[i], &job, &err), -ENOENT);
	tear_down(&f);
}

/* A test drive with a picture in @fd and one more option; returns the call's result. */
static int test_drive(struct fake *f, int fd, const char *key, struct err *err)
{
	cleanup(sd_bus_message_unrefp) sd_bus_message *call = NULL;
	int r = client_new_call(&f->client, "TestDrive", &call, err);

	assert_int_equal(r, 0);
	r = sd_bus_message_append(call, "sa{sv}", "demo", 2, key, "b", 1, "picture", "h", fd);
	return client_send(&f->client, r, call, NULL, err);
}

static void a_picture_goes_into_the_clients_file(void **state)
{
	char file[] = "/tmp/bus-picture-XXXXXX", text[8] = "";
	int fd = mkstemp(file);
	struct err err = {0};
	struct fake f;

	(void)state;
	set_up(&f, true);
	assert_int_equal(test_drive(&f, fd, "keep", &err), 0);
	assert_true(f.keep);
	assert_int_equal(pread(fd, text, sizeof(text), 0), 3);
	assert_string_equal(text, "PNG");
	assert_int_equal(test_drive(&f, fd, "fast", &err), -EINVAL);
	assert_non_null(strstr(err.message, "fast"));
	assert_int_equal(f.acts, 1);
	tear_down(&f);
	close(fd);
	unlink(file);
}

static void only_a_writable_file_takes_a_picture(void **state)
{
	int ends[2], readable = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	struct err err = {0};
	struct fake f;

	(void)state;
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	set_up(&f, true);
	assert_int_equal(test_drive(&f, ends[1], "keep", &err), -EINVAL);
	assert_int_equal(test_drive(&f, readable, "keep", &err), -EINVAL);
	assert_true(err.hint[0]);
	assert_int_equal(f.acts, 0);
	tear_down(&f);
	close(ends[0]);
	close(ends[1]);
	close(readable);
}

static void a_screenshot_is_answered(void **state)
{
	cleanup(sd_bus_message_unrefp) sd_bus_message *call = NULL;
	char file[] = "/tmp/bus-picture-XXXXXX", text[8] = "";
	int fd = mkstemp(file), r;
	struct err err = {0};
	struct fake f;

	(void)state;
	set_up(&f, true);
	assert_int_equal(client_new_call(&f.client, "Screenshot", &call, &err), 0);
	r = sd_bus_message_append(call, "sh", "demo", fd);
	assert_int_equal(client_send(&f.client, r, call, NULL, &err), 0);
	assert_int_equal(pread(fd, text, sizeof(text), 0), 4);
	assert_string_equal(text, "shot");
	tear_down(&f);
	close(fd);
	unlink(file);
}

static int on_console_changed(sd_bus_message *m, void *user, sd_bus_error *ret)
{
	unsigned *heard = user;

	(void)m;
	(void)ret;
	++*heard;
	return 0;
}

static void the_console_is_enabled(void **state)
{
	cleanup(sd_bus_message_unrefp) sd_bus_message *call = NULL;
	cleanup_free char *ticket = NULL;
	struct err err = {0};
	unsigned heard = 0;
	struct fake f;

	(void)state;
	set_up(&f, true);
	assert_true(sd_bus_match_signal(f.client.bus, NULL, NULL, BUS_PATH, BUS_INTERFACE,
	                    "ConsoleChanged", on_console_changed, &heard) >= 0);
	assert_int_equal(call_enable(&f.client, "5930", "5931", &err), 0);
	assert_string_equal(f.last, "5930|5931");
	assert_true(call_enable(&f.client, "", "", &err) < 0);
	assert_string_equal(err.message, "somebody has the port");
	assert_int_equal(client_text(&f.client, &ticket, &err, "ConsoleTicket", "u", 5), 0);
	assert_string_equal(ticket, "good for 5");
	assert_int_equal(client_new_call(&f.client, "ConsoleDisable", &call, &err), 0);
	assert_int_equal(client_send(&f.client, 0, call, NULL, &err), 0);
	for (int i = 0; i < 100 && !heard; i++)
		sd_bus_process(f.client.bus, NULL);
	assert_int_equal(heard, 1);
	tear_down(&f);
}

/* --- languages --- */

static int set_language(struct fake *f, const char *code, struct err *err)
{
	cleanup(sd_bus_message_unrefp) sd_bus_message *call = NULL;
	int r;

	assert_int_equal(client_new_call(&f->client, "SetLanguage", &call, err), 0);
	r = sd_bus_message_append(call, "s", code);
	return client_send(&f->client, r, call, NULL, err);
}

static void refused_drive(struct fake *f, struct err *err)
{
	cleanup(sd_bus_message_unrefp) sd_bus_message *call = NULL;
	int r;

	*err = (struct err){0};
	assert_int_equal(client_new_call(&f->client, "TestDrive", &call, err), 0);
	r = sd_bus_message_append(call, "sa{sv}", "demo", 1, "wrong", "b", 1);
	assert_true(client_send(&f->client, r, call, NULL, err) < 0);
}

static void each_is_answered_in_their_language(void **state)
{
	static const char english[] = "test drive: unknown option wrong";
	struct err err = {0};
	struct fake f;
	char code[4];

	(void)state;
	i18n_language("en");
	i18n_current(code);
	assert_string_equal(code, "en");
	set_up(&f, false); /* it is no act: nobody is trusted */
	assert_int_equal(set_language(&f, "../ru", &err), -EINVAL);
	err = (struct err){0};
	assert_int_equal(set_language(&f, "ru", &err), 0);
	tear_down(&f);

	set_up(&f, true);
	refused_drive(&f, &err);
	assert_non_null(strstr(err.message, english));
	err = (struct err){0};
	assert_int_equal(set_language(&f, "ru", &err), 0);
	refused_drive(&f, &err);
	assert_null(strstr(err.message, english));
	assert_non_null(strstr(err.message, "wrong"));
	i18n_current(code);
	assert_string_equal(code, "ru");
	client_tell_language(f.client.bus, NULL); /* ru, as it is now in this process */
	assert_int_equal(set_language(&f, "en", &err), 0);
	refused_drive(&f, &err);
	assert_non_null(strstr(err.message, english));
	tear_down(&f);
	i18n_language("en");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(looking_needs_no_trust),
	        cmocka_unit_test(nothing_is_done_without_trust_or_polkit),
	        cmocka_unit_test(a_rule_is_made_and_taken_out),
	        cmocka_unit_test(a_profile_is_written_and_removed),
	        cmocka_unit_test(what_is_not_in_the_table_does_not_exist),
	        cmocka_unit_test(a_refusal_arrives_whole),
	        cmocka_unit_test(a_job_can_be_read_and_cancelled),
	        cmocka_unit_test(a_failed_job_tells_why),
	        cmocka_unit_test(a_job_that_is_unknown_is_told),
	        cmocka_unit_test(a_picture_goes_into_the_clients_file),
	        cmocka_unit_test(only_a_writable_file_takes_a_picture),
	        cmocka_unit_test(a_screenshot_is_answered),
	        cmocka_unit_test(the_console_is_enabled),
	        cmocka_unit_test(each_is_answered_in_their_language),
	};

	setenv("PLAYTHROUGH_LOCALE_DIR", "build/locale", 0);
	i18n_init();
	i18n_language("en");

	return cmocka_run_group_tests(tests, NULL, NULL);
}
