/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A new game, one question a page, each with an answer that is proposed. Nothing is written before the last page, which says
 * what the game takes from this PC.
 */
#include "base/i18n.h"
#include "screens/new.h"

#include <stdio.h>

static const char *const questions[WIZARD_STEPS] = {
        [WIZARD_NAME] = N_("What is the game called?"),
        [WIZARD_GUEST] = N_("Which system runs in it?"),
        [WIZARD_GPU] = N_("Which graphics card does it get?"),
        [WIZARD_DISK] = N_("Which disk does it get?"),
        [WIZARD_MEMORY] = N_("How much memory does it get?"),
        [WIZARD_CPUS] = N_("How many processors does it get?"),
        [WIZARD_USB] = N_("Which USB controller does it get?"),
        [WIZARD_MAKE] = N_("Make it?"),
};

/* --- the head --- */

/* How far one is: a piece for each page. */
static void draw_progress(struct view *view, struct rect body, int y, enum wizard_step step)
{
	const struct theme *t = &view->ui->theme;
	int gap = t->gap / 2, h = t->unit / 2 + 2;
	int w = (body.w - gap * (WIZARD_STEPS - 1)) / WIZARD_STEPS;

	for (int i = 0; view->ui->canvas && i < WIZARD_STEPS; i++)
		canvas_round(view->ui->canvas, (struct rect){body.x + i * (w + gap), y, w, h}, h,
		        i <= (int)step          ? t->focus
		        : t->look.high_contrast ? 0xff505050
		                                : t->line);
}

/* Returns the y below it. */
static int pass_head(struct view *view, enum wizard_step step)
{
	const struct theme *t = &view->ui->theme;
	struct rect body = ui_body(view->ui);
	cleanup_free char *where =
	        xasprintf(_("New game, page %u of %u"), (unsigned)step + 1, (unsigned)WIZARD_STEPS);
	int y = put_text(view, body, body.y, TEXT_SMALL, true, t->dim, 1, where) - t->gap / 2;

	draw_progress(view, body, y, step);
	return put_text(view, body, y + t->gap, t->look.scale > 125 ? TEXT_HEADING : TEXT_TITLE,
	               true, t->text, 2, _(questions[step])) +
	       t->gap / 4;
}

/* --- going on --- */

static void ask_disk(struct view *view, const struct offer *disk)
{
	cleanup_free char *text = words_of_disk_risk(disk);

	ask(view, INTENT_CONFIRM_DISK, "", _("Give the whole disk to the game?"), text,
	        _("Give it the disk"));
}

void new_go_on(struct view *view)
{
	const struct wizard *w = &view->drafts->wizard;
	const struct offer *disk =
	        w->step == WIZARD_DISK ? wizard_disk_to_confirm(w, &view->model->profiles.offers)
	                               : NULL;

	if (disk) {
		ask_disk(view, disk);
		return;
	}
	want(view, INTENT_STEP, NULL, NULL);
	view->intent.number = 1;
}

static void go_back(struct view *view)
{
	bool first = view->drafts->wizard.step == WIZARD_NAME;

	want(view, first ? INTENT_BACK : INTENT_STEP, NULL, NULL);
	view->intent.number = -1;
}

void new_hints(struct view *view, const char *confirm, bool next)
{
	ui_hint(view->ui, ACTION_CONFIRM, confirm);
	if (next && !ui_focused(view->ui, "next"))
		ui_hint(view->ui, ACTION_MENU, _("Next"));
	ui_hint(view->ui, ACTION_BACK, _("Back"));
	ui_hint(view->ui, ACTION_NONE, _("Choose"));
	if (ui_pressed(view->ui, ACTION_BACK))
		go_back(view);
	else if (next && (ui_pressed(view->ui, ACTION_MENU) || ui_pressed(view->ui, ACTION_R1)))
		new_go_on(view);
}

/* --- the pages --- */

/* What keeps any game from starting is told before somebody answers questions. */
static void tell_start(struct view *view, struct panel *p)
{
	const struct offers *offers = &view->model->profiles.offers;
	cleanup_free char *reasons = words_of_sentences(&offers->start_reasons);

	if (!offers->told || offers->start == OFFER_PASS || !*reasons)
		return;
	panel_say(view, p, TEXT_BODY, true, color_of_verdict(offers->start, &view->ui->theme),
	        offers->start == OFFER_FAIL ? _("No game starts on this PC as it is now")
	                                    : _("Mind this"));
	panel_say(view, p, TEXT_BODY, false, view->ui->theme.text, reasons);
}

static void pass_name(struct view *view, int y)
{
	struct ui *ui = view->ui;
	const struct theme *t = &ui->theme;
	const struct drafts *d = view->drafts;
	struct rows_page page = rows_lay_out(view, y, true);
	struct panel p = panel_begin(view, &page);
	struct rows rows = {0};
	cleanup_free char *file = wizard_name(&d->wizard, &view->model->profiles.offers);
	cleanup_free char *line = xasprintf(_("On the command line: %s"), file);

	rows_add(
	        &rows, "title", xstrdup(*d->wizard.title ? d->wizard.title : file), take_ptr(line));
	rows.button_first = true;
	if (rows_pass(view, SCREEN_NEW, &page, &rows).activated) {
		want(view, INTENT_TYPE, NULL, NULL);
		view->intent.number = TYPING_TITLE;
	}
	tell_start(view, &p);
	panel_say(view, &p, TEXT_BODY, false, t->text,
	        _("A few questions, each with an answer that suits this PC. Nothing is written "
	          "before the last page."));
	if (ui_button(ui, "next", page.list.x, page.buttons_y, _("Next"), UI_FIRST))
		new_go_on(view);
	new_hints(view, streq(ui_focus(ui), "next") ? _("Next") : _("Change"), true);
	rows_finish(&rows);
}

size_t blocks_of_check(const struct profile_checked *checked, struct block *blocks)
{
	cleanup_free char *notes = words_of_sentences(&checked->notes);
	size_t n = 0;

	for (size_t i = 0; i < checked->n_problems; i++) {
		const struct checked_problem *p = &checked->problems[i];

		blocks[n++] = (struct block){
		        .label = p->warning ? _("Mind this") : _("This stands in the way"),
		        .text = words_of_refusal(p->message, p->hint),
		        .size = TEXT_BODY,
		        .code = p->code};
	}
	if (*notes)
		blocks[n++] = (struct block){
		        .label = _("To be known"), .text = take_ptr(notes), .size = TEXT_BODY};
	return n;
}

static size_t collect_last(const struct view *view, struct block *blocks)
{
	const struct drafts *d = view->drafts;
	const struct profile_checked *checked = &view->model->profiles.checked;
	bool told = checked_is_of(checked, d->wizard_name, d->wizard_text);
	cleanup_free char *refusal = words_of_refusal(checked->refusal.why, checked->refusal.hint);
	size_t n = 0;

	if (!d->wizard_text) {
		blocks[n++] = (struct block){.label = _("This stands in the way"),
		        .text = words_of_refusal(d->wizard_err.message, d->wizard_err.hint),
		        .size = TEXT_BODY,
		        .code = d->wizard_err.code};
		return n;
	}
	if (!told) {
		blocks[n++] = (struct block){.label = _("What it takes from this PC"),
		        .text = xstrdup(_("One moment: it is being looked at.")),
		        .size = TEXT_BODY};
		return n;
	}
	if (*refusal)
		blocks[n++] = (struct block){.label = _("This could not be looked at"),
		        .text = take_ptr(refusal),
		        .size = TEXT_BODY,
		        .code = checked->refusal.code};
	n += blocks_of_check(checked, blocks + n);
	blocks[n] = (struct block){.label = _("What it takes from this PC"),
	        .text = words_of_sentences(&checked->summary),
	        .size = TEXT_BODY};
	if (!*blocks[n].text && !*checked->refusal.why) {
		free(blocks[n].text);
		blocks[n].text = xstrdup(_("Nothing that it would keep."));
	}
	return n + 1;
}

/* Returns whether it may be made: nothing that is amiss would be written. @label: how that is said. */
static bool may_make(const struct view *view, const char **label, unsigned *flags)
{
	const struct drafts *d = view->drafts;
	const struct profile_checked *checked = &view->model->profiles.checked;

	*label = _("Make the game");
	*flags = UI_FIRST;
	if (!d->wizard_text || !checked_is_of(checked, d->wizard_name, d->wizard_text))
		return false;
	/* Nothing is known of it, and the daemon looks once more before it writes. */
	if (*checked->refusal.why) {
		*label = _("Make it all the same");
		*flags |= UI_HOLD;
	}
	return !checked_errors(checked) && view->model->profiles.written.state != PROFILE_WRITING;
}

static void pass_last(struct view *view, int y)
{
	struct ui *ui = view->ui;
	const struct theme *t = &ui->theme;
	struct rect body = ui_body(ui), in = body;
	struct block *blocks = xcalloc(PROBLEMS_MOST + 4, sizeof(*blocks));
	int buttons_y = body.y + body.h - ui_button_height(ui);
	const char *label;
	unsigned flags;
	size_t n = collect_last(view, blocks);

	in.y = put_words(view, body, y, TEXT_BODY, true, t->text, 1, view->drafts->wizard.title);
	in.h = buttons_y - t->gap - in.y;
	if (may_make(view, &label, &flags)) {
		if (ui_button(ui, "make", body.x, buttons_y, label, flags))
			want(view, INTENT_MAKE, NULL, NULL);
	} else if (ui_button(ui, "previous", body.x, buttons_y, _("Back"), UI_FIRST)) {
		go_back(view);
	}
	pass_blocks(view, SCREEN_NEW, in, blocks, n);
	new_hints(view,
	        flags & UI_HOLD && ui_focused(ui, "make") ? _("Hold to confirm") : _("Choose"),
	        false);
	blocks_finish(blocks, n);
	free(blocks);
}

/* Nothing is known of this PC yet, or nothing can be. */
static void pass_unknown(struct view *view, int y)
{
	const struct offers *offers = &view->model->profiles.offers;
	const struct theme *t = &view->ui->theme;
	struct rect body = ui_body(view->ui), in = body;
	cleanup_free char *why = words_of_refusal(offers->refusal.why, offers->refusal.hint);
	int bottom = body.y + body.h - ui_button_height(view->ui);

	in.w = t->look.scale > 125 ? in.w : in.w * 3 / 4;
	y = put_words(view, in, y, TEXT_BODY, false, t->text, 4,
	        *why && !offers->asking ? why : _("One moment: this PC is being looked at."));
	if (*offers->refusal.code && !offers->asking)
		y = put_words(view, in, y, TEXT_SMALL, false, t->dim, 1, offers->refusal.code);
	y = y < bottom ? y : bottom;
	if (*why && !offers->asking) {
		if (ui_button(view->ui, "again", in.x, y, _("Try again"), UI_FIRST))
			want(view, INTENT_OFFERS, NULL, NULL);
		in.x += ui_button_width(view->ui, _("Try again")) + t->gap;
	}
	if (ui_button(view->ui, "previous", in.x, y, _("Back"), UI_FIRST))
		go_back(view);
	new_hints(view, _("Choose"), false);
}

void screen_new(struct view *view)
{
	enum wizard_step step = view->drafts->wizard.step;
	int y = pass_head(view, step);

	if (step == WIZARD_NAME)
		pass_name(view, y);
	else if (!view->model->profiles.offers.told)
		pass_unknown(view, y);
	else if (step == WIZARD_MAKE)
		pass_last(view, y);
	else
		new_pass_choices(view, y, step);
}
