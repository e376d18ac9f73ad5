/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How an act with the setup of this PC ended: what happened, why, what to do. */
#include "base/i18n.h"
#include "screens/pc_page.h"

static void page_done(struct view *view, struct pc_page *page)
{
	const struct setup_state *state = &view->model->setup;

	page->color = view->ui->theme.good;
	switch (state->act) {
	case SETUP_UNDO:
		page->title = _("Undone: this PC is set up as before");
		pc_page_say(page, _("What comes next"),
		        state->was_ours
		                ? _("Its files and its boot menu are what they were. This start "
		                    "was still the new entry's: until the next one, the devices "
		                    "stay with games.")
		                : _("Its files and its boot menu are what they were. There is "
		                    "nothing more to do."),
		        NULL);
		if (state->was_ours)
			pc_page_restart(view, page);
		break;
	case SETUP_KEEP:
		page->title = state->by_hand ? _("All is well") : _("Kept for good");
		pc_page_say(page, _("What that means"),
		        state->by_hand
		                ? _("Which entry is taken by itself is yours to say, in the boot "
		                    "loader's own configuration.")
		                : _("The new entry is the one that is taken by itself. The old one "
		                    "stays in the boot menu and starts this PC as before."),
		        NULL);
		break;
	case SETUP_RESTART:
		page->title = _("This PC restarts");
		pc_page_say(page, _("After it"), _("Look here again: all that is found is told."),
		        NULL);
		break;
	case SETUP_APPLY:
	case SETUP_NO_ACT:
		page->title = _("It is set up. Restart to try it");
		pc_page_say(page, _("What comes next"), words_of_trial(view), NULL);
		pc_page_restart(view, page);
		break;
	}
}

static const char *title_of_end(const struct setup_state *state)
{
	if (setup_state_stale(state))
		return _("This PC has changed since the plan was made");
	if (state->step == SETUP_CANCELLED)
		return setup_state_taken_back(state) ? _("Cancelled, and all of it taken back")
		                                     : _("Cancelled");
	if (setup_state_taken_back(state))
		return _("It did not work, and all of it was taken back");
	if (state->denied)
		return _("This needs an administrator");
	if (state->act == SETUP_UNDO)
		return _("The setup could not be undone");
	if (state->act == SETUP_KEEP)
		return _("It was not kept");
	return state->act == SETUP_RESTART ? _("This PC was not restarted")
	                                   : _("It was not set up");
}

/* The same act for somebody who may. Caller frees; NULL: there is none. */
static char *words_of_command(const struct view *view)
{
	const struct setup_state *state = &view->model->setup;

	switch (state->act) {
	case SETUP_APPLY:
		return plan_command(&view->model->plan);
	case SETUP_UNDO:
		return xstrdup("sudo playthrough-setup undo");
	case SETUP_KEEP:
		return xstrdup("sudo playthrough-setup verify");
	case SETUP_RESTART:
	case SETUP_NO_ACT:
		break;
	}
	return NULL;
}

/* Why not; of polkit in our own words, since its service speaks another language than the person may. Caller frees. */
static char *words_of_cause(const struct setup_state *state)
{
	if (streq(state->act_code, code_text(CODE_BUS_NO_AGENT)))
		return xstrdup(
		        _("It takes an administrator's password, and no window here asks for it."));
	if (streq(state->act_code, code_text(CODE_BUS_DENIED)))
		return xstrdup(_(
		        "Nobody has confirmed that you may: the password was not given, or you are "
		        "no administrator."));
	return words_of_refusal(setup_state_cause(state), "");
}

static void offer_again(struct view *view, struct pc_page *page)
{
	const struct setup_state *state = &view->model->setup;

	if (setup_state_stale(state))
		pc_page_offer(page, "plan", _("Read the new plan"),
		        _("Nothing is changed by reading it."));
	else if (state->act == SETUP_APPLY && view->model->plan.told)
		pc_page_offer(page, "apply", _("Try again…"), _("You are asked once more."));
	else if (state->act == SETUP_UNDO)
		pc_page_offer(page, "undo", _("Try again…"), _("You are asked once more."));
	else if (state->act == SETUP_KEEP)
		pc_page_offer(page, "keep", _("Try again"), _("The old entry stays in the menu."));
	else if (state->act == SETUP_RESTART)
		pc_page_restart(view, page);
}

static void page_failed(struct view *view, struct pc_page *page)
{
	const struct setup_state *state = &view->model->setup;
	cleanup_free char *why = words_of_cause(state);
	cleanup_free char *hint = words_of_refusal(state->act_hint, "");
	cleanup_free char *command = state->denied ? words_of_command(view) : NULL;

	page->color = view->ui->theme.warn;
	page->title = title_of_end(state);
	pc_page_say(page, state->denied ? _("Nothing was changed") : _("What happened"), why,
	        *hint ? NULL : state->act_code);
	if (*hint)
		pc_page_say(page, _("What to do"), hint, state->act_code);
	if (state->step == SETUP_FAILED && state->n_stages) {
		cleanup_free char *step = words_of_step(state->stages[state->n_stages - 1].name);

		pc_page_say(page, _("At which step"), step, NULL);
	}
	if (command)
		pc_page_say(page, _("The same in a terminal"), command, NULL);
	offer_again(view, page);
	if (state->act == SETUP_KEEP && state->step == SETUP_REFUSED && !state->denied)
		pc_page_findings(state, page);
}

static void page_lost(struct view *view, struct pc_page *page)
{
	page->color = view->ui->theme.warn;
	page->title = _("What became of it is not known");
	pc_page_say(page, _("What happened"),
	        _("The service ended while it was at work. The old entry is in the boot menu, as "
	          "it "
	          "was; what was begun is taken back when the setup, or undo, is done again."),
	        NULL);
	pc_page_say(page, _("Its reasons"), "journalctl -u playthrough-setupd", NULL);
}

void pc_page_ended(struct view *view, struct pc_page *page)
{
	switch (view->model->setup.step) {
	case SETUP_DONE:
		page_done(view, page);
		break;
	case SETUP_LOST:
		page_lost(view, page);
		break;
	case SETUP_FAILED:
	case SETUP_CANCELLED:
	case SETUP_REFUSED:
	case SETUP_IDLE:
	case SETUP_ASKED:
	case SETUP_AT_WORK:
		page_failed(view, page);
		break;
	}
	pc_page_offer(page, "seen", _("To this PC"), _("Back to the check of it."));
}
