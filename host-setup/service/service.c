/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "service.h"
#include "answers.h"
#include "task.h"

#include "base/i18n.h"
#include "bus/error.h"
#include "bus/job.h"
#include "bus/names.h"
#include "bus/polkit.h"
#include "bus/text.h"

#include <assert.h>
#include <errno.h>
#include <time.h>

#define WORKS_MAX   8u /* programs at once, so that nobody fills the PC with them */
#define PLANS_MAX   16u
#define OPTIONS_MAX 32u
#define LOOK_S      120u
#define CHANGE_S    (60u * 60) /* os-prober looks at every disk, and a slow PC packs slowly */

/* The options under which a plan was made, so that Apply() needs its id alone. */
struct remembered {
	char id[9];
	struct strv options;
};

enum kind { KIND_CHECK, KIND_PLAN, KIND_PLAN_TEXT, KIND_VERIFY, KIND_KEEP, KIND_APPLY, KIND_UNDO };

/* One child at work, for one call. */
struct work {
	struct service *service;
	enum kind kind;
	struct task *task;
	sd_bus_message *call; /* to be answered at the end; NULL for a job */
	struct strv options;  /* of a plan */
	char *id, *json;      /* of a plan, once they are known */
	unsigned job;
	char *stage;
	unsigned percent;
	bool cancelled;
	struct answer_line last; /* of a job */
	struct work *next_work;  /* link of service.works */
};

struct service {
	sd_event *event;
	sd_bus *bus;
	const char *program;
	sd_bus_slot *objects, *job_objects;
	struct bus_jobs jobs;
	unsigned last_job;
	struct work *works;
	struct remembered plans[PLANS_MAX];
	size_t next_plan; /* the oldest: overwritten next */
	uint64_t last_call_us;
};

/* --- works --- */

static void work_destroy(struct work *work)
{
	struct work **at = &work->service->works;

	while (*at != work)
		at = &(*at)->next_work;
	*at = work->next_work;
	sd_bus_message_unref(work->call);
	strv_finish(&work->options);
	answer_line_finish(&work->last);
	free(work->id);
	free(work->json);
	free(work->stage);
	free(work);
}

static struct work *work_create(struct service *service, enum kind kind, struct err *err)
{
	struct work *work;
	unsigned n = 0;

	for (work = service->works; work; work = work->next_work)
		n++;
	if (n >= WORKS_MAX) {
		err_set(err, -EBUSY, _("%u calls are at work already"), n);
		err_hint(err, _("try again when one has ended"));
		err_code(err, CODE_SETUP_SERVICE);
		return NULL;
	}
	work = xcalloc(1, sizeof(*work));
	work->service = service;
	work->kind = kind;
	work->next_work = service->works;
	service->works = work;
	return work;
}

static const char *verb_of(enum kind kind)
{
	switch (kind) {
	case KIND_CHECK:
		return "check";
	case KIND_PLAN:
	case KIND_PLAN_TEXT:
		return "plan";
	case KIND_VERIFY:
	case KIND_KEEP:
		return "verify";
	case KIND_APPLY:
		return "apply";
	case KIND_UNDO:
		break;
	}
	return "undo";
}

static void add_arguments(const struct work *work, struct strv *argv)
{
	switch (work->kind) {
	case KIND_CHECK:
	case KIND_PLAN:
	case KIND_KEEP:
		strv_add(argv, "--json");
		break;
	case KIND_VERIFY:
		strv_add(argv, "--json");
		strv_add(argv, "--look");
		break;
	case KIND_PLAN_TEXT:
		strv_addf(argv, "--plan=%s", work->id);
		break;
	case KIND_APPLY:
		strv_addf(argv, "--plan=%s", work->id);
		strv_add(argv, "--yes");
		strv_add(argv, "--progress");
		break;
	case KIND_UNDO:
		strv_add(argv, "--yes");
		strv_add(argv, "--progress");
		break;
	}
	strv_foreach (option, &work->options)
		strv_add(argv, *option);
}

static void on_line(void *user, const char *line);
static void on_job_done(void *user, int status, const char *output);
static void on_look_done(void *user, int status, const char *output);

static const struct task_ops look_ops = {.done = on_look_done};
static const struct task_ops job_ops = {.line = on_line, .done = on_job_done};

/* On failure the work is still the caller's. */
static int work_start(struct work *work, struct err *err)
{
	bool job = !work->call;
	struct strv argv = {0};

	strv_add(&argv, work->service->program);
	strv_add(&argv, verb_of(work->kind));
	add_arguments(work, &argv);
	work->task = task_start(work->service->event, &argv, job ? CHANGE_S : LOOK_S,
	        job ? &job_ops : &look_ops, work, err);
	strv_finish(&argv);
	if (work->task)
		return 0;
	err_hint(err, _("the installation is not whole: install Playthrough again"));
	err_code(err, CODE_SETUP_SERVICE);
	return err->number;
}

/* --- plans --- */

static void remember(struct service *service, const char *id, const struct strv *options)
{
	struct remembered *plan = &service->plans[service->next_plan];

	for (size_t i = 0; i < PLANS_MAX; i++) {
		if (streq(service->plans[i].id, id))
			plan = &service->plans[i];
	}
	if (plan == &service->plans[service->next_plan])
		service->next_plan = (service->next_plan + 1) % PLANS_MAX;
	strv_finish(&plan->options);
	memcpy(plan->id, id, sizeof(plan->id));
	strv_foreach (option, options)
		strv_add(&plan->options, *option);
}

/* A plan of another life of ours has no options; where it was made with some, it is refused as stale. */
static void recall(const struct service *service, const char *id, struct strv *options)
{
	for (size_t i = 0; i < PLANS_MAX; i++) {
		if (!streq(service->plans[i].id, id))
			continue;
		strv_foreach (option, &service->plans[i].options)
			strv_add(options, *option);
		return;
	}
}

/* --- what a look ends with --- */

static int answer_text(struct work *work, const char *text)
{
	cleanup_free char *valid = text_utf8(text);

	return sd_bus_reply_method_return(work->call, "s", valid);
}

/* The plan is known; now its text, under the condition that it is still the same plan. */
static int go_on_with_text(struct work *work, int status, const char *output, struct err *err)
{
	work->id = answer_plan_id(output, status, err);
	if (!work->id)
		return err->number;
	work->json = text_utf8(output);
	remember(work->service, work->id, &work->options);
	work->kind = KIND_PLAN_TEXT;
	return work_start(work, err);
}

static int answer_plan(struct work *work, int status, const char *output, struct err *err)
{
	cleanup_free char *text = text_utf8(output);

	if (status == 0)
		return sd_bus_reply_method_return(work->call, "sss", work->id, work->json, text);
	err_set(err, -EPERM, _("plan %s: the PC has changed while it was planned"), work->id);
	err_hint(err, _("ask for the plan again"));
	err_code(err, CODE_SETUP_STALE);
	return err->number;
}

static int answer_look(struct work *work, int status, const char *output, struct err *err)
{
	int r;

	if (work->kind == KIND_PLAN)
		return go_on_with_text(work, status, output, err);
	if (work->kind == KIND_PLAN_TEXT)
		return answer_plan(work, status, output, err);
	r = answer_check(output, verb_of(work->kind), status, err);
	return r < 0 ? r : answer_text(work, output);
}

static void on_look_done(void *user, int status, const char *output)
{
	struct work *work = user;
	struct err err = {0};
	bool asked = work->kind == KIND_PLAN;
	int r;

	work->task = NULL;
	r = answer_look(work, status, output, &err);
	if (r < 0)
		bus_error_reply(work->call, &err);
	/* A plan goes on with its text. */
	if (r < 0 || !asked)
		work_destroy(work);
}

/* --- jobs --- */

static void tell_job(struct work *work, const char *state, const struct err *err)
{
	const struct bus_job_facts facts = {
	        .id = work->job,
	        .kind = verb_of(work->kind),
	        .vm = "",
	        .state = state,
	        .stage = work->stage,
	        .percent = work->percent,
	        .err = err,
	        /* An undo is not stopped half way. */
	        .handle = work->kind == KIND_APPLY && streq(state, "running") ? work : NULL,
	};

	bus_jobs_update(&work->service->jobs, &facts);
	bus_job_tell(&work->service->jobs, work->job, work->service->bus);
}

static void on_line(void *user, const char *text)
{
	struct work *work = user;
	struct answer_line line;

	answer_read_line(text, &line);
	if (line.stage) {
		free(work->stage);
		work->stage = take_ptr(line.stage);
		work->percent = line.percent;
		tell_job(work, "running", NULL);
	}
	if (line.done || line.failed)
		work->last = line;
	else
		answer_line_finish(&line);
}

static void on_job_done(void *user, int status, const char *output)
{
	struct work *work = user;
	struct err err = work->last.err;

	(void)output;
	work->task = NULL;
	if (status == 0 && work->last.done) {
		work->percent = 100;
		tell_job(work, "done", NULL);
	} else {
		if (!work->last.failed)
			answer_check("", verb_of(work->kind), status, &err);
		tell_job(work, work->cancelled ? "cancelled" : "failed", &err);
	}
	work_destroy(work);
}

static bool is_changing(const struct service *service)
{
	for (const struct work *work = service->works; work; work = work->next_work) {
		if (work->kind == KIND_APPLY || work->kind == KIND_UNDO)
			return true;
	}
	return false;
}

static int start_job(struct service *service, sd_bus_message *call, enum kind kind, const char *id,
        struct err *err)
{
	cleanup_free char *path = NULL;
	struct work *work;
	int r;

	if (is_changing(service)) {
		err_set(err, -EBUSY, _("an apply or undo is at work"));
		err_hint(err, _("wait until it has ended, then try again"));
		err_code(err, CODE_SETUP_BUSY);
		return -EBUSY;
	}
	work = work_create(service, kind, err);
	if (!work)
		return -EBUSY;
	work->id = xstrdup(id);
	if (id)
		recall(service, id, &work->options);
	work->job = ++service->last_job;
	r = work_start(work, err);
	if (r < 0) {
		work_destroy(work);
		return r;
	}
	tell_job(work, "running", NULL);
	path = bus_job_path(&service->jobs, work->job);
	return sd_bus_reply_method_return(call, "o", path);
}

/* --- the methods --- */

static int start_look(struct service *service, sd_bus_message *call, enum kind kind,
        struct strv *options, struct err *err)
{
	struct work *work = work_create(service, kind, err);
	int r;

	if (!work)
		return -EBUSY;
	work->call = sd_bus_message_ref(call);
	if (options) {
		work->options = *options;
		*options = (struct strv){0};
	}
	r = work_start(work, err);
	if (r < 0)
		work_destroy(work);
	return r;
}

static int method_check(struct service *service, sd_bus_message *call, struct err *err)
{
	return start_look(service, call, KIND_CHECK, NULL, err);
}

static int method_verify(struct service *service, sd_bus_message *call, struct err *err)
{
	return start_look(service, call, KIND_VERIFY, NULL, err);
}

static int method_keep(struct service *service, sd_bus_message *call, struct err *err)
{
	return start_look(service, call, KIND_KEEP, NULL, err);
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
		r = start_look(service, call, KIND_PLAN, &options, err);
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
	return start_job(service, call, KIND_APPLY, id, err);
}

static int method_undo(struct service *service, sd_bus_message *call, struct err *err)
{
	return start_job(service, call, KIND_UNDO, NULL, err);
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
	if (work) {
		work->cancelled = true;
		task_stop(work->task);
	}
	return sd_bus_reply_method_return(call, NULL);
}

#define METHODS(M)                                                                    \
	M("Check", "", "", "s", "json\0", NULL, method_check)                         \
	M("Plan", "a{sv}", "options\0", "sss", "id\0json\0text\0", NULL, method_plan) \
	M("Verify", "", "", "s", "json\0", NULL, method_verify)                       \
	M("Keep", "", "", "s", "json\0", BUS_ACTION_CONFIGURE, method_keep)           \
	M("Apply", "s", "id\0", "o", "job\0", BUS_ACTION_CONFIGURE, method_apply)     \
	M("Undo", "", "", "o", "job\0", BUS_ACTION_CONFIGURE, method_undo)

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

static void on_polkit(void *user, sd_bus_message *call, const struct err *denied)
{
	if (denied)
		bus_error_reply(call, denied);
	else
		run(user, call);
}

static void touch(struct service *service)
{
	sd_event_now(service->event, CLOCK_MONOTONIC, &service->last_call_us);
}

/* sd-bus calls handlers only for members and signatures of the vtables. Default deny, as for the daemon. */
static int authorize_and_run(struct service *service, sd_bus_message *call)
{
	const struct method *method = find_method(sd_bus_message_get_member(call));
	struct err err = {0};

	assert(method);
	touch(service);
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

	service->event = sd_event_ref(event);
	service->bus = sd_bus_ref(bus);
	service->program = program;
	service->jobs =
	        (struct bus_jobs){.event = event, .path = BUS_SETUP_JOB_PATH, .cancel = on_cancel};
	touch(service);
	return service;
}

int service_show(struct service *service, struct err *err)
{
	int r = sd_bus_add_object_vtable(service->bus, &service->objects, BUS_SETUP_PATH,
	        BUS_SETUP_INTERFACE, vtable, service);

	if (r >= 0)
		r = bus_jobs_show(&service->jobs, service->bus, &service->job_objects);
	return r < 0 ? err_errno(err, r, "%s", BUS_SETUP_INTERFACE) : 0;
}

bool service_idle(const struct service *service, uint64_t *last_call_us)
{
	*last_call_us = service->last_call_us;
	return !service->works && !service->jobs.first;
}

void service_destroy(struct service *service)
{
	if (!service)
		return;
	while (service->works) {
		task_forget(service->works->task);
		work_destroy(service->works);
	}
	bus_jobs_finish(&service->jobs);
	for (size_t i = 0; i < PLANS_MAX; i++)
		strv_finish(&service->plans[i].options);
	sd_bus_slot_unref(service->objects);
	sd_bus_slot_unref(service->job_objects);
	sd_bus_unref(service->bus);
	sd_event_unref(service->event);
	free(service);
}
