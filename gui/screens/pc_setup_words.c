/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The setup of this PC in words, and the questions before it is changed. */
#include "base/i18n.h"
#include "screens/screens.h"

#include <stdio.h>

const char *words_of_setup(const struct setup_state *state, enum pc_status *status)
{
	*status = PC_WARN;
	switch (state->phase) {
	case SETUP_NONE:
		*status = PC_SKIP;
		return _("This PC is not set up yet");
	case SETUP_HALF_WAY:
		return _("The setup stopped half way");
	case SETUP_WAITING:
		return _("Set up, and waiting for a restart");
	case SETUP_FELL_BACK:
		return _("This PC was started with its old entry again");
	case SETUP_NOT_TAKEN:
		return _("Set up, but not started with the new entry");
	case SETUP_TRIAL:
		if (!state->ready)
			return _("On trial, and not all is well");
		*status = PC_PASS;
		return _("On trial: all is well so far");
	case SETUP_KEPT:
		if (!state->ready)
			return _("Set up for good, but not all is well now");
		*status = PC_PASS;
		return _("Set up for good, and all is well");
	case SETUP_UNKNOWN:
		break;
	}
	*status = PC_UNKNOWN;
	return _("How far the setup is, is not known");
}

const char *words_of_setup_now(const struct setup_state *state, enum pc_status *status)
{
	if (setup_state_busy(state)) {
		*status = PC_WARN;
		return state->act == SETUP_UNDO ? _("It is being undone")
		                                : _("It is being changed");
	}
	if (state->step == SETUP_DONE || !setup_state_over(state))
		return words_of_setup(state, status);
	*status = PC_WARN;
	return _("It did not work: read why");
}

const char *words_of_finding(const struct pc_point *point)
{
	static const char *const titles[][2] = {
	        {"plan.applied", N_("The plan")},
	        {"plan.devices", N_("The list of devices")},
	        {"boot.entry", N_("The entry of this start")},
	        {"device.identity", N_("The device of the plan")},
	        {"device.bound", N_("The device for games")},
	        {"iommu.group", N_("What goes together")},
	        {"iommu.interrupt-remapping", N_("Interrupts kept apart")},
	        {"boot.no-host-driver", N_("No driver before games")},
	        {"host.display", N_("A screen of this PC")},
	        {"host.display-driver", N_("The card of this PC")},
	        {"host.way-in", N_("A way in during a game")},
	};

	for (size_t i = 0; i < ARRAY_SIZE(titles); i++)
		if (streq(point->id, titles[i][0]))
			return _(titles[i][1]);
	return point->id;
}

char *words_of_step(const char *step)
{
	static const char *const whole[][2] = {
	        {"let the loader forget our entry",
	                N_("Making sure that the next start is the old one")},
	        {"renew the boot menu", N_("Making the boot menu anew")},
	        {"look into the boot menu", N_("Looking into the boot menu")},
	        {"have the entry tried once", N_("Having the new entry tried once")},
	};
	for (size_t i = 0; i < ARRAY_SIZE(whole); i++)
		if (streq(step, whole[i][0]))
			return xstrdup(_(whole[i][1]));
	if (starts_with(step, "write "))
		return xasprintf(_("Writing %s"), step + strlen("write "));
	if (starts_with(step, "restore "))
		return xasprintf(_("Putting back %s"), step + strlen("restore "));
	if (starts_with(step, "keep "))
		return xasprintf(_("Putting your version beside %s"), step + strlen("keep "));
	return xstrdup(step);
}

bool game_runs(const struct view *view)
{
	for (size_t i = 0; i < view->model->n_vms; i++)
		if (view->model->vms[i].state != MODEL_STOPPED)
			return true;
	return false;
}

char *words_of_no_plan(const struct plan *plan)
{
	if (plan_wants_choice(plan))
		return xstrdup(
		        _("Several graphics cards could go to games: which one is yours to say."));
	return words_of_refusal(plan->why, plan->hint);
}

bool must_choose_card(const struct pc *pc)
{
	const struct pc_point *point = pc_point(pc, "host.config");

	return point && streq(point->code, code_text(CODE_HOST_CHOICE));
}

/* --- questions --- */

void ask_apply(struct view *view)
{
	const struct plan *plan = &view->model->plan;
	struct intent *intent = &view->dialog->intent;

	ask(view, INTENT_APPLY, "", _("Set up this PC?"),
	        plan->by_hand
	                ? _("Files are written as you have read. Nothing that starts this PC now "
	                    "is touched, and undo takes all of it back. The entry in the boot menu "
	                    "you add yourself.")
	                : _("Files are written as you have read, and the boot menu gets one entry "
	                    "more. The one that starts this PC now stays as it is, and undo takes "
	                    "all of it back. For what runs now, nothing changes."),
	        _("Set it up"));
	snprintf(intent->device, sizeof(intent->device), "%s", plan->id);
}

void ask_undo(struct view *view)
{
	ask(view, INTENT_UNDO, "", _("Undo the setup?"),
	        _("Every file is put back as it was, and the entry goes from the boot menu. A file "
	          "that you have edited since is put beside it, so that nothing is lost. Once "
	          "begun, "
	          "it is not stopped half way."),
	        _("Undo it"));
}

/* VMs live on without the daemon: only while it answers does a list without one that runs say that none does. */
const char *words_before_end(const struct view *view)
{
	if (game_runs(view))
		return _("A game runs: what it has not saved is lost. Every other program on "
		         "this PC ends, too.");
	if (view->model->link == MODEL_UP && view->model->listed)
		return _("Every program on it ends: save your work first. No game runs.");
	return _("Every program on it ends: save your work first. Whether a game runs is not "
	         "known: what it has not saved would be lost.");
}

void ask_restart(struct view *view)
{
	ask(view, INTENT_RESTART, "", _("Restart this PC now?"), words_before_end(view),
	        _("Restart"));
}
