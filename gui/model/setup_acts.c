/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What changes this PC: each act is sent, its job is followed, and how it ended becomes the model's `setup`. */
#include "base/i18n.h"
#include "bus/client.h"
#include "bus/error.h"
#include "bus/text.h"
#include "model/setup_parts.h"

#include <errno.h>

#define PROPERTIES "org.freedesktop.DBus.Properties"

static void ended(struct setup *setup, const struct err *why)
{
	setup_state_ended(&setup->model->setup, why, setup_now_ms(setup));
	setup_tell(setup);
}

/* What is known of this PC is old. */
static void look_anew(struct setup *setup)
{
	setup_look(setup);
	setup_check(setup);
}

/* --- jobs --- */

static void read_job(struct setup *setup);

static void take_job(struct setup *setup, const struct client_job *job)
{
	struct setup_state *state = &setup->model->setup;
	const struct setup_job_facts facts = {.kind = job->kind,
	        .state = job->state,
	        .stage = job->stage,
	        .percent = job->percent,
	        .why = job->err.message[0] ? &job->err : NULL};

	setup_state_set_job(state, &facts, setup_now_ms(setup));
	setup_tell(setup);
	if (setup_state_over(state))
		look_anew(setup);
}

static int on_job(sd_bus_message *m, void *user, sd_bus_error *ret)
{
	struct setup *setup = user;
	struct client_job job;

	(void)ret;
	setup_answered(setup, SETUP_CALL_JOB);
	if (setup->model->setup.step != SETUP_AT_WORK)
		return 0;
	if (setup->job_again) {
		read_job(setup);
		return 0;
	}
	if (sd_bus_message_is_method_error(m, NULL) || client_parse_job(m, &job, NULL) < 0) {
		setup_state_lost(&setup->model->setup, setup_now_ms(setup));
		setup_tell(setup);
		look_anew(setup);
		return 0;
	}
	take_job(setup, &job);
	client_job_finish(&job);
	return 0;
}

static void read_job(struct setup *setup)
{
	cleanup_free char *path = xstrdup(setup->model->setup.job);
	const struct setup_object object = {BUS_SETUP_NAME, path, PROPERTIES};
	cleanup_message sd_bus_message *m = NULL;
	int r;

	setup->job_again = setup->calls[SETUP_CALL_JOB] != NULL;
	if (setup->job_again)
		return;
	r = setup_new_call(setup, &object, "GetAll", &m);
	if (r >= 0)
		r = sd_bus_message_append(m, "s", BUS_JOB_INTERFACE);
	if (setup_send(setup, SETUP_CALL_JOB, r, m, on_job) >= 0)
		return;
	setup_state_lost(&setup->model->setup, setup_now_ms(setup));
	setup_tell(setup);
}

/* A job that somebody else began, or we in another life, is followed as well. */
static int on_job_changed(sd_bus_message *m, void *user, sd_bus_error *ret)
{
	struct setup *setup = user;
	struct setup_state *state = &setup->model->setup;
	const char *path = sd_bus_message_get_path(m);

	(void)ret;
	if (state->step == SETUP_IDLE && path) {
		setup_state_begin(state, SETUP_NO_ACT, "", setup_now_ms(setup));
		setup_state_job(state, path);
	}
	if (state->step == SETUP_AT_WORK && path && streq(path, state->job))
		read_job(setup);
	return 0;
}

static int on_owner_changed(sd_bus_message *m, void *user, sd_bus_error *ret)
{
	struct setup *setup = user;

	(void)m, (void)ret;
	if (setup->model->setup.step == SETUP_AT_WORK)
		read_job(setup);
	return 0;
}

/* Only what the owner of the name says counts: anybody can send a signal of that name. */
int setup_follow_jobs(struct setup *setup)
{
	int r = sd_bus_add_match_async(setup->bus, NULL,
	        "sender='" BUS_SETUP_NAME "',type='signal',interface='" PROPERTIES
	        "',member='PropertiesChanged',path_namespace='" BUS_SETUP_JOB_PATH "'",
	        on_job_changed, NULL, setup);

	if (r >= 0)
		r = sd_bus_add_match_async(setup->bus, NULL,
		        "sender='org.freedesktop.DBus',type='signal',"
		        "interface='org.freedesktop.DBus',member='NameOwnerChanged',"
		        "arg0='" BUS_SETUP_NAME "'",
		        on_owner_changed, NULL, setup);
	return r;
}

static int on_begun(sd_bus_message *m, void *user, sd_bus_error *ret)
{
	struct setup *setup = user;
	const char *path = "";
	struct err why = {0};

	(void)ret;
	setup_answered(setup, SETUP_CALL_ACT);
	if (sd_bus_message_is_method_error(m, NULL))
		setup_refusal(sd_bus_message_get_error(m), &why);
	else if (sd_bus_message_read(m, "o", &path) < 0)
		err_set(&why, -EBADMSG, "Job");
	if (why.number) {
		ended(setup, &why);
		return 0;
	}
	setup_state_job(&setup->model->setup, path);
	setup_tell(setup);
	read_job(setup);
	return 0;
}

/* --- acts --- */

static bool begin(struct setup *setup, enum setup_act act, const char *plan)
{
	if (setup_state_busy(&setup->model->setup))
		return false;
	setup_state_begin(&setup->model->setup, act, plan, setup_now_ms(setup));
	return true;
}

/* @r: of the sending. */
static void sent(struct setup *setup, int r)
{
	struct err why = {0};

	if (r >= 0) {
		setup_tell(setup);
		return;
	}
	setup_no_bus(&why);
	ended(setup, &why);
}

static void send_apply(struct setup *setup, const char *id)
{
	cleanup_message sd_bus_message *m = NULL;
	int r = setup_new_call(setup, &setup_service, "Apply", &m);

	if (r >= 0)
		r = sd_bus_message_append(m, "s", id);
	sent(setup, setup_send(setup, SETUP_CALL_ACT, r, m, on_begun));
}

static void refuse_stale(struct setup *setup, const char *wanted, const char *now)
{
	struct err why = {0};

	err_set(&why, -EPERM, _("plan %s is not the plan that this PC gives now, which is %s"),
	        wanted, now);
	err_hint(&why, _("nothing was changed; read the new plan, and set it up by that one"));
	err_code(&why, CODE_SETUP_STALE);
	ended(setup, &why);
}

/* The service forgets what a plan was asked with when it is idle: so it is asked once more, right before. */
static int on_planned_anew(sd_bus_message *m, void *user, sd_bus_error *ret)
{
	struct setup *setup = user;
	cleanup_free char *wanted = xstrdup(setup->model->setup.act_plan);
	const char *id = "", *json = "";
	struct err why = {0};

	(void)ret;
	setup_answered(setup, SETUP_CALL_ACT);
	if (sd_bus_message_is_method_error(m, NULL))
		setup_refusal(sd_bus_message_get_error(m), &why);
	else if (sd_bus_message_read(m, "ss", &id, &json) < 0)
		err_set(&why, -EBADMSG, "Plan");
	else
		plan_set(&setup->model->plan, json, &why);
	if (why.number)
		ended(setup, &why);
	else if (!streq(id, wanted))
		refuse_stale(setup, wanted, setup->model->plan.id);
	else
		send_apply(setup, wanted);
	return 0;
}

void setup_apply(struct setup *setup, const char *id)
{
	if (begin(setup, SETUP_APPLY, id))
		sent(setup, setup_send_plan(setup, SETUP_CALL_ACT, on_planned_anew));
}

static void act(struct setup *setup, const char *member, sd_bus_message_handler_t done)
{
	cleanup_message sd_bus_message *m = NULL;
	int r = setup_new_call(setup, &setup_service, member, &m);

	sent(setup, setup_send(setup, SETUP_CALL_ACT, r, m, done));
}

void setup_undo(struct setup *setup)
{
	if (begin(setup, SETUP_UNDO, setup->model->setup.plan))
		act(setup, "Undo", on_begun);
}

static int on_kept(sd_bus_message *m, void *user, sd_bus_error *ret)
{
	struct setup *setup = user;
	const char *json;
	struct err why = {0};

	(void)ret;
	setup_answered(setup, SETUP_CALL_ACT);
	if (sd_bus_message_is_method_error(m, NULL))
		setup_refusal(sd_bus_message_get_error(m), &why);
	else if (sd_bus_message_read(m, "s", &json) < 0)
		err_set(&why, -EBADMSG, "Keep");
	else
		setup_state_kept(&setup->model->setup, json, setup_now_ms(setup), &why);
	if (why.number) {
		ended(setup, &why);
		return 0;
	}
	setup_tell(setup);
	setup_check(setup);
	return 0;
}

void setup_keep(struct setup *setup)
{
	if (begin(setup, SETUP_KEEP, setup->model->setup.plan))
		act(setup, "Keep", on_kept);
}

static int on_restarting(sd_bus_message *m, void *user, sd_bus_error *ret)
{
	struct setup *setup = user;
	const sd_bus_error *error = sd_bus_message_get_error(m);
	struct err why = {0};

	(void)ret;
	setup_answered(setup, SETUP_CALL_ACT);
	if (error) {
		cleanup_free char *text =
		        text_harmless(error->message ? error->message : error->name, false);

		err_set(&why, -EIO, _("logind does not restart this PC: %s"), text);
		err_hint(&why, _("restart it as you always do"));
		err_code(&why, CODE_SETUP_RESTART);
	}
	ended(setup, error ? &why : NULL);
	return 0;
}

void setup_restart(struct setup *setup)
{
	cleanup_message sd_bus_message *m = NULL;
	int r;

	if (!begin(setup, SETUP_RESTART, ""))
		return;
	r = setup_new_call(setup, &setup_logind, "Reboot", &m);
	if (r >= 0)
		r = sd_bus_message_append(m, "b", 1);
	sent(setup, setup_send(setup, SETUP_CALL_ACT, r, m, on_restarting));
}

static void refuse_power(struct setup *setup, const struct err *why)
{
	if (setup->ops->refused)
		setup->ops->refused(setup->user, why);
}

static int on_power(sd_bus_message *m, void *user, sd_bus_error *ret)
{
	struct setup *setup = user;
	const sd_bus_error *error = sd_bus_message_get_error(m);
	cleanup_free char *text = NULL;
	struct err why = {0};

	(void)ret;
	setup_answered(setup, SETUP_CALL_POWER);
	if (!error)
		return 0;
	text = text_harmless(error->message ? error->message : error->name, false);
	err_set(&why, -EIO, _("logind does not do it: %s"), text);
	err_hint(&why, _("switch it off, or restart it, as you always do"));
	err_code(&why, CODE_SETUP_RESTART);
	refuse_power(setup, &why);
	return 0;
}

void setup_power(struct setup *setup, bool restart)
{
	cleanup_message sd_bus_message *m = NULL;
	struct err why = {0};
	int r;

	if (setup->calls[SETUP_CALL_POWER])
		return;
	r = setup_new_call(setup, &setup_logind, restart ? "Reboot" : "PowerOff", &m);
	if (r >= 0)
		r = sd_bus_message_append(m, "b", 1);
	if (setup_send(setup, SETUP_CALL_POWER, r, m, on_power) >= 0)
		return;
	setup_no_bus(&why);
	refuse_power(setup, &why);
}

/* Its end is told by the job; only a refusal of the wish to stop is told here. */
static int on_cancelled(sd_bus_message *m, void *user, sd_bus_error *ret)
{
	struct setup *setup = user;
	struct err why = {0};

	(void)ret;
	setup_answered(setup, SETUP_CALL_CANCEL);
	if (!sd_bus_message_is_method_error(m, NULL))
		return 0;
	setup_refusal(sd_bus_message_get_error(m), &why);
	if (setup->ops->refused && setup->model->setup.step == SETUP_AT_WORK)
		setup->ops->refused(setup->user, &why);
	setup_state_halt(&setup->model->setup, false);
	setup_tell(setup);
	return 0;
}

void setup_cancel(struct setup *setup)
{
	const struct setup_object object = {
	        BUS_SETUP_NAME, setup->model->setup.job, BUS_JOB_INTERFACE};
	cleanup_message sd_bus_message *m = NULL;
	int r;

	if (!setup->model->setup.cancellable || setup->calls[SETUP_CALL_CANCEL])
		return;
	r = setup_new_call(setup, &object, "Cancel", &m);
	if (setup_send(setup, SETUP_CALL_CANCEL, r, m, on_cancelled) >= 0)
		setup_state_halt(&setup->model->setup, true);
	setup_tell(setup);
}

void setup_forget(struct setup *setup)
{
	setup_state_forget(&setup->model->setup);
	setup_tell(setup);
}
