/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "shell_drafts.h"
#include "base/i18n.h"
#include "shell_parts.h"

#include <errno.h>
#include <stdio.h>

void shell_drafts_finish(struct shell *shell)
{
	struct drafts *d = &shell->drafts;

	wizard_finish(&d->wizard);
	editor_finish(&d->editor);
	free(d->wizard_name);
	free(d->wizard_text);
	*d = (struct drafts){0};
}

/* @text and @expected may be NULL. */
void draft_act(struct shell *shell, enum intent_kind kind, const char *vm, const char *text,
        const char *expected)
{
	struct intent intent = {.kind = kind, .text = text, .expected = expected};

	snprintf(intent.vm, sizeof(intent.vm), "%s", vm ? vm : "");
	shell->ops->act(shell->user, &intent, NULL);
}

void draft_forget_focus(struct shell *shell, enum screen screen)
{
	ui_forget(&shell->ui, screen_names[screen]);
}

/* The screen and all that was opened from it go. */
void draft_close(struct shell *shell, enum screen screen)
{
	for (size_t i = 1; i < shell->depth; i++)
		if (shell->stack[i].screen == screen)
			shell->depth = i;
}

static bool is_open(const struct shell *shell, enum screen screen)
{
	for (size_t i = 1; i < shell->depth; i++)
		if (shell->stack[i].screen == screen)
			return true;
	return false;
}

/* --- a new game --- */

/* What it would write, and what is amiss in that. */
static void work_out(struct shell *shell)
{
	struct drafts *d = &shell->drafts;
	const struct offers *offers = &shell->model->profiles.offers;
	cleanup_free char *before = take_ptr(d->wizard_text);
	bool same;

	free(d->wizard_name);
	d->wizard_err = (struct err){0};
	d->wizard_name = wizard_name(&d->wizard, offers);
	d->wizard_text = wizard_text(&d->wizard, offers, &d->wizard_err);
	same = before && d->wizard_text && streq(before, d->wizard_text);
	if (d->wizard_text && !(same && checked_is_of(&shell->model->profiles.checked,
	                                        d->wizard_name, d->wizard_text)))
		draft_act(shell, INTENT_LOOK_OVER, d->wizard_name, d->wizard_text, NULL);
}

static void step(struct shell *shell, int by)
{
	struct wizard *w = &shell->drafts.wizard;
	int to = (int)w->step + by;

	if (to < WIZARD_NAME || to > WIZARD_MAKE)
		return;
	/* The disk of this PC is confirmed on the way, whatever the way was. */
	if (by > 0 && w->step == WIZARD_DISK &&
	        wizard_disk_to_confirm(w, &shell->model->profiles.offers))
		return;
	w->step = (enum wizard_step)to;
	draft_forget_focus(shell, SCREEN_NEW);
	if (w->step == WIZARD_MAKE && shell->model->profiles.offers.told)
		work_out(shell);
}

static void answer(struct shell *shell, int number)
{
	struct wizard *w = &shell->drafts.wizard;
	struct wizard_choice *choices;
	size_t n = wizard_choices(w, &shell->model->profiles.offers, w->step, &choices);
	bool taken =
	        number >= 0 && (size_t)number < n && wizard_choose(w, w->step, &choices[number]);

	free(choices);
	if (!taken || wizard_takes_many(w->step))
		return;
	if (w->step == WIZARD_DISK && wizard_disk_to_confirm(w, &shell->model->profiles.offers))
		ui_set_focus(&shell->ui, "next"); /* which asks */
	else
		step(shell, 1);
}

static void make(struct shell *shell)
{
	struct drafts *d = &shell->drafts;

	/* Whatever was shown: a disk that was not confirmed is not given. */
	if (!d->wizard_text || d->writing ||
	        wizard_disk_to_confirm(&d->wizard, &shell->model->profiles.offers))
		return;
	d->writing = true;
	draft_act(shell, INTENT_WRITE, d->wizard_name, d->wizard_text, "");
}

/* --- the end of an edit --- */

static void leave(struct shell *shell)
{
	editor_finish(&shell->drafts.editor);
	draft_close(shell, SCREEN_EDIT);
}

static void save(struct shell *shell)
{
	struct drafts *d = &shell->drafts;
	struct editor *e = &d->editor;

	if (!editor_changed(e) || d->writing)
		return;
	d->writing = true;
	draft_act(shell, INTENT_WRITE, e->name, e->text, e->old);
}

static void remove_game(struct shell *shell)
{
	struct drafts *d = &shell->drafts;

	if (!d->editor.open || d->writing)
		return;
	d->writing = true;
	draft_act(shell, INTENT_REMOVE, d->editor.name, NULL, d->editor.old);
}

static void take_shown(struct shell *shell)
{
	const struct profile_shown *shown = &shell->model->profiles.shown;
	struct editor *e = &shell->drafts.editor;

	for (size_t i = 1; i < shell->depth; i++) {
		const struct place *place = &shell->stack[i];

		if (place->screen != SCREEN_EDIT || e->open || !shown->told || shown->asking ||
		        !streq(shown->name, place->vm))
			continue;
		editor_open(e, shown, shell->ui.now_ms);
		draft_forget_focus(shell, SCREEN_EDIT);
	}
}

static void reread(struct shell *shell)
{
	char name[MODEL_TEXT_MOST + 1];

	snprintf(name, sizeof(name), "%s", shell->drafts.editor.name);
	if (!shell->drafts.editor.open)
		return;
	editor_finish(&shell->drafts.editor);
	draft_close(shell, SCREEN_EDIT);
	shell_open(shell, SCREEN_EDIT, name, NULL);
}

/* --- what became of it --- */

static void tell_made(struct shell *shell)
{
	struct drafts *d = &shell->drafts;

	snprintf(d->made, sizeof(d->made), "%s", shell->model->profiles.written.name);
	wizard_finish(&d->wizard);
	draft_close(shell, SCREEN_NEW);
	shell_open(shell, SCREEN_HOME, NULL, NULL);
}

static void tell_removed(struct shell *shell, const char *where)
{
	cleanup_free char *words = xasprintf(_("The profile is kept as %s"), where);

	editor_finish(&shell->drafts.editor);
	shell_open(shell, SCREEN_HOME, NULL, NULL);
	if (*where)
		shell_told(shell, words);
}

static void take_written(struct shell *shell)
{
	struct drafts *d = &shell->drafts;
	const struct profile_written *written = &shell->model->profiles.written;
	bool edited = d->editor.open && streq(d->editor.name, written->name);

	if (!d->writing || (written->state != PROFILE_WRITTEN && written->state != PROFILE_REFUSED))
		return;
	d->writing = false;
	if (written->state == PROFILE_REFUSED && edited) {
		/* Why is told once it is known whether somebody else has changed it. */
		d->reread = true;
		draft_act(shell, INTENT_SHOW, written->name, NULL, NULL);
	} else if (written->state == PROFILE_REFUSED) {
		shell_refused_as(shell, &written->refusal, written->denied);
	} else if (written->removed) {
		tell_removed(shell, written->where);
	} else if (edited) {
		leave(shell);
	} else {
		tell_made(shell);
	}
}

static void ask_reread(struct shell *shell)
{
	struct dialog *dialog = &shell->dialog;

	dialog_finish(dialog);
	*dialog = (struct dialog){.title = xstrdup(_("Somebody else has changed it")),
	        .text = xstrdup(
	                _("The profile was saved by another program after it was read here, so "
	                  "nothing was written. Read it anew to see what it says now; what you "
	                  "changed here is lost by that.")),
	        .yes = xstrdup(_("Read it anew")),
	        .intent = {.kind = INTENT_REREAD}};
}

/* After a refusal: is it another profile than the one that was edited? */
static void take_reread(struct shell *shell)
{
	struct drafts *d = &shell->drafts;
	const struct profiles *p = &shell->model->profiles;

	if (!d->reread || p->shown.asking)
		return;
	d->reread = false;
	if (d->editor.open && p->shown.told && streq(p->shown.name, d->editor.name) &&
	        !streq(p->shown.text, d->editor.old))
		ask_reread(shell);
	else
		shell_refused_as(shell, &p->written.refusal, p->written.denied);
}

/* The card of the game that was made has the focus as soon as it is there. */
static void take_made(struct shell *shell)
{
	struct drafts *d = &shell->drafts;

	if (!*d->made || !model_vm(shell->model, d->made))
		return;
	snprintf(shell->selected, sizeof(shell->selected), "%s", d->made);
	draft_forget_focus(shell, SCREEN_HOME);
	d->made[0] = '\0';
}

/* What was asked of a daemon that was away is asked of the one that is there now. */
static void ask_anew(struct shell *shell)
{
	struct drafts *d = &shell->drafts;
	bool up = shell->model->link == MODEL_UP, came = up && !d->link_up;
	const struct profiles *p = &shell->model->profiles;

	d->link_up = up;
	if (!came)
		return;
	if (is_open(shell, SCREEN_NEW) && !p->offers.told && !p->offers.asking)
		draft_act(shell, INTENT_OFFERS, NULL, NULL, NULL);
	for (size_t i = 1; i < shell->depth && !d->editor.open && !p->shown.told; i++)
		if (shell->stack[i].screen == SCREEN_EDIT)
			draft_act(shell, INTENT_SHOW, shell->stack[i].vm, NULL, NULL);
	if (d->editor.open)
		d->editor.due_ms = shell->ui.now_ms + EDITOR_CHECK_MS;
	if (is_open(shell, SCREEN_NEW) && d->wizard.step == WIZARD_MAKE && p->offers.told)
		work_out(shell);
}

void shell_drafts_changed(struct shell *shell)
{
	struct drafts *d = &shell->drafts;
	const struct offers *offers = &shell->model->profiles.offers;

	ask_anew(shell);

	if (d->wizard.begun && offers->told) {
		bool first = !d->wizard.proposed;

		wizard_propose(&d->wizard, offers);
		if (first)
			draft_forget_focus(shell, SCREEN_NEW);
		if (d->wizard.step == WIZARD_MAKE && is_open(shell, SCREEN_NEW) && !d->writing &&
		        (first || shell->drafts.offers_seen != offers->version))
			work_out(shell);
		d->offers_seen = offers->version;
	}
	take_written(shell);
	take_reread(shell);
	take_shown(shell);
	take_made(shell);
}

/* --- screens and wishes --- */

static void open_new(struct shell *shell)
{
	struct wizard *w = &shell->drafts.wizard;

	if (!w->begun)
		wizard_begin(w, _("Game"));
	w->step = WIZARD_NAME;
	draft_forget_focus(shell, SCREEN_NEW);
	draft_act(shell, INTENT_OFFERS, NULL, NULL, NULL);
	wizard_propose(w, &shell->model->profiles.offers);
}

static void open_edit(struct shell *shell, const char *vm)
{
	struct editor *e = &shell->drafts.editor;

	if (editor_changed(e) && streq(e->name, vm))
		return;
	editor_finish(e);
	draft_act(shell, INTENT_SHOW, vm, NULL, NULL);
	take_shown(shell);
}

void shell_drafts_open(struct shell *shell, enum screen screen, const char *vm)
{
	if (screen == SCREEN_NEW)
		open_new(shell);
	else if (screen == SCREEN_EDIT)
		open_edit(shell, vm);
	else if (screen == SCREEN_ADD || screen == SCREEN_SAVE)
		draft_act(shell, INTENT_OFFERS, NULL, NULL, NULL);
	if (screen == SCREEN_KEYS || screen == SCREEN_ADD || screen == SCREEN_SAVE)
		draft_forget_focus(shell, screen);
	if (screen == SCREEN_KEYS)
		shell->drafts.key_err = (struct err){0};
}

static void decide(struct shell *shell, const struct intent *intent)
{
	struct wizard *w = &shell->drafts.wizard;

	if (intent->kind == INTENT_STEP) {
		step(shell, intent->number);
	} else if (intent->kind == INTENT_ANSWER) {
		answer(shell, intent->number);
	} else if (intent->kind == INTENT_CONFIRM_DISK) {
		w->disk_confirmed = true;
		if (w->step == WIZARD_DISK)
			step(shell, 1);
	} else if (intent->kind == INTENT_MAKE) {
		make(shell);
	} else if (intent->kind == INTENT_SAVE) {
		save(shell);
	} else if (intent->kind == INTENT_REMOVE) {
		remove_game(shell);
	} else if (intent->kind == INTENT_LEAVE) {
		leave(shell);
	} else if (intent->kind == INTENT_REREAD) {
		reread(shell);
	}
}

void shell_drafts_intent(struct shell *shell, const struct intent *intent)
{
	if (!draft_edit(shell, intent))
		decide(shell, intent);
}

bool shell_wants_text(const struct shell *shell)
{
	return shell_screen(shell) == SCREEN_TYPE && !shell->dialog.title;
}
