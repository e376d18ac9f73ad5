/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a person can do with a pad: focus, questions, hints. */
#include "gui_shell.h"

#include "ui/focus.h"

#include <errno.h>
#include <string.h>

/* --- focus, pure --- */

static void focus_goes_to_what_the_eye_expects(void **state)
{
	static const struct ui_item items[] = {
	        {"settings", {900, 10, 100, 40}, 0},
	        {"a", {0, 100, 200, 300}, 0},
	        {"b", {220, 100, 200, 300}, 0},
	        {"c", {440, 100, 200, 300}, 0},
	        {"below", {30, 500, 100, 40}, 0},
	};
	size_t n = ARRAY_SIZE(items);

	(void)state;
	assert_int_equal(focus_move(items, n, 1, ACTION_RIGHT), 2);
	assert_int_equal(focus_move(items, n, 2, ACTION_LEFT), 1);
	assert_int_equal(focus_move(items, n, 1, ACTION_LEFT), 1);  /* no wrap */
	assert_int_equal(focus_move(items, n, 3, ACTION_RIGHT), 3); /* not up to the header */
	assert_int_equal(focus_move(items, n, 1, ACTION_DOWN), 4);
	assert_int_equal(focus_move(items, n, 3, ACTION_UP), 0);
	assert_int_equal(focus_move(items, n, 0, ACTION_DOWN), 3);
	assert_int_equal(focus_nearest(items, n, (struct rect){230, 120, 10, 10}), 2);
}

/* --- one press plays --- */

static void one_press_plays_the_last_game(void **state)
{
	struct fixture f;

	(void)state;
	fixture_init(&f, "home");
	fixture_look(&f);
	assert_string_equal(ui_focus(&f.shell.ui), "vm/hollow-coast");
	fixture_press(&f, ACTION_CONFIRM);
	assert_int_equal(f.last.kind, INTENT_START);
	assert_string_equal(f.last.vm, "hollow-coast");
	assert_int_equal(shell_screen(&f.shell), SCREEN_GAME);
	fixture_finish(&f);
}

static void focus_is_kept_over_screens_and_changes(void **state)
{
	struct fixture f;

	(void)state;
	fixture_init(&f, "home");
	fixture_look(&f);
	fixture_press(&f, ACTION_RIGHT);
	assert_string_equal(ui_focus(&f.shell.ui), "vm/night-train");
	fixture_press(&f, ACTION_Y);
	assert_int_equal(shell_screen(&f.shell), SCREEN_GAME);
	fixture_press(&f, ACTION_BACK);
	assert_string_equal(ui_focus(&f.shell.ui), "vm/night-train");
	/* The game goes: the one that stands nearest has the focus. */
	model_set_vms(&f.model, "[{\"name\": \"x\"}, {\"name\": \"y\"}]", NULL);
	shell_changed(&f.shell, f.now_ms);
	fixture_look(&f);
	assert_true(starts_with(ui_focus(&f.shell.ui), "vm/"));
	fixture_finish(&f);
}

/* --- questions --- */

static void open_stop_dialog(struct fixture *f)
{
	fixture_init(f, "running");
	shell_open(&f->shell, SCREEN_GAME, "hollow-coast", NULL);
	fixture_look(f);
	fixture_press(f, ACTION_RIGHT);
	assert_string_equal(ui_focus(&f->shell.ui), "stop");
	fixture_press(f, ACTION_CONFIRM);
	fixture_look(f);
	assert_non_null(f->shell.dialog.title);
}

static void stopping_is_held_and_no_has_the_focus(void **state)
{
	struct fixture f;

	(void)state;
	open_stop_dialog(&f);
	assert_string_equal(ui_focus(&f.shell.ui), "no");
	fixture_press(&f, ACTION_RIGHT);
	assert_string_equal(ui_focus(&f.shell.ui), "yes");
	fixture_press(&f, ACTION_CONFIRM);
	f.now_ms += 2000;
	fixture_look(&f);
	assert_int_equal(f.acts, 0); /* a press is not a hold */
	fixture_send(&f, INPUT_PRESS, ACTION_CONFIRM, INPUT_XBOX);
	f.now_ms += UI_HOLD_MS - 1;
	fixture_look(&f);
	assert_int_equal(f.acts, 0);
	f.now_ms += 1;
	fixture_look(&f);
	assert_int_equal(f.acts, 1);
	assert_int_equal(f.last.kind, INTENT_STOP);
	assert_null(f.shell.dialog.title);
	fixture_finish(&f);
}

static void a_stop_that_is_not_answered_can_be_hastened(void **state)
{
	struct fixture f;

	(void)state;
	fixture_init(&f, "stopping");
	shell_open(&f.shell, SCREEN_GAME, "hollow-coast", NULL);
	fixture_look(&f);
	fixture_press(&f, ACTION_RIGHT);
	assert_string_equal(ui_focus(&f.shell.ui), "now");
	fixture_press(&f, ACTION_CONFIRM);
	fixture_press(&f, ACTION_RIGHT);
	fixture_send(&f, INPUT_PRESS, ACTION_CONFIRM, INPUT_XBOX);
	f.now_ms += UI_HOLD_MS;
	fixture_look(&f);
	assert_int_equal(f.last.kind, INTENT_STOP_NOW);
	fixture_finish(&f);
}

static void back_is_no(void **state)
{
	struct fixture f;

	(void)state;
	open_stop_dialog(&f);
	fixture_press(&f, ACTION_RIGHT);
	fixture_press(&f, ACTION_BACK);
	assert_null(f.shell.dialog.title);
	assert_int_equal(f.acts, 0);
	assert_int_equal(shell_screen(&f.shell), SCREEN_GAME);
	fixture_finish(&f);
}

static void a_refusal_is_told(void **state)
{
	struct err why = {0};
	struct fixture f;

	(void)state;
	fixture_init(&f, "home");
	err_set(&why, -EBUSY, "another VM has the device\x1b[2J");
	err_code(&why, CODE_VM_CLAIMED);
	shell_refused(&f.shell, &why);
	fixture_look(&f);
	assert_string_equal(f.shell.dialog.code, "PT-VM-11");
	assert_null(strchr(f.shell.dialog.text, '\x1b'));
	fixture_press(&f, ACTION_CONFIRM);
	assert_null(f.shell.dialog.title);
	assert_int_equal(f.acts, 0);
	fixture_finish(&f);
}

/* --- USB --- */

static void plug_it_in_and_press_a(void **state)
{
	struct fixture f;

	(void)state;
	fixture_init(&f, "running");
	shell_open(&f.shell, SCREEN_USB, "hollow-coast", NULL);
	fixture_look(&f);
	model_set_usb(&f.model,
	        "[{\"sysname\": \"1-1\", \"id\": \"045e:02ea\", \"vm\": \"hollow-coast\"},"
	        " {\"sysname\": \"1-9\", \"id\": \"1:2\", \"product\": \"Wheel\"}]",
	        f.now_ms, NULL);
	shell_changed(&f.shell, f.now_ms);
	fixture_look(&f);
	assert_string_equal(ui_focus(&f.shell.ui), "usb/1-9");
	fixture_press(&f, ACTION_CONFIRM);
	assert_int_equal(f.last.kind, INTENT_GIVE);
	assert_string_equal(f.last.device, "1-9");
	assert_string_equal(f.last.vm, "hollow-coast");
	fixture_press(&f, ACTION_UP);
	fixture_press(&f, ACTION_CONFIRM);
	assert_int_equal(f.last.kind, INTENT_TAKE);
	assert_string_equal(f.last.device, "1-1");
	fixture_finish(&f);
}

/* --- this PC --- */

static void this_pc_is_read_from_home(void **state)
{
	struct fixture f;

	(void)state;
	fixture_init(&f, "pc");
	shell_resize(&f.shell, 1280, 720);
	fixture_look(&f);
	fixture_press(&f, ACTION_UP);
	while (!streq(ui_focus(&f.shell.ui), "pc"))
		fixture_press(&f, ACTION_LEFT);
	fixture_press(&f, ACTION_CONFIRM);
	assert_int_equal(f.last.kind, INTENT_CHECK);
	/* What would be done about it, what stands in the way, and what goes together. */
	assert_string_equal(ui_focus(&f.shell.ui), "pc/plan");
	fixture_press(&f, ACTION_CONFIRM);
	assert_int_equal(f.last.kind, INTENT_PLAN);
	assert_int_equal(shell_screen(&f.shell), SCREEN_PLAN);
	assert_string_equal(ui_focus(&f.shell.ui), "apply");
	for (unsigned i = 0; i < 80; i++)
		fixture_press(&f, ACTION_DOWN);
	assert_string_equal(ui_focus(&f.shell.ui), "block/13");
	fixture_press(&f, ACTION_BACK);
	fixture_press(&f, ACTION_DOWN);
	assert_string_equal(ui_focus(&f.shell.ui), "pc/host.config");
	fixture_press(&f, ACTION_CONFIRM);
	assert_int_equal(shell_screen(&f.shell), SCREEN_POINT);
	assert_string_equal(ui_focus(&f.shell.ui), "block/0");
	fixture_press(&f, ACTION_DOWN);
	assert_string_equal(ui_focus(&f.shell.ui), "block/1");
	fixture_press(&f, ACTION_BACK);
	assert_string_equal(ui_focus(&f.shell.ui), "pc/host.config");
	fixture_press(&f, ACTION_DOWN);
	fixture_press(&f, ACTION_CONFIRM);
	assert_int_equal(shell_screen(&f.shell), SCREEN_GROUPS);
	assert_string_equal(ui_focus(&f.shell.ui), "group/13");
	fixture_press(&f, ACTION_BACK);
	/* The list stops at its ends. */
	for (unsigned i = 0; i < 80; i++)
		fixture_press(&f, ACTION_DOWN);
	assert_string_equal(ui_focus(&f.shell.ui), "pc/host.existing");
	fixture_press(&f, ACTION_X);
	assert_int_equal(f.last.kind, INTENT_CHECK);
	assert_int_equal(f.acts, 3);
	fixture_finish(&f);
}

static void without_its_service_this_pc_says_what_to_type(void **state)
{
	struct err why = {0};
	struct fixture f;

	(void)state;
	fixture_init(&f, "pc-away");
	shell_open(&f.shell, SCREEN_PC, NULL, NULL);
	fixture_look(&f);
	assert_string_equal(ui_focus(&f.shell.ui), "again");
	fixture_press(&f, ACTION_CONFIRM);
	assert_int_equal(f.last.kind, INTENT_CHECK);
	/* The daemon has nothing to do with it. */
	err_set(&why, -EIO, "gone");
	model_link_away(&f.model, &why);
	shell_changed(&f.shell, f.now_ms);
	f.now_ms += SHELL_AWAY_MS;
	fixture_look(&f);
	assert_int_equal(shell_screen(&f.shell), SCREEN_PC);
	/* Of one's own session nothing can be tried again. */
	err_set(&why, -ENOENT, "a session");
	pc_absent(&f.model.pc, &why);
	fixture_look(&f);
	assert_string_equal(ui_focus(&f.shell.ui), "leave");
	fixture_finish(&f);
}

static void open_usb(struct fixture *f, const char *device)
{
	fixture_init(f, "usb");
	shell_open(&f->shell, SCREEN_USB, NULL, NULL);
	assert_int_equal(f->last.kind, INTENT_LOOK);
	fixture_look(f);
	assert_string_equal(ui_focus(&f->shell.ui), "usb/3-1"); /* the newest */
	for (unsigned i = 0; i < 20 && !streq(ui_focus(&f->shell.ui), device); i++)
		fixture_press(f, ACTION_UP);
	assert_string_equal(ui_focus(&f->shell.ui), device);
}

static void what_lasts_is_behind_the_dots(void **state)
{
	struct fixture f;

	(void)state;
	open_usb(&f, "usb/1-1");
	fixture_press(&f, ACTION_RIGHT);
	assert_string_equal(ui_focus(&f.shell.ui), "more/1-1");
	fixture_press(&f, ACTION_CONFIRM);
	fixture_look(&f);
	assert_int_equal(shell_screen(&f.shell), SCREEN_DEVICE);
	assert_string_equal(ui_focus(&f.shell.ui), "take");
	/* Its serial number has a rule already; make and model come next. */
	fixture_press(&f, ACTION_DOWN);
	assert_string_equal(ui_focus(&f.shell.ui), "device");
	fixture_press(&f, ACTION_CONFIRM);
	assert_int_equal(f.last.kind, INTENT_ASSIGN);
	assert_int_equal(f.last.by, MODEL_BY_DEVICE);
	assert_string_equal(f.last.vm, "hollow-coast");
	assert_string_equal(f.last.device, "1-1");
	fixture_press(&f, ACTION_DOWN);
	fixture_press(&f, ACTION_DOWN);
	assert_string_equal(ui_focus(&f.shell.ui), "rule/0");
	fixture_press(&f, ACTION_CONFIRM);
	assert_int_equal(f.last.kind, INTENT_UNASSIGN);
	assert_string_equal(f.last.rule, "usb pad");
	fixture_press(&f, ACTION_BACK);
	assert_string_equal(ui_focus(&f.shell.ui), "more/1-1");
	fixture_finish(&f);
}

static void a_hub_gives_what_is_behind_it(void **state)
{
	struct fixture f;

	(void)state;
	open_usb(&f, "usb/1-4");
	fixture_press(&f, ACTION_CONFIRM);
	fixture_look(&f);
	assert_string_equal(ui_focus(&f.shell.ui), "hub");
	fixture_press(&f, ACTION_UP);
	assert_string_equal(ui_focus(&f.shell.ui), "game");
	fixture_press(&f, ACTION_RIGHT); /* for the next game */
	fixture_press(&f, ACTION_DOWN);
	fixture_press(&f, ACTION_CONFIRM);
	assert_int_equal(f.last.kind, INTENT_ASSIGN);
	assert_int_equal(f.last.by, MODEL_BY_HUB);
	assert_string_equal(f.last.device, "1-4");
	assert_string_equal(f.last.vm, "night-train");
	fixture_finish(&f);
}

static void everything_is_given_back(void **state)
{
	struct fixture f;

	(void)state;
	open_usb(&f, "usb/1-6");
	fixture_press(&f, ACTION_X);
	assert_int_equal(f.last.kind, INTENT_GIVE_BACK);
	f.last.kind = INTENT_NONE;
	for (unsigned i = 0; i < 20; i++)
		fixture_press(&f, ACTION_DOWN);
	assert_string_equal(ui_focus(&f.shell.ui), "all");
	fixture_press(&f, ACTION_CONFIRM);
	assert_int_equal(f.last.kind, INTENT_GIVE_BACK);
	fixture_finish(&f);
}

static void of_several_games_a_person_chooses(void **state)
{
	struct fixture f;

	(void)state;
	open_usb(&f, "usb/1-6");
	model_set_vm_state(&f.model, "orbit", "running");
	shell_changed(&f.shell, f.now_ms);
	fixture_press(&f, ACTION_CONFIRM);
	fixture_look(&f);
	assert_int_equal(shell_screen(&f.shell), SCREEN_DEVICE);
	assert_string_equal(ui_focus(&f.shell.ui), "give");
	fixture_press(&f, ACTION_UP);
	fixture_press(&f, ACTION_RIGHT);
	fixture_press(&f, ACTION_RIGHT);
	fixture_press(&f, ACTION_DOWN);
	assert_string_equal(ui_focus(&f.shell.ui), "give");
	fixture_press(&f, ACTION_CONFIRM);
	assert_int_equal(f.last.kind, INTENT_GIVE);
	assert_string_equal(f.last.vm, "orbit");
	fixture_finish(&f);
}

static void a_failure_on_the_way_is_told_once(void **state)
{
	struct model_job_facts facts = {.path = "/j/9",
	        .kind = "usb-attach",
	        .vm = "hollow-coast",
	        .state = "failed",
	        .message = "the device went away",
	        .hint = "plug it in again",
	        .code = "PT-USB-01"};
	struct err denied = {0};
	struct fixture f;

	(void)state;
	open_usb(&f, "usb/1-6");
	model_set_job(&f.model, &facts, f.now_ms);
	shell_changed(&f.shell, f.now_ms);
	fixture_look(&f);
	assert_string_equal(f.shell.dialog.code, "PT-USB-01");
	assert_non_null(strstr(f.shell.dialog.text, "plug it in again"));
	fixture_press(&f, ACTION_BACK);
	shell_changed(&f.shell, f.now_ms);
	assert_null(f.shell.dialog.title);
	shell_told(&f.shell, "mind the gap");
	assert_string_equal(f.shell.dialog.text, "mind the gap.");
	err_set(&denied, -EACCES, "no");
	shell_refused(&f.shell, &denied);
	assert_non_null(strstr(f.shell.dialog.title, "administrator"));
	assert_string_equal(f.shell.dialog.text, "Nothing was changed. no.");
	fixture_finish(&f);
}

/* 60 devices with names without end: any of them is reached, the list stops at its ends. */
static void many_devices_are_walked_through(void **state)
{
	char last[UI_ID_MOST] = "";
	struct fixture f;

	(void)state;
	fixture_init(&f, "odd");
	shell_open(&f.shell, SCREEN_USB, NULL, NULL);
	fixture_look(&f);
	for (unsigned i = 0; i < 100; i++) {
		snprintf(last, sizeof(last), "%s", ui_focus(&f.shell.ui));
		fixture_press(&f, ACTION_DOWN);
	}
	assert_string_equal(ui_focus(&f.shell.ui), last);
	assert_string_equal(last, "all");
	for (unsigned i = 0; i < 100; i++)
		fixture_press(&f, ACTION_UP);
	assert_string_equal(ui_focus(&f.shell.ui), "usb/1-1");
	fixture_finish(&f);
}

/* --- settings --- */

static void settings_count_at_once(void **state)
{
	struct fixture f;

	(void)state;
	fixture_init(&f, "home");
	shell_open(&f.shell, SCREEN_SETTINGS, NULL, NULL);
	fixture_look(&f);
	fixture_press(&f, ACTION_DOWN);
	fixture_press(&f, ACTION_RIGHT);
	assert_int_equal(f.last.kind, INTENT_SET);
	assert_int_equal(f.shell.settings.scale, 125);
	fixture_press(&f, ACTION_LEFT);
	fixture_press(&f, ACTION_LEFT);
	assert_int_equal(f.shell.settings.scale, 100);
	assert_string_equal(ui_focus(&f.shell.ui), "scale");
	fixture_finish(&f);
}

static void look_at_the_power_question(struct fixture *f)
{
	shell_open(&f->shell, SCREEN_SETTINGS, NULL, NULL);
	fixture_look(f);
	for (int i = 0; i < 20 && !streq(ui_focus(&f->shell.ui), "off"); i++)
		fixture_press(f, ACTION_DOWN);
	fixture_press(f, ACTION_CONFIRM);
	fixture_look(f);
	assert_non_null(f->shell.dialog.text);
}

/* While nobody answers a VM may run that nobody told of. */
static void that_no_game_runs_is_said_where_it_is_known(void **state)
{
	const struct err why = {.message = "away"};
	struct fixture f;

	(void)state;
	fixture_init(&f, "home");
	model_set_vms(&f.model, "[{\"name\": \"x\", \"state\": \"stopped\"}]", NULL);
	model_link_up(&f.model);
	look_at_the_power_question(&f);
	assert_non_null(strstr(f.shell.dialog.text, "No game runs"));
	fixture_press(&f, ACTION_BACK);
	model_link_away(&f.model, &why);
	look_at_the_power_question(&f);
	assert_non_null(strstr(f.shell.dialog.text, "Whether a game runs is not known"));
	fixture_press(&f, ACTION_BACK);
	model_set_vm_state(&f.model, "x", "running");
	look_at_the_power_question(&f);
	assert_non_null(strstr(f.shell.dialog.text, "A game runs"));
	fixture_finish(&f);
}

static void settings_survive_the_disk(void **state)
{
	char folder[] = "/tmp/pt-settings-XXXXXX";
	struct settings s = settings_default(), back;
	cleanup_free char *file = NULL;
	struct err err = {0};

	(void)state;
	assert_non_null(mkdtemp(folder));
	back = settings_load(folder);
	assert_int_equal(back.scale, 100);
	snprintf(s.language, sizeof(s.language), "ru");
	s.scale = 175;
	s.safe_area = 0;
	s.high_contrast = s.still = s.silent = true;
	assert_int_equal(settings_save(folder, &s, &err), 0);
	back = settings_load(folder);
	assert_string_equal(back.language, "ru");
	assert_int_equal(back.scale, 175);
	assert_int_equal(back.safe_area, 0);
	assert_true(back.high_contrast && back.still && back.silent);
	file = xasprintf("%s/gui.conf", folder);
	remove(file);
	remove(folder);
	back = settings_parse("text-size=9\nlanguage=../../x\n=\nsafe-area=77\ngarbage\x01\n");
	assert_int_equal(back.scale, 100);
	assert_string_equal(back.language, "");
}

/* --- hints --- */

static void hints_follow_the_device(void **state)
{
	static const enum input_device devices[] = {
	        INPUT_XBOX, INPUT_PLAYSTATION, INPUT_NINTENDO, INPUT_KEYBOARD};
	struct theme theme;
	struct fixture f;
	int last = 0;

	(void)state;
	fixture_init(&f, "home");
	for (size_t i = 0; i < ARRAY_SIZE(devices); i++) {
		fixture_send(&f, INPUT_PRESS, ACTION_L1, devices[i]);
		fixture_send(&f, INPUT_RELEASE, ACTION_L1, devices[i]);
		assert_int_equal(f.shell.ui.device, devices[i]);
		assert_in_range(f.shell.ui.n_hints, 1, UI_HINTS_MOST);
	}
	theme = f.shell.ui.theme;
	for (int set = GLYPH_KEYBOARD; set <= GLYPH_NINTENDO; set++)
		last += glyph_draw(
		        NULL, f.text, &theme, (enum glyph_set)set, GLYPH_CONFIRM, 0, 0, 30);
	assert_true(last > 4 * 30); /* "Enter" is wider than a round button */
	fixture_finish(&f);
}

static void a_hint_can_be_clicked(void **state)
{
	struct input_event event = {.kind = INPUT_DOWN, .device = INPUT_POINTER};
	struct fixture f;

	(void)state;
	fixture_init(&f, "home");
	shell_open(&f.shell, SCREEN_SETTINGS, NULL, NULL);
	fixture_look(&f);
	event.x = f.shell.ui.hints[2].rect.x + 2; /* Back */
	event.y = f.shell.ui.hints[2].rect.y + 2;
	shell_event(&f.shell, &event, f.now_ms);
	event.kind = INPUT_UP;
	shell_event(&f.shell, &event, f.now_ms);
	assert_int_equal(shell_screen(&f.shell), SCREEN_HOME);
	fixture_finish(&f);
}

static void a_mouse_plays(void **state)
{
	struct input_event event = {
	        .kind = INPUT_MOVE, .device = INPUT_POINTER, .x = 500, .y = 250};
	struct fixture f;

	(void)state;
	fixture_init(&f, "home");
	fixture_look(&f);
	shell_event(&f.shell, &event, f.now_ms);
	assert_string_equal(ui_focus(&f.shell.ui), "vm/night-train");
	event.kind = INPUT_DOWN;
	shell_event(&f.shell, &event, f.now_ms);
	event.kind = INPUT_UP;
	event.x = 40; /* let go elsewhere: nothing */
	shell_event(&f.shell, &event, f.now_ms);
	assert_int_equal(f.acts, 0);
	event = (struct input_event){
	        .kind = INPUT_DOWN, .device = INPUT_POINTER, .x = 500, .y = 250};
	shell_event(&f.shell, &event, f.now_ms);
	event.kind = INPUT_UP;
	shell_event(&f.shell, &event, f.now_ms);
	assert_int_equal(f.last.kind, INTENT_START);
	assert_string_equal(f.last.vm, "night-train");
	fixture_finish(&f);
}

/* --- the daemon away --- */

static void a_short_absence_is_not_told(void **state)
{
	struct err why = {0};
	struct fixture f;

	(void)state;
	fixture_init(&f, "home");
	fixture_look(&f);
	err_set(&why, -ENOTCONN, "playthroughd ended");
	model_link_away(&f.model, &why);
	shell_changed(&f.shell, f.now_ms);
	fixture_look(&f);
	assert_int_equal(shell_screen(&f.shell), SCREEN_HOME);
	assert_int_equal(shell_deadline(&f.shell), f.now_ms + SHELL_AWAY_MS);
	f.now_ms += SHELL_AWAY_MS;
	fixture_look(&f);
	assert_int_equal(shell_screen(&f.shell), SCREEN_AWAY);
	assert_string_equal(ui_focus(&f.shell.ui), "retry");
	fixture_press(&f, ACTION_CONFIRM);
	assert_int_equal(f.last.kind, INTENT_RETRY);
	model_link_up(&f.model);
	shell_changed(&f.shell, f.now_ms);
	fixture_look(&f);
	assert_int_equal(shell_screen(&f.shell), SCREEN_HOME);
	fixture_finish(&f);
}

static void nothing_moves_when_nothing_happens(void **state)
{
	static uint32_t pixels[1280 * 720];
	struct canvas canvas = canvas_of(pixels, 1280, 720, 1280);
	struct fixture f;
	unsigned frames = 0;

	(void)state;
	fixture_init(&f, "home");
	shell_resize(&f.shell, 1280, 720);
	fixture_press(&f, ACTION_RIGHT);
	for (uint64_t end = f.now_ms + 60000; f.now_ms < end; f.now_ms += 16) {
		if (!shell_due(&f.shell, f.now_ms))
			continue;
		shell_draw(&f.shell, &canvas, f.now_ms);
		frames++;
	}
	assert_in_range(frames, 1, 20); /* the way of the ring, and then none */
	assert_int_equal(shell_deadline(&f.shell), UINT64_MAX);
	fixture_finish(&f);
}

/* --- pause, and a look at the other screen --- */

static void open_game(struct fixture *f, const char *model, const char *vm)
{
	fixture_init(f, model);
	shell_open(&f->shell, SCREEN_GAME, vm, NULL);
	fixture_look(f);
}

static void a_game_is_paused_and_resumed(void **state)
{
	struct fixture f;

	(void)state;
	open_game(&f, "running", "hollow-coast");
	assert_string_equal(ui_focus(&f.shell.ui), "usb");
	fixture_press(&f, ACTION_RIGHT);
	fixture_press(&f, ACTION_RIGHT);
	assert_string_equal(ui_focus(&f.shell.ui), "pause");
	fixture_press(&f, ACTION_CONFIRM);
	assert_int_equal(f.last.kind, INTENT_PAUSE);
	assert_string_equal(f.last.vm, "hollow-coast");
	/* The daemon says so; the same press takes it back. */
	f.model.vms[0].paused = true;
	shell_changed(&f.shell, f.now_ms);
	fixture_look(&f);
	assert_string_equal(ui_focus(&f.shell.ui), "pause");
	fixture_press(&f, ACTION_CONFIRM);
	assert_int_equal(f.last.kind, INTENT_RESUME);
	fixture_finish(&f);
	/* Whoever comes to a game that is paused finds that first. */
	open_game(&f, "paused", "orbit");
	assert_string_equal(ui_focus(&f.shell.ui), "pause");
	fixture_finish(&f);
}

static void look_again(struct fixture *f)
{
	fixture_press(f, ACTION_CONFIRM);
	assert_int_equal(f->last.kind, INTENT_PICTURE);
}

static void the_other_screen_is_looked_at(void **state)
{
	struct image image = {xcalloc(4, sizeof(uint32_t)), 2, 2};
	struct err why = {0};
	struct fixture f;

	(void)state;
	open_game(&f, "running", "hollow-coast");
	for (int i = 0; i < 3; i++)
		fixture_press(&f, ACTION_RIGHT);
	look_again(&f);
	assert_int_equal(shell_screen(&f.shell), SCREEN_PICTURE);
	assert_int_equal(f.acts, 1);
	fixture_press(&f, ACTION_CONFIRM); /* one is under way */
	assert_int_equal(f.acts, 1);
	shell_pictured(&f.shell, "hollow-coast", &image, NULL, 1700000000);
	assert_non_null(f.shell.shot.image.pixels);
	look_again(&f);
	err_set(&why, -EIO, "no");
	shell_pictured(&f.shell, "hollow-coast", NULL, &why, 0);
	assert_non_null(f.shell.shot.image.pixels); /* the old one is not lost */
	/* That of another game is not this one's. */
	image = (struct image){xcalloc(1, sizeof(uint32_t)), 1, 1};
	shell_pictured(&f.shell, "orbit", &image, NULL, 1700000000);
	assert_int_equal(f.shell.shot.image.width, 2);
	fixture_press(&f, ACTION_BACK);
	assert_int_equal(shell_screen(&f.shell), SCREEN_GAME);
	shell_open(&f.shell, SCREEN_PICTURE, "orbit", NULL);
	assert_null(f.shell.shot.image.pixels);
	fixture_finish(&f);
}

static void find_no_covers(struct fixture *f)
{
	uint32_t *pixels = xcalloc(1280 * 720, sizeof(*pixels));
	struct canvas canvas = canvas_of(pixels, 1280, 720, 1280);
	struct cover_wish wish;
	unsigned n = 0;

	shell_draw(&f->shell, &canvas, f->now_ms);
	while (covers_wish(f->shell.covers, &wish)) {
		assert_true(++n < 30);
		assert_false(covers_take(f->shell.covers, &wish, NULL));
	}
	assert_true(n > 1);
	free(pixels);
}

/* Each cover is looked for once; one that fits no more is dropped. */
static void covers_are_looked_for_once(void **state)
{
	struct image image = {xcalloc(1, sizeof(uint32_t)), 1, 1};
	struct cover_wish wish;
	struct fixture f;

	(void)state;
	fixture_init(&f, "home");
	shell_resize(&f.shell, 1280, 720);
	find_no_covers(&f);
	shell_draw(&f.shell, NULL, f.now_ms);
	assert_false(covers_wish(f.shell.covers, &wish));
	covers_renew(f.shell.covers);
	find_no_covers(&f);
	wish = (struct cover_wish){.name = "nobody", .width = 1, .height = 1};
	assert_false(covers_take(f.shell.covers, &wish, &image));
	fixture_finish(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(focus_goes_to_what_the_eye_expects),
	        cmocka_unit_test(one_press_plays_the_last_game),
	        cmocka_unit_test(focus_is_kept_over_screens_and_changes),
	        cmocka_unit_test(stopping_is_held_and_no_has_the_focus),
	        cmocka_unit_test(a_stop_that_is_not_answered_can_be_hastened),
	        cmocka_unit_test(back_is_no),
	        cmocka_unit_test(a_refusal_is_told),
	        cmocka_unit_test(plug_it_in_and_press_a),
	        cmocka_unit_test(this_pc_is_read_from_home),
	        cmocka_unit_test(without_its_service_this_pc_says_what_to_type),
	        cmocka_unit_test(what_lasts_is_behind_the_dots),
	        cmocka_unit_test(a_hub_gives_what_is_behind_it),
	        cmocka_unit_test(everything_is_given_back),
	        cmocka_unit_test(of_several_games_a_person_chooses),
	        cmocka_unit_test(a_failure_on_the_way_is_told_once),
	        cmocka_unit_test(many_devices_are_walked_through),
	        cmocka_unit_test(settings_count_at_once),
	        cmocka_unit_test(that_no_game_runs_is_said_where_it_is_known),
	        cmocka_unit_test(settings_survive_the_disk),
	        cmocka_unit_test(hints_follow_the_device),
	        cmocka_unit_test(a_hint_can_be_clicked),
	        cmocka_unit_test(a_mouse_plays),
	        cmocka_unit_test(a_short_absence_is_not_told),
	        cmocka_unit_test(nothing_moves_when_nothing_happens),
	        cmocka_unit_test(a_game_is_paused_and_resumed),
	        cmocka_unit_test(the_other_screen_is_looked_at),
	        cmocka_unit_test(covers_are_looked_for_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
