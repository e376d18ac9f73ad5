/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A model from a document, for pictures and tests: what the daemon would have said, at once. */
#include "base/i18n.h"
#include "model/model.h"
#include "model/safe.h"

#include <errno.h>
#include <jansson.h>

#define cleanup_json cleanup(json_decrefp)

static const char *text_of(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

static void load_link(struct model *model, const json_t *all)
{
	const char *word = text_of(all, "link");
	const json_t *why = json_object_get(all, "why");
	struct err err = {0};

	if (word && streq(word, "connecting"))
		return;
	if (!word || !streq(word, "away")) {
		model_link_up(model);
		return;
	}
	err_set(&err, -ENOTCONN, "%s", text_of(why, "message") ? text_of(why, "message") : "");
	err_hint(&err, "%s", text_of(why, "hint") ? text_of(why, "hint") : "");
	err_code_text(&err, text_of(why, "code") ? text_of(why, "code") : "");
	model_link_away(model, &err);
}

/* Without a word of it there is no service to ask. */
static int load_pc(struct model *model, const json_t *all, struct err *err)
{
	const json_t *why = json_object_get(all, "pc_why");
	cleanup_free char *text = json_dumps(json_object_get(all, "pc"), JSON_COMPACT);
	struct err absent = {0};

	if (text)
		return pc_set(&model->pc, text, err);
	err_set(&absent, -ENOENT, "%s", text_of(why, "message") ? text_of(why, "message") : "");
	err_hint(&absent, "%s", text_of(why, "hint") ? text_of(why, "hint") : "");
	err_code_text(&absent, text_of(why, "code") ? text_of(why, "code") : "");
	pc_absent(&model->pc, &absent);
	return 0;
}

static void load_err(const json_t *act, struct err *out)
{
	int number = (int)json_integer_value(json_object_get(act, "number"));

	if (!text_of(act, "error"))
		return;
	err_set(out, number < 0 && number > -4096 ? number : -EIO, "%s", text_of(act, "error"));
	err_hint(out, "%s", text_of(act, "hint") ? text_of(act, "hint") : "");
	err_code_text(out, text_of(act, "code") ? text_of(act, "code") : "");
}

static int load_plan(struct model *model, const json_t *all, struct err *err)
{
	cleanup_free char *text = json_dumps(json_object_get(all, "plan"), JSON_COMPACT);

	const json_t *why = json_object_get(all, "plan_why");
	struct err refused = {0};

	load_err(why, &refused);
	if (refused.number)
		plan_refused(&model->plan, &refused);
	return text ? plan_set(&model->plan, text, err) : 0;
}

static void load_wishes(const json_t *array, struct strv *out)
{
	const json_t *one;
	size_t i;

	json_array_foreach (array, i, one)
		if (json_is_string(one) && i < PLAN_WISHES_MOST)
			strv_take(out, model_safe_text(json_string_value(one), PC_TEXT_MOST));
}

static enum setup_act act_of(const char *kind)
{
	return streq(kind, "apply")  ? SETUP_APPLY
	       : streq(kind, "undo") ? SETUP_UNDO
	       : streq(kind, "keep") ? SETUP_KEEP
	                             : SETUP_RESTART;
}

/* What a person did with the setup; "asked" and "refused" are no states of a job. */
static void load_act(struct setup_state *state, const json_t *act)
{
	const char *kind = text_of(act, "kind"), *word = text_of(act, "state");
	const json_t *stages = json_object_get(act, "stages"), *one;
	struct err why = {0};
	struct setup_job_facts facts = {.kind = kind,
	        .percent = (unsigned)json_integer_value(json_object_get(act, "percent"))};
	uint64_t at_ms = 0;
	size_t i;

	if (!kind || !word)
		return;
	load_err(act, &why);
	setup_state_begin(state, act_of(kind), text_of(act, "plan"), 0);
	json_array_foreach (stages, i, one) {
		facts.stage = json_string_value(json_array_get(one, 0));
		at_ms = (uint64_t)json_integer_value(json_array_get(one, 1));
		setup_state_set_job(state, &facts, at_ms);
	}
	facts.state = word;
	facts.why = why.number ? &why : NULL;
	if (streq(word, "refused") || streq(word, "ended"))
		setup_state_ended(state, facts.why, at_ms);
	else if (streq(word, "lost"))
		setup_state_lost(state, at_ms);
	else if (!streq(word, "asked"))
		setup_state_set_job(state, &facts, at_ms);
}

static int load_setup(struct model *model, const json_t *all, struct err *err)
{
	cleanup_free char *text = json_dumps(json_object_get(all, "verify"), JSON_COMPACT);
	const char *restart = text_of(all, "restart");

	load_wishes(json_object_get(all, "gpus"), &model->plan.gpus);
	load_wishes(json_object_get(all, "usbs"), &model->plan.usbs);
	setup_state_set_restart(&model->setup, restart ? restart : "");
	load_act(&model->setup, json_object_get(all, "act"));
	return text ? setup_state_set(&model->setup, text, err) : 0;
}

static int load_profiles(struct model *model, const json_t *all, struct err *err)
{
	struct profiles *p = &model->profiles;
	cleanup_free char *offers = json_dumps(json_object_get(all, "offers"), JSON_COMPACT);
	cleanup_free char *shown = json_dumps(json_object_get(all, "shown"), JSON_COMPACT);
	cleanup_free char *checked = json_dumps(json_object_get(all, "checked"), JSON_COMPACT);
	int r = offers ? offers_set(&p->offers, offers, err) : 0;

	if (r == 0 && shown)
		r = shown_set(&p->shown, shown, err);
	if (r == 0 && checked)
		r = checked_set(&p->checked, p->shown.name, p->shown.text, checked, err);
	return r;
}

static int load_remote(struct model *model, const json_t *all, struct err *err)
{
	cleanup_free char *text = json_dumps(json_object_get(all, "remote"), JSON_COMPACT);
	struct err refused = {0};
	int r = text ? remote_set(&model->remote, text, err) : 0;

	load_err(json_object_get(all, "remote_why"), &refused);
	if (refused.number)
		remote_refused(&model->remote, &refused);
	remote_set_ticket(&model->remote, text_of(all, "remote_ticket"));
	return r;
}

static int load_drive(struct model *model, const json_t *drive, struct err *err)
{
	cleanup_free char *text = json_dumps(json_object_get(drive, "result"), JSON_COMPACT);
	const char *vm = text_of(drive, "vm");

	return vm && text ? drive_set(&model->drive, vm, text, err) : 0;
}

static void load_discs(struct model *model, const json_t *discs)
{
	cleanup_free char *text = json_dumps(discs, JSON_COMPACT);
	cleanup_strv struct strv paths = {0};
	const json_t *one;
	size_t i;

	if (!text_of(discs, "vm"))
		return;
	json_array_foreach (json_object_get(discs, "images"), i, one)
		if (json_is_string(one))
			strv_add(&paths, json_string_value(one));
	discs_set(&model->discs, text_of(discs, "vm"), text);
	discs_set_images(&model->discs, &paths);
}

static void load_rights(struct model *model, const json_t *rights)
{
	for (size_t i = 0; i < RIGHT_COUNT && i < json_array_size(rights); i++) {
		const char *word = json_string_value(json_array_get(rights, i));

		model->rights.of[i] = !word                     ? MAY_UNKNOWN
		                      : streq(word, "yes")      ? MAY
		                      : streq(word, "password") ? MAY_BY_PASSWORD
		                                                : MAY_NOT;
	}
}

static void load_job(struct model *model, const json_t *job)
{
	struct model_job_facts facts = {.path = text_of(job, "path"),
	        .kind = text_of(job, "kind"),
	        .vm = text_of(job, "vm"),
	        .state = text_of(job, "state"),
	        .stage = text_of(job, "stage"),
	        .percent = (unsigned)json_integer_value(json_object_get(job, "percent")),
	        .message = text_of(job, "error"),
	        .hint = text_of(job, "hint"),
	        .code = text_of(job, "code")};

	if (facts.path)
		model_set_job(
		        model, &facts, (uint64_t)json_integer_value(json_object_get(job, "at_ms")));
}

static void load_usage(struct model *model, const json_t *usage)
{
	struct model_usage *u = &model->usage;

	if (!text_of(usage, "vm"))
		return;
	free(u->vm);
	u->vm = xstrdup(text_of(usage, "vm"));
	u->measured = true;
	free(u->reach);
	u->reach = model_safe_text(
	        text_of(usage, "reach") ? text_of(usage, "reach") : "", MODEL_TEXT_MOST);
	u->percent = (unsigned)json_integer_value(json_object_get(usage, "percent"));
	u->memory_tenths = (unsigned)json_integer_value(json_object_get(usage, "memory_tenths"));
}

static int load_usb(struct model *model, const json_t *all, uint64_t now_ms, struct err *err)
{
	const json_t *usb = json_object_get(all, "usb"), *new = json_object_get(all, "new"), *one;
	cleanup_json json_t *before = json_array();
	cleanup_free char *first = NULL, *text = NULL;
	size_t i, k;
	int r;

	json_array_foreach (usb, i, one) {
		const char *name = text_of(one, "sysname");
		bool is_new = false;

		for (k = 0; k < json_array_size(new) && name; k++) {
			const char *word = json_string_value(json_array_get(new, k));

			is_new |= word && streq(word, name);
		}
		if (!is_new)
			json_array_append(before, (json_t *)one);
	}
	first = json_dumps(before, JSON_COMPACT);
	text = json_dumps(usb, JSON_COMPACT);
	r = model_set_usb(model, first, now_ms, err);
	return r < 0 || !text ? r : model_set_usb(model, text, now_ms, err);
}

static int load_sockets(struct model *model, const json_t *all, struct err *err)
{
	const json_t *ports = json_object_get(all, "ports"), *whys = json_object_get(all, "whys");
	cleanup_free char *ports_text = json_dumps(ports, JSON_COMPACT);
	cleanup_free char *whys_text = json_dumps(whys, JSON_COMPACT);
	int r = ports ? model_set_usb_ports(model, ports_text, err) : 0;

	return r == 0 && whys ? model_set_usb_why(model, whys_text, err) : r;
}

int model_load(struct model *model, const char *json, uint64_t now_ms, struct err *err)
{
	json_error_t where;
	cleanup_json json_t *all = json_loads(json, 0, &where);
	cleanup_free char *vms = NULL;
	const char *name;
	json_t *one;
	size_t i;
	int r = 0;

	if (!all)
		return err_set(
		        err, -EBADMSG, _("line %d: this is not JSON: %s"), where.line, where.text);
	load_link(model, all);
	json_object_foreach (json_object_get(all, "played"), name, one)
		model_set_played(model, name, json_integer_value(one));
	vms = json_dumps(json_object_get(all, "vms"), JSON_COMPACT);
	if (vms)
		r = model_set_vms(model, vms, err);
	if (r == 0 && json_object_get(all, "usb"))
		r = load_usb(model, all, now_ms, err);
	if (r == 0)
		r = load_sockets(model, all, err);
	json_array_foreach (json_object_get(all, "jobs"), i, one)
		load_job(model, one);
	load_usage(model, json_object_get(all, "usage"));
	load_rights(model, json_object_get(all, "rights"));
	load_discs(model, json_object_get(all, "discs"));
	if (r == 0)
		r = load_pc(model, all, err);
	if (r == 0)
		r = load_plan(model, all, err);
	if (r == 0)
		r = load_setup(model, all, err);
	if (r == 0)
		r = load_profiles(model, all, err);
	if (r == 0)
		r = load_remote(model, all, err);
	if (r == 0)
		r = load_drive(model, json_object_get(all, "drive"), err);
	return r;
}
