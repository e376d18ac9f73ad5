/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the USB screens say of a device. */
#include "base/i18n.h"
#include "base/usb_words.h"
#include "screens/screens.h"

const struct model_vm *usb_game(const struct view *view)
{
	const struct model_vm *vm = model_vm(view->model, view->vm), *only = NULL;

	if (vm && vm->state == MODEL_RUNNING)
		return vm;
	for (size_t i = 0; i < view->model->n_vms; i++) {
		if (view->model->vms[i].state != MODEL_RUNNING)
			continue;
		if (only) /* which of them is for the person to say */
			return NULL;
		only = &view->model->vms[i];
	}
	return only;
}

const char *usb_socket(const struct model_usb_row *row)
{
	const char *slash = strrchr(row->port, '/');

	return slash ? slash + 1 : *row->port ? row->port : model_usb_key(row);
}

const char *usb_title(const struct view *view, const char *name)
{
	const struct model_vm *vm = model_vm(view->model, name);

	return vm ? vm->title : name;
}

const char *usb_kind_words(const struct model_usb *usb)
{
	const char *words = streq(usb->kind, "other") ? NULL : usb_words_of_kind(usb->kind);

	return words ? words : usb->id;
}

/* --- whose it is --- */

/* Each way to name a device has a sentence of its own: in another language none is another with a word changed. */
static const char *const has_words[MODEL_BY_COUNT + 1] = {
        N_("%s has it: its rule [%s] names this very device by its serial number."),
        N_("%s has it: its rule [%s] names devices of this make and model."),
        N_("%s has it: its rule [%s] names the socket it is in."),
        N_("%s has it: its rule [%s] names a hub it is plugged into."),
        N_("%s has it: its rule [%s] names it."),
};

static const char *const awaits_words[MODEL_BY_COUNT + 1] = {
        N_("With this PC until %s runs: its rule [%s] names this very device by its serial "
           "number."),
        N_("With this PC until %s runs: its rule [%s] names devices of this make and model."),
        N_("With this PC until %s runs: its rule [%s] names the socket it is in."),
        N_("With this PC until %s runs: its rule [%s] names a hub it is plugged into."),
        N_("With this PC until %s runs: its rule [%s] names it."),
};

static char *held_words(
        const struct view *view, const struct model_usb *usb, const struct model_usb_why *why)
{
	const struct model_usb_rule *rule = model_usb_rule(why, usb->vm);
	const char *title = usb_title(view, usb->vm);

	if (rule)
		return xasprintf(_(has_words[rule->by]), title, rule->section);
	return xasprintf(_("%s has it: it was given by hand."), title);
}

static char *awaited_words(const struct view *view, const struct model_usb_rule *rule)
{
	return xasprintf(_(awaits_words[rule->by]), usb_title(view, rule->vm), rule->section);
}

static char *refused_words(const struct model_usb_why *why)
{
	if (*why->refused_code)
		return xasprintf(
		        _("It stays with this PC: %s (%s)."), why->refused, why->refused_code);
	return xasprintf(_("It stays with this PC: %s."), why->refused);
}

char *usb_why_words(const struct view *view, const struct model_usb *usb)
{
	const struct model_usb_why *why = model_usb_why(view->model, usb->sysname);
	const struct model_usb_rule *rule = model_usb_awaited(why);

	if (*usb->vm)
		return held_words(view, usb, why);
	if (usb->hub)
		return xstrdup(_("A hub stays with this PC; what is plugged into it may go."));
	if (why && *why->refused)
		return refused_words(why);
	if (rule)
		return awaited_words(view, rule);
	if (why && why->n_rules)
		return xstrdup(_("It was taken back by hand: its rule counts again when it is "
		                 "plugged in anew."));
	return xstrdup(_("It stays with this PC: no game's rule names it."));
}

char *usb_job_words(const struct view *view, bool *failed)
{
	const struct model_vm *game = usb_game(view);
	const struct model_job *job = game ? model_job(view->model, game->name, "usb") : NULL;

	*failed = job && job->state == MODEL_JOB_FAILED;
	if (*failed)
		return *job->code ? xasprintf("%s (%s)", job->message, job->code)
		                  : xstrdup(job->message);
	if (job && job->state == MODEL_JOB_RUNNING)
		return xstrdup(_("One moment: the device changes hands."));
	return NULL;
}
