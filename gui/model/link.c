/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/link.h"
#include "bus/async.h"

#include <errno.h>

/* One question whose answer may become old while it is under way: then it is asked once more, not ten times. */
struct question {
	bool asked, again;
};

/* A job that is being read. */
struct reading {
	char *path;
	struct question question;
};

struct link {
	struct async *async;
	struct model *model;
	const struct link_ops *ops;
	void *user;
	struct question vms, usb, ports, whys;
	void (*console_changed)(void *user);
	void *console_user;
	bool looked; /* somebody looks at whose the devices are: rules are followed, too */
	struct reading *jobs;
	size_t n_jobs;
};

static void ask_vms(struct link *link);
static void ask_usb(struct link *link);
static void ask_ports(struct link *link);
static void ask_whys(struct link *link);
static void ask_job(struct link *link, const char *path);

static void tell(struct link *link)
{
	link->ops->changed(link->user);
}

/* Whether to ask now. */
static bool begin(struct question *question)
{
	question->again = question->asked;
	if (question->asked)
		return false;
	question->asked = true;
	return true;
}

/* Whether to ask once more. */
static bool end(struct question *question)
{
	bool again = question->again;

	*question = (struct question){0};
	return again;
}

static void on_vms(void *user, const char *text, const struct err *err)
{
	struct link *link = user;
	struct err bad = {0};

	if (end(&link->vms))
		ask_vms(link);
	if (text && model_set_vms(link->model, text, &bad) < 0)
		err = &bad;
	if (err)
		async_distrust(link->async, err);
	else
		tell(link);
}

static void ask_vms(struct link *link)
{
	if (begin(&link->vms))
		async_call(link->async, on_vms, link, "ListVMs", "");
}

static void on_usb(void *user, const char *text, const struct err *err)
{
	struct link *link = user;
	struct err bad = {0};

	if (end(&link->usb))
		ask_usb(link);
	if (text && model_set_usb(link->model, text, link->ops->now_ms(link->user), &bad) < 0)
		err = &bad;
	if (err)
		async_distrust(link->async, err);
	else
		tell(link);
}

static void ask_usb(struct link *link)
{
	if (begin(&link->usb))
		async_call(link->async, on_usb, link, "UsbList", "");
}

/* An older daemon knows neither sockets nor reasons: then the devices alone are shown. */
static void on_ports(void *user, const char *text, const struct err *err)
{
	struct link *link = user;

	(void)err;
	if (end(&link->ports))
		ask_ports(link);
	if (text && model_set_usb_ports(link->model, text, NULL) == 0)
		tell(link);
}

static void ask_ports(struct link *link)
{
	if (begin(&link->ports))
		async_call(link->async, on_ports, link, "UsbPorts", "");
}

static void on_whys(void *user, const char *text, const struct err *err)
{
	struct link *link = user;

	(void)err;
	if (end(&link->whys))
		ask_whys(link);
	if (text && model_set_usb_why(link->model, text, NULL) == 0)
		tell(link);
}

static void ask_whys(struct link *link)
{
	if (link->looked && begin(&link->whys))
		async_call(link->async, on_whys, link, "UsbWhy", "");
}

static void ask_all_usb(struct link *link)
{
	ask_usb(link);
	ask_ports(link);
	ask_whys(link);
}

static struct reading *find_reading(struct link *link, const char *path)
{
	for (size_t i = 0; i < link->n_jobs; i++)
		if (streq(link->jobs[i].path, path))
			return &link->jobs[i];
	return NULL;
}

static void end_reading(struct link *link, struct reading *reading)
{
	free(reading->path);
	*reading = link->jobs[--link->n_jobs];
}

static void on_job(
        void *user, const char *path, const struct client_job *job, const struct err *err)
{
	struct link *link = user;
	struct reading *reading = find_reading(link, path);
	bool again = reading && end(&reading->question);
	cleanup_free char *copy = xstrdup(path);

	if (reading)
		end_reading(link, reading);
	if (err) {
		model_forget_job(link->model, copy);
	} else {
		const struct model_job_facts facts = {.path = copy,
		        .kind = job->kind,
		        .vm = job->vm,
		        .state = job->state,
		        .stage = job->stage,
		        .percent = job->percent,
		        .message = job->err.message,
		        .hint = job->err.hint,
		        .code = job->err.code};

		model_set_job(link->model, &facts, link->ops->now_ms(link->user));
		if (streq(job->kind, "test-drive"))
			drive_follow(&link->model->drive, job->vm, job->result);
		if (!client_job_running(job))
			ask_vms(link);
	}
	if (again)
		ask_job(link, copy);
	tell(link);
}

static void ask_job(struct link *link, const char *path)
{
	struct reading *reading = find_reading(link, path);

	if (!reading) {
		reading = list_append(link->jobs, link->n_jobs);
		reading->path = xstrdup(path);
	}
	if (begin(&reading->question))
		async_read_job(link->async, path, on_job, link);
}

/* --- what the connection tells --- */

static void on_console_changed(void *user)
{
	struct link *link = user;

	if (link->console_changed)
		link->console_changed(link->console_user);
}

static void on_up(void *user)
{
	struct link *link = user;

	link->vms = link->usb = link->ports = link->whys = (struct question){0};
	while (link->n_jobs)
		end_reading(link, &link->jobs[0]);
	/* Another daemon's jobs have the same paths. */
	while (link->model->n_jobs)
		model_forget_job(link->model, link->model->jobs[0].path);
	model_link_up(link->model);
	ask_vms(link);
	ask_all_usb(link);
	on_console_changed(link);
	tell(link);
}

static void on_down(void *user, const struct err *why)
{
	struct link *link = user;

	model_link_away(link->model, why);
	tell(link);
}

static void on_vm_changed(void *user, const char *name, const char *state)
{
	struct link *link = user;

	model_set_vm_state(link->model, name, state);
	ask_vms(link);
	tell(link);
}

static void on_usb_changed(void *user)
{
	ask_all_usb(user);
}

static void on_job_changed(void *user, const char *path)
{
	ask_job(user, path);
}

static const struct async_ops async_ops = {.up = on_up,
        .down = on_down,
        .vm_changed = on_vm_changed,
        .usb_changed = on_usb_changed,
        .job_changed = on_job_changed,
        .console_changed = on_console_changed};

struct link *link_create(sd_event *event, const struct paths *paths, struct model *model,
        const struct link_ops *ops, void *user)
{
	struct link *link = xcalloc(1, sizeof(*link));

	*link = (struct link){.model = model, .ops = ops, .user = user};
	link->async = async_create(event, paths, &async_ops, link);
	return link;
}

void link_destroy(struct link *link)
{
	if (!link)
		return;
	async_destroy(link->async);
	while (link->n_jobs)
		end_reading(link, &link->jobs[0]);
	free(link->jobs);
	free(link);
}

void link_retry(struct link *link)
{
	async_retry(link->async);
}

/* --- acts --- */

static void on_begun(void *user, const char *path, const struct err *err)
{
	struct link *link = user;

	if (err)
		link->ops->refused(link->user, err);
	else
		ask_job(link, path);
}

static void on_answered(void *user, const char *text, const struct err *err)
{
	struct link *link = user;

	(void)text;
	if (err)
		link->ops->refused(link->user, err);
}

void link_start(struct link *link, const char *vm)
{
	async_call(link->async, on_begun, link, "Start", "s", vm);
}

void link_drive(struct link *link, const char *vm)
{
	async_call(link->async, on_begun, link, "TestDrive", "sa{sv}", vm, 0);
}

void link_stop(struct link *link, const char *vm, bool force)
{
	async_call(link->async, on_begun, link, "Stop", "sb", vm, (int)force);
}

void link_pause(struct link *link, const char *vm, bool pause)
{
	async_call(link->async, on_answered, link, pause ? "Pause" : "Resume", "s", vm);
}

void link_usb(struct link *link, const char *vm, const char *device, bool attach)
{
	async_call(
	        link->async, on_begun, link, attach ? "UsbAttach" : "UsbDetach", "ss", vm, device);
}

void link_usb_look(struct link *link)
{
	link->looked = true;
	ask_whys(link);
}

void link_usb_give_back(struct link *link)
{
	async_call(link->async, on_answered, link, "UsbGiveBack", "");
}

/* What was written, and what a person should know of it. */
static void on_ruled(void *user, const char *text, const struct err *err)
{
	struct link *link = user;
	cleanup_free char *notes = text ? model_notes(text) : NULL;

	if (err)
		link->ops->refused(link->user, err);
	else if (*notes && link->ops->told)
		link->ops->told(link->user, notes);
	/* The daemon tells of the change as well; it is not waited for. */
	ask_whys(link);
}

void link_usb_assign(struct link *link, const char *vm, const char *device, const char *by)
{
	async_call(
	        link->async, on_ruled, link, "UsbAssign", "ssa{sv}", vm, device, 1, "by", "s", by);
}

void link_usb_unassign(struct link *link, const char *vm, const char *rule)
{
	async_call(link->async, on_ruled, link, "UsbUnassign", "ss", vm, rule);
}

void link_cancel(struct link *link, const char *job)
{
	async_cancel_job(link->async, job, on_answered, link);
}

/* --- for what else is asked over it --- */

void link_language(struct link *link)
{
	async_language(link->async);
	if (link->model->link != MODEL_UP)
		return;
	ask_vms(link);
	ask_all_usb(link);
}

void link_on_console(struct link *link, void (*changed)(void *user), void *user)
{
	link->console_changed = changed;
	link->console_user = user;
}

struct async *link_async(struct link *link)
{
	return link->async;
}

void link_list(struct link *link)
{
	ask_vms(link);
}
