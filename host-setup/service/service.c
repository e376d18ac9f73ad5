/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "service.h"
#include "answers.h"
#include "work.h"

#include "base/i18n.h"
#include "bus/error.h"
#include "bus/job.h"
#include "bus/names.h"
#include "bus/polkit.h"
#include "bus/speakers.h"

#include <assert.h>
#include <errno.h>
#include <time.h>

#define OPTIONS_MAX 32u

struct service {
	struct works works; /* and with it the loop and the bus */
	sd_bus_slot *objects, *job_objects;
	struct bus_jobs jobs;
	uint64_t last_call_us;
	char own_language[4];
	struct speakers speakers;
};

/* --- the methods --- */

static int method_check(struct service *service, sd_bus_message *call, struct err *err)
{
	return works_look(&service->works, call, WORK_CHECK, NULL, err);
}

static int method_verify(struct service *service, sd_bus_message *call, struct err *err)
{
	return works_look(&service->works, call, WORK_VERIFY, NULL, err);
}

static int method_keep(struct service *service, sd_bus_message *call, struct err *err)
{
	return works_look(&service->works, call, WORK_KEEP, NULL, err);
}

/* {"gpu": as, "usb": as, "profile": as}; what they hold is for playthrough-setup to judge. */
static int read_option(sd_bus_message *call, const char *key, struct strv *out, struct err *err)
{
	cleanup_free char **values = NULL;
	int r;

	if (!streq(key, "gpu") && !streq(key, "usb") && !streq(key, "profile"))
		return err_set(
		        err, -EINVAL, _("plan: unknown option %s (known: gpu, usb, profile)"), key);
	r = sd_bus_message_enter_container(call, 'v', "as");
	if (r >= 0)
		r = sd_bus_message_read_strv(call, &values);
	for (size_t i = 0; values && values[i]; i++) {
		if (out->n < OPTIONS_MAX && strlen(values[i]) <= 64)
			strv_addf(out, "--%s=%s", key, values[i]);
		else if (r >= 0)
			r = err_set(err, -EINVAL, _("plan: too many options, or one too long"));
		free(values[i]);
	}
	return r < 0 ? r : sd_bus_message_exit_container(call);
}

static int read_options(sd_bus_message *call, struct strv *out, struct err *err)
{
	const char *key;
	int r = sd_bus_message_enter_container(call, 'a', "{sv}");

	while (r >= 0 && (r = sd_bus_message_enter_container(call, 'e', "sv")) > 0) {
		r = sd_bus_message_read(call, "s", &key);
		if (r >= 0)
			r = read_option(call, key, out, err);
		if (r >= 0)
			r = sd_bus_message_exit_container(call);
	}
	return r;
}

static int method_plan(struct service *service, sd_bus_message *call, struct err *err)
{
	struct strv options = {0};
	int r = read_options(call, &options, err);

	if (r >= 0)
		r = works_look(&service->works, call, WORK_PLAN, &options, err);
	strv_finish(&options);
	return r;
}

static int method_apply(struct service *service, sd_bus_message *call, struct err *err)
{
	const char *id;
	int r = sd_bus_message_read(call, "s", &id);

	if (r < 0)
		return r;
	if (!answer_is_id(id))
		return err_set(err, -EINVAL, _("apply: this is no id of a plan: %s"), id);
	return works_job(&service->works, call, WORK_APPLY, id, err);
}

static int method_undo(struct service *service, sd_bus_message *call, struct err *err)
{
	return works_job(&service->works, call, WORK_UNDO, NULL, err);
}

static int method_cancel(struct service *service, sd_bus_message *call, struct err *err)
{
	const char *path = sd_bus_message_get_path(call);
	struct bus_job *job = bus_jobs_find_path(&service->jobs, path);
	struct work *work = job ? job->handle : NULL;

	if (!job)
		return err_set(err, -ENOENT, _("%s: there is no such job"), path);
	if (!work && bus_job_running(job))
		return err_set(err, -EPERM, _("an undo is not stopped half way"));
	if (work)
		works_cancel(work);
	return sd_bus_reply_method_return(call, NULL);
}

static int method_set_language(struct service *service, sd_bus_message *call, struct err *err)
{
	return speakers_hear(&service->speakers, call, err);
}

#define METHODS(M)                                                                    \
	M("Check", "", "", "s", "json\0", NULL, method_check)                         \
	M("Plan", "a{sv}", "options\0", "sss", "id\0json\0text\0", NULL, method_plan) \
	M("Verify", "", "", "s", "json\0", NULL, method_verify)                       \
	M("Keep", "", "", "s", "json\0", BUS_ACTION_CONFIGURE, method_keep)           \
	M("Apply", "s", "id\0", "o", "job\0", BUS_ACTION_CONFIGURE, method_apply)     \
	M("Undo", "", "", "o", "job\0", BUS_ACTION_CONFIGURE, method_undo)            \
	M("SetLanguage", "s", "code\0", "", "", NULL, method_set_language)

/* Of org.playthrough.Job1; everything else is in the table above. */
#define CANCEL "Cancel"

static const struct method {
	const char *member, *action;
	int (*act)(struct service *service, sd_bus_message *call, struct err *err);
} methods[] = {
#define ROW(member, in, in_names, out, out_names, action, act) {member, action, act},
        METHODS(ROW)
#undef ROW
                {CANCEL, BUS_ACTION_CONFIGURE, method_cancel},
};

static const struct method *find_method(const char *member)
{
	for (size_t i = 0; i < ARRAY_SIZE(methods); i++) {
		if (streq(methods[i].member, member))
			return &methods[i];
	}
	return NULL;
}

static void run(struct service *service, sd_bus_message *call)
{
	const struct method *method = find_method(sd_bus_message_get_member(call));
	struct err err = {0};
	int r = method->act(service, call, &err);

	if (r >= 0)
		return;
	if (!err.number)
		err_errno(&err, r, "%s", method->member);
	bus_error_reply(call, &err);
}

/* What we start speaks it, too. */
static void speak_as(struct service *service, sd_bus_message *call)
{
	speakers_speak(&service->speakers, call, service->own_language);
}

static void on_polkit(void *user, sd_bus_message *call, const struct err *denied)
{
	speak_as(user, call);
	if (denied)
		bus_error_reply(call, denied);
	else
		run(user, call);
}

static void touch(struct service *service)
{
	sd_event_now(service->works.event, CLOCK_MONOTONIC, &service->last_call_us);
}

/* sd-bus calls handlers only for members and signatures of the vtables. Default deny, as for the daemon. */
static int authorize_and_run(struct service *service, sd_bus_message *call)
{
	const struct method *method = find_method(sd_bus_message_get_member(call));
	struct err err = {0};

	assert(method);
	touch(service);
	speak_as(service, call);
	if (!method->action)
		run(service, call);
	else if (polkit_ask(call, method->action, on_polkit, service, &err) < 0)
		bus_error_reply(call, &err);
	return 1;
}

static int on_call(sd_bus_message *call, void *user, sd_bus_error *ret)
{
	(void)ret;
	return authorize_and_run(user, call);
}

static int on_cancel(sd_bus_message *call, void *user, sd_bus_error *ret)
{
	const struct bus_job *job = user;

	(void)ret;
	return authorize_and_run(
	        (struct service *)((char *)job->owner - offsetof(struct service, jobs)), call);
}

#define CALL(member, in, in_names, out, out_names, action, act) \
	SD_BUS_METHOD_WITH_NAMES(                               \
	        member, in, in_names, out, out_names, on_call, SD_BUS_VTABLE_UNPRIVILEGED),

static const sd_bus_vtable vtable[] = {SD_BUS_VTABLE_START(0), METHODS(CALL) SD_BUS_VTABLE_END};

/* --- life --- */

struct service *service_create(sd_event *event, sd_bus *bus, const char *program)
{
	struct service *service = xcalloc(1, sizeof(*service));

	service->works = (struct works){.event = sd_event_ref(event),
	        .bus = sd_bus_ref(bus),
	        .program = program,
	        .jobs = &service->jobs};
	service->jobs =
	        (struct bus_jobs){.event = event, .path = BUS_SETUP_JOB_PATH, .cancel = on_cancel};
	i18n_current(service->own_language);
	touch(service);
	return service;
}

int service_show(struct service *service, struct err *err)
{
	int r = sd_bus_add_object_vtable(service->works.bus, &service->objects, BUS_SETUP_PATH,
	        BUS_SETUP_INTERFACE, vtable, service);

	if (r >= 0)
		r = bus_jobs_show(&service->jobs, service->works.bus, &service->job_objects);
	return r < 0 ? err_errno(err, r, "%s", BUS_SETUP_INTERFACE) : 0;
}

bool service_idle(const struct service *service, uint64_t *last_call_us)
{
	*last_call_us = service->last_call_us;
	return !service->works.first && !service->jobs.first;
}

void service_destroy(struct service *service)
{
	if (!service)
		return;
	works_finish(&service->works);
	bus_jobs_finish(&service->jobs);
	sd_bus_slot_unref(service->objects);
	sd_bus_slot_unref(service->job_objects);
	sd_bus_unref(service->works.bus);
	sd_event_unref(service->works.event);
	free(service);
}
