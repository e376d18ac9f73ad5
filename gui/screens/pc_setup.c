/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How far the setup of this PC is, why, and what can be done about it; or what became of an act with it. Each page begins
 * with what is to be read, so that no press of before does anything here.
 */
#include "base/i18n.h"
#include "screens/screens.h"

#define BLOCKS_MOST (PC_POINTS_MOST + 8)

struct page {
	const char *title;
	color color;
	struct block blocks[BLOCKS_MOST];
	size_t n;
};

static void say(struct page *page, const char *label, const char *text, const char *code)
{
	if (page->n < BLOCKS_MOST)
		page->blocks[page->n++] = (struct block){
		        .label = label, .text = xstrdup(text), .size = TEXT_BODY, .code = code};
}

static void offer(struct page *page, const char *act, const char *label, const char *text)
{
	say(page, label, text, NULL);
	page->blocks[page->n - 1].act = act;
	page->blocks[page->n - 1].sign = BLOCK_GO;
}

/* --- restart --- */

/* Whether this plan's entry is tried by itself; the plan may be another one by now, or not known. */
static const char *words_of_trial(const struct view *view)
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

static void offer_restart(struct view *view, struct page *page)
{
	if (game_runs(view))
		say(page, _("To restart"), _("A game runs: stop it first."), NULL);
	else if (view->model->setup.may_restart)
		offer(page, "restart", _("Restart this PC…"),
		        _("You are asked once more. After it, look here again."));
	else
		say(page, _("To restart"),
		        _("Restart this PC as you always do. After it, look here again."), NULL);
}

static void offer_undo(struct page *page)
{
	offer(page, "undo", _("Undo the setup…"),
	        _("Every file is put back to the byte as it was; the boot menu is made anew, "
	          "without the new entry."));
}

/* --- how far it is --- */

static void say_phase(struct view *view, struct page *page)
{
	const struct setup_state *state = &view->model->setup;

	switch (state->phase) {
	case SETUP_NONE:
		say(page, _("What that means"), _("Nothing of Playthrough's is in the boot menu."),
		        NULL);
		offer(page, "plan", _("What would be changed"),
		        _("Nothing is changed by reading it."));
		break;
	case SETUP_WAITING:
		say(page, _("What comes next"), words_of_trial(view), NULL);
		offer_restart(view, page);
		break;
	case SETUP_FELL_BACK:
	case SETUP_NOT_TAKEN:
		say(page, _("What happened"),
		        state->given_up ? _("The new entry was tried. Within ten minutes nobody "
		                            "had logged in "
		                            "and not all was well, so this PC restarted by itself "
		                            "into the old "
		                            "one.")
		        : state->phase == SETUP_FELL_BACK
		                ? _("This PC was restarted since it was set up, and started with "
		                    "the "
		                    "old entry. Nothing is lost by that: it runs as before.")
		                : _("This PC was started with the old entry; whether it was "
		                    "restarted "
		                    "since it was set up is not known."),
		        NULL);
		offer_restart(view, page);
		break;
	case SETUP_TRIAL:
		if (state->by_hand)
			say(page, _("What comes next"),
			        _("Which entry is taken by itself is yours to say, in the boot "
			          "loader's "
			          "own configuration."),
			        NULL);
		else if (state->ready)
			say(page, _("What comes next"),
			        _("Until it is kept, the next start is the old one again."), NULL);
		else
			say(page, _("What comes next"),
			        _("It is not kept while something is not well: the next start is "
			          "the "
			          "old one again. What has a cross below says why."),
			        NULL);
		if (state->ready && !state->by_hand)
			offer(page, "keep", _("Keep it for good"),
			        _("The new entry becomes the one that is taken by itself. The old "
			          "one "
			          "stays in the menu, and undo stays possible."));
		break;
	case SETUP_KEPT:
		say(page, _("What that means"),
		        _("The new entry is the one that is taken by itself. The old one stays in "
		          "the "
		          "boot menu and starts this PC as before."),
		        NULL);
		break;
	case SETUP_UNKNOWN:
		say(page, _("What to do"), _("In a terminal: sudo playthrough-setup verify --look"),
		        NULL);
		break;
	}
	if (state->phase != SETUP_NONE && state->phase != SETUP_UNKNOWN)
		offer_undo(page);
}

/* Each with its evidence, and what to do where there is something. */
static void say_findings(const struct setup_state *state, struct page *page)
{
	for (size_t i = 0; i < state->n_findings && page->n < BLOCKS_MOST; i++) {
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

static void page_state(struct view *view, struct page *page)
{
	const struct setup_state *state = &view->model->setup;
	enum pc_status status;

	page->title = words_of_setup(state, &status);
	page->color = color_of_status(status, &view->ui->theme);
	say_phase(view, page);
	if (state->phase != SETUP_NONE && state->phase != SETUP_WAITING)
		say_findings(state, page);
}

static void page_unknown(struct view *view, struct page *page)
{
	const struct setup_state *state = &view->model->setup;
	cleanup_free char *why = words_of_refusal(state->why, state->hint);

	page->color = view->ui->theme.dim;
	page->title = state->asking ? _("One moment") : _("How far the setup is, is not known");
	if (state->asking)
		say(page, _("This PC is being looked at"), _("Nothing is changed by that."), NULL);
	else
		say(page, _("Why"),
		        *why ? why : _("In a terminal: sudo playthrough-setup verify --look"),
		        state->code);
	if (!state->asking && *state->code)
		offer(page, "again", _("Ask again"), _("Nothing is changed by that."));
}

/* --- how an act ended --- */

static void page_done(struct view *view, struct page *page)
{
	const struct setup_state *state = &view->model->setup;

	page->color = view->ui->theme.good;
	switch (state->act) {
	case SETUP_UNDO:
		page->title = _("Undone: this PC is set up as before");
		say(page, _("What comes next"),
		        state->was_ours
		                ? _("Its files and its boot menu are what they were. This start "
		                    "was still the new entry's: until the next one, the devices "
		                    "stay with games.")
		                : _("Its files and its boot menu are what they were. There is "
		                    "nothing more to do."),
		        NULL);
		if (state->was_ours)
			offer_restart(view, page);
		break;
	case SETUP_KEEP:
		page->title = state->by_hand ? _("All is well") : _("Kept for good");
		say(page, _("What that means"),
		        state->by_hand
		                ? _("Which entry is taken by itself is yours to say, in the boot "
		                    "loader's own configuration.")
		                : _("The new entry is the one that is taken by itself. The old one "
		                    "stays in the boot menu and starts this PC as before."),
		        NULL);
		break;
	case SETUP_RESTART:
		page->title = _("This PC restarts");
		say(page, _("After it"), _("Look here again: all that is found is told."), NULL);
		break;
	case SETUP_APPLY:
	case SETUP_NO_ACT:
		page->title = _("It is set up. Restart to try it");
		say(page, _("What comes next"), words_of_trial(view), NULL);
		offer_restart(view, page);
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

static void offer_again(struct view *view, struct page *page)
{
	const struct setup_state *state = &view->model->setup;

	if (setup_state_stale(state))
		offer(page, "plan", _("Read the new plan"), _("Nothing is changed by reading it."));
	else if (state->act == SETUP_APPLY && view->model->plan.told)
		offer(page, "apply", _("Try again…"), _("You are asked once more."));
	else if (state->act == SETUP_UNDO)
		offer(page, "undo", _("Try again…"), _("You are asked once more."));
	else if (state->act == SETUP_KEEP)
		offer(page, "keep", _("Try again"), _("The old entry stays in the menu."));
	else if (state->act == SETUP_RESTART)
		offer_restart(view, page);
}

static void page_failed(struct view *view, struct page *page)
{
	const struct setup_state *state = &view->model->setup;
	cleanup_free char *why = words_of_cause(state);
	cleanup_free char *hint = words_of_refusal(state->act_hint, "");
	cleanup_free char *command = state->denied ? words_of_command(view) : NULL;

	page->color = view->ui->theme.warn;
	page->title = title_of_end(state);
	say(page, state->denied ? _("Nothing was changed") : _("What happened"), why,
	        *hint ? NULL : state->act_code);
	if (*hint)
		say(page, _("What to do"), hint, state->act_code);
	if (command)
		say(page, _("The same in a terminal"), command, NULL);
	offer_again(view, page);
	if (state->act == SETUP_KEEP && state->step == SETUP_REFUSED && !state->denied)
		say_findings(state, page);
}

static void page_lost(struct view *view, struct page *page)
{
	page->color = view->ui->theme.warn;
	page->title = _("What became of it is not known");
	say(page, _("What happened"),
	        _("The service ended while it was at work. The old entry is in the boot menu, as "
	          "it "
	          "was; what was begun is taken back when the setup, or undo, is done again."),
	        NULL);
	say(page, _("Its reasons"), "journalctl -u playthrough-setupd", NULL);
}

static void page_over(struct view *view, struct page *page)
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
	offer(page, "seen", _("To this PC"), _("Back to what it can do."));
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
	struct page page = {.title = ""};
	struct rect in = body;
	const char *act;

	if (setup_state_over(state))
		page_over(view, &page);
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
