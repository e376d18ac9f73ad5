/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "app_parts.h"
#include "base/i18n.h"
#include "base/log.h"
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

static const struct link_ops link_ops = {
        .changed = on_changed, .refused = on_refused, .told = on_told, .now_ms = link_now};

/* --- acts --- */

static void use_language(struct app *app)
{
	const char *code = app->shell.settings.language;

	i18n_language(*code ? code : app->environment);
}

static void keep_settings(struct app *app)
{
	struct err err = {0};

	use_language(app);
	if (settings_save(app->config, &app->shell.settings, &err) < 0)
		log_error(&err, "playthrough-gui");
}

static void act_on_link(struct app *app, const struct intent *intent, const char *job)
{
	switch (intent->kind) {
	case INTENT_START:
		link_start(app->link, intent->vm);
		break;
	case INTENT_STOP:
	case INTENT_STOP_NOW:
		link_stop(app->link, intent->vm, intent->kind == INTENT_STOP_NOW);
		break;
	case INTENT_CANCEL:
		link_cancel(app->link, job);
		break;
	case INTENT_GIVE:
	case INTENT_TAKE:
		link_usb(app->link, intent->vm, intent->device, intent->kind == INTENT_GIVE);
		break;
	case INTENT_GIVE_BACK:
		link_usb_give_back(app->link);
		break;
	case INTENT_ASSIGN:
		link_usb_assign(app->link, intent->vm, intent->device, model_by_words[intent->by]);
		break;
	case INTENT_UNASSIGN:
		link_usb_unassign(app->link, intent->vm, intent->rule);
		break;
	case INTENT_LOOK:
		link_usb_look(app->link);
		break;
	case INTENT_RETRY:
		link_retry(app->link);
		break;
	case INTENT_CHECK:
		setup_check(app->setup);
		break;
	case INTENT_PLAN:
		setup_plan(app->setup);
		break;
	case INTENT_NONE:
	case INTENT_GO:
	case INTENT_BACK:
	case INTENT_CHOOSE:
	case INTENT_SET:
	case INTENT_QUIT:
		break;
	}
}

static void act(void *user, const struct intent *intent, const char *job)
{
	struct app *app = user;

	if (intent->kind == INTENT_QUIT)
		app->quit = true;
	else if (intent->kind == INTENT_SET)
		keep_settings(app);
	else if (app->link)
		act_on_link(app, intent, job);
}

static const struct shell_ops shell_ops = {.act = act};

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
	use_language(app);
	if (!text_has_font(app->text))
		log_warning(_("no font was found: install fonts-inter or fonts-dejavu-core"));
	r = sd_event_new(&app->event);
	if (r < 0)
		return err_errno(err, r, "sd-event");
	if (options->model)
		r = load_model(app, options->model, err);
	else
		played_load(app->state, &app->model);
	if (r >= 0 && !options->model) {
		app->link = link_create(app->event, &app->paths, &app->model, &link_ops, app);
		app->setup =
		        setup_create(app->event, options->session, &app->model, &link_ops, app);
	}
	if (options->screen != SCREEN_HOME || options->vm)
		shell_open(&app->shell, options->screen, options->vm, options->device);
	return r;
}

void app_finish(struct app *app)
{
	link_destroy(app->link);
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
	       m->plan.asking;
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

static int draw_picture(struct app *app, struct err *err)
{
	const struct app_options *o = app->options;
	cleanup_free uint32_t *pixels =
	        xcalloc((size_t)o->width * (size_t)o->height, sizeof(uint32_t));
	struct canvas canvas = canvas_of(pixels, o->width, o->height, o->width);

	app->shell.frozen = true;
	app->shell.wall_s = o->model ? STILL_WALL_S : time(NULL);
	shell_resize(&app->shell, o->width, o->height);
	shell_draw(&app->shell, &canvas, o->model ? STILL_NOW_MS : app_now_ms());
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
