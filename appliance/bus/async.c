/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bus/async.h"
#include "base/i18n.h"
#include "bus/error.h"
#include "bus/names.h"
#include "bus/session.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <time.h>

#define START_US         (15ull * 1000000)
#define PROBE_TIMEOUT_US (10ull * 1000000)
/* polkit may wait for a password. */
#define CALL_TIMEOUT_US (150ull * 1000000)

#define cleanup_message cleanup(sd_bus_message_unrefp)

#define PROPERTIES "org.freedesktop.DBus.Properties"

struct async {
	sd_event *event;
	const struct paths *paths;
	const struct async_ops *ops;
	void *user;
	sd_bus *bus;
	sd_event_source *retry;
	uint64_t pause_us, up_us; /* up_us: since when it answers, of the monotonic clock */
	pid_t daemon;             /* a session's that was started here and has not ended; 0: none */
	uint64_t started;         /* when, monotonic microseconds */
	bool probing, up, lost;
	struct call *failed; /* those that could not be sent and were not answered yet */
};

/* A call under way; freed with its slot. */
struct call {
	struct async *async;
	async_reply reply;
	async_job_reply job_reply;
	async_fd_reply fd_reply;
	void *user;
	char *path;
	/* of one that could not be sent: its reply comes from the loop */
	sd_event_source *failure;
	struct err err;
	struct call *next_failed; /* link of async.failed */
};

static void call_free(void *user)
{
	struct call *call = user;

	sd_event_source_disable_unref(call->failure);
	free(call->path);
	free(call);
}

static int on_retry(sd_event_source *source, uint64_t usec, void *user);

static const char *destination(const struct async *async)
{
	return async->paths->session ? NULL : BUS_NAME;
}

static void schedule(struct async *async, uint64_t delay_us)
{
	async->retry = sd_event_source_disable_unref(async->retry);
	sd_event_add_time_relative(
	        async->event, &async->retry, CLOCK_MONOTONIC, delay_us, 1000, on_retry, async);
}

/* A daemon that comes and goes is asked ever more seldom; one that was there for a while, at once again. */
static void go_down(struct async *async, const struct err *why)
{
	uint64_t now_us = 0;

	sd_event_now(async->event, CLOCK_MONOTONIC, &now_us);
	if (async->up && now_us - async->up_us > ASYNC_PAUSE_MOST_US)
		async->pause_us = ASYNC_PAUSE_FIRST_US;
	async->up = false;
	async->ops->down(async->user, why);
	schedule(async, async->pause_us);
	async->pause_us *= 2;
	if (async->pause_us > ASYNC_PAUSE_MOST_US)
		async->pause_us = ASYNC_PAUSE_MOST_US;
}

/* --- signals --- */

static int on_disconnected(sd_bus_message *m, void *user, sd_bus_error *ret)
{
	struct async *async = user;
	struct err why = {0};

	(void)m, (void)ret;
	err_set(&why, -ENOTCONN, _("playthroughd ended"));
	err_code(&why, CODE_BUS_NO_ANSWER);
	async->lost =
	        true; /* the connection is closed by the next try: not from its own callback */
	go_down(async, &why);
	return 0;
}

static int on_owner_changed(sd_bus_message *m, void *user, sd_bus_error *ret)
{
	struct async *async = user;
	const char *name, *old, *owner;
	struct err why = {0};

	(void)ret;
	if (sd_bus_message_read(m, "sss", &name, &old, &owner) < 0 || !streq(name, BUS_NAME))
		return 0;
	if (!*owner && async->up) {
		err_set(&why, -ENOTCONN, _("playthroughd ended"));
		err_code(&why, CODE_BUS_NO_ANSWER);
		go_down(async, &why);
	} else if (*owner) {
		/* A new owner is a new daemon, even where the end of the old one was not told. */
		async->up = false;
		schedule(async, 0);
	}
	return 0;
}

static int on_vm_changed(sd_bus_message *m, void *user, sd_bus_error *ret)
{
	struct async *async = user;
	const char *name, *state;

	(void)ret;
	if (sd_bus_message_read(m, "ss", &name, &state) >= 0)
		async->ops->vm_changed(async->user, name, state);
	return 0;
}

static int on_usb_changed(sd_bus_message *m, void *user, sd_bus_error *ret)
{
	struct async *async = user;

	(void)m, (void)ret;
	async->ops->usb_changed(async->user);
	return 0;
}

static int on_console_changed(sd_bus_message *m, void *user, sd_bus_error *ret)
{
	struct async *async = user;

	(void)m, (void)ret;
	if (async->ops->console_changed)
		async->ops->console_changed(async->user);
	return 0;
}

static int on_job_changed(sd_bus_message *m, void *user, sd_bus_error *ret)
{
	struct async *async = user;

	(void)ret;
	async->ops->job_changed(async->user, sd_bus_message_get_path(m));
	return 0;
}

/* On the system bus only what the owner of the name says counts: anybody can send a signal of that name. */
#define FROM_DAEMON "sender='" BUS_NAME "',"

static int add_match(struct async *async, const char *rule, sd_bus_message_handler_t handler)
{
	bool direct = async->paths->session;

	if (direct && starts_with(rule, FROM_DAEMON))
		rule += strlen(FROM_DAEMON);
	return sd_bus_add_match_async(async->bus, NULL, rule, handler, NULL, async);
}

static int add_matches(struct async *async)
{
	int r = sd_bus_match_signal(async->bus, NULL, "org.freedesktop.DBus.Local", NULL,
	        "org.freedesktop.DBus.Local", "Disconnected", on_disconnected, async);

	if (r >= 0 && !async->paths->session)
		r = add_match(async,
		        "type='signal',sender='org.freedesktop.DBus',"
		        "interface='org.freedesktop.DBus',member='NameOwnerChanged',"
		        "arg0='" BUS_NAME "'",
		        on_owner_changed);
	if (r >= 0)
		r = add_match(async,
		        FROM_DAEMON "type='signal',interface='" BUS_INTERFACE
		                    "',member='VMChanged'",
		        on_vm_changed);
	if (r >= 0)
		r = add_match(async,
		        FROM_DAEMON "type='signal',interface='" BUS_INTERFACE
		                    "',member='UsbChanged'",
		        on_usb_changed);
	if (r >= 0)
		r = add_match(async,
		        FROM_DAEMON "type='signal',interface='" BUS_INTERFACE
		                    "',member='ConsoleChanged'",
		        on_console_changed);
	if (r >= 0)
		r = add_match(async,
		        FROM_DAEMON "type='signal',interface='" PROPERTIES
		                    "',member='PropertiesChanged',"
		                    "path_namespace='" BUS_JOB_PATH "'",
		        on_job_changed);
	return r;
}

/* --- connecting --- */

static int on_probed(sd_bus_message *m, void *user, sd_bus_error *ret)
{
	struct async *async = user;
	struct err why = {0};

	(void)ret;
	async->probing = false;
	if (async->lost)
		return 0;
	if (sd_bus_message_is_method_error(m, NULL)) {
		bus_error_read(sd_bus_message_get_error(m), -EIO, &why);
		go_down(async, &why);
		return 0;
	}
	sd_event_now(async->event, CLOCK_MONOTONIC, &async->up_us);
	async->up = true;
	client_tell_language(async->bus, destination(async));
	async->ops->up(async->user);
	return 0;
}

/* Whoever answers this is alive; on the system bus it also has the daemon started. */
static int probe(struct async *async)
{
	cleanup_message sd_bus_message *call = NULL;
	int r = sd_bus_message_new_method_call(async->bus, &call, destination(async), BUS_PATH,
	        "org.freedesktop.DBus.Peer", "Ping");

	if (r >= 0)
		r = sd_bus_call_async(async->bus, NULL, call, on_probed, async, PROBE_TIMEOUT_US);
	async->probing = r >= 0;
	return r;
}

static void drop_bus(struct async *async)
{
	if (async->bus)
		sd_bus_detach_event(async->bus);
	async->bus = sd_bus_close_unref(async->bus);
	async->lost = async->probing = false;
}

/* Nobody listens in session mode: starts the daemon, or finds that the one that was started has ended. */
static int start_session(struct async *async, struct err *err)
{
	uint64_t now = 0;
	int status;

	if (async->daemon == 0) {
		sd_event_now(async->event, CLOCK_MONOTONIC, &async->started);
		async->daemon = session_start(async->paths, err);
		if (async->daemon < 0) {
			async->daemon = 0;
			return err->number;
		}
		*err = (struct err){0};
		return -EAGAIN;
	}
	if (waitpid(async->daemon, &status, WNOHANG) == 0) {
		sd_event_now(async->event, CLOCK_MONOTONIC, &now);
		return now - async->started < START_US
		               ? -EAGAIN
		               : session_start_failed(
		                         async->paths, _("did not listen within 15 s"), err);
	}
	async->daemon = 0;
	return session_start_failed(async->paths, _("ended at once"), err);
}

static int open_bus(struct async *async, struct err *err)
{
	int r;

	if (async->paths->session) {
		r = session_try(async->paths, &async->bus, err);
		return r == -ENOENT || r == -ECONNREFUSED ? start_session(async, err) : r;
	}
	r = sd_bus_open_system(&async->bus);
	if (r >= 0)
		return 0;
	err_errno(err, r, _("there is no system bus (/run/dbus/system_bus_socket)"));
	err_code(err, CODE_BUS_ABSENT);
	return r;
}

static int connect_bus(struct async *async, struct err *err)
{
	int r = open_bus(async, err);

	if (r < 0)
		return r;
	r = sd_bus_attach_event(async->bus, async->event, SD_EVENT_PRIORITY_NORMAL);
	if (r >= 0)
		r = add_matches(async);
	return r < 0 ? bus_error_read(NULL, r, err) : 0;
}

static int on_retry(sd_event_source *source, uint64_t usec, void *user)
{
	struct async *async = user;
	struct err why = {0};
	int r = 0;

	(void)source, (void)usec;
	if (async->daemon > 0 && async->bus && waitpid(async->daemon, NULL, WNOHANG) > 0)
		async->daemon = 0;
	if (async->lost)
		drop_bus(async);
	if (!async->bus)
		r = connect_bus(async, &why);
	if (r >= 0 && !async->probing)
		r = probe(async);
	if (r >= 0)
		return 0;
	drop_bus(async);
	if (r == -EAGAIN) { /* the session's daemon is on its way: no reason to worry anybody */
		schedule(async, 30000);
		return 0;
	}
	if (!why.number)
		bus_error_read(NULL, r, &why);
	go_down(async, &why);
	return 0;
}

struct async *async_create(
        sd_event *event, const struct paths *paths, const struct async_ops *ops, void *user)
{
	struct async *async = xcalloc(1, sizeof(*async));

	*async = (struct async){.event = sd_event_ref(event),
	        .paths = paths,
	        .ops = ops,
	        .user = user,
	        .pause_us = ASYNC_PAUSE_FIRST_US};
	schedule(async, 0);
	return async;
}

void async_destroy(struct async *async)
{
	if (!async)
		return;
	drop_bus(async);
	while (async->failed) {
		struct call *call = async->failed;

		async->failed = call->next_failed;
		call_free(call);
	}
	sd_event_source_disable_unref(async->retry);
	sd_event_unref(async->event);
	free(async);
}

void async_retry(struct async *async)
{
	if (async->up || async->probing)
		return;
	async->pause_us = ASYNC_PAUSE_FIRST_US;
	schedule(async, 0);
}

void async_language(struct async *async)
{
	if (async->up && async->bus)
		client_tell_language(async->bus, destination(async));
}

void async_distrust(struct async *async, const struct err *why)
{
	if (async->up)
		go_down(async, why);
}

/* --- calls --- */

static void answer(struct call *call, const char *text, const struct err *err)
{
	if (call->reply)
		call->reply(call->user, text, err);
	else if (call->fd_reply && err)
		call->fd_reply(call->user, -1, err);
	else if (call->job_reply && err)
		call->job_reply(call->user, call->path, NULL, err);
}

static void answer_job(struct call *call, sd_bus_message *m)
{
	struct client_job job;
	struct err err = {0};

	if (client_parse_job(m, &job, &err) < 0) {
		answer(call, NULL, &err);
		return;
	}
	call->job_reply(call->user, call->path, &job, NULL);
	client_job_finish(&job);
}

static void answer_fd(struct call *call, sd_bus_message *m)
{
	struct err err;
	int borrowed, fd = -1, r = sd_bus_message_read(m, "h", &borrowed);

	if (r >= 0) {
		fd = fcntl(borrowed, F_DUPFD_CLOEXEC, 3);
		r = fd < 0 ? -errno : 0;
	}
	if (r < 0)
		err_errno(&err, r, "D-Bus");
	call->fd_reply(call->user, fd, r < 0 ? &err : NULL);
}

static int on_reply(sd_bus_message *m, void *user, sd_bus_error *ret)
{
	struct call *call = user;
	const char *signature, *text = "";
	struct err err = {0};

	(void)ret;
	if (sd_bus_message_is_method_error(m, NULL)) {
		bus_error_read(sd_bus_message_get_error(m), -EIO, &err);
		answer(call, NULL, &err);
		return 0;
	}
	if (call->job_reply) {
		answer_job(call, m);
		return 0;
	}
	if (call->fd_reply) {
		answer_fd(call, m);
		return 0;
	}
	signature = sd_bus_message_get_signature(m, 1);
	if (signature && (streq(signature, "s") || streq(signature, "o")))
		sd_bus_message_read_basic(m, signature[0], &text);
	answer(call, text, NULL);
	return 0;
}

static int on_failed(sd_event_source *source, void *user)
{
	struct call *call = user, **link = &call->async->failed;

	(void)source;
	while (*link != call)
		link = &(*link)->next_failed;
	*link = call->next_failed;
	answer(call, NULL, &call->err);
	call_free(call);
	return 0;
}

static struct call *call_new(struct async *async, void *user)
{
	struct call *call = xcalloc(1, sizeof(*call));

	call->async = async;
	call->user = user;
	return call;
}

/* Owns @call. @r: how making the message went. */
static void send(struct call *call, sd_bus_message *m, int r)
{
	struct async *async = call->async;
	sd_bus_slot *slot = NULL;

	if (r >= 0)
		r = sd_bus_call_async(async->bus, &slot, m, on_reply, call, CALL_TIMEOUT_US);
	if (r >= 0) {
		sd_bus_slot_set_destroy_callback(slot, call_free);
		sd_bus_slot_set_floating(slot, 1);
		sd_bus_slot_unref(slot);
		return;
	}
	if (r == -ENOTCONN) {
		err_set(&call->err, r, _("playthroughd does not run"));
		err_hint(&call->err, _("try again in a moment"));
		err_code(&call->err, CODE_BUS_NO_ANSWER);
	} else {
		bus_error_read(NULL, r, &call->err);
	}
	if (sd_event_add_defer(async->event, &call->failure, on_failed, call) < 0) {
		call_free(call);
		return;
	}
	call->next_failed = async->failed;
	async->failed = call;
}

static int new_message(struct async *async, const char *path, const char *interface,
        const char *member, sd_bus_message **out)
{
	int r = -ENOTCONN;

	if (async->bus && !async->lost)
		r = sd_bus_message_new_method_call(
		        async->bus, out, destination(async), path, interface, member);
	if (r >= 0)
		sd_bus_message_set_allow_interactive_authorization(*out, 1);
	return r;
}

void async_call(struct async *async, async_reply reply, void *user, const char *member,
        const char *types, ...)
{
	cleanup_message sd_bus_message *m = NULL;
	struct call *call = call_new(async, user);
	va_list ap;
	int r = new_message(async, BUS_PATH, BUS_INTERFACE, member, &m);

	call->reply = reply;
	va_start(ap, types);
	if (r >= 0 && *types)
		r = sd_bus_message_appendv(m, types, ap);
	va_end(ap);
	send(call, m, r);
}

void async_call_fd(struct async *async, async_fd_reply reply, void *user, const char *member)
{
	cleanup_message sd_bus_message *m = NULL;
	struct call *call = call_new(async, user);
	int r = new_message(async, BUS_PATH, BUS_INTERFACE, member, &m);

	call->fd_reply = reply;
	send(call, m, r);
}

void async_read_job(struct async *async, const char *path, async_job_reply reply, void *user)
{
	cleanup_message sd_bus_message *m = NULL;
	struct call *call = call_new(async, user);
	int r = new_message(async, path, PROPERTIES, "GetAll", &m);

	call->job_reply = reply;
	call->path = xstrdup(path);
	if (r >= 0)
		r = sd_bus_message_append(m, "s", BUS_JOB_INTERFACE);
	send(call, m, r);
}

void async_cancel_job(struct async *async, const char *path, async_reply reply, void *user)
{
	cleanup_message sd_bus_message *m = NULL;
	struct call *call = call_new(async, user);
	int r = new_message(async, path, BUS_JOB_INTERFACE, "Cancel", &m);

	call->reply = reply;
	send(call, m, r);
}
