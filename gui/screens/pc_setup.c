/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How far the setup of this PC is, why, and what can be done about it; or what became of an act with it. Each page begins
 * with what is to be read, so that no press of before does anything here.
 */
#include "base/i18n.h"
#include "screens/pc_page.h"

/* --- how far it is --- */

static void say_old_start(const struct setup_state *state, struct pc_page *page)
{
	const char *text =
	        state->given_up
	                ? _("The new entry was tried. Within ten minutes nobody had logged in and "
	                    "not "
	                    "all was well, so this PC restarted by itself into the old one.")
	        : state->phase == SETUP_FELL_BACK
	                ? _("This PC was restarted since it was set up, and started with the old "
	                    "entry. Nothing is lost by that: it runs as before.")
	                : _("This PC was started with the old entry; whether it was restarted "
	                    "since "
	                    "it was set up is not known.");

	pc_page_say(page, _("What happened"), text, NULL);
}

static void say_trial(const struct setup_state *state, struct pc_page *page)
{
	const char *text =
	        state->by_hand ? _("Which entry is taken by itself is yours to say, in the boot "
	                           "loader's own "
	                           "configuration.")
	        : state->ready
	                ? _("Until it is kept, the next start is the old one again.")
	                : _("It is not kept while something is not well: the next start is the "
	                    "old one again. What has a cross below says why.");

	pc_page_say(page, _("What comes next"), text, NULL);
	if (state->ready && !state->by_hand)
		pc_page_offer(page, "keep", _("Keep it for good"),
		        _("The new entry becomes the one that is taken by itself. The old one "
		          "stays "
		          "in the menu, and undo stays possible."));
}

static void say_phase(struct view *view, struct pc_page *page)
{
	const struct setup_state *state = &view->model->setup;

	switch (state->phase) {
	case SETUP_NONE:
		pc_page_say(page, _("What that means"),
		        _("No plan is applied. What one would change can be read first."), NULL);
		pc_page_offer(page, "plan", _("What would be changed"),
		        _("Nothing is changed by reading it."));
		return;
	case SETUP_HALF_WAY:
		pc_page_say(page, _("What that means"),
		        _("A setup or its undo was interrupted, or is at work in a terminal. The "
		          "old "
		          "entry is in the boot menu, as it was; undo takes back what was begun."),
		        NULL);
		break;
	case SETUP_WAITING:
		pc_page_say(page, _("What comes next"), words_of_trial(view), NULL);
		pc_page_restart(view, page);
		break;
	case SETUP_FELL_BACK:
	case SETUP_NOT_TAKEN:
		say_old_start(state, page);
		pc_page_restart(view, page);
		break;
	case SETUP_TRIAL:
		say_trial(state, page);
		break;
	case SETUP_KEPT:
		pc_page_say(page, _("What that means"),
		        _("The new entry is the one that is taken by itself. The old one stays in "
		          "the "
		          "boot menu and starts this PC as before."),
		        NULL);
		break;
	case SETUP_UNKNOWN:
		pc_page_say(page, _("What to do"),
		        _("In a terminal: sudo playthrough-setup verify --look"), NULL);
		return;
	}
	pc_page_undo(page);
}

static void page_state(struct view *view, struct pc_page *page)
{
	const struct setup_state *state = &view->model->setup;
	enum pc_status status;

	page->title = words_of_setup(state, &status);
	page->color = color_of_status(status, &view->ui->theme);
	say_phase(view, page);
	if (state->phase != SETUP_NONE && state->phase != SETUP_HALF_WAY &&
	        state->phase != SETUP_WAITING)
		pc_page_findings(state, page);
}

static void page_unknown(struct view *view, struct pc_page *page)
{
	const struct setup_state *state = &view->model->setup;
	cleanup_free char *why = words_of_refusal(state->why, state->hint);

	page->color = view->ui->theme.dim;
	page->title = state->asking ? _("One moment") : _("How far the setup is, is not known");
	if (state->asking)
		pc_page_say(page, _("This PC is being looked at"), _("Nothing is changed by that."),
		        NULL);
	else
		pc_page_say(page, _("Why"),
		        *why ? why : _("In a terminal: sudo playthrough-setup verify --look"),
		        state->code);
	if (!state->asking && *state->code)
		pc_page_offer(page, "again", _("Ask again"), _("Nothing is changed by that."));
}

/* --- the screen --- */

static void do_act(struct view *view, const char *act)
{
	if (streq(act, "restart"))
		ask_restart(view);
	else if (streq(act, "undo"))
		ask_undo(view);
	else if (streq(act, "apply"))
		ask_apply(view);
	else if (streq(act, "keep"))
		want(view, INTENT_KEEP, NULL, NULL);
	else if (streq(act, "plan"))
		want_screen(view, SCREEN_PLAN, NULL);
	else
		want(view, streq(act, "seen") ? INTENT_SEEN : INTENT_PROGRESS, NULL, NULL);
}

static void pass_page(struct view *view, struct rect body)
{
	const struct setup_state *state = &view->model->setup;
	struct pc_page page = {.title = ""};
	struct rect in = body;
	const char *act;

	if (setup_state_over(state))
		pc_page_ended(view, &page);
	else if (state->told)
		page_state(view, &page);
	else
		page_unknown(view, &page);
	in.y = put_text(view, body, body.y, TEXT_HEADING, true, page.color, 3, page.title);
	in.h = body.y + body.h - in.y;
	act = pass_blocks(view, SCREEN_SETUP, in, page.blocks, page.n);
	if (act)
		do_act(view, act);
	blocks_finish(page.blocks, page.n);
}

void screen_setup(struct view *view)
{
	const struct setup_state *state = &view->model->setup;
	struct rect body = ui_body(view->ui);

	if (view->ui->theme.look.scale <= 125) {
		int y = screen_title(view, _("Setup of this PC"));

		body.h -= y - body.y;
		body.y = y;
	}
	if (setup_state_busy(state))
		pass_setup_job(view, body);
	else
		pass_page(view, body);
	ui_hint(view->ui, ACTION_CONFIRM, _("Choose"));
	ui_hint(view->ui, ACTION_BACK, _("Back"));
	if (ui_pressed(view->ui, ACTION_BACK))
		want(view, setup_state_over(state) ? INTENT_SEEN : INTENT_BACK, NULL, NULL);
	if (setup_state_busy(state) || setup_state_over(state))
		return;
	ui_hint(view->ui, ACTION_X, _("Look again"));
	if (ui_pressed(view->ui, ACTION_X))
		want(view, INTENT_PROGRESS, NULL, NULL);
}
