/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a person can do with a pad: focus, questions, hints; and a random walk that must not break anything. */
#include "gui_shell.h"

#include "ui/focus.h"

#include <errno.h>
#include <jansson.h>
#include <string.h>

/* PLAYTHROUGH_WALK=1000000 goes further. */
#define WALK_STEPS 100000u

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

/* --- a random walk over a daemon that plays along --- */

static uint32_t next_random(uint32_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 17;
	*seed ^= *seed << 5;
	return *seed;
}

struct walk {
	struct fixture f;
	uint32_t seed;
	uint64_t held_since; /* of confirm; 0: it is up */
	bool clicked;        /* the pointer was let go just now */
	unsigned acts[INTENT_QUIT + 1], screens[SCREEN_COUNT], moved;
	char *checks[3]; /* what the check of this PC may say */
	char *plan;
	char *offers, *profile,
	        *amiss; /* what there is for a game, a profile's text, what is amiss in it */
	unsigned made, saved;
};

static void job(
        struct walk *w, const char *vm, const char *kind, const char *state, const char *stage)
{
	const struct model_job_facts facts = {.path = "/j/1",
	        .kind = kind,
	        .vm = vm,
	        .state = state,
	        .stage = stage,
	        .message = "it failed",
	        .hint = "do this",
	        .code = "PT-X"};

	model_forget_job(&w->f.model, "/j/1");
	model_set_job(&w->f.model, &facts, w->f.now_ms);
}

#define WALK_PORT "0000:00:14.0/1"

static const char walk_usb[] =
        "[{\"sysname\": \"1-1\", \"port\": \"" WALK_PORT "\", \"hub\": true},"
        " {\"sysname\": \"1-1.2\", \"port\": \"" WALK_PORT ".2\","
        "  \"serial\": \"7\", \"kind\": \"wheel\"}]";

static void walk_rule(struct walk *w, const struct intent *intent)
{
	cleanup_free char *why = xasprintf("[{\"sysname\": \"%s\", \"rules\": [{\"vm\": \"%s\","
	                                   " \"section\": \"usb r\", \"by\": \"%s\"}]}]",
	        intent->device, intent->vm, model_by_words[intent->by]);

	assert_true(model_vm(&w->f.model, intent->vm) != NULL);
	model_set_usb_why(&w->f.model, why, NULL);
	shell_told(&w->f.shell, "noted");
}

static const char *const walk_phases[] = {"{\"state\": \"not-applied\"}",
        "{\"state\": \"not-booted\", \"restarted\": false}",
        "{\"state\": \"booted\", \"ready\": true, \"checks\": [{\"id\": \"a\"}]}",
        "{\"state\": \"booted\", \"permanent\": true}"};

static void walk_setup_job(struct walk *w, const char *kind, const char *state)
{
	struct err why = {0};
	const struct setup_job_facts facts = {
	        .kind = kind, .state = state, .stage = "write /x", .percent = 7, .why = &why};

	err_set(&why, -EIO, "it failed");
	setup_state_set_job(&w->f.model.setup, &facts, w->f.now_ms);
}

static void walk_setup(struct walk *w, const struct intent *intent)
{
	static const enum setup_act acts[INTENT_QUIT + 1] = {[INTENT_APPLY] = SETUP_APPLY,
	        [INTENT_UNDO] = SETUP_UNDO,
	        [INTENT_KEEP] = SETUP_KEEP,
	        [INTENT_RESTART] = SETUP_RESTART};
	struct model *m = &w->f.model;

	if (intent->kind == INTENT_APPLY || intent->kind == INTENT_UNDO ||
	        intent->kind == INTENT_RESTART)
		assert_true(w->held_since && w->f.now_ms - w->held_since >= UI_HOLD_MS);
	if (acts[intent->kind] && !setup_state_busy(&m->setup))
		setup_state_begin(&m->setup, acts[intent->kind], intent->device, w->f.now_ms);
	if (intent->kind == INTENT_APPLY || intent->kind == INTENT_UNDO)
		walk_setup_job(w, intent->kind == INTENT_APPLY ? "apply" : "undo", "running");
	if (intent->kind == INTENT_KEEP)
		setup_state_kept(&m->setup, walk_phases[3], w->f.now_ms, NULL);
	if (intent->kind == INTENT_HALT)
		walk_setup_job(w, "apply", "cancelled");
	if (intent->kind == INTENT_SEEN)
		setup_state_forget(&m->setup);
	if (intent->kind == INTENT_PLAN)
		plan_set(&m->plan, w->plan, NULL);
	if (intent->kind == INTENT_TOGGLE)
		plan_toggle(&m->plan, &m->pc, intent->device);
}

/* The service goes on by itself. */
static void setup_fate(struct walk *w)
{
	static const char *const states[] = {"running", "running", "done", "failed"};
	struct setup_state *state = &w->f.model.setup;
	uint32_t r = next_random(&w->seed) % 4;

	setup_state_set_restart(state, r ? "yes" : "no");
	if (state->step == SETUP_ASKED)
		setup_state_job(state, "/j/7");
	else if (state->step == SETUP_AT_WORK)
		walk_setup_job(w, state->act == SETUP_UNDO ? "undo" : "apply", states[r]);
	else
		setup_state_set(state, walk_phases[r], NULL);
}

static void walk_picture(struct walk *w, const char *vm)
{
	struct image image = {xcalloc(6, sizeof(uint32_t)), 3, 2};
	struct err why = {0};

	err_set(&why, -EIO, "no screen");
	if (next_random(&w->seed) % 2) {
		shell_pictured(&w->f.shell, vm, &image, NULL, 1700000000);
		return;
	}
	free(image.pixels);
	shell_pictured(&w->f.shell, vm, NULL, &why, 0);
}

/* What somebody else may have saved meanwhile. */
static void walk_show(struct walk *w, const char *vm)
{
	static const char *const texts[] = {
	        NULL, NULL, NULL, "[vm]\ntitle=Other\n", "[vm]\nguest linux\n[later]\nx=1\n", ""};
	const char *text = texts[next_random(&w->seed) % ARRAY_SIZE(texts)];
	json_t *shown = json_pack("{s:s, s:s, s:b, s:s}", "name", vm, "file", "/f", "own",
	        (int)(next_random(&w->seed) % 2), "text", text ? text : w->profile);
	char *json = json_dumps(shown, JSON_COMPACT);

	assert_int_equal(shown_set(&w->f.model.profiles.shown, json, NULL), 0);
	json_decref(shown);
	free(json);
}

/* Nothing is written that nobody confirmed, and no disk given that was not held for. */
static void walk_write(struct walk *w, const struct intent *intent)
{
	struct profile_written *written = &w->f.model.profiles.written;
	const struct drafts *d = &w->f.shell.drafts;
	cleanup_strv struct strv disks = {0};
	struct err why = {0};

	editor_new_disks(intent->expected, intent->text, &disks);
	assert_true(w->held_since || w->clicked);
	if (shell_screen(&w->f.shell) == SCREEN_SAVE) {
		assert_true(!disks.n || w->f.now_ms - w->held_since >= UI_HOLD_MS);
		w->saved++;
	} else {
		assert_int_equal(d->wizard.step, WIZARD_MAKE);
		assert_true(!disks.n || d->wizard.disk_confirmed);
		assert_string_equal(intent->expected, "");
		w->made++;
	}
	written_begin(written, intent->vm, false);
	err_set(&why, -EIO, "no");
	if (next_random(&w->seed) % 3)
		written_done(written, "/f");
	else
		written_refused(written, &why);
}

static void walk_profiles(struct walk *w, const struct intent *intent)
{
	struct profiles *p = &w->f.model.profiles;

	if (intent->kind == INTENT_OFFERS)
		assert_int_equal(offers_set(&p->offers, w->offers, NULL), 0);
	if (intent->kind == INTENT_SHOW)
		walk_show(w, intent->vm);
	if (intent->kind == INTENT_LOOK_OVER)
		assert_int_equal(checked_set(&p->checked, intent->vm, intent->text,
		                         next_random(&w->seed) % 3 ? "{}" : w->amiss, NULL),
		        0);
	if (intent->kind == INTENT_WRITE)
		walk_write(w, intent);
	if (intent->kind == INTENT_REMOVE) {
		assert_true(w->held_since && w->f.now_ms - w->held_since >= UI_HOLD_MS);
		written_begin(&p->written, intent->vm, true);
		written_done(&p->written, "/old");
	}
}

static void walk_act(void *user, const struct intent *intent, const char *path)
{
	struct walk *w = user;

	(void)path;
	w->acts[intent->kind]++;
	walk_profiles(w, intent);
	/* What loses something is held for as long as it must be. */
	if (intent->kind == INTENT_STOP || intent->kind == INTENT_STOP_NOW) {
		assert_true(w->held_since && w->f.now_ms - w->held_since >= UI_HOLD_MS);
		model_set_vm_state(&w->f.model, intent->vm, "stopping");
		job(w, intent->vm, "stop", "running", "powerdown");
	}
	if (intent->kind == INTENT_START) {
		model_set_vm_state(&w->f.model, intent->vm, "starting");
		job(w, intent->vm, "start", "running", "claim");
	}
	if (intent->kind == INTENT_GIVE || intent->kind == INTENT_TAKE) {
		cleanup_free char *usb =
		        xasprintf("[{\"sysname\": \"%s\", \"id\": \"1:0\", \"vm\": \"%s\"}]",
		                intent->device, intent->kind == INTENT_GIVE ? intent->vm : "");

		model_set_usb(&w->f.model, usb, w->f.now_ms, NULL);
	}
	walk_setup(w, intent);
	for (size_t i = 0; i < w->f.model.n_vms; i++)
		if (streq(w->f.model.vms[i].name, intent->vm) &&
		        (intent->kind == INTENT_PAUSE || intent->kind == INTENT_RESUME))
			w->f.model.vms[i].paused = intent->kind == INTENT_PAUSE;
	if (intent->kind == INTENT_PICTURE)
		walk_picture(w, intent->vm);
	if (intent->kind == INTENT_GIVE_BACK)
		model_set_usb(&w->f.model, walk_usb, w->f.now_ms, NULL);
	if (intent->kind == INTENT_ASSIGN)
		walk_rule(w, intent);
	if (intent->kind == INTENT_UNASSIGN)
		model_set_usb_why(&w->f.model, "[]", NULL);
	shell_changed(&w->f.shell, w->f.now_ms);
}

/* Something happens that nobody at the pad did. */
static void fate(struct walk *w)
{
	static const char *const states[] = {"stopped", "running", "running", "stopping"};
	struct model *m = &w->f.model;
	const char *vm = m->n_vms ? m->vms[next_random(&w->seed) % m->n_vms].name : "";
	struct err why = {0};
	uint32_t what = next_random(&w->seed) % 15;

	if (what == 0) {
		err_set(&why, -EIO, "gone");
		model_link_away(m, &why);
	} else if (what < 3) {
		model_link_up(m);
	} else if (what == 3) {
		job(w, vm, "start", "failed", "claim");
	} else if (what == 4) {
		err_set(&why, -EBUSY, "no");
		shell_refused(&w->f.shell, &why);
	} else if (what == 5) {
		cleanup_free char *usb = xasprintf("[{\"sysname\": \"1-%u\", \"id\": \"1:%u\"}]",
		        next_random(&w->seed) % 5, next_random(&w->seed) % 3);

		model_set_usb(m, usb, w->f.now_ms, NULL);
	} else if (what == 12) {
		uint32_t n = next_random(&w->seed) % 4;

		if (n < 3)
			pc_set(&m->pc, w->checks[n], NULL);
		else
			pc_absent(&m->pc, &why);
	} else if (what > 12) {
		setup_fate(w);
	} else if (what == 10) {
		/* Somebody else sits down, and begins with what runs. */
		model_link_up(m);
		model_set_vm_state(m, vm, "running");
		shell_open(&w->f.shell, SCREEN_HOME, NULL, NULL);
		shell_open(&w->f.shell, SCREEN_GAME, vm, NULL);
	} else if (what == 11) {
		/* Somebody wants to edit. */
		model_link_up(m);
		shell_open(&w->f.shell, SCREEN_EDIT, vm, NULL);
	} else if (what == 8 || what == 9) {
		model_set_usb(m, walk_usb, w->f.now_ms, NULL);
		model_set_usb_ports(m,
		        what == 8 ? "{}"
		                  : "{\"ports\": [{\"port\": \"" WALK_PORT ".3\"},"
		                    " {\"port\": \"0000:05:00.0/1\"}]}",
		        NULL);
	} else {
		model_set_vm_state(m, vm, states[next_random(&w->seed) % ARRAY_SIZE(states)]);
	}
	shell_changed(&w->f.shell, w->f.now_ms);
}

static void step(struct walk *w)
{
	uint32_t r = next_random(&w->seed);
	struct input_event event = {.device = (enum input_device)(r % 5)};

	w->f.now_ms += r % 97 == 0 ? 1600 : r % 40;
	if (r % 61 == 0) {
		fate(w);
		fixture_look(&w->f);
		return;
	}
	/* Somebody thinks better of it. */
	if (shell_screen(&w->f.shell) == SCREEN_SETUP && w->f.model.setup.cancellable &&
	        r % 17 == 0) {
		fixture_press(&w->f, ACTION_RIGHT);
		fixture_press(&w->f, ACTION_CONFIRM);
		w->held_since = 0;
		return;
	}
	/* Now and then somebody is patient. */
	if (streq(ui_focus(&w->f.shell.ui), "yes") && r % 7 == 0) {
		w->held_since = w->f.now_ms;
		fixture_send(&w->f, INPUT_RELEASE, ACTION_CONFIRM, INPUT_XBOX);
		fixture_send(&w->f, INPUT_PRESS, ACTION_CONFIRM, INPUT_XBOX);
		w->f.now_ms += UI_HOLD_MS;
		fixture_look(&w->f);
		return;
	}
	if (r % 13 == 0) {
		event.kind = r % 3 == 0 ? INPUT_DOWN : r % 3 == 1 ? INPUT_UP : INPUT_MOVE;
		event.x = (int)(next_random(&w->seed) % 1280);
		event.y = (int)(next_random(&w->seed) % 720);
		event.device = INPUT_POINTER;
		w->held_since = event.kind == INPUT_DOWN ? w->f.now_ms
		                : event.kind == INPUT_UP ? 0
		                                         : w->held_since;
		w->clicked = event.kind == INPUT_UP;
	} else if (r % 17 == 0) {
		event.kind = INPUT_TEXT;
		snprintf(event.text, sizeof(event.text), "%s", r % 2 ? "ж" : "\b");
	} else {
		event.kind = r % 3 ? INPUT_PRESS : INPUT_RELEASE;
		event.action = (enum action)(1 + next_random(&w->seed) % (ACTION_COUNT - 1));
		if (r % 5 < 2)
			event.action = ACTION_CONFIRM;
		if (event.action == ACTION_CONFIRM)
			w->held_since = event.kind == INPUT_PRESS ? w->f.now_ms : 0;
		else if (event.kind == INPUT_PRESS)
			w->held_since = 0;
	}
	shell_event(&w->f.shell, &event, w->f.now_ms);
	w->clicked = false;
}

static void check_walk(struct walk *w)
{
	const struct ui *ui = &w->f.shell.ui;
	bool found = false;

	assert_true(*ui_focus(ui));
	for (size_t i = 0; i < ui->n_before && !found; i++)
		found = streq(ui->before[i].id, ui_focus(ui));
	assert_true(found);
	assert_true(ui->n_hints <= UI_HINTS_MOST);
	w->screens[shell_screen(&w->f.shell)]++;
}

static char *read_member(const char *model, const char *member)
{
	cleanup_free char *path = xasprintf("tests/gui/models/%s.json", model);
	json_t *all = json_load_file(path, 0, NULL);
	char *text = json_dumps(json_object_get(all, member), JSON_COMPACT);

	assert_non_null(text);
	json_decref(all);
	return text;
}

static void a_random_walk_breaks_nothing(void **state)
{
	const char *wanted = getenv("PLAYTHROUGH_WALK");
	unsigned long steps = wanted ? strtoul(wanted, NULL, 10) : WALK_STEPS;
	struct walk w = {.seed = 20261125};

	(void)state;
	fixture_init(&w.f, "home");
	w.f.ops.act = walk_act;
	w.f.shell.user = &w;
	w.checks[0] = read_member("pc", "pc");
	w.checks[1] = read_member("pc-to-do", "pc");
	w.plan = read_member("pc", "plan");
	w.offers = read_member("editor", "offers");
	w.amiss = read_member("editor", "checked");
	w.profile = xstrdup("# mine\n[vm]\ntitle=X\n[cpu]\ncount=4\n[disk g]\nimage=/g.img\n");
	w.checks[2] = xstrdup("{\"checks\": []}");
	shell_resize(&w.f.shell, 1280, 720);
	for (unsigned long i = 0; i < steps; i++) {
		step(&w);
		check_walk(&w);
	}
	/* It has been everywhere, and done everything but what takes more patience or is no act. */
	for (int screen = 0; steps >= WALK_STEPS && screen < SCREEN_COUNT; screen++)
		assert_true(w.screens[screen] > 0);
	for (int kind = INTENT_START; steps >= WALK_STEPS && kind <= INTENT_QUIT; kind++)
		if (!w.acts[kind] && kind != INTENT_STOP_NOW && kind != INTENT_CHOOSE &&
		        kind != INTENT_RESTART && /* here a game always runs */
		        kind != INTENT_REMOVE)
			fail_msg("no intent %d in the whole walk", kind);
	for (size_t i = 0; i < ARRAY_SIZE(w.checks); i++)
		free(w.checks[i]);
	free(w.plan);
	free(w.offers);
	free(w.amiss);
	free(w.profile);
	assert_true(steps < WALK_STEPS || w.made + w.saved > 0);
	fixture_finish(&w.f);
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
	        cmocka_unit_test(settings_survive_the_disk),
	        cmocka_unit_test(hints_follow_the_device),
	        cmocka_unit_test(a_hint_can_be_clicked),
	        cmocka_unit_test(a_mouse_plays),
	        cmocka_unit_test(a_short_absence_is_not_told),
	        cmocka_unit_test(nothing_moves_when_nothing_happens),
	        cmocka_unit_test(a_game_is_paused_and_resumed),
	        cmocka_unit_test(the_other_screen_is_looked_at),
	        cmocka_unit_test(covers_are_looked_for_once),
	        cmocka_unit_test(a_random_walk_breaks_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
