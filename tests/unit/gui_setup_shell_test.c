/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Setting this PC up with a pad: nothing is changed by a press alone, and every end can be read and left. */
#include "gui_shell.h"

#include <errno.h>

static void open_plan(struct fixture *f)
{
	fixture_init(f, "pc");
	shell_open(&f->shell, SCREEN_PC, NULL, NULL);
	shell_open(&f->shell, SCREEN_PLAN, NULL, NULL);
	fixture_look(f);
	assert_string_equal(ui_focus(&f->shell.ui), "apply");
}

static bool changes(const struct fixture *f)
{
	switch (f->last.kind) {
	case INTENT_APPLY:
	case INTENT_UNDO:
	case INTENT_KEEP:
	case INTENT_RESTART:
		return true;
	default:
		return false;
	}
}

/* Holds the button that has the focus for @ms. */
static void hold(struct fixture *f, unsigned ms)
{
	fixture_send(f, INPUT_PRESS, ACTION_CONFIRM, INPUT_XBOX);
	f->now_ms += ms;
	fixture_look(f);
}

static void it_is_set_up_by_holding_alone(void **state)
{
	struct fixture f;

	(void)state;
	open_plan(&f);
	fixture_press(&f, ACTION_CONFIRM);
	fixture_look(&f);
	assert_non_null(f.shell.dialog.title);
	assert_string_equal(ui_focus(&f.shell.ui), "no");
	fixture_press(&f, ACTION_RIGHT);
	assert_string_equal(ui_focus(&f.shell.ui), "yes");
	for (unsigned i = 0; i < 50; i++)
		fixture_press(&f, ACTION_CONFIRM);
	hold(&f, UI_HOLD_MS - 1);
	assert_false(changes(&f));
	f.now_ms += 1;
	fixture_look(&f);
	assert_int_equal(f.last.kind, INTENT_APPLY);
	assert_string_equal(f.last.device, "07f09601"); /* what was read is what is done */
	/* Back of what becomes of it is this PC, and not the plan, which is old. */
	assert_int_equal(shell_screen(&f.shell), SCREEN_SETUP);
	fixture_press(&f, ACTION_BACK);
	assert_int_equal(shell_screen(&f.shell), SCREEN_PC);
	fixture_finish(&f);
}

static void no_and_back_change_nothing(void **state)
{
	static const enum action opens[] = {ACTION_CONFIRM, ACTION_X};
	struct fixture f;

	(void)state;
	open_plan(&f);
	for (size_t i = 0; i < ARRAY_SIZE(opens); i++) {
		fixture_press(&f, opens[i]);
		fixture_look(&f);
		assert_non_null(f.shell.dialog.title);
		fixture_press(&f, ACTION_BACK);
		assert_null(f.shell.dialog.title);
		fixture_press(&f, opens[i]);
		fixture_press(&f, ACTION_RIGHT);
		fixture_press(&f, ACTION_BACK);
		/* However it was left, No has the focus. */
		fixture_press(&f, opens[i]);
		fixture_look(&f);
		assert_string_equal(ui_focus(&f.shell.ui), "no");
		fixture_press(&f, ACTION_RIGHT);
		/* Let go before its time, or gone elsewhere meanwhile. */
		hold(&f, UI_HOLD_MS / 2);
		fixture_press(&f, ACTION_LEFT);
		f.now_ms += 2 * UI_HOLD_MS;
		fixture_look(&f);
		assert_string_equal(ui_focus(&f.shell.ui), "no");
		fixture_press(&f, ACTION_CONFIRM);
		assert_null(f.shell.dialog.title);
		assert_int_equal(shell_screen(&f.shell), SCREEN_PLAN);
	}
	assert_false(changes(&f));
	fixture_finish(&f);
}

static void open_setup(struct fixture *f, const char *model)
{
	fixture_init(f, model);
	shell_open(&f->shell, SCREEN_PC, NULL, NULL);
	shell_open(&f->shell, SCREEN_SETUP, NULL, NULL);
	assert_int_equal(f->last.kind, INTENT_PROGRESS);
	fixture_look(f);
}

static void go_to(struct fixture *f, const char *id)
{
	for (unsigned i = 0; i < 60 && !streq(ui_focus(&f->shell.ui), id); i++)
		fixture_press(f, ACTION_DOWN);
	assert_string_equal(ui_focus(&f->shell.ui), id);
}

static void undo_is_held(void **state)
{
	struct fixture f;

	(void)state;
	open_setup(&f, "setup-kept");
	assert_string_equal(ui_focus(&f.shell.ui), "block/0");
	go_to(&f, "undo");
	fixture_press(&f, ACTION_CONFIRM);
	fixture_press(&f, ACTION_CONFIRM); /* No */
	assert_null(f.shell.dialog.title);
	assert_false(changes(&f));
	fixture_press(&f, ACTION_CONFIRM);
	fixture_press(&f, ACTION_RIGHT);
	hold(&f, UI_HOLD_MS);
	assert_int_equal(f.last.kind, INTENT_UNDO);
	assert_int_equal(shell_screen(&f.shell), SCREEN_SETUP);
	fixture_finish(&f);
}

static void a_trial_is_kept(void **state)
{
	struct fixture f;

	(void)state;
	open_setup(&f, "setup-trial");
	go_to(&f, "keep");
	fixture_press(&f, ACTION_CONFIRM);
	assert_int_equal(f.last.kind, INTENT_KEEP);
	fixture_finish(&f);
	/* What is not well is not kept. */
	open_setup(&f, "setup-trial-wrong");
	for (unsigned i = 0; i < 40; i++) {
		assert_string_not_equal(ui_focus(&f.shell.ui), "keep");
		fixture_press(&f, ACTION_DOWN);
	}
	fixture_finish(&f);
}

static void a_restart_is_held_and_waits_for_games(void **state)
{
	struct fixture f;

	(void)state;
	open_setup(&f, "setup-done");
	go_to(&f, "restart");
	fixture_press(&f, ACTION_CONFIRM);
	fixture_press(&f, ACTION_RIGHT);
	hold(&f, UI_HOLD_MS);
	assert_int_equal(f.last.kind, INTENT_RESTART);
	model_set_vms(&f.model, "[{\"name\": \"x\", \"state\": \"running\"}]", NULL);
	shell_changed(&f.shell, f.now_ms);
	fixture_look(&f);
	for (unsigned i = 0; i < 10; i++) {
		assert_string_not_equal(ui_focus(&f.shell.ui), "restart");
		fixture_press(&f, ACTION_DOWN);
	}
	fixture_finish(&f);
}

/* A press that was meant for the page before meets something to read. */
static void another_page_begins_with_reading(void **state)
{
	const struct setup_job_facts done = {.kind = "apply", .state = "done"};
	struct fixture f;

	(void)state;
	open_setup(&f, "setup-working");
	assert_string_equal(ui_focus(&f.shell.ui), "leave");
	fixture_press(&f, ACTION_RIGHT);
	assert_string_equal(ui_focus(&f.shell.ui), "halt");
	setup_state_set_job(&f.model.setup, &done, f.now_ms);
	shell_changed(&f.shell, f.now_ms);
	fixture_look(&f);
	assert_string_equal(ui_focus(&f.shell.ui), "block/0");
	fixture_press(&f, ACTION_CONFIRM);
	assert_int_equal(f.last.kind, INTENT_PROGRESS);
	fixture_press(&f, ACTION_BACK);
	assert_int_equal(f.last.kind, INTENT_SEEN);
	assert_int_equal(shell_screen(&f.shell), SCREEN_PC);
	fixture_finish(&f);
}

static void an_apply_can_be_cancelled_and_an_undo_not(void **state)
{
	struct fixture f;

	(void)state;
	open_setup(&f, "setup-working");
	fixture_press(&f, ACTION_RIGHT);
	fixture_press(&f, ACTION_CONFIRM);
	assert_int_equal(f.last.kind, INTENT_HALT);
	fixture_finish(&f);
	open_setup(&f, "setup-undoing");
	fixture_press(&f, ACTION_RIGHT);
	assert_string_equal(ui_focus(&f.shell.ui), "leave");
	fixture_press(&f, ACTION_CONFIRM);
	assert_int_equal(shell_screen(&f.shell), SCREEN_PC);
	fixture_finish(&f);
}

static void an_old_plan_is_read_anew_by_one_press(void **state)
{
	struct fixture f;

	(void)state;
	open_setup(&f, "setup-stale");
	go_to(&f, "plan");
	fixture_press(&f, ACTION_CONFIRM);
	assert_int_equal(f.last.kind, INTENT_PLAN);
	assert_int_equal(shell_screen(&f.shell), SCREEN_PLAN);
	fixture_finish(&f);
}

static void who_may_not_is_asked_again_by_holding(void **state)
{
	struct fixture f;

	(void)state;
	open_setup(&f, "setup-denied");
	go_to(&f, "apply");
	fixture_press(&f, ACTION_CONFIRM);
	fixture_look(&f);
	assert_non_null(f.shell.dialog.title);
	assert_string_equal(ui_focus(&f.shell.ui), "no");
	assert_false(changes(&f));
	fixture_finish(&f);
}

static void devices_are_given_and_left(void **state)
{
	struct fixture f;

	(void)state;
	open_plan(&f);
	fixture_press(&f, ACTION_DOWN);
	assert_string_equal(ui_focus(&f.shell.ui), "choice");
	fixture_press(&f, ACTION_CONFIRM);
	assert_int_equal(shell_screen(&f.shell), SCREEN_CHOICE);
	go_to(&f, "dev/0000:08:00.3");
	fixture_press(&f, ACTION_CONFIRM);
	assert_int_equal(f.last.kind, INTENT_TOGGLE);
	assert_string_equal(f.last.device, "0000:08:00.3");
	fixture_press(&f, ACTION_BACK);
	assert_int_equal(shell_screen(&f.shell), SCREEN_PLAN);
	fixture_finish(&f);
}

/* Of two cards the check says that a person must choose: the plan is where. */
static void a_choice_leads_to_the_plan(void **state)
{
	struct fixture f;

	(void)state;
	fixture_init(&f, "setup-choice");
	pc_set(&f.model.pc,
	        "{\"verdict\": \"person\", \"checks\": [{\"id\": \"host.config\", \"status\": "
	        "\"fail\","
	        " \"code\": \"PT-HOST-05\"}]}",
	        NULL);
	shell_open(&f.shell, SCREEN_PC, NULL, NULL);
	fixture_look(&f);
	assert_string_equal(ui_focus(&f.shell.ui), "pc/plan");
	fixture_press(&f, ACTION_CONFIRM);
	assert_int_equal(shell_screen(&f.shell), SCREEN_PLAN);
	go_to(&f, "choice");
	fixture_finish(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(it_is_set_up_by_holding_alone),
	        cmocka_unit_test(no_and_back_change_nothing),
	        cmocka_unit_test(undo_is_held),
	        cmocka_unit_test(a_trial_is_kept),
	        cmocka_unit_test(a_restart_is_held_and_waits_for_games),
	        cmocka_unit_test(another_page_begins_with_reading),
	        cmocka_unit_test(an_apply_can_be_cancelled_and_an_undo_not),
	        cmocka_unit_test(an_old_plan_is_read_anew_by_one_press),
	        cmocka_unit_test(who_may_not_is_asked_again_by_holding),
	        cmocka_unit_test(devices_are_given_and_left),
	        cmocka_unit_test(a_choice_leads_to_the_plan),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
