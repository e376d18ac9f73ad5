/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a report says of what the front end knows. */
#include "gui_shell.h"

#include "model/report.h"

#include <errno.h>

static void has(const char *text, const char *what)
{
	if (!strstr(text, what))
		fail_msg("no \"%s\" in:\n%s", what, text);
}

static void a_game_that_failed(void **state)
{
	const struct report_answers answers = {
	        .status = "{\"state\": \"stopped\", \"file\": \"/home/alice/x.profile\"}",
	        .log = "boot\x1b[31m\nlast words\n"};
	cleanup_free char *text = NULL;
	struct fixture f;

	(void)state;
	fixture_init(&f, "failed");
	text = report_of(&f.model, "hollow-coast", &answers);
	has(text, "== The game ==\nhollow-coast\n");
	has(text, "== What happened ==\nVM hollow-coast: gpu 0000:01:00.0: bound to nvidia");
	has(text, "(PT-GPU-03)\nrun playthrough-setup apply");
	has(text, "== Stages ==\n");
	has(text, "claim: ");
	has(text, "== State ==\n{\n \"state\": \"stopped\"");
	has(text, "last words\n");
	has(text, "== Versions ==\n");
	assert_null(strstr(text, "alice"));
	assert_null(strchr(text, '\x1b'));
	fixture_finish(&f);
}

/* Nothing is known of it, and nobody may read its log: the report says just that. */
static void a_game_of_which_little_is_known(void **state)
{
	struct report_answers answers = {0};
	cleanup_free char *text = NULL;
	struct fixture f;
	struct err why;

	(void)state;
	fixture_init(&f, "home");
	err_set(&why, -EACCES, "this user may not do that");
	err_code(&why, CODE_BUS_DENIED);
	answers.log_why = &why;
	answers.status = "garbage";
	text = report_of(&f.model, "nobody", &answers);
	has(text, "== State ==\nnothing is known\n");
	has(text, "== Console ==\nthis user may not do that (PT-BUS-03)\n");
	assert_null(strstr(text, "What happened"));
	fixture_finish(&f);
}

static void a_daemon_that_is_away(void **state)
{
	cleanup_free char *text = NULL;
	struct fixture f;

	(void)state;
	fixture_init(&f, "away");
	text = report_of(&f.model, "", &(struct report_answers){0});
	has(text, "== Playthrough's service does not answer ==\nplaythroughd does not run "
	          "(PT-BUS-02)");
	assert_null(strstr(text, "Console"));
	fixture_finish(&f);
}

static void a_pc_that_is_not_ready(void **state)
{
	cleanup_free char *text = NULL;
	struct fixture f;

	(void)state;
	fixture_init(&f, "pc-to-do");
	text = report_of(&f.model, "", &(struct report_answers){0});
	has(text, "== This PC ==\n");
	has(text, " pass\n");
	has(text, "\nfail ");
	fixture_finish(&f);
	fixture_init(&f, "pc-away");
	free(text);
	text = report_of(&f.model, "", &(struct report_answers){0});
	has(text, "== The check of this PC ==\n");
	fixture_finish(&f);
}

static void what_was_refused_is_in_it(void **state)
{
	struct report_answers answers = {0};
	cleanup_free char *text = NULL;
	struct err why;
	struct fixture f;

	(void)state;
	fixture_init(&f, "home");
	shell_open(&f.shell, SCREEN_GAME, "hollow-coast", NULL);
	err_set(&why, -EBUSY, "disk games is in use");
	err_code(&why, CODE_DISK_USED);
	shell_refused(&f.shell, &why);
	fixture_look(&f);
	assert_string_equal(ui_focus(&f.shell.ui), "no");
	fixture_press(&f, ACTION_RIGHT);
	fixture_press(&f, ACTION_CONFIRM); /* nothing is lost by it: it is not held */
	assert_int_equal(f.last.kind, INTENT_REPORT);
	assert_string_equal(f.last.vm, "hollow-coast");
	assert_null(f.shell.dialog.title);
	answers.refused = &f.shell.refused;
	text = report_of(&f.model, "hollow-coast", &answers);
	has(text, "== What was refused ==\ndisk games is in use (PT-DISK-01)\n");
	/* That a person may not do it is nobody's fault. */
	err_set(&why, -EACCES, "no");
	shell_refused(&f.shell, &why);
	assert_null(f.shell.dialog.yes);
	fixture_finish(&f);
}

static void one_press_saves_it(void **state)
{
	struct fixture f;

	(void)state;
	fixture_init(&f, "failed");
	shell_open(&f.shell, SCREEN_GAME, "hollow-coast", NULL);
	fixture_look(&f);
	fixture_press(&f, ACTION_RIGHT);
	fixture_press(&f, ACTION_RIGHT);
	assert_string_equal(ui_focus(&f.shell.ui), "report");
	fixture_press(&f, ACTION_CONFIRM);
	assert_int_equal(f.last.kind, INTENT_REPORT);
	assert_string_equal(f.last.vm, "hollow-coast");
	fixture_finish(&f);
	fixture_init(&f, "away");
	fixture_look(&f);
	fixture_press(&f, ACTION_RIGHT);
	fixture_press(&f, ACTION_CONFIRM);
	assert_int_equal(f.last.kind, INTENT_REPORT);
	assert_string_equal(f.last.vm, "");
	fixture_finish(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(a_game_that_failed),
	        cmocka_unit_test(a_game_of_which_little_is_known),
	        cmocka_unit_test(a_daemon_that_is_away),
	        cmocka_unit_test(a_pc_that_is_not_ready),
	        cmocka_unit_test(what_was_refused_is_in_it),
	        cmocka_unit_test(one_press_saves_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
