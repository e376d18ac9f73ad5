/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The connection to QEMU: which console there is, registration, lamps, and the end. */
#include "console/qemu_impl.h"

#include "base/log.h"
#include "console/ports.h"

#include <errno.h>
#include <time.h>

#define VM_PATH       "/org/qemu/Display1/VM"
#define VM_INTERFACE  "org.qemu.Display1.VM"
#define CONSOLE_PATH  "/org/qemu/Display1/Console_%u"
#define CONSOLE       "org.qemu.Display1.Console"
#define KEYBOARD      "org.qemu.Display1.Keyboard"
#define MOUSE         "org.qemu.Display1.Mouse"
#define PROPERTIES    "org.freedesktop.DBus.Properties"
#define RETRY_US      300000u
#define TRIES_MOST    10u
#define PROMPTNESS_US 20000000u
#define RESYNC_US     80000u /* and twice as long with each time that it did not help */
#define RESYNCS_MOST  5u

/* --- the end --- */

static int on_end(sd_event_source *source, void *user)
{
	struct qemu *q = user;

	(void)source;
	q->source.handler->gone(q->source.handler->user, &q->source);
	return 0;
}

void qemu_end(struct qemu *q)
{
	if (!q->end && sd_event_add_defer(q->event, &q->end, on_end, q) < 0)
		abort();
}

static int on_disconnected(sd_bus_message *m, void *user, sd_bus_error *unused)
{
	(void)m, (void)unused;
	qemu_end(user);
	return 0;
}

void qemu_destroy(struct source *source)
{
	struct qemu *q = qemu_of(source);

	sd_event_source_disable_unref(q->retry);
	sd_event_source_disable_unref(q->resync);
	sd_event_source_disable_unref(q->end);
	ports_destroy(q->source.ports);
	qemu_listener_finish(q);
	qemu_sound_finish(q);
	sd_bus_close_unref(q->bus);
	free(q->pixels);
	free(q->cursor_pixels);
	free(q->path);
	free(q);
}

/* --- lamps, and whether positions are taken --- */

static int read_property(struct qemu *q, sd_bus_message *m, const char *name)
{
	unsigned leds;
	int absolute, r;

	if (streq(name, "Width"))
		return sd_bus_message_read(m, "v", "u", &q->width);
	if (streq(name, "Height"))
		return sd_bus_message_read(m, "v", "u", &q->height);
	if (streq(name, "Modifiers")) {
		r = sd_bus_message_read(m, "v", "u", &leds);
		if (r >= 0 && leds != q->source.leds) {
			q->source.leds = leds & 7;
			q->source.handler->leds(q->source.handler->user, &q->source);
		}
		return r;
	}
	if (!streq(name, "IsAbsolute"))
		return sd_bus_message_skip(m, "v");
	r = sd_bus_message_read(m, "v", "b", &absolute);
	if (r >= 0)
		q->absolute = absolute;
	return r;
}

static int read_properties(struct qemu *q, sd_bus_message *m)
{
	uint32_t width = q->width, height = q->height;
	const char *name;
	int r = sd_bus_message_enter_container(m, 'a', "{sv}");

	while (r >= 0 && (r = sd_bus_message_enter_container(m, 'e', "sv")) > 0) {
		r = sd_bus_message_read(m, "s", &name);
		r = r < 0 ? r : read_property(q, m, name);
		r = r < 0 ? r : sd_bus_message_exit_container(m);
	}
	if (width != q->width || height != q->height) {
		q->n_resyncs = 0;
		qemu_check_size(q);
	}
	return r;
}

static int on_properties(sd_bus_message *m, void *user, sd_bus_error *unused)
{
	(void)unused;
	if (!sd_bus_message_is_method_error(m, NULL))
		read_properties(user, m);
	return 0;
}

static int on_changed(sd_bus_message *m, void *user, sd_bus_error *unused)
{
	struct qemu *q = user;
	const char *path = sd_bus_message_get_path(m);

	(void)unused;
	if (path && streq(path, q->path) && sd_bus_message_skip(m, "s") >= 0)
		read_properties(q, m);
	return 0;
}

static int watch_properties(struct qemu *q)
{
	static const char *const interfaces[] = {KEYBOARD, MOUSE, CONSOLE};
	int r = sd_bus_match_signal(
	        q->bus, NULL, NULL, NULL, PROPERTIES, "PropertiesChanged", on_changed, q);

	for (size_t i = 0; i < ARRAY_SIZE(interfaces); i++)
		r = r < 0 ? r
		          : sd_bus_call_method_async(q->bus, NULL, NULL, q->path, PROPERTIES,
		                    "GetAll", on_properties, q, "s", interfaces[i]);
	return r;
}

/* --- registration --- */

static void begin_registration(struct qemu *q);

static int on_retry(sd_event_source *source, uint64_t usec, void *user)
{
	struct qemu *q = user;

	(void)source, (void)usec;
	q->retry = sd_event_source_disable_unref(q->retry);
	begin_registration(q);
	return 0;
}

/* QEMU may not have noticed yet that the console before this one is gone, and serves one at a time. */
static int on_registered(sd_bus_message *m, void *user, sd_bus_error *unused)
{
	const sd_bus_error *error = sd_bus_message_get_error(m);
	struct qemu *q = user;

	(void)unused;
	q->registered = !error;
	if (q->registered)
		return 0;
	log_warning("QEMU: %s", error->message ? error->message : error->name);
	qemu_listener_finish(q);
	if (++q->tries == TRIES_MOST || sd_event_add_time_relative(q->event, &q->retry,
	                                        CLOCK_MONOTONIC, RETRY_US, 0, on_retry, q) < 0)
		qemu_end(q);
	return 0;
}

static void begin_registration(struct qemu *q)
{
	cleanup_close int theirs = -1;
	cleanup(sd_bus_message_unrefp) sd_bus_message *m = NULL;
	struct err err;
	int r = qemu_listener_create(q, &theirs, &err);

	if (r < 0)
		log_error(&err, "QEMU");
	r = r < 0 ? r
	          : sd_bus_message_new_method_call(
	                    q->bus, &m, NULL, q->path, CONSOLE, "RegisterListener");
	r = r < 0 ? r : sd_bus_message_append(m, "h", theirs);
	r = r < 0 ? r : sd_bus_call_async(q->bus, NULL, m, on_registered, q, PROMPTNESS_US);
	if (r < 0)
		qemu_end(q);
}

/* The first one; a card of the guest's has one head. */
static int on_consoles(sd_bus_message *m, void *user, sd_bus_error *unused)
{
	struct qemu *q = user;
	const uint32_t *ids;
	size_t size = 0;
	int r = sd_bus_message_is_method_error(m, NULL) ? -EIO : 0;

	(void)unused;
	r = r < 0 ? r : sd_bus_message_enter_container(m, 'v', "au");
	r = r < 0 ? r : sd_bus_message_read_array(m, 'u', (const void **)&ids, &size);
	if (r < 0) {
		log_warning("QEMU: ConsoleIDs");
		qemu_end(q);
		return 0;
	}
	qemu_sound_start(q);
	q->source.blind = size < sizeof(*ids);
	if (q->source.blind) {
		q->source.handler->picture(q->source.handler->user, &q->source);
		return 0;
	}
	q->path = xasprintf(CONSOLE_PATH, ids[0]);
	if (watch_properties(q) < 0)
		qemu_end(q);
	else
		begin_registration(q);
	return 0;
}

/* --- the size --- */

static bool size_differs(const struct qemu *q)
{
	return q->width && q->height &&
	       (q->width != q->source.picture.width || q->height != q->source.picture.height);
}

/*
 * QEMU 7.2 tells of another surface only with its next update of all of it, which a card in text mode never makes. A new
 * listener gets all of it.
 */
static int on_resync(sd_event_source *source, uint64_t usec, void *user)
{
	struct qemu *q = user;

	(void)source, (void)usec;
	q->resync = sd_event_source_disable_unref(q->resync);
	if (!size_differs(q) || q->retry || q->end || q->n_resyncs == RESYNCS_MOST)
		return 0;
	q->n_resyncs++;
	qemu_listener_finish(q);
	begin_registration(q);
	qemu_check_size(q);
	return 0;
}

void qemu_check_size(struct qemu *q)
{
	if (!q->resync && size_differs(q) &&
	        sd_event_add_time_relative(q->event, &q->resync, CLOCK_MONOTONIC,
	                RESYNC_US << q->n_resyncs, 0, on_resync, q) < 0)
		qemu_end(q);
}

static void on_ports(void *user)
{
	struct qemu *q = user;

	q->source.handler->ports(q->source.handler->user, &q->source);
}

static int start(struct qemu *q)
{
	int r = sd_bus_negotiate_fds(q->bus, 1);

	r = r < 0 ? r : sd_bus_start(q->bus);
	r = r < 0 ? r : sd_bus_attach_event(q->bus, q->event, SD_EVENT_PRIORITY_NORMAL);
	r = r < 0 ? r
	          : sd_bus_match_signal(q->bus, NULL, NULL, "/org/freedesktop/DBus/Local",
	                    "org.freedesktop.DBus.Local", "Disconnected", on_disconnected, q);
	return r < 0 ? r
	             : sd_bus_call_method_async(q->bus, NULL, NULL, VM_PATH, PROPERTIES, "Get",
	                       on_consoles, q, "ss", VM_INTERFACE, "ConsoleIDs");
}

struct source *qemu_create(
        sd_event *event, int given, const struct source_handler *handler, struct err *err)
{
	struct qemu *q = xcalloc(1, sizeof(*q));
	cleanup_close int fd = given;
	int r;

	*q = (struct qemu){.source = {.ops = &qemu_ops, .handler = handler}, .event = event};
	r = sd_bus_new(&q->bus);
	r = r < 0 ? r : sd_bus_set_fd(q->bus, fd, fd);
	if (r >= 0)
		fd = -1; /* the bus closes it */
	r = r < 0 ? r : start(q);
	if (r >= 0) {
		q->source.ports = ports_create(event, q->bus, on_ports, q);
		return &q->source;
	}
	err_errno(err, r, "QEMU");
	qemu_destroy(&q->source);
	return NULL;
}
