/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vm/acts/transient.h"

#include "base/i18n.h"
#include "base/util.h"

#include <errno.h>
#include <time.h>

#define MANAGER \
	"org.freedesktop.systemd1", "/org/freedesktop/systemd1", "org.freedesktop.systemd1.Manager"
#define RETRY_MS 500u
#define RETRIES  20u

struct transient {
	struct transient_handler handler;
	sd_event *event;
	sd_bus_message *order; /* kept for a retry */
	char *unit, *job;      /* job: systemd's, once it has taken the order; NULL */
	sd_event_source *retry;
	sd_bus_slot *call, *removed;
	unsigned tries;
};

int transient_message(sd_bus *bus, sd_bus_message **out)
{
	return sd_bus_message_new_method_call(bus, out, MANAGER, "StartTransientUnit");
}

static void stop(struct transient *t)
{
	t->retry = sd_event_source_disable_unref(t->retry);
	t->call = sd_bus_slot_unref(t->call);
	t->removed = sd_bus_slot_unref(t->removed);
	t->order = sd_bus_message_unref(t->order); /* and with it the descriptors in it */
}

static void fail(struct transient *t, const struct err *err)
{
	stop(t);
	t->handler.failed(t->handler.user, err);
}

static int call_systemd(struct transient *t);

static int on_retry(sd_event_source *source, uint64_t usec, void *user)
{
	struct transient *t = user;
	struct err err;
	int r;

	(void)source, (void)usec;
	t->retry = sd_event_source_disable_unref(t->retry);
	r = call_systemd(t);
	if (r < 0) {
		err_errno(&err, r, _("systemd cannot be asked to start %s"), t->unit);
		fail(t, &err);
	}
	return 0;
}

static int on_answer(sd_bus_message *reply, void *user, sd_bus_error *unused)
{
	const sd_bus_error *error = sd_bus_message_get_error(reply);
	struct transient *t = user;
	const char *job = NULL;
	struct err err;

	(void)unused;
	t->call = sd_bus_slot_unref(t->call);
	if (!error) {
		sd_bus_message_read(reply, "o", &job);
		t->job = xstrdup(job);
		return 0;
	}
	if (sd_bus_error_has_name(error, "org.freedesktop.systemd1.UnitExists") &&
	        t->tries++ < RETRIES)
		return sd_event_add_time_relative(
		        t->event, &t->retry, CLOCK_MONOTONIC, RETRY_MS * 1000, 0, on_retry, t);
	err_set(&err, -sd_bus_error_get_errno(error), _("systemd does not start %s: %s"), t->unit,
	        error->message ? error->message : error->name);
	if (sd_bus_error_has_name(error, "org.freedesktop.systemd1.UnitExists"))
		err_hint(&err, _("the one of its last run has not ended: systemctl stop %s"),
		        t->unit);
	fail(t, &err);
	return 0;
}

static int call_systemd(struct transient *t)
{
	sd_bus *bus = sd_bus_message_get_bus(t->order);
	sd_bus_message *order = NULL;
	int r = transient_message(bus, &order);

	r = r < 0 ? r : sd_bus_message_rewind(t->order, true);
	r = r < 0 ? r : sd_bus_message_copy(order, t->order, true);
	r = r < 0 ? r : sd_bus_call_async(bus, &t->call, order, on_answer, t, 0);
	sd_bus_message_unref(order);
	return r;
}

/* Of that job alone: the one that takes the last run's unit away is called after the unit, too. */
static int on_job_removed(sd_bus_message *m, void *user, sd_bus_error *unused)
{
	const char *job, *unit, *result;
	struct transient *t = user;
	struct err err;
	uint32_t id;

	(void)unused;
	if (sd_bus_message_read(m, "uoss", &id, &job, &unit, &result) < 0 || !t->job ||
	        !streq(job, t->job))
		return 0;
	if (streq(result, "done")) {
		stop(t);
		if (t->handler.started)
			t->handler.started(t->handler.user);
		return 0;
	}
	err_set(&err, -EIO, _("systemd could not start %s: %s"), unit, result);
	err_hint(&err, _("see: journalctl -u %s"), unit);
	fail(t, &err);
	return 0;
}

int transient_start(sd_event *event, sd_bus_message *order, const char *unit,
        const struct transient_handler *handler, struct transient **out, struct err *err)
{
	struct transient *t = xcalloc(1, sizeof(*t));
	sd_bus *bus = sd_bus_message_get_bus(order);
	int r;

	*t = (struct transient){.handler = *handler,
	        .event = event,
	        .order = sd_bus_message_ref(order),
	        .unit = xstrdup(unit)};
	r = sd_bus_match_signal_async(
	        bus, &t->removed, MANAGER, "JobRemoved", on_job_removed, NULL, t);
	/* systemd sends its signals only while somebody has subscribed. */
	r = r < 0 ? r : sd_bus_call_method_async(bus, NULL, MANAGER, "Subscribe", NULL, NULL, "");
	r = r < 0 ? r : sd_bus_message_seal(order, 1, 0);
	r = r < 0 ? r : call_systemd(t);
	if (r < 0) {
		transient_free(t);
		return err_errno(err, r, _("systemd cannot be asked to start %s"), unit);
	}
	*out = t;
	return 0;
}

void transient_free(struct transient *t)
{
	if (!t)
		return;
	stop(t);
	free(t->unit);
	free(t->job);
	free(t);
}
