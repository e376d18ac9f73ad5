/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "work.h"
#include "answers.h"
#include "task.h"

#include "base/i18n.h"
#include "bus/error.h"
#include "bus/text.h"

#include <errno.h>

#define WORKS_MAX 8u /* programs at once, so that nobody fills the PC with them */
#define LOOK_S    120u
#define CHANGE_S  (60u * 60) /* os-prober looks at every disk, and a slow PC packs slowly */

/* One child at work, for one call. */
struct work {
	struct works *works;
	enum work_kind kind;
	struct task *task;
	sd_bus_message *call; /* to be answered at the end; NULL for a job */
	struct strv options;  /* of a plan */
	char *id, *json;      /* of a plan, once they are known */
	unsigned job;
	char *stage;
	unsigned percent;
	bool cancelled;
	struct answer_line last; /* of a job */
	char language[4];        /* of whoever called */
	struct work *next_work;  /* link of works.first */
};

static void work_destroy(struct work *work)
{
	struct work **at = &work->works->first;

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

static struct work *work_create(struct works *works, enum work_kind kind, struct err *err)
{
	struct work *work;
	unsigned n = 0;

	for (work = works->first; work; work = work->next_work)
		n++;
	if (n >= WORKS_MAX) {
		err_set(err, -EBUSY, _("%u calls are at work already"), n);
		err_hint(err, _("try again when one has ended"));
		err_code(err, CODE_SETUP_SERVICE);
		return NULL;
	}
	work = xcalloc(1, sizeof(*work));
	work->works = works;
	work->kind = kind;
	i18n_current(work->language);
	work->next_work = works->first;
	works->first = work;
	return work;
}

static const char *verb_of(enum work_kind kind)
{
	switch (kind) {
	case WORK_CHECK:
		return "check";
	case WORK_PLAN:
	case WORK_PLAN_TEXT:
		return "plan";
	case WORK_VERIFY:
	case WORK_KEEP:
		return "verify";
	case WORK_APPLY:
		return "apply";
	case WORK_UNDO:
		break;
	}
	return "undo";
}

static void add_arguments(const struct work *work, struct strv *argv)
{
	switch (work->kind) {
	case WORK_CHECK:
	case WORK_PLAN:
	case WORK_KEEP:
		strv_add(argv, "--json");
		break;
	case WORK_VERIFY:
		strv_add(argv, "--json");
		strv_add(argv, "--look");
		break;
	case WORK_PLAN_TEXT:
		strv_addf(argv, "--plan=%s", work->id);
		break;
	case WORK_APPLY:
		strv_addf(argv, "--plan=%s", work->id);
		strv_add(argv, "--yes");
		strv_add(argv, "--progress");
		break;
	case WORK_UNDO:
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

	strv_add(&argv, work->works->program);
	strv_add(&argv, verb_of(work->kind));
	add_arguments(work, &argv);
	work->task = task_start(work->works->event, &argv, job ? CHANGE_S : LOOK_S,
	        job ? &job_ops : &look_ops, work, err);
	strv_finish(&argv);
	if (work->task)
		return 0;
	err_hint(err, _("the installation is not whole: install Playthrough again"));
	err_code(err, CODE_SETUP_SERVICE);
	return err->number;
}

/* --- plans --- */

static void remember(struct works *works, const char *id, const struct strv *options)
{
	struct remembered *plan = &works->plans[works->next_plan];

	for (size_t i = 0; i < WORKS_PLANS_MAX; i++) {
		if (streq(works->plans[i].id, id))
			plan = &works->plans[i];
	}
	if (plan == &works->plans[works->next_plan])
		works->next_plan = (works->next_plan + 1) % WORKS_PLANS_MAX;
	strv_finish(&plan->options);
	memcpy(plan->id, id, sizeof(plan->id));
	strv_foreach (option, options)
		strv_add(&plan->options, *option);
}

/* A plan of another life of ours has no options; where it was made with some, it is refused as stale. */
static void recall(const struct works *works, const char *id, struct strv *options)
{
	for (size_t i = 0; i < WORKS_PLANS_MAX; i++) {
		if (!streq(works->plans[i].id, id))
			continue;
		strv_foreach (option, &works->plans[i].options)
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
	remember(work->works, work->id, &work->options);
	work->kind = WORK_PLAN_TEXT;
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

	if (work->kind == WORK_PLAN)
		return go_on_with_text(work, status, output, err);
	if (work->kind == WORK_PLAN_TEXT)
		return answer_plan(work, status, output, err);
	r = answer_check(output, verb_of(work->kind), status, err);
	return r < 0 ? r : answer_text(work, output);
}

static void on_look_done(void *user, int status, const char *output)
{
	struct work *work = user;
	struct err err = {0};
	bool asked = work->kind == WORK_PLAN;
	int r;

	work->task = NULL;
	i18n_speak(work->language);
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
	        .handle = work->kind == WORK_APPLY && streq(state, "running") ? work : NULL,
	};

	bus_jobs_update(work->works->jobs, &facts);
	bus_job_tell(work->works->jobs, work->job, work->works->bus);
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
	i18n_speak(work->language);
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

static bool is_changing(const struct works *works)
{
	for (const struct work *work = works->first; work; work = work->next_work) {
		if (work->kind == WORK_APPLY || work->kind == WORK_UNDO)
			return true;
	}
	return false;
}

int works_job(struct works *works, sd_bus_message *call, enum work_kind kind, const char *id,
        struct err *err)
{
	cleanup_free char *path = NULL;
	struct work *work;
	int r;

	if (is_changing(works)) {
		err_set(err, -EBUSY, _("an apply or undo is at work"));
		err_hint(err, _("wait until it has ended, then try again"));
		err_code(err, CODE_SETUP_BUSY);
		return -EBUSY;
	}
	work = work_create(works, kind, err);
	if (!work)
		return -EBUSY;
	work->id = xstrdup(id);
	if (id)
		recall(works, id, &work->options);
	work->job = ++works->last_job;
	r = work_start(work, err);
	if (r < 0) {
		work_destroy(work);
		return r;
	}
	tell_job(work, "running", NULL);
	path = bus_job_path(works->jobs, work->job);
	return sd_bus_reply_method_return(call, "o", path);
}

int works_look(struct works *works, sd_bus_message *call, enum work_kind kind, struct strv *options,
        struct err *err)
{
	struct work *work = work_create(works, kind, err);
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

void works_cancel(struct work *work)
{
	work->cancelled = true;
	task_stop(work->task);
}

void works_finish(struct works *works)
{
	while (works->first) {
		task_forget(works->first->task);
		work_destroy(works->first);
	}
	for (size_t i = 0; i < WORKS_PLANS_MAX; i++)
		strv_finish(&works->plans[i].options);
}
