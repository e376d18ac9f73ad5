/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "screens/pc_page.h"
#include "base/i18n.h"

void pc_page_say(struct pc_page *page, const char *label, const char *text, const char *code)
{
	if (page->n < PC_PAGE_MOST)
		page->blocks[page->n++] = (struct block){
		        .label = label, .text = xstrdup(text), .size = TEXT_BODY, .code = code};
}

void pc_page_offer(struct pc_page *page, const char *act, const char *label, const char *text)
{
	pc_page_say(page, label, text, NULL);
	page->blocks[page->n - 1].act = act;
	page->blocks[page->n - 1].sign = BLOCK_GO;
}

/* --- restart --- */

/* Whether this plan's entry is tried by itself; the plan may be another one by now, or not known. */
const char *words_of_trial(const struct view *view)
{
	const struct plan *plan = &view->model->plan;
	const struct setup_state *state = &view->model->setup;
	bool known =
	        plan->told && (streq(plan->id, state->plan) || streq(plan->id, state->act_plan));

	if (known && plan->by_hand)
		return _("Add the entry to the boot menu as the plan says. Then restart, and "
		         "choose it.");
	if (known && !plan->tried_once)
		return _(
		        "Restart, and choose the entry Playthrough in the boot menu: this PC's "
		        "boot "
		        "loader cannot remember that by itself. Every other start is the old one.");
	if (known)
		return _("The next start takes the new entry, once. Should this PC not come up, "
		         "switch "
		         "it off and on: it starts as before. If within ten minutes nobody logs in "
		         "and "
		         "not all is well, it restarts by itself into the old entry.");
	return _(
	        "The next start takes the new entry once, where the boot loader can remember that; "
	        "else choose Playthrough in the boot menu. Every other start is the old one.");
}

void pc_page_restart(struct view *view, struct pc_page *page)
{
	if (game_runs(view))
		pc_page_say(page, _("To restart"), _("A game runs: stop it first."), NULL);
	else if (view->model->setup.may_restart)
		pc_page_offer(page, "restart", _("Restart this PC…"),
		        _("You are asked once more. After it, look here again."));
	else
		pc_page_say(page, _("To restart"),
		        _("Restart this PC as you always do. After it, look here again."), NULL);
}

void pc_page_undo(struct pc_page *page)
{
	pc_page_offer(page, "undo", _("Undo the setup…"),
	        _("Every file is put back to the byte as it was; the boot menu is made anew, "
	          "without the new entry."));
}

/* Each with its evidence, and what to do where there is something. */
void pc_page_findings(const struct setup_state *state, struct pc_page *page)
{
	for (size_t i = 0; i < state->n_findings && page->n < PC_PAGE_MOST; i++) {
		const struct pc_point *point = &state->findings[i];
		cleanup_free char *summary = words_of_check(point->summary);
		cleanup_free char *fix = words_of_check(point->fix);

		page->blocks[page->n++] = (struct block){.label = words_of_finding(point),
		        .text = *fix ? xasprintf("%s. %s.", summary, fix)
		                     : xasprintf("%s.", summary),
		        .size = TEXT_BODY,
		        .status_of = point,
		        .code = point->code};
	}
}
