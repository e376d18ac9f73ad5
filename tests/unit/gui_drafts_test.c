/* SPDX-License-Identifier: GPL-2.0-or-later */
/* New games and edited profiles, with a pad: nothing is written that nobody confirmed, nothing is lost on the way. */
#include "gui_shell.h"

#include <errno.h>
#include <jansson.h>

static void say(struct fixture *f, const char *answer)
{
	struct profile_written *written = &f->model.profiles.written;
	struct err why = {0};

	/* As it is between the question and its answer. */
	f->model.profiles.shown.asking = !streq(answer, "done");
	written_begin(written, f->last.vm, f->last.kind == INTENT_REMOVE);
	err_set(&why, -EIO, "the disk is full");
	if (streq(answer, "done"))
		written_done(written, "/etc/playthrough/profiles/x.profile");
	else
		written_refused(written, &why);
	shell_changed(&f->shell, f->now_ms);
	fixture_look(f);
}

static void show(struct fixture *f, const char *name, const char *text)
{
	json_t *shown = json_pack("{s:s, s:s, s:b, s:s}", "name", name, "file",
	        "/etc/playthrough/profiles/x.profile", "own", 1, "text", text);
	char *json = json_dumps(shown, JSON_COMPACT);

	assert_int_equal(shown_set(&f->model.profiles.shown, json, NULL), 0);
	json_decref(shown);
	free(json);
	shell_changed(&f->shell, f->now_ms);
	fixture_look(f);
}

static void type(struct fixture *f, const char *text)
{
	struct input_event event = {.kind = INPUT_TEXT, .device = INPUT_KEYBOARD};

	snprintf(event.text, sizeof(event.text), "%s", text);
	shell_event(&f->shell, &event, f->now_ms);
}

static const char *focus(const struct fixture *f)
{
	return ui_focus(&f->shell.ui);
}

/* --- a new game --- */

static void open_new(struct fixture *f, const char *model)
{
	fixture_init(f, model);
	fixture_look(f);
	fixture_press(f, ACTION_X);
	assert_int_equal(shell_screen(&f->shell), SCREEN_NEW);
	assert_int_equal(f->last.kind, INTENT_OFFERS);
	assert_string_equal(focus(f), "next");
}

static enum wizard_step step_of(const struct fixture *f)
{
	return f->shell.drafts.wizard.step;
}

static void the_last_card_is_a_new_game(void **state)
{
	struct fixture f;

	(void)state;
	fixture_init(&f, "home");
	fixture_look(&f);
	for (int i = 0; i < 20; i++)
		fixture_press(&f, ACTION_RIGHT);
	assert_string_equal(focus(&f), "new");
	fixture_press(&f, ACTION_CONFIRM);
	assert_int_equal(shell_screen(&f.shell), SCREEN_NEW);
	fixture_press(&f, ACTION_BACK);
	assert_string_equal(focus(&f), "new");
	fixture_finish(&f);
	/* Where there is no game, it is all there is. */
	fixture_init(&f, "empty");
	fixture_look(&f);
	assert_string_equal(focus(&f), "new");
	fixture_finish(&f);
}

static void nothing_is_written_before_the_last_page(void **state)
{
	struct fixture f;

	(void)state;
	open_new(&f, "editor");
	/* Name, system, card, disk; then what is asked about the disk is not held for. */
	fixture_press_all(&f, "ccccc");
	assert_non_null(f.shell.dialog.title);
	assert_non_null(strstr(f.shell.dialog.text, "Samsung SSD 980 PRO 1TB"));
	assert_non_null(strstr(f.shell.dialog.text, "1.0 TB"));
	assert_non_null(strstr(f.shell.dialog.text, "S5GXNF0R812345"));
	fixture_press_all(&f, "rc");
	assert_int_equal(step_of(&f), WIZARD_DISK);
	fixture_press_all(&f, "b");
	assert_null(f.shell.dialog.title);
	assert_false(f.shell.drafts.wizard.disk_confirmed);
	/* No other way leads past it. */
	fixture_press_all(&f, "mb");
	assert_int_equal(step_of(&f), WIZARD_DISK);
	fixture_press_all(&f, "crh");
	assert_int_equal(step_of(&f), WIZARD_MEMORY);
	assert_true(f.shell.drafts.wizard.disk_confirmed);
	fixture_press_all(&f, "ccc");
	assert_int_equal(step_of(&f), WIZARD_MAKE);
	assert_int_equal(f.last.kind, INTENT_LOOK_OVER);
	assert_int_equal(f.writes, 0);
	/* Something is amiss, and nothing to press writes it. */
	assert_string_equal(focus(&f), "previous");
	fixture_press_all(&f, "umxydd");
	assert_int_equal(f.writes, 0);
	fixture_press_all(&f, "c");
	assert_int_equal(step_of(&f), WIZARD_USB);
	/* It is mended meanwhile. */
	checked_set(&f.model.profiles.checked, "", "", "{}", NULL);
	fixture_press_all(&f, "m");
	assert_string_equal(focus(&f), "make");
	assert_int_equal(f.writes, 0);
	fixture_press_all(&f, "c");
	assert_int_equal(f.writes, 1);
	assert_int_equal(f.last.kind, INTENT_WRITE);
	assert_string_equal(f.last.vm, "game");
	assert_non_null(strstr(f.written, "device=/dev/disk/by-id/nvme-Samsung"));
	/* While it is written, it is not written twice. */
	fixture_press_all(&f, "ch");
	assert_int_equal(f.writes, 1);
	fixture_finish(&f);
}

/* A check that could not be made is no reason to make no game, but one to think: it is held. */
static void what_was_not_checked_is_held(void **state)
{
	struct err why = {0};
	struct fixture f;

	(void)state;
	open_new(&f, "editor");
	fixture_press_all(&f, "cccddcccc");
	err_set(&why, -EIO, "no answer");
	checked_refused(&f.model.profiles.checked, f.shell.drafts.wizard_name,
	        f.shell.drafts.wizard_text, &why);
	shell_changed(&f.shell, f.now_ms);
	fixture_press_all(&f, "ddd");
	assert_string_equal(focus(&f), "make");
	fixture_press_all(&f, "c");
	assert_int_equal(f.writes, 0);
	fixture_press_all(&f, "h");
	assert_int_equal(f.writes, 1);
	fixture_finish(&f);
}

/* A profile whose text is not shown is not edited as if it were empty. */
static void a_hidden_text_is_not_edited(void **state)
{
	struct fixture f;

	(void)state;
	fixture_init(&f, "home");
	shell_open(&f.shell, SCREEN_EDIT, "rally", NULL);
	assert_int_equal(shown_set(&f.model.profiles.shown,
	                         "{\"name\": \"rally\", \"own\": true, \"text\": null,"
	                         " \"error\": {\"message\": \"not readable by everybody\"}}",
	                         NULL),
	        0);
	shell_changed(&f.shell, f.now_ms);
	fixture_look(&f);
	assert_false(f.shell.drafts.editor.open);
	assert_string_equal(focus(&f), "again");
	assert_string_equal(f.model.profiles.shown.refusal.why, "not readable by everybody");
	fixture_press_all(&f, "mxyc");
	assert_int_equal(f.writes, 0);
	fixture_finish(&f);
}

static void the_new_game_has_the_focus(void **state)
{
	struct fixture f;

	(void)state;
	open_new(&f, "editor");
	checked_set(&f.model.profiles.checked, "", "", "{\"problems\": []}", NULL);
	fixture_press_all(&f, "cccddcccc");
	assert_int_equal(step_of(&f), WIZARD_MAKE);
	assert_string_equal(focus(&f), "make");
	fixture_press_all(&f, "c");
	assert_int_equal(f.writes, 1);
	assert_null(strstr(f.written, "disk"));
	say(&f, "refused");
	assert_non_null(strstr(f.shell.dialog.text, "the disk is full"));
	assert_int_equal(shell_screen(&f.shell), SCREEN_NEW);
	fixture_press_all(&f, "cc");
	assert_int_equal(f.writes, 2);
	say(&f, "done");
	assert_int_equal(shell_screen(&f.shell), SCREEN_HOME);
	model_set_vms(&f.model, "[{\"name\": \"orbit\"}, {\"name\": \"game\"}]", NULL);
	shell_changed(&f.shell, f.now_ms);
	fixture_look(&f);
	assert_string_equal(focus(&f), "vm/game");
	/* The next one begins anew. */
	assert_false(f.shell.drafts.wizard.begun);
	fixture_finish(&f);
}

static void back_loses_nothing(void **state)
{
	struct fixture f;

	(void)state;
	open_new(&f, "editor");
	fixture_press_all(&f, "cdcuuuuc"); /* Windows 10, and the first card is taken back */
	assert_int_equal(step_of(&f), WIZARD_GPU);
	assert_int_equal(f.shell.drafts.wizard.chosen[OFFER_GPU].n, 0);
	fixture_press_all(&f, "b");
	assert_int_equal(step_of(&f), WIZARD_GUEST);
	assert_string_equal(focus(&f), "1/1"); /* what was chosen */
	fixture_press_all(&f, "bb");
	assert_int_equal(shell_screen(&f.shell), SCREEN_HOME);
	fixture_press_all(&f, "x");
	assert_string_equal(f.shell.drafts.wizard.guest, "windows-10");
	assert_int_equal(f.shell.drafts.wizard.chosen[OFFER_GPU].n, 0);
	fixture_finish(&f);
}

static void what_cannot_be_had_is_not_taken(void **state)
{
	struct fixture f;

	(void)state;
	open_new(&f, "editor");
	fixture_press_all(&f, "ccu");
	assert_string_equal(focus(&f), "2/3"); /* the last row: it has the reason */
	fixture_press_all(&f, "c");
	assert_int_equal(f.shell.drafts.wizard.chosen[OFFER_GPU].n, 1);
	assert_int_equal(step_of(&f), WIZARD_GPU);
	fixture_press_all(&f, "dcddddc"); /* and the last disk */
	assert_int_equal(step_of(&f), WIZARD_DISK);
	assert_string_equal(
	        f.shell.drafts.wizard.chosen[OFFER_DISK].list[0] + strlen("/dev/disk/by-id/"),
	        "nvme-Samsung_SSD_980_PRO_1TB_S5GXNF0R812345");
	fixture_finish(&f);
}

static void a_daemon_that_knows_nothing_is_told(void **state)
{
	struct err why = {0};
	struct fixture f;

	(void)state;
	open_new(&f, "home");
	fixture_press_all(&f, "c");
	assert_string_equal(focus(&f), "previous");
	err_set(&why, -EIO, "an older daemon");
	offers_refused(&f.model.profiles.offers, &why);
	shell_changed(&f.shell, f.now_ms);
	fixture_press_all(&f, "mxy");
	assert_string_equal(focus(&f), "previous");
	fixture_press_all(&f, "lc");
	assert_int_equal(f.last.kind, INTENT_OFFERS);
	fixture_press_all(&f, "rc");
	assert_int_equal(step_of(&f), WIZARD_NAME);
	assert_int_equal(f.writes, 0);
	fixture_finish(&f);
}

/* --- typing --- */

static void a_name_is_typed(void **state)
{
	struct fixture f;

	(void)state;
	open_new(&f, "editor");
	fixture_press_all(&f, "uc");
	assert_int_equal(shell_screen(&f.shell), SCREEN_TYPE);
	assert_true(shell_wants_text(&f.shell));
	assert_string_equal(focus(&f), "k/1/4");
	fixture_press_all(&f, "xxxx"); /* X deletes */
	assert_string_equal(f.shell.drafts.keyboard.text, "");
	fixture_press_all(&f, "cycrc"); /* Y is space */
	assert_string_equal(f.shell.drafts.keyboard.text, "t ty");
	fixture_press(&f, ACTION_L1);
	type(&f, "Ж");
	assert_string_equal(f.shell.drafts.keyboard.text, "t tЖy");
	type(&f, "\b");
	type(&f, "\x7f");
	assert_string_equal(f.shell.drafts.keyboard.text, "t t");
	/* After letters of a real keyboard its Enter is done. */
	assert_string_equal(focus(&f), "done");
	fixture_press(&f, ACTION_CONFIRM);
	assert_int_equal(shell_screen(&f.shell), SCREEN_NEW);
	assert_false(shell_wants_text(&f.shell));
	assert_string_equal(f.shell.drafts.wizard.title, "t t");
	/* Back is No. */
	fixture_press_all(&f, "cxxb");
	assert_string_equal(f.shell.drafts.wizard.title, "t t");
	fixture_finish(&f);
}

/* From every key of the screen one comes to every other, with a pad. */
static void the_keyboard_has_no_dead_ends(void **state)
{
	static const enum action ways[] = {ACTION_LEFT, ACTION_RIGHT, ACTION_UP, ACTION_DOWN};
	struct fixture f;
	size_t n;

	(void)state;
	open_new(&f, "editor");
	fixture_press_all(&f, "uc");
	n = f.shell.ui.n_before;
	assert_int_equal(n, KEYBOARD_ROWS * KEYBOARD_COLUMNS + 7);
	for (size_t i = 0; i < n; i++) {
		size_t ends = 0;

		for (size_t k = 0; k < ARRAY_SIZE(ways); k++)
			ends += focus_move(f.shell.ui.before, n, i, ways[k]) == i;
		assert_true(ends <= 2);
	}
	fixture_finish(&f);
}

/* --- an edit --- */

static const char text[] = "# mine\n[vm]\ntitle=X\n; eight\n[cpu]\ncount=8\n\n[disk g]\n"
                           "image=/g.img\n";

static void open_edit(struct fixture *f, const char *profile)
{
	fixture_init(f, "home");
	fixture_look(f);
	fixture_press_all(f, "yrc"); /* details, edit */
	assert_int_equal(shell_screen(&f->shell), SCREEN_EDIT);
	assert_int_equal(f->last.kind, INTENT_SHOW);
	assert_string_equal(f->last.vm, "hollow-coast");
	assert_string_equal(focus(f), "leave");
	show(f, "hollow-coast", profile);
	assert_string_equal(focus(f), "section/vm");
}

/* What failed for the sake of its profile is mended there. */
static void a_game_that_did_not_start_can_be_edited(void **state)
{
	struct fixture f;

	(void)state;
	fixture_init(&f, "failed");
	shell_open(&f.shell, SCREEN_GAME, "hollow-coast", NULL);
	fixture_look(&f);
	assert_string_equal(focus(&f), "again");
	fixture_press_all(&f, "rc");
	assert_int_equal(shell_screen(&f.shell), SCREEN_EDIT);
	fixture_finish(&f);
}

static void an_edit_keeps_every_other_byte(void **state)
{
	struct fixture f;

	(void)state;
	open_edit(&f, text);
	fixture_press_all(&f, "dc");
	assert_int_equal(shell_screen(&f.shell), SCREEN_KEYS);
	assert_string_equal(focus(&f), "key/count");
	fixture_press_all(&f, "ll");
	assert_non_null(strstr(f.shell.drafts.editor.text, "count=6"));
	fixture_press_all(&f, "b");
	assert_string_equal(focus(&f), "section/cpu");
	fixture_press_all(&f, "m");
	assert_int_equal(shell_screen(&f.shell), SCREEN_SAVE);
	assert_int_equal(f.writes, 0);
	fixture_press_all(&f, "c");
	assert_int_equal(f.writes, 1);
	assert_string_equal(f.written,
	        "# mine\n[vm]\ntitle=X\n; eight\n[cpu]\ncount=6\n\n[disk g]\n"
	        "image=/g.img\n");
	assert_string_equal(f.last.vm, "hollow-coast");
	say(&f, "done");
	assert_int_equal(shell_screen(&f.shell), SCREEN_GAME);
	assert_false(f.shell.drafts.editor.open);
	fixture_finish(&f);
}

static void back_and_forth_is_no_change(void **state)
{
	struct fixture f;

	(void)state;
	open_edit(&f, text);
	fixture_press_all(&f, "ddcrlb"); /* memory, which nobody wrote */
	assert_string_equal(f.shell.drafts.editor.text, text);
	fixture_press_all(&f, "b");
	assert_int_equal(shell_screen(&f.shell), SCREEN_GAME);
	assert_null(f.shell.dialog.title);
	fixture_finish(&f);
}

static void a_text_is_checked_after_a_moment_of_quiet(void **state)
{
	struct fixture f;

	(void)state;
	open_edit(&f, text);
	assert_int_equal(f.last.kind, INTENT_LOOK_OVER);
	f.last.kind = INTENT_NONE;
	fixture_press_all(&f, "dcl");
	assert_int_equal(f.last.kind, INTENT_NONE);
	fixture_press_all(&f, "l");
	f.now_ms += EDITOR_CHECK_MS - 60;
	fixture_look(&f);
	assert_int_equal(f.last.kind, INTENT_NONE);
	f.now_ms += 60;
	fixture_look(&f);
	assert_int_equal(f.last.kind, INTENT_LOOK_OVER);
	/* Then all is quiet again. */
	fixture_look(&f);
	assert_int_equal(f.shell.drafts.editor.due_ms, 0);
	fixture_finish(&f);
}

static void a_value_that_is_none_is_told_where_it_is_typed(void **state)
{
	struct fixture f;

	(void)state;
	open_edit(&f, text);
	fixture_press_all(&f, "dddddddddddcc"); /* the disk's path */
	assert_int_equal(shell_screen(&f.shell), SCREEN_TYPE);
	type(&f, "/dev/sda");
	fixture_press_all(&f, "m");
	assert_int_equal(shell_screen(&f.shell), SCREEN_TYPE);
	assert_non_null(strstr(f.shell.drafts.typing_problem, "/dev/disk/by-id"));
	assert_string_equal(f.shell.drafts.editor.text, text);
	fixture_press_all(&f, "b");
	assert_int_equal(shell_screen(&f.shell), SCREEN_KEYS);
	fixture_finish(&f);
}

static void a_disk_is_given_by_holding(void **state)
{
	struct fixture f;

	(void)state;
	open_edit(&f, text);
	fixture_press_all(&f, "dddddddddddcc");
	type(&f, "/dev/disk/by-id/");
	type(&f, "ata-1");
	fixture_press_all(&f, "mdxbm");
	assert_int_equal(shell_screen(&f.shell), SCREEN_SAVE);
	fixture_press_all(&f, "c");
	assert_non_null(strstr(f.shell.dialog.text, "/dev/disk/by-id/ata-1"));
	fixture_press_all(&f, "rc");
	assert_int_equal(f.writes, 0);
	fixture_press_all(&f, "h");
	assert_int_equal(f.writes, 1);
	assert_non_null(strstr(f.written, "[disk g]\ndevice=/dev/disk/by-id/ata-1\n"));
	fixture_finish(&f);
}

static void what_somebody_else_saved_is_not_lost(void **state)
{
	struct fixture f;

	(void)state;
	open_edit(&f, text);
	fixture_press_all(&f, "dclbmc");
	assert_int_equal(f.writes, 1);
	say(&f, "refused");
	assert_int_equal(f.last.kind, INTENT_SHOW);
	show(&f, "hollow-coast", "[vm]\ntitle=Theirs\n");
	assert_non_null(strstr(f.shell.dialog.title, "Somebody else"));
	/* No, and the edit is still there. */
	fixture_press_all(&f, "b");
	assert_true(editor_changed(&f.shell.drafts.editor));
	fixture_press_all(&f, "c");
	say(&f, "refused");
	show(&f, "hollow-coast", "[vm]\ntitle=Theirs\n");
	fixture_press_all(&f, "rh");
	assert_int_equal(shell_screen(&f.shell), SCREEN_EDIT);
	assert_string_equal(f.shell.drafts.editor.text, "[vm]\ntitle=Theirs\n");
	fixture_finish(&f);
}

static void another_refusal_is_told_as_it_is(void **state)
{
	struct fixture f;

	(void)state;
	open_edit(&f, text);
	fixture_press_all(&f, "dclbmc");
	say(&f, "refused");
	show(&f, "hollow-coast", text);
	assert_non_null(strstr(f.shell.dialog.text, "the disk is full"));
	assert_true(editor_changed(&f.shell.drafts.editor));
	fixture_finish(&f);
}

static void leaving_and_removing_are_held(void **state)
{
	struct fixture f;

	(void)state;
	open_edit(&f, text);
	fixture_press_all(&f, "dclbb");
	assert_non_null(f.shell.dialog.title);
	fixture_press_all(&f, "c");
	assert_int_equal(shell_screen(&f.shell), SCREEN_EDIT);
	fixture_press_all(&f, "brh");
	assert_int_equal(shell_screen(&f.shell), SCREEN_GAME);
	assert_false(f.shell.drafts.editor.open);
	fixture_finish(&f);
	open_edit(&f, text);
	for (int i = 0; i < 40; i++)
		fixture_press(&f, ACTION_DOWN);
	assert_string_equal(focus(&f), "remove");
	fixture_press_all(&f, "crc");
	assert_int_equal(f.writes, 0);
	fixture_press_all(&f, "h");
	assert_int_equal(f.writes, 1);
	assert_int_equal(f.last.kind, INTENT_REMOVE);
	assert_string_equal(f.last.vm, "hollow-coast");
	say(&f, "done");
	assert_int_equal(shell_screen(&f.shell), SCREEN_HOME);
	assert_non_null(strstr(f.shell.dialog.text, "x.profile"));
	fixture_finish(&f);
}

static void a_line_that_cannot_be_read_is_mended(void **state)
{
	struct fixture f;

	(void)state;
	fixture_init(&f, "editor-bare");
	shell_open(&f.shell, SCREEN_EDIT, "rally", NULL);
	fixture_look(&f);
	assert_string_equal(focus(&f), "bad/line");
	fixture_press_all(&f, "c");
	assert_string_equal(f.shell.drafts.keyboard.text, "guest windows");
	for (size_t i = 0; i < strlen(" windows"); i++)
		fixture_press(&f, ACTION_X);
	type(&f, "=linux");
	fixture_press_all(&f, "c");
	assert_non_null(strstr(f.shell.drafts.editor.text, "\nguest=linux\n"));
	assert_string_equal(focus(&f), "section/vm");
	fixture_finish(&f);
}

static void a_card_is_added_from_what_there_is(void **state)
{
	struct fixture f;

	(void)state;
	fixture_init(&f, "editor");
	shell_open(&f.shell, SCREEN_EDIT, "hollow-coast", NULL);
	fixture_look(&f);
	for (int i = 0; i < 40 && !streq(focus(&f), "add/gpu"); i++)
		fixture_press(&f, ACTION_DOWN);
	fixture_press_all(&f, "c");
	assert_int_equal(shell_screen(&f.shell), SCREEN_ADD);
	fixture_press_all(&f, "c"); /* the game has the first one already */
	assert_int_equal(shell_screen(&f.shell), SCREEN_ADD);
	fixture_press_all(&f, "dc");
	assert_int_equal(shell_screen(&f.shell), SCREEN_KEYS);
	assert_non_null(strstr(f.shell.drafts.editor.text, "[gpu 2]\naddress=0000:0c:00.0\n"));
	assert_non_null(strstr(f.shell.drafts.editor.text, "[audio 2]\n"));
	fixture_finish(&f);
}

/* Every key of the table, with the d-pad and two buttons, whatever its type. */
static void every_key_is_reached(void **state)
{
	struct fixture f;
	unsigned changed = 0, keys = 0;

	(void)state;
	for (const struct key_section *s = key_sections; s->name; s++) {
		cleanup_free char *profile = xasprintf("[%s%s]\n", s->name, s->named ? " x" : "");
		cleanup_free char *id = xasprintf("section/%s%s", s->name, s->named ? " x" : "");

		open_edit(&f, profile);
		for (int i = 0; i < 40 && !streq(focus(&f), id); i++)
			fixture_press(&f, ACTION_DOWN);
		assert_string_equal(focus(&f), id);
		fixture_press_all(&f, "c");
		for (const struct key *k = key_table; k->name; k++) {
			cleanup_free char *key = xasprintf("key/%s", k->name);

			if (!key_belongs(k, s))
				continue;
			keys++;
			assert_string_equal(focus(&f), key);
			fixture_press_all(&f, "c");
			if (shell_screen(&f.shell) == SCREEN_TYPE)
				fixture_press_all(&f, "b");
			else
				changed += editor_changed(&f.shell.drafts.editor);
			fixture_press(&f, ACTION_DOWN);
		}
		assert_string_equal(focus(&f), "drop");
		fixture_finish(&f);
	}
	assert_true(keys > 25 && changed > 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(the_last_card_is_a_new_game),
	        cmocka_unit_test(nothing_is_written_before_the_last_page),
	        cmocka_unit_test(the_new_game_has_the_focus),
	        cmocka_unit_test(what_was_not_checked_is_held),
	        cmocka_unit_test(a_hidden_text_is_not_edited),
	        cmocka_unit_test(back_loses_nothing),
	        cmocka_unit_test(what_cannot_be_had_is_not_taken),
	        cmocka_unit_test(a_daemon_that_knows_nothing_is_told),
	        cmocka_unit_test(a_name_is_typed),
	        cmocka_unit_test(the_keyboard_has_no_dead_ends),
	        cmocka_unit_test(a_game_that_did_not_start_can_be_edited),
	        cmocka_unit_test(an_edit_keeps_every_other_byte),
	        cmocka_unit_test(back_and_forth_is_no_change),
	        cmocka_unit_test(a_text_is_checked_after_a_moment_of_quiet),
	        cmocka_unit_test(a_value_that_is_none_is_told_where_it_is_typed),
	        cmocka_unit_test(a_disk_is_given_by_holding),
	        cmocka_unit_test(what_somebody_else_saved_is_not_lost),
	        cmocka_unit_test(another_refusal_is_told_as_it_is),
	        cmocka_unit_test(leaving_and_removing_are_held),
	        cmocka_unit_test(a_line_that_cannot_be_read_is_mended),
	        cmocka_unit_test(a_card_is_added_from_what_there_is),
	        cmocka_unit_test(every_key_is_reached),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
