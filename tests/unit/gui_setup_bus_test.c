/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Acts with the setup over a bus of our own: a service and a logind that say what they are told to. Nothing waits, each
 * end becomes the model's, and what was not asked for is never called.
 */
#include "bus/names.h"
#include "model/setup.h"

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/wait.h>
#include <systemd/sd-bus.h>
#include <systemd/sd-event.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#define JOB BUS_SETUP_JOB_PATH "/1"

struct bed {
	char folder[32];
	pid_t daemon;
	sd_event *event;
	sd_bus *bus; /* the services' */
	struct model model;
	struct setup *setup;
	unsigned refused;
	int rights; /* how often polkit was asked */
	/* what they say */
	const char *plan, *verify, *error, *restart_error;
	/* the job */
	const char *kind, *state, *stage, *message;
	/* what they were asked */
	unsigned plans, applies, undos, keeps, cancels, restarts;
	char options[200], applied[16];
};

static const char config[] =
        "<!DOCTYPE busconfig PUBLIC \"-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN\" "
        "\"http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd\">"
        "<busconfig><listen>unix:path=%s/bus</listen><auth>EXTERNAL</auth>"
        "<policy context=\"default\"><allow send_destination=\"*\"/><allow own=\"*\"/>"
        "<allow receive_sender=\"*\"/></policy></busconfig>";

/* --- the services --- */

static void note_options(struct bed *bed, sd_bus_message *m)
{
	const char *key, *value;

	bed->options[0] = '\0';
	sd_bus_message_enter_container(m, 'a', "{sv}");
	while (sd_bus_message_enter_container(m, 'e', "sv") > 0) {
		assert_true(sd_bus_message_read(m, "s", &key) > 0);
		assert_true(sd_bus_message_enter_container(m, 'v', "as") > 0);
		sd_bus_message_enter_container(m, 'a', "s");
		while (sd_bus_message_read(m, "s", &value) > 0)
			snprintf(bed->options + strlen(bed->options),
			        sizeof(bed->options) - strlen(bed->options), "%s=%s ", key, value);
		for (int i = 0; i < 3; i++)
			sd_bus_message_exit_container(m);
	}
}

static int answer_plan(struct bed *bed, sd_bus_message *m)
{
	cleanup_free char *json = xasprintf("{\"id\": \"%s\"}", bed->plan);

	bed->plans++;
	note_options(bed, m);
	return sd_bus_reply_method_return(m, "sss", bed->plan, json, "text");
}

static int answer_act(struct bed *bed, sd_bus_message *m, unsigned *count)
{
	++*count;
	/* A person may be asked for a password. */
	assert_true(sd_bus_message_get_allow_interactive_authorization(m) > 0);
	if (bed->error)
		return sd_bus_reply_method_errorf(
		        m, bed->error, "may not\nask somebody\nPT-BUS-03");
	bed->state = "running";
	return sd_bus_reply_method_return(m, "o", JOB);
}

static int append_text(sd_bus_message *reply, const char *name, const char *value)
{
	return sd_bus_message_append(reply, "{sv}", name, "s", value);
}

static int answer_job(struct bed *bed, sd_bus_message *m)
{
	cleanup(sd_bus_message_unrefp) sd_bus_message *reply = NULL;

	if (!bed->state)
		return sd_bus_reply_method_errorf(m, SD_BUS_ERROR_UNKNOWN_OBJECT, "no such job");
	sd_bus_message_new_method_return(m, &reply);
	sd_bus_message_open_container(reply, 'a', "{sv}");
	append_text(reply, "Kind", bed->kind);
	append_text(reply, "VM", "");
	append_text(reply, "State", bed->state);
	append_text(reply, "Stage", bed->stage);
	append_text(reply, "Error", bed->message ? bed->message : "");
	append_text(reply, "Hint", "");
	append_text(reply, "Code", bed->message ? "PT-SETUP-14" : "");
	append_text(reply, "Result", "");
	sd_bus_message_append(reply, "{sv}", "Percent", "u", 40);
	sd_bus_message_close_container(reply);
	return sd_bus_send(NULL, reply, NULL);
}

static int answer_restart(struct bed *bed, sd_bus_message *m)
{
	bed->restarts++;
	return bed->restart_error ? sd_bus_reply_method_errorf(
	                                    m, bed->restart_error, "somebody works\x1b here")
	                          : sd_bus_reply_method_return(m, NULL);
}

/* yes, after a password, no */
static int answer_right(struct bed *bed, sd_bus_message *m)
{
	const char *kind, *key, *name, *action;
	int n = bed->rights++;

	assert_true(sd_bus_message_read(m, "(sa{sv})s", &kind, 1, &key, "s", &name, &action) > 0);
	assert_string_equal(kind, "system-bus-name");
	assert_string_equal(name, sd_bus_message_get_sender(m));
	assert_string_equal(action, right_actions[n % RIGHT_COUNT]);
	return sd_bus_reply_method_return(m, "(bba{ss})", n == 0, n == 1, 0);
}

static int on_call(sd_bus_message *m, void *user, sd_bus_error *ret)
{
	struct bed *bed = user;
	const char *member = sd_bus_message_get_member(m), *id;

	(void)ret;
	if (!sd_bus_message_is_method_call(m, NULL, NULL))
		return 0;
	if (streq(member, "Check"))
		return sd_bus_reply_method_return(m, "s", "{\"checks\": []}");
	if (streq(member, "Verify"))
		return sd_bus_reply_method_return(m, "s", bed->verify);
	if (streq(member, "Keep")) {
		bed->keeps++;
		return sd_bus_reply_method_return(m, "s", bed->verify);
	}
	if (streq(member, "Plan"))
		return answer_plan(bed, m);
	if (streq(member, "Apply")) {
		assert_true(sd_bus_message_read(m, "s", &id) > 0);
		snprintf(bed->applied, sizeof(bed->applied), "%s", id);
		return answer_act(bed, m, &bed->applies);
	}
	if (streq(member, "Undo"))
		return answer_act(bed, m, &bed->undos);
	if (streq(member, "GetAll"))
		return answer_job(bed, m);
	if (streq(member, "Cancel")) {
		bed->cancels++;
		return sd_bus_reply_method_return(m, NULL);
	}
	if (streq(member, "CheckAuthorization"))
		return answer_right(bed, m);
	if (streq(member, "CanReboot"))
		return sd_bus_reply_method_return(m, "s", "yes");
	return streq(member, "Reboot") || streq(member, "PowerOff") ? answer_restart(bed, m) : 0;
}

static void tell_job(struct bed *bed, const char *state, const char *stage)
{
	bed->state = state;
	bed->stage = stage;
	assert_true(sd_bus_emit_signal(bed->bus, JOB, "org.freedesktop.DBus.Properties",
	                    "PropertiesChanged", "sa{sv}as", BUS_JOB_INTERFACE, 0, 0) >= 0);
}

/* --- begin and end --- */

static void on_changed(void *user)
{
	(void)user;
}

static void on_refused(void *user, const struct err *why)
{
	struct bed *bed = user;

	(void)why;
	bed->refused++;
}

static uint64_t now_ms(void *user)
{
	struct timespec t;

	(void)user;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static const struct link_ops ops = {.changed = on_changed, .refused = on_refused, .now_ms = now_ms};

static void start_daemon(struct bed *bed)
{
	cleanup_free char *file = xasprintf("%s/conf", bed->folder);
	cleanup_free char *option = xasprintf("--config-file=%s", file);
	cleanup_free char *address = xasprintf("unix:path=%s/bus", bed->folder);
	FILE *out = fopen(file, "we");

	assert_non_null(out);
	fprintf(out, config, bed->folder);
	fclose(out);
	setenv("DBUS_SYSTEM_BUS_ADDRESS", address, 1);
	bed->daemon = fork();
	if (bed->daemon == 0) {
		/* It complains of limits that do not matter here. */
		if (freopen("/dev/null", "w", stderr))
			execlp("dbus-daemon", "dbus-daemon", "--nofork", option, NULL);
		_exit(127);
	}
	for (unsigned i = 0; i < 500 && !bed->bus; i++) {
		usleep(10000);
		if (sd_bus_open_system(&bed->bus) < 0)
			bed->bus = NULL;
	}
	assert_non_null(bed->bus);
}

static int set_up(void **state)
{
	struct bed *bed = xcalloc(1, sizeof(*bed));

	*bed = (struct bed){.folder = "/tmp/pt-setup-XXXXXX",
	        .plan = "0123abcd",
	        .verify = "{\"state\": \"not-applied\"}",
	        .kind = "apply",
	        .stage = "write /etc/x"};
	assert_non_null(mkdtemp(bed->folder));
	start_daemon(bed);
	assert_true(sd_event_new(&bed->event) >= 0);
	assert_true(sd_bus_attach_event(bed->bus, bed->event, 0) >= 0);
	assert_true(sd_bus_add_filter(bed->bus, NULL, on_call, bed) >= 0);
	assert_true(sd_bus_request_name(bed->bus, BUS_SETUP_NAME, 0) >= 0);
	assert_true(sd_bus_request_name(bed->bus, "org.freedesktop.login1", 0) >= 0);
	assert_true(sd_bus_request_name(bed->bus, "org.freedesktop.PolicyKit1", 0) >= 0);
	model_init(&bed->model);
	bed->setup = setup_create(bed->event, false, &bed->model, &ops, bed);
	*state = bed;
	return 0;
}

static int tear_down(void **state)
{
	struct bed *bed = *state;
	cleanup_free char *remove = xasprintf("rm -rf '%s'", bed->folder);

	setup_destroy(bed->setup);
	model_finish(&bed->model);
	sd_bus_detach_event(bed->bus);
	sd_bus_close_unref(bed->bus);
	sd_event_unref(bed->event);
	kill(bed->daemon, SIGTERM);
	waitpid(bed->daemon, NULL, 0);
	assert_int_equal(system(remove), 0);
	free(bed);
	return 0;
}

/* Until @done, for 5 s at most. */
#define AWAIT(bed, done)                                                  \
	do {                                                              \
		for (unsigned turns = 0; !(done) && turns < 500; turns++) \
			sd_event_run((bed)->event, 10000);                \
		if (!(done))                                              \
			fail_msg("not within its time: %s", #done);       \
	} while (0)

static void plan(struct bed *bed)
{
	setup_check(bed->setup);
	setup_plan(bed->setup);
	AWAIT(bed, bed->model.plan.told && bed->model.pc.told);
}

/* --- tests --- */

static void looking_asks_for_everything_at_once(void **state)
{
	struct bed *bed = *state;

	setup_look(bed->setup);
	assert_true(bed->model.setup.asking);
	AWAIT(bed, bed->model.setup.told && bed->model.setup.may_restart);
	assert_int_equal(bed->model.setup.phase, SETUP_NONE);
	bed->verify = "garbage";
	setup_look(bed->setup);
	AWAIT(bed, !bed->model.setup.asking);
	assert_false(bed->model.setup.told);
	assert_string_equal(bed->model.setup.code, "PT-SETUP-34");
	assert_int_equal(bed->applies + bed->undos + bed->keeps + bed->restarts, 0);
}

static void an_apply_is_followed_to_its_end(void **state)
{
	struct bed *bed = *state;
	struct setup_state *s = &bed->model.setup;

	plan(bed);
	setup_apply(bed->setup, "0123abcd");
	assert_int_equal(s->step, SETUP_ASKED);
	setup_undo(bed->setup); /* one act at a time */
	AWAIT(bed, s->step == SETUP_AT_WORK && s->n_stages == 1);
	assert_string_equal(bed->applied, "0123abcd");
	assert_int_equal(bed->plans, 2); /* asked once more, right before */
	tell_job(bed, "running", "renew the boot menu");
	AWAIT(bed, s->n_stages == 2);
	assert_true(s->cancellable);
	bed->verify = "{\"state\": \"not-booted\", \"restarted\": false}";
	tell_job(bed, "done", "renew the boot menu");
	AWAIT(bed, s->phase == SETUP_WAITING);
	assert_int_equal(s->step, SETUP_DONE);
	setup_forget(bed->setup);
	assert_int_equal(s->step, SETUP_IDLE);
	assert_int_equal(bed->undos, 0);
}

static void a_plan_that_has_changed_is_not_done(void **state)
{
	struct bed *bed = *state;
	struct setup_state *s = &bed->model.setup;

	plan(bed);
	bed->plan = "deadbeef";
	setup_apply(bed->setup, "0123abcd");
	AWAIT(bed, setup_state_over(s));
	assert_int_equal(s->step, SETUP_REFUSED);
	assert_true(setup_state_stale(s) && !s->denied);
	assert_int_equal(bed->applies, 0);
	assert_string_equal(bed->model.plan.id, "deadbeef"); /* to be read */
}

static void who_may_not_is_told(void **state)
{
	struct bed *bed = *state;
	struct setup_state *s = &bed->model.setup;

	plan(bed);
	bed->error = "org.playthrough.Error.Denied";
	setup_apply(bed->setup, "0123abcd");
	AWAIT(bed, setup_state_over(s));
	assert_int_equal(s->step, SETUP_REFUSED);
	assert_true(s->denied);
	assert_string_equal(s->act_why, "may not");
	assert_string_equal(s->act_hint, "ask somebody");
	assert_string_equal(s->act_code, "PT-BUS-03");
}

static void a_failure_and_a_cancel_are_told(void **state)
{
	struct bed *bed = *state;
	struct setup_state *s = &bed->model.setup;

	plan(bed);
	setup_cancel(bed->setup); /* there is nothing to cancel */
	setup_apply(bed->setup, "0123abcd");
	AWAIT(bed, s->cancellable);
	setup_cancel(bed->setup);
	assert_true(s->halting && !s->cancellable); /* at once */
	tell_job(bed, "running", "write /etc/y");
	AWAIT(bed, bed->cancels == 1 && s->n_stages == 2);
	assert_false(s->cancellable);
	bed->message = "apply failed and was taken back: interrupted";
	tell_job(bed, "cancelled", "");
	AWAIT(bed, setup_state_over(s));
	assert_int_equal(s->step, SETUP_CANCELLED);
	assert_true(setup_state_taken_back(s));
	setup_undo(bed->setup);
	bed->kind = "undo";
	bed->message = NULL;
	AWAIT(bed, s->step == SETUP_AT_WORK && s->act == SETUP_UNDO);
	setup_cancel(bed->setup);
	bed->message = "undo: no";
	tell_job(bed, "failed", "");
	AWAIT(bed, setup_state_over(s));
	assert_int_equal(s->step, SETUP_FAILED);
	assert_int_equal(bed->cancels, 1);
	assert_int_equal(bed->refused, 0);
}

static void a_service_that_ends_at_work_is_told(void **state)
{
	struct bed *bed = *state;
	struct setup_state *s = &bed->model.setup;

	plan(bed);
	setup_apply(bed->setup, "0123abcd");
	AWAIT(bed, s->step == SETUP_AT_WORK && s->n_stages == 1);
	bed->state = NULL;
	assert_true(sd_bus_release_name(bed->bus, BUS_SETUP_NAME) >= 0);
	AWAIT(bed, setup_state_over(s));
	assert_int_equal(s->step, SETUP_LOST);
}

static void keeping_is_an_answer(void **state)
{
	struct bed *bed = *state;
	struct setup_state *s = &bed->model.setup;

	bed->verify = "{\"state\": \"booted\", \"ready\": true, \"refused\":"
	              " {\"message\": \"at work\", \"code\": \"PT-SETUP-18\"}}";
	setup_keep(bed->setup);
	AWAIT(bed, setup_state_over(s));
	assert_int_equal(s->step, SETUP_REFUSED);
	assert_string_equal(s->act_why, "at work");
	bed->verify = "{\"state\": \"booted\", \"ready\": true, \"permanent\": true}";
	setup_keep(bed->setup);
	AWAIT(bed, s->step == SETUP_DONE);
	assert_int_equal(s->phase, SETUP_KEPT);
	bed->verify = "7";
	setup_keep(bed->setup);
	AWAIT(bed, s->step == SETUP_REFUSED);
	assert_int_equal(bed->keeps, 3);
}

static void a_restart_that_is_refused_says_why(void **state)
{
	struct bed *bed = *state;
	struct setup_state *s = &bed->model.setup;

	bed->restart_error = "org.freedesktop.login1.OperationInProgress";
	setup_restart(bed->setup);
	AWAIT(bed, setup_state_over(s));
	assert_int_equal(s->step, SETUP_REFUSED);
	assert_non_null(strstr(s->act_why, "somebody works\\x1b here"));
	assert_string_equal(s->act_code, "PT-SETUP-35");
	bed->restart_error = NULL;
	setup_restart(bed->setup);
	AWAIT(bed, s->step == SETUP_DONE);
	assert_int_equal(bed->restarts, 2);
}

static void who_may_do_what(void **state)
{
	struct bed *bed = *state;
	struct rights *rights = &bed->model.rights;

	setup_rights(bed->setup);
	assert_true(rights->asking);
	setup_rights(bed->setup); /* once at a time */
	AWAIT(bed, !rights->asking);
	assert_int_equal(rights->of[RIGHT_START], MAY);
	assert_int_equal(rights->of[RIGHT_USB], MAY_BY_PASSWORD);
	assert_int_equal(rights->of[RIGHT_CONFIGURE], MAY_NOT);
	assert_int_equal(bed->rights, RIGHT_COUNT);
}

static void the_pc_goes_off(void **state)
{
	struct bed *bed = *state;

	setup_power(bed->setup, false);
	AWAIT(bed, bed->restarts == 1);
	assert_int_equal(bed->model.setup.step, SETUP_IDLE); /* it is no act with the setup */
	setup_check(bed->setup);
	AWAIT(bed, bed->model.pc.told); /* and with it the answer before */
	bed->restart_error = "org.freedesktop.login1.OperationInProgress";
	setup_power(bed->setup, true);
	AWAIT(bed, bed->refused);
	assert_int_equal(bed->restarts, 2);
}

static void chosen_devices_are_asked_for(void **state)
{
	struct bed *bed = *state;

	plan(bed);
	assert_string_equal(bed->options, "");
	pc_set(&bed->model.pc,
	        "{\"checks\": [], \"gpus\": [{\"address\": \"a\"}, {\"address\": \"b\"}]}", NULL);
	/* The first is under way still: its answer is old. */
	setup_toggle(bed->setup, "a");
	setup_toggle(bed->setup, "b");
	AWAIT(bed, bed->plans == 3 && !bed->model.plan.asking);
	assert_string_equal(bed->options, "gpu=a gpu=b ");
	setup_apply(bed->setup, "0123abcd");
	AWAIT(bed, bed->applies == 1);
	assert_string_equal(bed->options, "gpu=a gpu=b ");
}

static void a_job_of_somebody_else_is_followed(void **state)
{
	struct bed *bed = *state;
	struct setup_state *s = &bed->model.setup;

	setup_look(bed->setup);
	AWAIT(bed, s->told);
	bed->kind = "undo";
	tell_job(bed, "running", "restore /etc/x");
	AWAIT(bed, s->n_stages == 1);
	assert_int_equal(s->act, SETUP_UNDO);
	assert_false(s->cancellable);
	tell_job(bed, "done", "");
	AWAIT(bed, setup_state_over(s));
}

static void without_a_service_nothing_hangs(void **state)
{
	struct bed *bed = *state;
	struct setup_state *s = &bed->model.setup;

	assert_true(sd_bus_release_name(bed->bus, BUS_SETUP_NAME) >= 0);
	setup_undo(bed->setup);
	AWAIT(bed, setup_state_over(s));
	assert_int_equal(s->step, SETUP_REFUSED);
	assert_string_equal(s->act_code, "PT-SETUP-34");
	setup_look(bed->setup);
	AWAIT(bed, !s->asking);
	assert_false(s->told);
}

#define test(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
	        test(looking_asks_for_everything_at_once),
	        test(an_apply_is_followed_to_its_end),
	        test(a_plan_that_has_changed_is_not_done),
	        test(who_may_not_is_told),
	        test(a_failure_and_a_cancel_are_told),
	        test(a_service_that_ends_at_work_is_told),
	        test(keeping_is_an_answer),
	        test(a_restart_that_is_refused_says_why),
	        test(the_pc_goes_off),
	        test(who_may_do_what),
	        test(chosen_devices_are_asked_for),
	        test(a_job_of_somebody_else_is_followed),
	        test(without_a_service_nothing_hangs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
