/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A random walk over a daemon that plays along and a world that changes: it never loses the focus, never loses anything that
 * nobody held for, and has been everywhere.
 *
 * PLAYTHROUGH_WALK=1000000 goes further; PLAYTHROUGH_WALK_SEED=7 goes elsewhere.
 */
#include "gui_shell.h"

#include <errno.h>
#include <jansson.h>
#include <string.h>

#define WALK_STEPS 100000u
#define WALK_SEED  20261127u
#define WALK_LONG  1000000u /* wherever it goes, it has been everywhere by then */

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
	unsigned acts[INTENT_COUNT], screens[SCREEN_COUNT];
	char *checks[3];  /* what the check of this PC may say */
	char *remotes[2]; /* off and on */
	char *plan;
	char *driven; /* what a test drive told */
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

/* What loses something is held for as long as it must be. */
static void was_held(const struct walk *w)
{
	assert_true(w->held_since && w->f.now_ms - w->held_since >= UI_HOLD_MS);
}

static void walk_setup(struct walk *w, const struct intent *intent)
{
	static const enum setup_act acts[INTENT_COUNT] = {[INTENT_APPLY] = SETUP_APPLY,
	        [INTENT_UNDO] = SETUP_UNDO,
	        [INTENT_KEEP] = SETUP_KEEP,
	        [INTENT_RESTART] = SETUP_RESTART};
	struct model *m = &w->f.model;

	if (intent->kind == INTENT_APPLY || intent->kind == INTENT_UNDO ||
	        intent->kind == INTENT_RESTART || intent->kind == INTENT_POWER)
		was_held(w);
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

static void walk_picture(struct walk *w, const struct intent *intent)
{
	struct image image = {xcalloc(6, sizeof(uint32_t)), 3, 2};
	struct err why = {0};

	err_set(&why, -EIO, "no screen");
	if (next_random(&w->seed) % 2) {
		shell_pictured(&w->f.shell, intent->vm, &image, NULL, 1700000000);
		return;
	}
	free(image.pixels);
	shell_pictured(&w->f.shell, intent->vm, NULL, &why, 0);
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
		was_held(w);
		written_begin(&p->written, intent->vm, true);
		written_done(&p->written, "/old");
	}
}

static void walk_stop(struct walk *w, const struct intent *intent)
{
	was_held(w);
	model_set_vm_state(&w->f.model, intent->vm, "stopping");
	job(w, intent->vm, "stop", "running", "powerdown");
}

static void walk_start(struct walk *w, const struct intent *intent)
{
	model_set_vm_state(&w->f.model, intent->vm, "starting");
	job(w, intent->vm, "start", "running", "claim");
}

static void walk_drive(struct walk *w, const struct intent *intent)
{
	model_set_vm_state(&w->f.model, intent->vm, "starting");
	job(w, intent->vm, "test-drive", "running", "claim");
}

static void walk_pause(struct walk *w, const struct intent *intent)
{
	for (size_t i = 0; i < w->f.model.n_vms; i++)
		if (streq(w->f.model.vms[i].name, intent->vm))
			w->f.model.vms[i].paused = intent->kind == INTENT_PAUSE;
}

static void walk_give(struct walk *w, const struct intent *intent)
{
	cleanup_free char *usb =
	        xasprintf("[{\"sysname\": \"%s\", \"id\": \"1:0\", \"vm\": \"%s\"}]",
	                intent->device, intent->kind == INTENT_GIVE ? intent->vm : "");

	model_set_usb(&w->f.model, usb, w->f.now_ms, NULL);
}

static void walk_give_back(struct walk *w, const struct intent *intent)
{
	(void)intent;
	model_set_usb(&w->f.model, walk_usb, w->f.now_ms, NULL);
}

/* Drives as they are next: what is in them comes and goes, and so does who holds them shut. */
static const char *walk_discs(struct walk *w)
{
	static const char *const statuses[] = {
	        "{\"cdroms\": [{\"name\": \"one\", \"file\": \"/a.iso\"}]}",
	        "{\"cdroms\": [{\"name\": \"one\", \"file\": \"/b.iso\", \"locked\": true}]}",
	        "{\"cdroms\": [{\"name\": \"one\"}, {\"name\": \"two\", \"open\": true}]}", "{}"};

	return statuses[next_random(&w->seed) % ARRAY_SIZE(statuses)];
}

static void walk_look_for_discs(struct walk *w, const struct intent *intent)
{
	char *list[] = {"/a.iso", "/b.iso", NULL};
	const struct strv paths = {.list = list, .n = 2};

	(void)intent;
	discs_set_images(&w->f.model.discs, &paths);
}

static void walk_change_disc(struct walk *w, const struct intent *intent)
{
	if (*intent->rule)
		was_held(w);
	discs_set(&w->f.model.discs, intent->vm, walk_discs(w));
}

static void walk_unrule(struct walk *w, const struct intent *intent)
{
	(void)intent;
	model_set_usb_why(&w->f.model, "[]", NULL);
}

/* The network is opened by nobody's reflex. */
static void walk_remote(struct walk *w, const struct intent *intent)
{
	struct remote *remote = &w->f.model.remote;

	if (intent->kind == INTENT_REMOTE_ON)
		was_held(w);
	if (intent->kind == INTENT_REMOTE_LOOK)
		remote_set_ticket(remote, NULL);
	assert_int_equal(
	        remote_set(remote,
	                intent->kind == INTENT_REMOTE_OFF ? w->remotes[0] : w->remotes[1], NULL),
	        0);
	if (intent->kind == INTENT_REMOTE_TICKET)
		remote_set_ticket(remote, intent->number ? "K7QM-4WXD" : "R2D2-C3PO");
}

static void walk_daemon(struct walk *w, const struct intent *intent)
{
	static void (*const acts[INTENT_COUNT])(struct walk * w, const struct intent *intent) = {
	        [INTENT_START] = walk_start,
	        [INTENT_DRIVE] = walk_drive,
	        [INTENT_STOP] = walk_stop,
	        [INTENT_STOP_NOW] = walk_stop,
	        [INTENT_PAUSE] = walk_pause,
	        [INTENT_RESUME] = walk_pause,
	        [INTENT_GIVE] = walk_give,
	        [INTENT_TAKE] = walk_give,
	        [INTENT_GIVE_BACK] = walk_give_back,
	        [INTENT_ASSIGN] = walk_rule,
	        [INTENT_UNASSIGN] = walk_unrule,
	        [INTENT_DISCS] = walk_look_for_discs,
	        [INTENT_INSERT] = walk_change_disc,
	        [INTENT_EJECT] = walk_change_disc,
	        [INTENT_PICTURE] = walk_picture,
	};

	if (acts[intent->kind])
		acts[intent->kind](w, intent);
}

static void walk_act(void *user, const struct intent *intent, const char *path)
{
	static void (*const actors[ACTOR_COUNT])(struct walk * w, const struct intent *intent) = {
	        [ACTOR_DAEMON] = walk_daemon,
	        [ACTOR_PROFILES] = walk_profiles,
	        [ACTOR_SETUP] = walk_setup,
	        [ACTOR_REMOTE] = walk_remote,
	};
	enum intent_actor actor = intent_actor(intent->kind);
	struct walk *w = user;

	(void)path;
	assert_int_not_equal(actor, ACTOR_NOBODY);
	w->acts[intent->kind]++;
	if (actors[actor])
		actors[actor](w, intent);
	shell_changed(&w->f.shell, w->f.now_ms);
}

/* --- what happens and nobody at the pad did --- */

/* Some game; "" where there is none. */
static const char *any_game(struct walk *w)
{
	const struct model *m = &w->f.model;

	return m->n_vms ? m->vms[next_random(&w->seed) % m->n_vms].name : "";
}

static void fate_away(struct walk *w)
{
	struct err why = {0};

	err_set(&why, -EIO, "gone");
	model_link_away(&w->f.model, &why);
}

static void fate_up(struct walk *w)
{
	model_link_up(&w->f.model);
}

static void fate_failure(struct walk *w)
{
	job(w, any_game(w), "start", "failed", "claim");
}

static void fate_refusal(struct walk *w)
{
	struct err why = {0};

	err_set(&why, -EBUSY, "no");
	shell_refused(&w->f.shell, &why);
}

static void fate_plug(struct walk *w)
{
	cleanup_free char *usb = xasprintf("[{\"sysname\": \"1-%u\", \"id\": \"1:%u\"}]",
	        next_random(&w->seed) % 5, next_random(&w->seed) % 3);

	model_set_usb(&w->f.model, usb, w->f.now_ms, NULL);
}

static void fate_state(struct walk *w)
{
	static const char *const states[] = {"stopped", "running", "running", "stopping"};

	model_set_vm_state(
	        &w->f.model, any_game(w), states[next_random(&w->seed) % ARRAY_SIZE(states)]);
}

static void fate_sockets(struct walk *w)
{
	model_set_usb(&w->f.model, walk_usb, w->f.now_ms, NULL);
	model_set_usb_ports(&w->f.model,
	        next_random(&w->seed) % 2 ? "{}"
	                                  : "{\"ports\": [{\"port\": \"" WALK_PORT ".3\"},"
	                                    " {\"port\": \"0000:05:00.0/1\"}]}",
	        NULL);
}

/* Somebody else sits down, and begins with what runs. */
static void fate_guest(struct walk *w)
{
	char vm[MODEL_TEXT_MOST + 1];

	snprintf(vm, sizeof(vm), "%s", any_game(w));
	model_link_up(&w->f.model);
	model_set_vm_state(&w->f.model, vm, "running");
	discs_set(&w->f.model.discs, vm, walk_discs(w));
	shell_open(&w->f.shell, SCREEN_HOME, NULL, NULL);
	shell_open(&w->f.shell, SCREEN_GAME, vm, NULL);
}

/* The last row of a long list is far for somebody who wanders: now and then they are there at once. */
static void fate_edit(struct walk *w)
{
	char vm[MODEL_TEXT_MOST + 1];

	snprintf(vm, sizeof(vm), "%s", any_game(w));
	model_link_up(&w->f.model);
	shell_open(&w->f.shell, SCREEN_EDIT, vm, NULL);
	if (next_random(&w->seed) % 3 == 0)
		shell_open(&w->f.shell, SCREEN_ADD, vm, NULL);
}

/* One that ended, well or not, and told something, or not; and somebody reads it. */
static void fate_drive(struct walk *w)
{
	char vm[MODEL_TEXT_MOST + 1];
	uint32_t r = next_random(&w->seed) % 4;

	snprintf(vm, sizeof(vm), "%s", any_game(w));
	model_link_up(&w->f.model);
	model_set_vm_state(&w->f.model, vm, "stopped");
	if (r < 2)
		job(w, vm, "test-drive", r ? "done" : "failed", "guest");
	if (r == 1)
		assert_int_equal(drive_set(&w->f.model.drive, vm, w->driven, NULL), 0);
	shell_open(&w->f.shell, SCREEN_DRIVE, vm, NULL);
}

static void fate_check(struct walk *w)
{
	uint32_t n = next_random(&w->seed) % 4;
	struct err why = {0};

	if (n < 3)
		pc_set(&w->f.model.pc, w->checks[n], NULL);
	else
		pc_absent(&w->f.model.pc, &why);
}

static void fate_remote(struct walk *w)
{
	uint32_t n = next_random(&w->seed) % 3;
	struct err why = {0};

	err_set(&why, -EIO, "older");
	if (n < 2)
		remote_set(&w->f.model.remote, w->remotes[n], NULL);
	else
		remote_refused(&w->f.model.remote, &why);
}

static void fate(struct walk *w)
{
	static void (*const fates[])(struct walk * w) = {fate_away, fate_up, fate_up, fate_failure,
	        fate_refusal, fate_plug, fate_state, fate_state, fate_sockets, fate_sockets,
	        fate_guest, fate_edit, fate_drive, fate_check, setup_fate, setup_fate, fate_remote};

	fates[next_random(&w->seed) % ARRAY_SIZE(fates)](w);
	shell_changed(&w->f.shell, w->f.now_ms);
}

/* --- the person at the pad --- */

/* Somebody thinks better of it. Returns whether they did. */
static bool step_regret(struct walk *w, uint32_t r)
{
	if (shell_screen(&w->f.shell) != SCREEN_SETUP || !w->f.model.setup.cancellable || r % 5)
		return false;
	fixture_press(&w->f, ACTION_RIGHT);
	fixture_press(&w->f, ACTION_CONFIRM);
	w->held_since = 0;
	return true;
}

/* Now and then somebody is patient. */
static bool step_patience(struct walk *w, uint32_t r)
{
	if (!streq(ui_focus(&w->f.shell.ui), "yes") || r % 7)
		return false;
	w->held_since = w->f.now_ms;
	fixture_send(&w->f, INPUT_RELEASE, ACTION_CONFIRM, INPUT_XBOX);
	fixture_send(&w->f, INPUT_PRESS, ACTION_CONFIRM, INPUT_XBOX);
	w->f.now_ms += UI_HOLD_MS;
	fixture_look(&w->f);
	return true;
}

static void point(struct walk *w, uint32_t r, struct input_event *event)
{
	event->kind = r % 3 == 0 ? INPUT_DOWN : r % 3 == 1 ? INPUT_UP : INPUT_MOVE;
	event->x = (int)(next_random(&w->seed) % 1280);
	event->y = (int)(next_random(&w->seed) % 720);
	event->device = INPUT_POINTER;
	if (event->kind == INPUT_DOWN)
		w->held_since = w->f.now_ms;
	else if (event->kind == INPUT_UP)
		w->held_since = 0;
	w->clicked = event->kind == INPUT_UP;
}

static void press(struct walk *w, uint32_t r, struct input_event *event)
{
	event->kind = r % 3 ? INPUT_PRESS : INPUT_RELEASE;
	event->action = (enum action)(1 + next_random(&w->seed) % (ACTION_COUNT - 1));
	if (r % 5 < 2)
		event->action = ACTION_CONFIRM;
	if (event->action == ACTION_CONFIRM)
		w->held_since = event->kind == INPUT_PRESS ? w->f.now_ms : 0;
	else if (event->kind == INPUT_PRESS)
		w->held_since = 0;
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
	if (step_regret(w, r) || step_patience(w, r))
		return;
	if (r % 13 == 0) {
		point(w, r, &event);
	} else if (r % 17 == 0) {
		event.kind = INPUT_TEXT;
		snprintf(event.text, sizeof(event.text), "%s", r % 2 ? "ж" : "\b");
	} else {
		press(w, r, &event);
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

static char *read_drive(void)
{
	cleanup_free char *drive = read_member("drive-done", "drive");
	json_t *all = json_loads(drive, 0, NULL);
	char *text = json_dumps(json_object_get(all, "result"), JSON_COMPACT);

	assert_non_null(text);
	json_decref(all);
	return text;
}

static void walk_begin(struct walk *w)
{
	fixture_init(&w->f, "home");
	w->f.ops.act = walk_act;
	w->f.shell.user = w;
	w->checks[0] = read_member("pc", "pc");
	w->checks[1] = read_member("pc-to-do", "pc");
	w->checks[2] = xstrdup("{\"checks\": []}");
	w->remotes[0] = read_member("remote-off", "remote");
	w->remotes[1] = read_member("remote", "remote");
	w->plan = read_member("pc", "plan");
	w->offers = read_member("editor", "offers");
	w->driven = read_drive();
	w->amiss = read_member("editor", "checked");
	w->profile = xstrdup("# mine\n[vm]\ntitle=X\n[cpu]\ncount=4\n[disk g]\nimage=/g.img\n");
	shell_resize(&w->f.shell, 1280, 720);
}

static void walk_end(struct walk *w)
{
	for (size_t i = 0; i < ARRAY_SIZE(w->checks); i++)
		free(w->checks[i]);
	for (size_t i = 0; i < ARRAY_SIZE(w->remotes); i++)
		free(w->remotes[i]);
	free(w->plan);
	free(w->offers);
	free(w->driven);
	free(w->amiss);
	free(w->profile);
	fixture_finish(&w->f);
}

/* It has been everywhere, and done everything but what takes more patience or is no act. */
static void was_everywhere(const struct walk *w)
{
	for (int screen = 0; screen < SCREEN_COUNT; screen++)
		if (!w->screens[screen])
			fail_msg("not on the screen %s in the whole walk", screen_names[screen]);
	for (enum intent_kind kind = 0; kind < INTENT_COUNT; kind++)
		if (!w->acts[kind] && intent_actor(kind) != ACTOR_NOBODY &&
		        kind != INTENT_STOP_NOW &&
		        kind != INTENT_RESTART && /* here a game always runs */
		        kind != INTENT_REMOVE)
			fail_msg("no %s in the whole walk", intent_name(kind));
	assert_true(w->made + w->saved > 0);
}

static unsigned long number_of(const char *variable, unsigned long otherwise)
{
	const char *value = getenv(variable);

	return value ? strtoul(value, NULL, 10) : otherwise;
}

static void a_random_walk_breaks_nothing(void **state)
{
	unsigned long steps = number_of("PLAYTHROUGH_WALK", WALK_STEPS);
	uint32_t seed = (uint32_t)number_of("PLAYTHROUGH_WALK_SEED", WALK_SEED);
	struct walk w = {.seed = seed};

	(void)state;
	walk_begin(&w);
	for (unsigned long i = 0; i < steps; i++) {
		step(&w);
		check_walk(&w);
	}
	if (steps >= WALK_LONG || (steps >= WALK_STEPS && seed == WALK_SEED))
		was_everywhere(&w);
	walk_end(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(a_random_walk_breaks_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
