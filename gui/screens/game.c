/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One game: starting, running, stopping, stopped, or what went wrong; whatever it is in now. */
#include "base/i18n.h"
#include "screens/game_parts.h"

/* What can be done with a game that does not run. */
static void pass_stopped_buttons(
        struct view *view, struct game_page *p, const struct model_vm *vm, bool bad, bool ended)
{
	struct game_button all[] = {{"play", _("Play"), false}, {"edit", _("Edit"), false},
	        {"drive", _("Try it out"), false}, {"home", _("To the games"), false},
	        {"report", _("Save a report"), false}};
	struct game_button mend[] = {all[1], all[3], all[4]};
	struct game_button *list = bad ? mend : all;
	size_t n = bad ? ARRAY_SIZE(mend) : ended ? ARRAY_SIZE(all) : ARRAY_SIZE(all) - 1;

	game_buttons(view, p, list, n);
	for (size_t i = 0; i < n; i++) {
		if (!list[i].done)
			continue;
		if (streq(list[i].id, "play"))
			want(view, INTENT_START, vm->name, NULL);
		else if (streq(list[i].id, "edit"))
			want_screen(view, SCREEN_EDIT, vm->name);
		else if (streq(list[i].id, "drive"))
			want_screen(view, SCREEN_DRIVE, vm->name);
		else if (streq(list[i].id, "home"))
			want(view, INTENT_BACK, NULL, NULL);
		else
			want(view, INTENT_REPORT, vm->name, NULL);
	}
}

/* Nothing runs: ready, or with a profile or an end that a person must know of. */
static void page_stopped(struct view *view, struct game_page *p, const struct model_vm *vm)
{
	const struct theme *t = &view->ui->theme;
	bool bad = *vm->error != '\0';
	cleanup_free char *hardware = words_of_hardware(vm);

	pass_stopped_buttons(view, p, vm, bad, *vm->lost || *vm->end_reason);
	game_heading(view, p, vm->title, bad ? _("Its profile cannot be read") : _("Ready"),
	        bad ? t->bad : t->good);
	game_say(view, p, TEXT_BODY, false, t->dim, 2, hardware, true);
	p->y += t->gap / 2;
	if (*vm->lost)
		game_say(view, p, TEXT_BODY, false, t->bad, 3, vm->lost, false);
	if (*vm->end_reason) {
		game_say(view, p, TEXT_SMALL, true, t->dim, 1, _("How it ended last"), false);
		p->y -= t->gap / 2;
		game_say(view, p, TEXT_BODY, false, t->text, 3, vm->end_reason, false);
	}
	if (bad) {
		game_say(view, p, TEXT_BODY, false, t->text, 5, vm->error, false);
		game_say(view, p, TEXT_BODY, false, t->dim, 3,
		        _("Mend that line; the manual page playthrough.profile(5) has every key."),
		        false);
	}
}

static void page_gone(struct view *view, struct game_page *p)
{
	struct game_button list[] = {{"home", _("To the games"), false}};

	game_buttons(view, p, list, 1);
	game_heading(view, p, _("This game is not there any more"), _("Its profile was removed."),
	        view->ui->theme.dim);
	if (list[0].done)
		want(view, INTENT_BACK, NULL, NULL);
}

static void choose_page(struct view *view, struct game_page *p, const struct model_vm *vm)
{
	const struct model_job *start = model_job(view->model, vm->name, "start");
	bool pending = streq(view->pending, vm->name);

	switch (vm->state) {
	case MODEL_RUNNING:
		game_page_running(view, p, vm);
		break;
	case MODEL_STARTING:
		game_page_starting(view, p, vm, start);
		break;
	case MODEL_STOPPING:
		game_page_stopping(view, p, vm);
		break;
	case MODEL_STOPPED:
	case MODEL_UNKNOWN:
		if (pending || (start && start->state == MODEL_JOB_RUNNING))
			game_page_starting(view, p, vm, pending ? NULL : start);
		else if (start && start->state == MODEL_JOB_FAILED)
			game_page_failed(view, p, vm, start);
		else
			page_stopped(view, p, vm);
		break;
	}
}

void screen_game(struct view *view)
{
	const struct model_vm *vm = model_vm(view->model, view->vm);
	struct game_page p = game_lay_out(view);

	if (vm) {
		cover_draw(view, vm, p.cover, false);
		choose_page(view, &p, vm);
	} else {
		page_gone(view, &p);
	}
	back_hint(view);
}
