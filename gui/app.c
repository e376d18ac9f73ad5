/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "app_parts.h"
#include "base/i18n.h"
#include "base/log.h"
#include "decode.h"
#include "base/root.h"

#include <errno.h>
#include <time.h>

/* The clock and the calendar of a picture of a model in a file: the same every time. */
#define STILL_NOW_MS    100000u
#define STILL_WALL_S    1700000000
#define PICTURE_WAIT_MS 5000u

static uint64_t link_now(void *user)
{
	(void)user;
	return app_now_ms();
}

/* --- the model has changed --- */

/* A game that runs is played, whoever started it. */
static void note_played(struct app *app)
{
	bool noted = false;
	struct err err = {0};

	for (size_t i = 0; i < app->model.n_vms; i++) {
		const struct model_vm *vm = &app->model.vms[i];

		if (vm->state != MODEL_RUNNING || vm->since_s <= vm->played_s)
			continue;
		model_set_played(&app->model, vm->name, vm->since_s);
		noted = true;
		i = (size_t)-1; /* they were sorted anew */
	}
	if (noted && played_save(app->state, &app->model, &err) < 0)
		log_error(&err, "playthrough-gui");
}

static void on_changed(void *user)
{
	struct app *app = user;

	note_played(app);
	shell_changed(&app->shell, app_now_ms());
}

static void on_refused(void *user, const struct err *why)
{
	struct app *app = user;

	shell_refused(&app->shell, why);
}

static void on_told(void *user, const char *notes)
{
	struct app *app = user;

	shell_told(&app->shell, notes);
}

static void on_disc(void *user)
{
	struct app *app = user;

	glance_again(app->glance);
}

static const struct link_ops link_ops = {
        .changed = on_changed, .refused = on_refused, .told = on_told, .now_ms = link_now};

static const struct shell_ops shell_ops = {.act = app_act};

static void on_art(void *user)
{
	struct app *app = user;

	app->shell.dirty = true;
}

/* --- begin and end --- */

static int load_model(struct app *app, const char *file, struct err *err)
{
	cleanup_free char *text = NULL;
	cleanup_free char *path = realpath(file, NULL);
	struct root root;
	int r;

	if (!path)
		return err_errno(err, -errno, "%s", file);
	r = root_open(&root, "/", err);
	if (r < 0)
		return r;
	text = root_read(&root, path);
	r = text ? 0 : err_errno(err, -errno, "%s", file);
	root_close(&root);
	if (r == 0)
		r = model_load(&app->model, text, STILL_NOW_MS - 5000, err);
	return r < 0 && text ? err_prefix(err, "%s", file) : r;
}

int app_init(struct app *app, const struct app_options *options, struct err *err)
{
	cleanup_free char *folder = art_folder();
	struct settings settings;
	int r;

	*app = (struct app){.options = options, .environment = language_of_environment()};
	model_init(&app->model);
	paths_init(&app->paths, options->session, NULL);
	app->config = settings_folder();
	app->state = played_folder();
	settings = settings_load(app->config);
	app->text = text_create(NULL);
	shell_init(&app->shell, app->text, &app->model, &settings, &shell_ops, app);
	app_use_language(app);
	if (!text_has_font(app->text))
		log_warning(_("no font was found: install fonts-inter or fonts-dejavu-core"));
	r = sd_event_new(&app->event);
	if (r < 0)
		return err_errno(err, r, "sd-event");
	app->art = art_create(app->event, folder, app->shell.covers, on_art, app);
	if (options->model)
		r = load_model(app, options->model, err);
	else
		played_load(app->state, &app->model);
	if (r >= 0 && !options->model) {
		app->link = link_create(app->event, &app->paths, &app->model, &link_ops, app);
		app->setup =
		        setup_create(app->event, options->session, &app->model, &link_ops, app);
		app->reporter = reporter_create(app->link, &app->model, &app->shell);
		app->glance = glance_create(app->event, app->link, &app->model, &app->shell);
		app->discs = disc_changer_create(app->link, &app->model, &app->shell, on_disc, app);
		app->profiles = link_profiles_create(app->link, &app->model, &link_ops, app);
		app->remote = link_remote_create(app->link, &app->model, &link_ops, app);
	}
	if (options->screen != SCREEN_HOME || options->vm)
		shell_open(&app->shell, options->screen, options->vm, options->device);
	return r;
}

void app_finish(struct app *app)
{
	glance_destroy(app->glance);
	reporter_destroy(app->reporter);
	disc_changer_destroy(app->discs);
	art_destroy(app->art);
	link_destroy(app->link);
	link_profiles_destroy(app->profiles);
	link_remote_destroy(app->remote);
	setup_destroy(app->setup);
	shell_finish(&app->shell);
	text_destroy(app->text);
	model_finish(&app->model);
	paths_finish(&app->paths);
	sd_event_unref(app->event);
	free(app->config);
	free(app->state);
}

/* --- a picture of one screen --- */

static bool is_waiting(const struct app *app)
{
	const struct model *m = &app->model;

	return (m->link != MODEL_AWAY && !(m->listed && m->usb_listed)) || m->pc.asking ||
	       m->plan.asking || m->setup.asking || m->profiles.offers.asking ||
	       m->profiles.shown.asking || m->profiles.checked.asking || m->remote.asking;
}

static int await_answers(struct app *app, struct err *err)
{
	uint64_t end_ms = app_now_ms() + PICTURE_WAIT_MS;

	while (app->link && is_waiting(app) && app_now_ms() < end_ms) {
		int r = sd_event_run(app->event, 100000);

		if (r < 0)
			return err_errno(err, r, "sd-event");
	}
	return 0;
}

/* Feeds one press and its end. */
static void press(struct shell *shell, enum action action, uint64_t now_ms)
{
	struct input_event event = {
	        .kind = INPUT_PRESS, .action = action, .device = INPUT_KEYBOARD};

	shell_event(shell, &event, now_ms);
	event.kind = INPUT_RELEASE;
	shell_event(shell, &event, now_ms);
}

/* @shell NULL: only looked at. Returns whether all of it was understood. */
static bool press_all(struct shell *shell, const char *list, uint64_t now_ms)
{
	static const char *const names[ACTION_COUNT] = {
	        "", "up", "down", "left", "right", "confirm", "back", "menu", "x", "y", "l1", "r1"};
	cleanup_strv struct strv words = {0};

	strv_split(&words, list, ",");
	strv_foreach (word, &words) {
		int action = ACTION_NONE + 1;

		while (action < ACTION_COUNT && !streq(names[action], *word))
			action++;
		if (action == ACTION_COUNT)
			return false;
		if (shell)
			press(shell, (enum action)action, now_ms);
	}
	return true;
}

bool app_press_is_good(const char *list)
{
	return press_all(NULL, list, 0);
}

static void on_model_shot(void *user, struct image *image, const struct err *err)
{
	struct app *app = user;

	shell_pictured(&app->shell, app->shell.shot.vm, image, err, STILL_WALL_S);
}

/* Beside NAME.json, which stands for the daemon, NAME.png stands for what QEMU would draw. */
static void load_model_shot(struct app *app)
{
	const char *model = app->options->model;
	size_t n = strlen(model) - (ends_with(model, ".json") ? strlen(".json") : 0);
	cleanup_free char *path = xasprintf("%.*s.png", (int)n, model);
	const struct decode_request request = {.path = path,
	        .fd = -1,
	        .fit = PICTURE_FIT,
	        .width = app->options->width,
	        .height = app->options->height};

	if (!decode_start(app->event, &request, on_model_shot, app))
		app->shell.shot.asking = false;
}

/* Until it has all that a window would have a moment later: covers, the picture of a screen. */
static int draw_settled(struct app *app, struct canvas *canvas, struct err *err)
{
	uint64_t end_ms = app_now_ms() + PICTURE_WAIT_MS, now_ms;

	do {
		now_ms = app->options->model ? STILL_NOW_MS : app_now_ms();
		shell_draw(&app->shell, canvas, now_ms);
		art_next(app->art);
		if (art_busy(app->art) || app->shell.shot.asking) {
			int r = sd_event_run(app->event, 100000);

			if (r < 0)
				return err_errno(err, r, "sd-event");
			app->shell.dirty = true;
		}
	} while (app->shell.dirty && app_now_ms() < end_ms);
	return 0;
}

static int draw_picture(struct app *app, struct err *err)
{
	const struct app_options *o = app->options;
	cleanup_free uint32_t *pixels =
	        xcalloc((size_t)o->width * (size_t)o->height, sizeof(uint32_t));
	struct canvas canvas = canvas_of(pixels, o->width, o->height, o->width);

	app->shell.frozen = true;
	app->shell.wall_s = o->model ? STILL_WALL_S : time(NULL);
	shell_resize(&app->shell, o->width, o->height);
	if (o->press) {
		const struct input_event nothing = {.kind = INPUT_RELEASE};

		/* What has the focus is known after a first pass. */
		shell_event(&app->shell, &nothing, STILL_NOW_MS);
		press_all(&app->shell, o->press, o->model ? STILL_NOW_MS : app_now_ms());
	}
	if (o->screen == SCREEN_PICTURE &&
	        app->glance) { /* the first try was before there was a daemon */
		app->shell.shot.asking = true;
		glance_picture(app->glance, o->vm ? o->vm : "");
	} else if (o->model && app->shell.shot.asking) {
		load_model_shot(app);
	}
	if (draw_settled(app, &canvas, err) < 0)
		return err->number;
	return canvas_write_png(&canvas, o->picture) ? 0 : err_errno(err, -errno, "%s", o->picture);
}

int app_picture(const struct app_options *options, struct err *err)
{
	struct app app;
	int r = app_init(&app, options, err);

	if (r >= 0)
		r = await_answers(&app, err);
	if (r >= 0)
		r = draw_picture(&app, err);
	app_finish(&app);
	return r;
}
