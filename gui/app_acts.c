/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is done about a wish outside of the shell: one function for each, by who acts. */
#include "app_parts.h"
#include "base/i18n.h"
#include "base/log.h"
#include "bus/async.h"

#include <assert.h>

typedef void (*act_function)(struct app *app, const struct intent *intent, const char *job);

/* --- the program itself --- */

void app_use_language(struct app *app)
{
	const char *code = app->shell.settings.language;

	i18n_language(*code ? code : app->environment);
}

static void keep_settings(struct app *app)
{
	struct err err = {0};

	app_use_language(app);
	if (app->link)
		link_language(app->link);
	if (settings_save(app->config, &app->shell.settings, &err) < 0)
		log_error(&err, "playthrough-gui");
}

static void act_on_program(struct app *app, const struct intent *intent, const char *job)
{
	(void)job;
	if (intent->kind == INTENT_QUIT)
		app->quit = true;
	else
		keep_settings(app);
}

/* --- games and devices --- */

static void start(struct app *app, const struct intent *intent, const char *job)
{
	(void)job;
	link_start(app->link, intent->vm);
}

static void stop(struct app *app, const struct intent *intent, const char *job)
{
	(void)job;
	link_stop(app->link, intent->vm, intent->kind == INTENT_STOP_NOW);
}

static void cancel(struct app *app, const struct intent *intent, const char *job)
{
	(void)intent;
	link_cancel(app->link, job);
}

static void drive(struct app *app, const struct intent *intent, const char *job)
{
	(void)job;
	link_drive(app->link, intent->vm);
}

static void pause_or_resume(struct app *app, const struct intent *intent, const char *job)
{
	(void)job;
	link_pause(app->link, intent->vm, intent->kind == INTENT_PAUSE);
}

static void give_or_take(struct app *app, const struct intent *intent, const char *job)
{
	(void)job;
	link_usb(app->link, intent->vm, intent->device, intent->kind == INTENT_GIVE);
}

static void give_back(struct app *app, const struct intent *intent, const char *job)
{
	(void)intent, (void)job;
	link_usb_give_back(app->link);
}

static void assign(struct app *app, const struct intent *intent, const char *job)
{
	(void)job;
	link_usb_assign(app->link, intent->vm, intent->device, model_by_words[intent->by]);
}

static void unassign(struct app *app, const struct intent *intent, const char *job)
{
	(void)job;
	link_usb_unassign(app->link, intent->vm, intent->rule);
}

static void look(struct app *app, const struct intent *intent, const char *job)
{
	(void)intent, (void)job;
	link_usb_look(app->link);
}

static void retry(struct app *app, const struct intent *intent, const char *job)
{
	(void)intent, (void)job;
	link_retry(app->link);
}

static void picture(struct app *app, const struct intent *intent, const char *job)
{
	(void)job;
	glance_picture(app->glance, intent->vm);
}

static void look_for_discs(struct app *app, const struct intent *intent, const char *job)
{
	(void)intent, (void)job;
	disc_changer_look(app->discs);
}

static void change_disc(struct app *app, const struct intent *intent, const char *job)
{
	(void)job;
	disc_changer_change(app->discs, intent->vm, intent->device,
	        intent->kind == INTENT_INSERT ? intent->number : -1, *intent->rule);
}

static void report(struct app *app, const struct intent *intent, const char *job)
{
	(void)job;
	reporter_save(app->reporter, intent->vm);
}

static void act_on_daemon(struct app *app, const struct intent *intent, const char *job)
{
	static const act_function acts[INTENT_COUNT] = {
	        [INTENT_START] = start,
	        [INTENT_STOP] = stop,
	        [INTENT_STOP_NOW] = stop,
	        [INTENT_CANCEL] = cancel,
	        [INTENT_DRIVE] = drive,
	        [INTENT_PAUSE] = pause_or_resume,
	        [INTENT_RESUME] = pause_or_resume,
	        [INTENT_GIVE] = give_or_take,
	        [INTENT_TAKE] = give_or_take,
	        [INTENT_GIVE_BACK] = give_back,
	        [INTENT_ASSIGN] = assign,
	        [INTENT_UNASSIGN] = unassign,
	        [INTENT_LOOK] = look,
	        [INTENT_RETRY] = retry,
	        [INTENT_DISCS] = look_for_discs,
	        [INTENT_INSERT] = change_disc,
	        [INTENT_EJECT] = change_disc,
	        [INTENT_PICTURE] = picture,
	        [INTENT_REPORT] = report,
	};

	assert(acts[intent->kind]);
	acts[intent->kind](app, intent, job);
}

/* --- profiles --- */

static void act_on_profiles(struct app *app, const struct intent *intent, const char *job)
{
	struct link_profiles *p = app->profiles;

	(void)job;
	if (intent->kind == INTENT_OFFERS)
		link_profiles_offers(p);
	else if (intent->kind == INTENT_SHOW)
		link_profiles_show(p, intent->vm);
	else if (intent->kind == INTENT_LOOK_OVER)
		link_profiles_check(p, intent->vm, intent->text);
	else if (intent->kind == INTENT_WRITE)
		link_profiles_write(p, intent->vm, intent->text, intent->expected);
	else
		link_profiles_remove(p, intent->vm, intent->expected);
}

/* --- this PC --- */

/* What it can do, and how far it is set up for that. */
static void look_at_pc(struct setup *setup)
{
	setup_check(setup);
	setup_look(setup);
}

static void act_on_setup(struct app *app, const struct intent *intent, const char *job)
{
	static void (*const acts[INTENT_COUNT])(struct setup * setup) = {
	        [INTENT_CHECK] = look_at_pc,
	        [INTENT_PLAN] = setup_plan,
	        [INTENT_PROGRESS] = setup_look,
	        [INTENT_UNDO] = setup_undo,
	        [INTENT_KEEP] = setup_keep,
	        [INTENT_RESTART] = setup_restart,
	        [INTENT_RIGHTS] = setup_rights,
	        [INTENT_HALT] = setup_cancel,
	        [INTENT_SEEN] = setup_forget,
	};

	(void)job;
	if (intent->kind == INTENT_APPLY)
		setup_apply(app->setup, intent->device);
	else if (intent->kind == INTENT_POWER)
		setup_power(app->setup, intent->number == 1);
	else if (intent->kind == INTENT_TOGGLE)
		setup_toggle(app->setup, intent->device);
	else
		acts[intent->kind](app->setup);
}

/* --- this screen, seen from elsewhere --- */

static void act_on_remote(struct app *app, const struct intent *intent, const char *job)
{
	(void)job;
	if (intent->kind == INTENT_REMOTE_LOOK)
		link_remote_look(app->remote);
	else if (intent->kind == INTENT_REMOTE_TICKET)
		link_remote_ticket(app->remote, (unsigned)intent->number);
	else
		link_remote_enable(app->remote, intent->kind == INTENT_REMOTE_ON);
}

/* --- who --- */

/* Where a file stands for the daemon and the services, what it says of a text counts for every text. */
static void act_on_file(struct app *app, const struct intent *intent)
{
	if (intent->kind == INTENT_LOOK_OVER)
		checked_adopt(&app->model.profiles.checked, intent->vm, intent->text);
}

void app_act(void *user, const struct intent *intent, const char *job)
{
	static const act_function actors[ACTOR_COUNT] = {
	        [ACTOR_PROGRAM] = act_on_program,
	        [ACTOR_DAEMON] = act_on_daemon,
	        [ACTOR_PROFILES] = act_on_profiles,
	        [ACTOR_SETUP] = act_on_setup,
	        [ACTOR_REMOTE] = act_on_remote,
	};
	enum intent_actor actor = intent_actor(intent->kind);
	struct app *app = user;

	assert(actors[actor]);
	if (app->link || actor == ACTOR_PROGRAM)
		actors[actor](app, intent, job);
	else
		act_on_file(app, intent);
}
