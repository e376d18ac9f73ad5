/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A question of a new game whose answers are a list: each with why, or why not. */
#include "base/i18n.h"
#include "screens/new.h"

#include <stdio.h>

/* Caller frees. */
static char *title_of(enum wizard_step step, const struct wizard_choice *choice)
{
	if (choice->none)
		return xstrdup(step == WIZARD_GPU    ? _("None of its own")
		               : step == WIZARD_DISK ? _("None yet")
		                                     : _("None: devices one by one"));
	if (choice->offer)
		return xstrdup(choice->offer->name);
	if (step == WIZARD_GUEST)
		return xstrdup(words_of_guest(choice->word));
	if (step == WIZARD_MEMORY)
		return words_of_memory(choice->number);
	return xasprintf(ngettext("%u processor", "%u processors", (unsigned)choice->number),
	        (unsigned)choice->number);
}

static const char *words_of_none(enum wizard_step step)
{
	if (step == WIZARD_GPU)
		return _("An emulated card draws: enough to install a system, too slow for games");
	if (step == WIZARD_DISK)
		return _("It is added later: open the game, then Edit");
	return _("What you plug in is given to it on the USB page");
}

static const char *words_of_system(const char *word)
{
	if (starts_with(word, "windows"))
		return _("It gets what Windows knows of virtual machines, and a disk "
		         "it has a driver for");
	if (streq(word, "linux"))
		return _("Any distribution: it has drivers for everything");
	return _("Whatever else starts on a PC");
}

static char *words_of_rest(const struct view *view, enum wizard_step step, uint64_t number)
{
	const struct offers *o = &view->model->profiles.offers;
	unsigned left = o->cpus_total > number ? o->cpus_total - (unsigned)number : 0;
	cleanup_free char *memory =
	        words_of_memory(o->memory_total > number ? o->memory_total - number : 0);

	if (step == WIZARD_MEMORY)
		return o->memory_total > number ? xasprintf(_("This PC keeps %s"), memory)
		                                : xstrdup(_("This PC keeps nothing"));
	if (!left)
		return xstrdup(_("It shares all of them with this PC"));
	return xasprintf(
	        ngettext("This PC keeps %u for itself", "This PC keeps %u for itself", left), left);
}

/* Why, or why not, in one sentence. Caller frees. */
static char *line_of(
        const struct view *view, enum wizard_step step, const struct wizard_choice *choice)
{
	const struct offer *offer = choice->offer;
	cleanup_free char *first =
	        offer && offer->reasons.n ? words_of_check(offer->reasons.list[0]) : xstrdup("");
	cleanup_free char *words = NULL;

	if (choice->none)
		words = xstrdup(words_of_none(step));
	else if (offer)
		words = xstrdup(
		        *first ? first
		               : words_of_offer(step == WIZARD_DISK ? OFFER_DISK : OFFER_GPU,
		                         offer->verdict));
	else if (step == WIZARD_GUEST)
		words = xstrdup(words_of_system(choice->word));
	else
		words = words_of_rest(view, step, choice->number);
	if (!choice->proposed)
		return take_ptr(words);
	return xasprintf(_("Proposed. %s"), words);
}

static enum row_mark mark_of(enum wizard_step step, const struct wizard_choice *choice)
{
	if (!choice->possible)
		return MARK_STOP;
	if (wizard_takes_many(step) && !choice->none)
		return choice->chosen ? MARK_BOX_ON : MARK_BOX;
	return choice->chosen ? MARK_RADIO_ON : MARK_RADIO;
}

static void collect(struct view *view, enum wizard_step step, const struct wizard_choice *choices,
        size_t n, struct rows *rows)
{
	const struct theme *t = &view->ui->theme;

	for (size_t i = 0; i < n; i++) {
		char id[UI_ID_MOST];
		struct row *row;

		/* By its place: two may have the same name. */
		snprintf(id, sizeof(id), "%d/%zu", step, i);
		row = rows_add(
		        rows, id, title_of(step, &choices[i]), line_of(view, step, &choices[i]));
		row->mark = mark_of(step, &choices[i]);
		row->dim = !choices[i].possible;
		if (choices[i].offer && choices[i].offer->verdict != OFFER_PASS)
			row->line_color = color_of_verdict(choices[i].offer->verdict, t);
		if (choices[i].chosen &&
		        !(rows->first && rows->list[rows->first].mark != MARK_RADIO))
			rows->first = i;
	}
}

/* --- beside them --- */

static const char *words_of_with(enum offer_kind kind)
{
	return kind == OFFER_USB    ? _("Plugged in there")
	       : kind == OFFER_DISK ? _("On it now")
	                            : _("Goes with it");
}

static void tell_offer(
        struct view *view, struct panel *p, enum offer_kind kind, const struct offer *offer)
{
	const struct theme *t = &view->ui->theme;
	cleanup_free char *reasons = words_of_sentences(&offer->reasons);
	cleanup_free char *with = strv_join(&offer->with, ", ");
	cleanup_free char *disk = kind == OFFER_DISK ? words_of_disk(offer) : NULL;
	cleanup_free char *all = strv_join(&offer->loses, "; ");
	cleanup_free char *loses = *all ? xasprintf(_("This PC would lose: %s"), all) : xstrdup("");

	panel_say(view, p, TEXT_BODY, true, color_of_verdict(offer->verdict, t),
	        words_of_offer(kind, offer->verdict));
	if (disk)
		panel_say(view, p, TEXT_BODY, false, t->text, disk);
	panel_say(view, p, TEXT_BODY, false, t->text, reasons);
	if (*with) {
		panel_say(view, p, TEXT_SMALL, true, t->dim, words_of_with(kind));
		p->y -= t->gap / 2;
		panel_say(view, p, TEXT_BODY, false, t->text, with);
	}
	if (*loses)
		panel_say(view, p, TEXT_BODY, false, t->text, loses);
}

static void tell(struct view *view, const struct rows_page *page, enum wizard_step step,
        const struct wizard_choice *choice)
{
	const struct theme *t = &view->ui->theme;
	struct panel p = panel_begin(view, page);
	cleanup_free char *title = title_of(step, choice), *line = line_of(view, step, choice);
	cleanup_free char *words = words_of_refusal(line, "");

	/* Where there is little room, the row has said it. */
	if (page->wide)
		panel_say(view, &p, TEXT_HEADING, true, t->text, title);
	if (choice->offer)
		tell_offer(view, &p,
		        step == WIZARD_GPU   ? OFFER_GPU
		        : step == WIZARD_USB ? OFFER_USB
		                             : OFFER_DISK,
		        choice->offer);
	else
		panel_say(view, &p, TEXT_BODY, false, t->text, words);
	if (page->wide && wizard_takes_many(step))
		panel_say(view, &p, TEXT_SMALL, false, t->dim, _("Several may be chosen."));
}

/* --- the page --- */

void new_pass_choices(struct view *view, int y, enum wizard_step step)
{
	struct ui *ui = view->ui;
	struct rows_page page = rows_lay_out(view, y, true);
	struct rows rows = {0};
	struct wizard_choice *choices;
	size_t n = wizard_choices(
	        &view->drafts->wizard, &view->model->profiles.offers, step, &choices);
	struct rows_hit hit;

	collect(view, step, choices, n, &rows);
	rows.button_first = wizard_takes_many(step);
	hit = rows_pass(view, SCREEN_NEW, &page, &rows);
	if (hit.focus < n)
		tell(view, &page, step, &choices[hit.focus]);
	if (ui_button(ui, "next", page.list.x, page.buttons_y, _("Next"),
	            rows.button_first || n == 0 ? UI_FIRST : 0))
		new_go_on(view);
	new_hints(view, streq(ui_focus(ui), "next") ? _("Next") : _("Take it"), true);
	if (hit.activated) {
		want(view, INTENT_ANSWER, NULL, NULL);
		view->intent.number = (int)hit.focus;
	}
	rows_finish(&rows);
	free(choices);
}
