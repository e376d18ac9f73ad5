/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A game that runs, and one that is being stopped. */
#include "base/i18n.h"
#include "screens/game_parts.h"

/* A stop that the guest does not answer may be hastened after this. */
#define HASTEN_AFTER_MS 8000u

static void list_usb(struct view *view, struct game_page *p, const struct model_vm *vm)
{
	const struct theme *t = &view->ui->theme;
	cleanup_strv struct strv names = {0};
	cleanup_free char *all = NULL;

	for (size_t i = 0; i < view->model->n_usb; i++) {
		const struct model_usb *usb = &view->model->usb[i];

		if (!usb->hub && streq(usb->vm, vm->name))
			strv_add(&names, usb->name);
	}
	all = names.n ? strv_join(&names, ", ") : xstrdup(_("none"));
	game_say(view, p, TEXT_SMALL, true, t->dim, 1, _("USB devices in the game"), true);
	p->y -= t->gap / 2;
	game_say(view, p, TEXT_BODY, false, t->text, 3, all, false);
	p->y += t->gap / 2;
}

static void ask_stop(struct view *view, const struct model_vm *vm)
{
	cleanup_free char *title = xasprintf(_("Stop %s?"), vm->title);

	ask(view, INTENT_STOP, vm->name, title,
	        _("Its system is asked to shut down. What was not saved in the game is lost."),
	        _("Stop the game"));
}

static void ask_stop_now(struct view *view, const struct model_vm *vm)
{
	cleanup_free char *title = xasprintf(_("Switch %s off now?"), vm->title);

	ask(view, INTENT_STOP_NOW, vm->name, title,
	        _("It is as if its plug was pulled: what its system has not written to the disk "
	          "yet is lost."),
	        _("Switch off"));
}

void game_page_running(struct view *view, struct game_page *p, const struct model_vm *vm)
{
	const struct theme *t = &view->ui->theme;
	struct game_button list[] = {{"usb", _("USB devices"), false}, {"stop", _("Stop"), false},
	        {"home", _("To the games"), false}};
	cleanup_free char *hardware = words_of_hardware(vm);
	color c;
	cleanup_free char *state = words_of_state(view, vm, &c);

	game_buttons(view, p, list, 3);
	game_heading(view, p, vm->title, state, c);
	if (vm->gpus)
		game_say(view, p, TEXT_BODY, false, t->text, 2,
		        _("The game is on the screen of its graphics card."), true);
	p->y += t->gap / 2;
	game_say(view, p, TEXT_BODY, false, t->dim, 2, hardware, true);
	p->y += t->gap / 2;
	list_usb(view, p, vm);
	if (list[0].done)
		want_screen(view, SCREEN_USB, vm->name);
	if (list[1].done)
		ask_stop(view, vm);
	if (list[2].done)
		want(view, INTENT_BACK, NULL, NULL);
	ui_wake(view->ui, 60000);
}

void game_page_stopping(struct view *view, struct game_page *p, const struct model_vm *vm)
{
	struct game_button list[] = {
	        {"leave", _("To the games"), false}, {"now", _("Switch off now"), false}};
	const struct model_job *job = model_job(view->model, vm->name, "stop");
	const struct model_stage *last;
	bool late;

	if (job && job->state != MODEL_JOB_RUNNING)
		job = NULL;
	last = job && job->n_stages ? &job->stages[job->n_stages - 1] : NULL;
	late = last && streq(last->name, "powerdown") &&
	       view->ui->now_ms >= last->begin_ms + HASTEN_AFTER_MS;
	game_buttons(view, p, list, late ? 2 : 1);
	game_heading(view, p, vm->title, _("Stopping"), view->ui->theme.warn);
	game_bar(view, p, job ? job->percent : 0);
	game_stages(view, p, job, false);
	if (late)
		game_say(view, p, TEXT_BODY, false, view->ui->theme.text, 3,
		        _("Its system has not answered yet. It is given half a minute before it is "
		          "switched off."),
		        true);
	if (list[0].done)
		want(view, INTENT_BACK, NULL, NULL);
	if (list[1].done)
		ask_stop_now(view, vm);
}
