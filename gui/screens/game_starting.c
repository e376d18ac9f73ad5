/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A game on its way: its stages; and when that failed, why and what to do. */
#include "base/i18n.h"
#include "screens/game_parts.h"

void game_page_starting(struct view *view, struct game_page *p, const struct model_vm *vm,
        const struct model_job *job)
{
	struct game_button list[] = {
	        {"leave", _("To the games"), false}, {"cancel", _("Cancel"), false}};
	bool running = job && job->state == MODEL_JOB_RUNNING;

	game_buttons(view, p, list, running ? 2 : 1);
	game_heading(view, p, vm->title, _("Starting"), view->ui->theme.warn);
	game_bar(view, p, running ? job->percent : 0);
	game_stages(view, p, running ? job : NULL, true);
	if (list[0].done)
		want(view, INTENT_BACK, NULL, NULL);
	if (list[1].done)
		want(view, INTENT_CANCEL, vm->name, NULL);
}

void game_page_failed(struct view *view, struct game_page *p, const struct model_vm *vm,
        const struct model_job *job)
{
	const struct theme *t = &view->ui->theme;
	struct game_button list[] = {{"again", _("Try again"), false}, {"edit", _("Edit"), false},
	        {"report", _("Save a report"), false}, {"home", _("To the games"), false}};

	game_buttons(view, p, list, ARRAY_SIZE(list));
	game_heading(view, p, vm->title, _("It did not start"), t->bad);
	game_say(view, p, TEXT_BODY, false, t->text, 5, job->message, false);
	p->y += t->gap / 2;
	if (*job->hint) {
		game_say(view, p, TEXT_SMALL, true, t->dim, 1, _("What to do"), false);
		p->y -= t->gap / 2;
		game_say(view, p, TEXT_BODY, false, t->text, 4, job->hint, false);
	}
	if (*job->code)
		game_say(view, p, TEXT_SMALL, false, t->dim, 1, job->code, true);
	if (list[0].done)
		want(view, INTENT_START, vm->name, NULL);
	if (list[1].done)
		want_screen(view, SCREEN_EDIT, vm->name);
	if (list[2].done)
		want(view, INTENT_REPORT, vm->name, NULL);
	if (list[3].done)
		want(view, INTENT_BACK, NULL, NULL);
}
