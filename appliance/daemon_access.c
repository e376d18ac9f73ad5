/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The console on the network: listens where the settings say so, and hands the listening sockets to the console, which
 * accepts. Nothing of the network is read here.
 */
#include "base/i18n.h"
#include "base/log.h"
#include "daemon_access_impl.h"

#include <errno.h>
#include <stdio.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#define LISTEN_MS      5000u
#define BACKLOG        64
#define RETRY_US       1000000u
#define RETRY_MOST_US  60000000u
#define PATIENCE_US    5000000u /* with a console that has been started */
#define SYSTEMD        "org.freedesktop.systemd1"
#define SYSTEMD_PATH   "/org/freedesktop/systemd1"
#define SYSTEMD_MANAGE "org.freedesktop.systemd1.Manager"
#define UNIT           "playthrough-console.service"

/* --- what the console is told --- */

static struct console_message message(enum console_kind kind)
{
	return (struct console_message){.magic = CONSOLE_MAGIC, .kind = (uint16_t)kind};
}

static void tell_listener(
        struct daemon_access *a, enum console_kind kind, const struct access_listener *listener)
{
	struct console_message m = message(kind);

	m.display = listener->fd >= 0;
	daemon_console_tell(a->daemon, &m, listener->fd);
}

static void tell_ticket(struct daemon_access *a)
{
	struct console_message m = message(CONSOLE_TICKET);

	memcpy(m.ticket, a->settings.ticket, sizeof(m.ticket));
	m.expires = a->settings.expires;
	daemon_console_tell(a->daemon, &m, -1);
	explicit_bzero(&m, sizeof(m));
}

void daemon_access_tell(struct daemon *daemon)
{
	struct daemon_access *a = daemon->access;

	if (!a)
		return;
	tell_ticket(a); /* before anybody can come */
	tell_listener(a, CONSOLE_NETWORK, &a->viewers);
	tell_listener(a, CONSOLE_WEB, &a->browsers);
}

static void changed(struct daemon_access *a)
{
	bus_service_console_changed(a->daemon->service);
}

/* --- listening --- */

/* By whoever may open sockets to a network; accepting and reading are the console's. */
static int open_there(struct daemon_access *a, const struct net_address *at, struct err *err)
{
	const struct acts acts = daemon_acts_of(a->daemon);
	struct act_listen listen = {.port = at->port, .backlog = BACKLOG};
	int fd, r;

	memcpy(listen.host, &at->host, sizeof(listen.host));
	r = acts_call_now(&acts, ACT_LISTEN, &listen, LISTEN_MS, &fd, err);
	return r < 0 ? r : fd;
}

static int listen_there(struct daemon_access *a, struct access_listener *listener,
        const struct net_address *at, struct err *err)
{
	if (listener->fd >= 0 && net_address_same(&listener->at, at))
		return 0;
	close_fd(&listener->fd);
	listener->at = *at;
	if (!at->port)
		return 0;
	listener->fd = open_there(a, at, err);
	return listener->fd < 0 ? listener->fd : 0;
}

/* The other one's port may be wanted: whoever moves lets go first. */
static int listen_as(
        struct daemon_access *a, const struct console_settings *settings, struct err *err)
{
	static const struct net_address nowhere;
	int r;

	if (!settings->enabled || !net_address_same(&a->browsers.at, &settings->web))
		listen_there(a, &a->browsers, &nowhere, NULL);
	r = listen_there(a, &a->viewers, settings->enabled ? &settings->listen : &nowhere, err);
	if (r == 0)
		r = listen_there(
		        a, &a->browsers, settings->enabled ? &settings->web : &nowhere, err);
	return r;
}

/* --- the console is to run --- */

static int check_there(const struct daemon *daemon, struct err *err)
{
	if (daemon->access)
		return 0;
	err_set(err, -ENOENT, _("the console is not installed: there is no user %s"), CONSOLE_USER);
	err_hint(err, "systemd-sysusers");
	err_code(err, CODE_CONSOLE_ABSENT);
	return -ENOENT;
}

static int on_started(sd_bus_message *reply, void *user, sd_bus_error *ret)
{
	const sd_bus_error *error = sd_bus_message_get_error(reply);

	(void)user, (void)ret;
	if (error)
		log_warning(_("the console cannot be started: %s"),
		        error->message ? error->message : error->name);
	return 0;
}

/* systemd starts it anew where it ends by itself, and leaves it alone where an administrator has stopped it. */
static int start_unit(struct daemon_access *a, struct err *err)
{
	int r = sd_bus_call_method_async(a->daemon->bus, NULL, SYSTEMD, SYSTEMD_PATH,
	        SYSTEMD_MANAGE, "StartUnit", on_started, NULL, "ss", UNIT, "replace");

	return r < 0 ? err_errno(err, r, UNIT) : 0;
}

static int start_own(struct daemon_access *a, enum console_start_for what, struct err *err)
{
	uint64_t now_us = 0;

	sd_event_now(a->daemon->event, CLOCK_MONOTONIC, &now_us);
	if (a->started_us && now_us - a->started_us < PATIENCE_US)
		return 0;
	a->started_us = now_us;
	return console_start(&a->daemon->paths, what, err);
}

int daemon_access_run(struct daemon *daemon, enum console_start_for what, struct err *err)
{
	int r = check_there(daemon, err);

	if (r < 0 || daemon_console_there(daemon))
		return r;
	return daemon->paths.session ? start_own(daemon->access, what, err)
	                             : start_unit(daemon->access, err);
}

/* --- until it is as the settings say --- */

static void note_problem(struct daemon_access *a, const struct err *err)
{
	const char *text = err ? err->message : NULL;
	bool same = text && a->problem ? streq(text, a->problem) : text == a->problem;

	if (same)
		return;
	free(a->problem);
	a->problem = xstrdup(text);
	if (err)
		log_error(err, _("the console on the network"));
	changed(a);
}

static void retry_in(struct daemon_access *a, uint64_t wait_us)
{
	a->wait_us = wait_us;
	sd_event_source_set_time_relative(a->retry, wait_us);
	sd_event_source_set_enabled(a->retry, SD_EVENT_ONESHOT);
}

static void ensure(struct daemon_access *a)
{
	struct err err = {0};
	int r = listen_as(a, &a->settings, &err);

	if (r == 0 && a->settings.enabled)
		r = daemon_access_run(a->daemon, CONSOLE_FOR_VIEWER, &err);
	note_problem(a, r < 0 ? &err : NULL);
	/* A session's console that did not come up is tried again, too. */
	if (r < 0 || (a->settings.enabled && a->daemon->paths.session &&
	                     !daemon_console_there(a->daemon)))
		retry_in(a, a->wait_us < RETRY_MOST_US / 2 ? a->wait_us * 2 : RETRY_MOST_US);
	else
		sd_event_source_set_enabled(a->retry, SD_EVENT_OFF);
}

static int on_retry(sd_event_source *source, uint64_t usec, void *user)
{
	struct daemon_access *a = user;

	(void)source, (void)usec;
	ensure(a);
	daemon_access_tell(a->daemon);
	return 0;
}

void daemon_access_heard(struct daemon *daemon, const struct console_report *report)
{
	struct daemon_access *a = daemon->access;

	if (!a)
		return;
	a->report = report ? *report : (struct console_report){0};
	a->started_us = 0;
	if (report)
		a->wait_us = RETRY_US;
	else if (a->settings.enabled && daemon->paths.session)
		retry_in(a, a->wait_us);
	changed(a);
}

/* --- what a person asks for --- */

/* All of it, or nothing: where @r is a failure already, or nothing can be written, the old ones stay in force. */
static int take_settings(
        struct daemon_access *a, int r, const struct console_settings *next, struct err *err)
{
	r = r < 0 ? r : console_settings_write(a->daemon->paths.console_settings, next, err);
	if (r == 0)
		a->settings = *next;
	a->wait_us = RETRY_US;
	ensure(a);
	daemon_access_tell(a->daemon);
	changed(a);
	return r;
}

int daemon_access_enable(
        struct daemon *daemon, const char *listen, const char *web, struct err *err)
{
	struct console_settings next, fresh;
	int r = check_there(daemon, err);

	if (r < 0)
		return r;
	console_settings_init(&fresh);
	next = daemon->access->settings;
	next.enabled = true;
	next.listen = fresh.listen;
	next.web = fresh.web;
	if (listen[0])
		r = net_address_parse(listen, &next.listen, err);
	if (r == 0 && web[0])
		r = net_address_parse(web, &next.web, err);
	if (r < 0)
		return r;
	r = listen_as(daemon->access, &next, err);
	return take_settings(daemon->access, r, &next, err);
}

int daemon_access_disable(struct daemon *daemon, struct err *err)
{
	struct console_settings next;
	int r = check_there(daemon, err);

	if (r < 0)
		return r;
	next = daemon->access->settings;
	next.enabled = false;
	return take_settings(daemon->access, 0, &next, err);
}

char *daemon_access_ticket(struct daemon *daemon, unsigned minutes, struct err *err)
{
	uint8_t chance[CONSOLE_TICKET_BYTES];
	struct console_settings next;

	if (check_there(daemon, err) < 0)
		return NULL;
	if (minutes > CONSOLE_MINUTES_MAX) {
		err_set(err, -ERANGE, _("a ticket lives %u minutes at most"), CONSOLE_MINUTES_MAX);
		err_hint(err, _("0 minutes: until there is another ticket"));
		return NULL;
	}
	if (getrandom(chance, sizeof(chance), 0) != (ssize_t)sizeof(chance)) {
		err_errno(err, -errno, "getrandom");
		return NULL;
	}
	next = daemon->access->settings;
	console_ticket_make(chance, next.ticket);
	next.expires = minutes ? (uint64_t)time(NULL) + minutes * 60ull : 0;
	return take_settings(daemon->access, 0, &next, err) < 0 ? NULL : xstrdup(next.ticket);
}

/* --- life --- */

bool daemon_access_enabled(const struct daemon *daemon)
{
	return daemon->access && daemon->access->settings.enabled;
}

void daemon_access_start(struct daemon *daemon)
{
	struct daemon_access *a;
	struct err err;

	if (!daemon->console)
		return;
	a = xcalloc(1, sizeof(*a));
	*a = (struct daemon_access){.daemon = daemon, .wait_us = RETRY_US};
	a->viewers.fd = a->browsers.fd = -1;
	if (sd_event_add_time(
	            daemon->event, &a->retry, CLOCK_MONOTONIC, UINT64_MAX, 0, on_retry, a) < 0) {
		free(a);
		return;
	}
	sd_event_source_set_enabled(a->retry, SD_EVENT_OFF);
	daemon->access = a;
	if (console_settings_read(daemon->paths.console_settings, &a->settings, &err) < 0)
		log_error(&err, _("the console on the network stays off"));
	if (a->settings.enabled)
		ensure(a);
}

void daemon_access_stop(struct daemon *daemon)
{
	struct daemon_access *a = take_ptr(daemon->access);

	if (!a)
		return;
	sd_event_source_disable_unref(a->retry);
	close_fd(&a->viewers.fd);
	close_fd(&a->browsers.fd);
	free(a->problem);
	explicit_bzero(a, sizeof(*a));
	free(a);
}
