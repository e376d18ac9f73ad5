/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A game's drives for CDs: what the daemon says of them, and what a person makes of it with a pad. */
#include "gui_shell.h"

#include "model/discs.h"

#define STATUS                                                                                \
	"{\"cdroms\": [{\"name\": \"installer\", \"file\": \"/isos/a.iso\", \"open\": false," \
	" \"locked\": false}, {\"name\": \"drivers\", \"file\": null, \"open\": true}]}"

static void drives_are_read(void **state)
{
	cleanup(discs_finish) struct discs discs = {0};
	const struct disc_drive *drive;

	(void)state;
	assert_true(discs_set(&discs, "games", STATUS));
	assert_false(discs_set(&discs, "games", STATUS));
	assert_int_equal(discs_count(&discs, "games"), 2);
	assert_int_equal(discs_count(&discs, "other"), 0);
	drive = discs_drive(&discs, "games", "installer");
	assert_string_equal(drive->in.path, "/isos/a.iso");
	assert_string_equal(drive->in.name, "a.iso");
	assert_string_equal(drive->in.folder, "/isos");
	assert_string_equal(discs_drive(&discs, "games", "drivers")->in.path, "");
	assert_true(discs_drive(&discs, "games", "drivers")->open);
	assert_null(discs_drive(&discs, "games", "third"));
	assert_true(discs_set(&discs, "other", "garbage"));
	assert_int_equal(discs_count(&discs, "other"), 0);
}

/* Sorted as people sort; what is shown is harmless, what is opened is as it is called. */
static void images_are_in_order(void **state)
{
	cleanup(discs_finish) struct discs discs = {0};
	cleanup_strv struct strv paths = {0};

	(void)state;
	strv_add(&paths, "/b/windows.iso");
	strv_add(&paths, "/a/Arch\x1b[2J.iso");
	strv_add(&paths, "/debian.iso");
	discs_set_images(&discs, &paths);
	assert_int_equal(discs.n_images, 3);
	assert_string_equal(discs.images[0].path, "/a/Arch\x1b[2J.iso");
	assert_null(strchr(discs.images[0].name, '\x1b'));
	assert_string_equal(discs.images[1].name, "debian.iso");
	assert_string_equal(discs.images[1].folder, "/");
	assert_string_equal(discs.images[2].folder, "/b");
}

static void begin(struct fixture *f, const char *model, const char *focus)
{
	fixture_init(f, model);
	shell_resize(&f->shell, 1280, 720);
	shell_open(&f->shell, SCREEN_GAME, "hollow-coast", NULL);
	fixture_look(f);
	for (int i = 0; i < 8 && !streq(ui_focus(&f->shell.ui), "discs"); i++)
		fixture_press(f, ACTION_RIGHT);
	for (int i = 0; i < 8 && !streq(ui_focus(&f->shell.ui), "discs"); i++)
		fixture_press(f, i % 2 ? ACTION_RIGHT : ACTION_DOWN);
	assert_string_equal(ui_focus(&f->shell.ui), "discs");
	fixture_press(f, ACTION_CONFIRM);
	fixture_look(f);
	assert_string_equal(ui_focus(&f->shell.ui), focus);
}

/* One drive: its page at once. A guest that holds it shut is not robbed by a press. */
static void a_disc_is_changed_by_force(void **state)
{
	struct fixture f;

	(void)state;
	begin(&f, "discs", "image/0");
	assert_int_equal(shell_screen(&f.shell), SCREEN_DISC);
	assert_int_equal(f.last.kind, INTENT_DISCS);
	fixture_press(&f, ACTION_CONFIRM);
	assert_string_equal(f.shell.dialog.title, "Take the CD by force?");
	fixture_press(&f, ACTION_CONFIRM);
	assert_null(f.shell.dialog.title); /* No had the focus */
	assert_int_equal(f.last.kind, INTENT_DISCS);
	fixture_press(&f, ACTION_CONFIRM);
	fixture_look(&f);
	fixture_press(&f, ACTION_RIGHT);
	fixture_press_all(&f, "h");
	assert_int_equal(f.last.kind, INTENT_INSERT);
	assert_string_equal(f.last.vm, "hollow-coast");
	assert_string_equal(f.last.device, "installer");
	assert_string_equal(f.last.rule, "force");
	assert_int_equal(f.last.number, 0);
	fixture_finish(&f);
}

static void a_disc_is_changed(void **state)
{
	struct fixture f;

	(void)state;
	begin(&f, "discs", "image/0");
	f.model.discs.drives[0].locked = false;
	fixture_press(&f, ACTION_DOWN);
	fixture_press(&f, ACTION_CONFIRM); /* it is in the drive already */
	assert_int_equal(f.last.kind, INTENT_DISCS);
	fixture_press(&f, ACTION_DOWN);
	fixture_press(&f, ACTION_CONFIRM);
	assert_int_equal(f.last.kind, INTENT_INSERT);
	assert_int_equal(f.last.number, 2);
	assert_string_equal(f.last.rule, "");
	fixture_press(&f, ACTION_DOWN);
	assert_string_equal(ui_focus(&f.shell.ui), "out");
	fixture_press(&f, ACTION_CONFIRM);
	assert_int_equal(f.last.kind, INTENT_EJECT);
	assert_string_equal(f.last.device, "installer");
	fixture_press(&f, ACTION_BACK);
	assert_int_equal(shell_screen(&f.shell), SCREEN_GAME);
	fixture_finish(&f);
}

static void one_of_several_drives_is_chosen(void **state)
{
	struct fixture f;

	(void)state;
	begin(&f, "discs-odd", "drive/0");
	fixture_press(&f, ACTION_DOWN);
	fixture_press(&f, ACTION_CONFIRM);
	fixture_look(&f);
	assert_int_equal(shell_screen(&f.shell), SCREEN_DISC);
	assert_string_equal(ui_focus(&f.shell.ui), "out");
	fixture_press(&f, ACTION_CONFIRM);
	assert_int_equal(f.last.kind, INTENT_EJECT);
	assert_string_equal(f.last.device, "drivers");
	fixture_finish(&f);
}

/* It ended while somebody looked at its drive. */
static void a_game_that_ended_has_none(void **state)
{
	struct fixture f;

	(void)state;
	begin(&f, "discs", "image/0");
	discs_set(&f.model.discs, "hollow-coast", "{\"cdroms\": []}");
	shell_changed(&f.shell, f.now_ms);
	fixture_look(&f);
	assert_string_equal(ui_focus(&f.shell.ui), "leave");
	fixture_press(&f, ACTION_CONFIRM);
	assert_int_equal(shell_screen(&f.shell), SCREEN_GAME);
	fixture_finish(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(drives_are_read),
	        cmocka_unit_test(images_are_in_order),
	        cmocka_unit_test(a_disc_is_changed_by_force),
	        cmocka_unit_test(a_disc_is_changed),
	        cmocka_unit_test(one_of_several_drives_is_chosen),
	        cmocka_unit_test(a_game_that_ended_has_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
