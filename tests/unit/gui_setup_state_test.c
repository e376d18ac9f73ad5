/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How far the setup is and what became of an act, from whatever the service says; and what a plan is asked with. */
#include "model/model.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define cleanup_state cleanup(setup_state_finish)

static void a_phase_is_read(void **state)
{
	static const struct {
		const char *json;
		enum setup_phase phase;
	} cases[] = {
	        {"{\"state\": \"not-applied\"}", SETUP_NONE},
	        {"{\"state\": \"not-applied\", \"half_way\": true}", SETUP_HALF_WAY},
	        {"{\"state\": \"not-booted\", \"restarted\": false}", SETUP_WAITING},
	        {"{\"state\": \"not-booted\", \"restarted\": true}", SETUP_FELL_BACK},
	        {"{\"state\": \"not-booted\"}", SETUP_NOT_TAKEN},
	        {"{\"state\": \"booted\", \"permanent\": false}", SETUP_TRIAL},
	        {"{\"state\": \"booted\", \"permanent\": true}", SETUP_KEPT},
	        {"{\"state\": \"booted\", \"permanent\": 1}", SETUP_TRIAL},
	        {"{\"state\": \"dancing\", \"restarted\": true}", SETUP_UNKNOWN},
	};
	cleanup_state struct setup_state s;

	(void)state;
	setup_state_init(&s);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		assert_int_equal(setup_state_set(&s, cases[i].json, NULL), 0);
		assert_int_equal(s.phase, cases[i].phase);
		assert_true(s.told && !s.asking && !s.ready);
	}
}

static void what_is_wrong_comes_first(void **state)
{
	cleanup_state struct setup_state s;

	(void)state;
	setup_state_init(&s);
	assert_int_equal(
	        setup_state_set(&s,
	                "{\"state\": \"booted\", \"plan\": \"0123abcd\", \"ready\": false,"
	                " \"given_up\": true, \"by_hand\": true, \"checks\": ["
	                " {\"id\": \"a\", \"status\": \"pass\"},"
	                " {\"id\": \"b\", \"status\": \"fail\", \"summary\": \"no\\u001b[2J\","
	                "  \"fix\": \"do\", \"code\": \"PT-X\"}]}",
	                NULL),
	        0);
	assert_string_equal(s.plan, "0123abcd");
	assert_true(s.given_up && s.by_hand);
	assert_int_equal(s.n_findings, 2);
	assert_string_equal(s.findings[0].id, "b");
	assert_string_equal(s.findings[0].summary, "no\\x1b[2J");
}

static void garbage_changes_nothing(void **state)
{
	static const char *const garbage[] = {"", "{", "{}", "[]", "7", "null", "{\"state\": 7}"};
	cleanup_state struct setup_state s;
	struct err err = {0};

	(void)state;
	setup_state_init(&s);
	setup_state_set(&s, "{\"state\": \"booted\", \"checks\": [{\"id\": \"a\"}]}", NULL);
	for (size_t i = 0; i < ARRAY_SIZE(garbage); i++) {
		assert_int_equal(setup_state_set(&s, garbage[i], &err), -EBADMSG);
		assert_int_equal(setup_state_kept(&s, garbage[i], 1, &err), -EBADMSG);
	}
	assert_true(err_is(&err, CODE_SETUP_SERVICE));
	assert_int_equal(s.phase, SETUP_TRIAL);
	assert_int_equal(s.n_findings, 1);
	assert_int_equal(
	        setup_state_set(&s, "{\"state\": \"x\", \"plan\": [], \"checks\": 9}", NULL), 0);
	assert_int_equal(s.n_findings, 0);
	assert_string_equal(s.plan, "");
}

/* --- an act --- */

static void tell(struct setup_state *s, const char *state, const char *stage, unsigned percent,
        const struct err *why, uint64_t now_ms)
{
	const struct setup_job_facts facts = {
	        .kind = "apply", .state = state, .stage = stage, .percent = percent, .why = why};

	setup_state_set_job(s, &facts, now_ms);
}

static void a_job_has_stages_with_times(void **state)
{
	cleanup_state struct setup_state s;

	(void)state;
	setup_state_init(&s);
	setup_state_begin(&s, SETUP_APPLY, "0123abcd", 10);
	assert_true(setup_state_busy(&s) && !s.cancellable);
	setup_state_job(&s, "/job/1");
	tell(&s, "running", "write /etc/x", 20, NULL, 20);
	tell(&s, "running", "write /etc/x", 25, NULL, 30);
	tell(&s, "running", "renew the boot menu", 4000000, NULL, 50);
	assert_true(s.cancellable);
	assert_int_equal(s.n_stages, 2);
	assert_int_equal(s.stages[1].begin_ms, 50);
	assert_int_equal(s.percent, 100);
	for (unsigned i = 0; i < 2000; i++) {
		char stage[32];

		snprintf(stage, sizeof(stage), "write %u", i);
		tell(&s, "running", stage, 1, NULL, 60);
	}
	assert_int_equal(s.n_stages, SETUP_STAGES_MOST);
	setup_state_forget(&s); /* not while it is at work */
	assert_int_equal(s.step, SETUP_AT_WORK);
	tell(&s, "done", "", 100, NULL, 70);
	assert_true(setup_state_over(&s) && !s.cancellable);
	assert_int_equal(s.step, SETUP_DONE);
	setup_state_forget(&s);
	assert_int_equal(s.step, SETUP_IDLE);
}

/* "Taken back" is said where the service says it, and nowhere else. */
static void only_the_service_says_that_it_was_taken_back(void **state)
{
	cleanup_state struct setup_state s;
	struct err why = {0};

	(void)state;
	setup_state_init(&s);
	setup_state_begin(&s, SETUP_APPLY, "0123abcd", 10);
	err_set(&why, -EIO, "no space");
	tell(&s, "failed", "", 30, &why, 20);
	assert_int_equal(s.step, SETUP_FAILED);
	assert_false(setup_state_taken_back(&s));
	err_code(&why, CODE_SETUP_TAKEN_BACK);
	tell(&s, "failed", "", 30, &why, 20);
	assert_true(setup_state_taken_back(&s));
	err_code(&why, CODE_BOOT_MENU);
	err_prefix(&why, "apply failed and was taken back");
	tell(&s, "cancelled", "", 30, &why, 20);
	assert_true(setup_state_taken_back(&s));
	assert_string_equal(setup_state_cause(&s), "no space");
	assert_int_equal(s.step, SETUP_CANCELLED);
	err_set(&why, -EIO, "apply failed (x) and could not be taken back: y");
	err_code(&why, CODE_SETUP_HALF_WAY);
	tell(&s, "failed", "", 30, &why, 20);
	assert_false(setup_state_taken_back(&s));
	assert_false(setup_state_stale(&s));
	err_code(&why, CODE_SETUP_STALE);
	tell(&s, "failed", "", 30, &why, 20);
	assert_true(setup_state_stale(&s));
}

static void an_undo_is_not_stopped(void **state)
{
	const struct setup_job_facts facts = {.kind = "undo", .state = "running"};
	cleanup_state struct setup_state s;

	(void)state;
	setup_state_init(&s);
	setup_state_set(&s, "{\"state\": \"booted\"}", NULL);
	setup_state_begin(&s, SETUP_UNDO, NULL, 1);
	setup_state_job(&s, "/job/2");
	setup_state_set_job(&s, &facts, 2);
	assert_false(s.cancellable);
	assert_true(s.was_ours);
}

static void what_is_not_kept_says_why(void **state)
{
	static const struct {
		const char *json, *why;
		enum setup_step step;
	} cases[] = {
	        {"{\"state\": \"booted\", \"ready\": true, \"permanent\": true}", "", SETUP_DONE},
	        {"{\"state\": \"booted\", \"ready\": true, \"by_hand\": true}", "", SETUP_DONE},
	        {"{\"state\": \"booted\", \"ready\": false, \"by_hand\": true}",
	                "not all is well in this start", SETUP_REFUSED},
	        {"{\"state\": \"booted\", \"ready\": true, \"refused\": {\"message\": \"busy\","
	         " \"hint\": 7, \"code\": \"PT-SETUP-18\"}}",
	                "busy", SETUP_REFUSED},
	};
	cleanup_state struct setup_state s;

	(void)state;
	setup_state_init(&s);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		setup_state_begin(&s, SETUP_KEEP, "", 1);
		assert_int_equal(setup_state_kept(&s, cases[i].json, 2, NULL), 0);
		assert_int_equal(s.step, cases[i].step);
		assert_string_equal(s.act_why, cases[i].why);
	}
	assert_string_equal(s.act_code, "PT-SETUP-18");
}

static void a_restart_is_offered_where_it_can_be(void **state)
{
	cleanup_state struct setup_state s;

	(void)state;
	setup_state_init(&s);
	assert_false(s.may_restart);
	setup_state_set_restart(&s, "challenge");
	assert_true(s.may_restart);
	setup_state_set_restart(&s, "na");
	assert_false(s.may_restart);
}

/* --- what a plan is asked with --- */

static const char check[] =
        "{\"checks\": [], \"gpus\": ["
        " {\"address\": \"0000:01:00.0\", \"boot_display\": true},"
        " {\"address\": \"0000:02:00.0\", \"verdict\": \"pass\", \"needs\": [\"0000:02:00.2\"]}],"
        "\"groups\": [{\"id\": 1, \"devices\": ["
        " {\"address\": \"0000:02:00.2\", \"class\": \"0c03\"},"
        " {\"address\": \"0000:03:00.0\", \"class\": \"0c03\", \"host_uses\": [\"keyboard\"]},"
        " {\"address\": \"0000:04:00.0\", \"class\": \"0106\"}]}]}";

static void devices_are_chosen(void **state)
{
	cleanup_free char *command = NULL, *plain = NULL;
	struct model m;
	struct err refused = {0};

	(void)state;
	model_init(&m);
	pc_set(&m.pc, check, NULL);
	assert_string_equal(m.pc.groups[0].functions[1].losses.list[0], "keyboard");
	plan_set(&m.plan,
	        "{\"id\": \"0123abcd\", \"devices\": [{\"address\": \"0000:02:00.0\"},"
	        " {\"address\": \"0000:02:00.2\"}], \"ways_in\": [\"ssh\"]}",
	        NULL);
	plain = plan_command(&m.plan);
	assert_string_equal(plain, "sudo playthrough-setup apply --plan=0123abcd");
	assert_true(plan_has(&m.plan, "0000:02:00.0"));
	plan_toggle(&m.plan, &m.pc, "0000:04:00.0"); /* a disk is none of them */
	assert_int_equal(m.plan.gpus.n + m.plan.usbs.n, 0);
	plan_toggle(&m.plan, &m.pc, "0000:03:00.0");
	/* What was proposed stays; what belongs to the card needs no wish. */
	command = plan_command(&m.plan);
	assert_string_equal(command,
	        "sudo playthrough-setup apply --gpu=0000:02:00.0 --usb=0000:03:00.0 "
	        "--plan=0123abcd");
	/* The wish outlives its answer, whichever it is. */
	err_set(&refused, -EPERM, "no");
	plan_refused(&m.plan, &refused);
	assert_true(plan_has(&m.plan, "0000:03:00.0") && plan_has(&m.plan, "0000:02:00.0"));
	plan_set(&m.plan, "{\"id\": \"1\"}", NULL);
	plan_toggle(&m.plan, &m.pc, "0000:03:00.0");
	plan_toggle(&m.plan, &m.pc, "0000:02:00.0");
	assert_int_equal(m.plan.gpus.n + m.plan.usbs.n, 0);
	for (unsigned i = 0; i < 99; i++)
		plan_toggle(&m.plan, &m.pc, "\x1b nobody");
	assert_int_equal(m.plan.gpus.n, 0);
	model_finish(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(a_phase_is_read),
	        cmocka_unit_test(what_is_wrong_comes_first),
	        cmocka_unit_test(garbage_changes_nothing),
	        cmocka_unit_test(a_job_has_stages_with_times),
	        cmocka_unit_test(only_the_service_says_that_it_was_taken_back),
	        cmocka_unit_test(an_undo_is_not_stopped),
	        cmocka_unit_test(what_is_not_kept_says_why),
	        cmocka_unit_test(a_restart_is_offered_where_it_can_be),
	        cmocka_unit_test(devices_are_chosen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
