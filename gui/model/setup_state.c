/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/setup_state.h"
#include "base/i18n.h"
#include "model/points.h"
#include "model/safe.h"

#include <errno.h>

#define cleanup_json cleanup(json_decrefp)

static void replace(char **to, const char *text)
{
	free(*to);
	*to = model_safe_text(text, PC_TEXT_MOST);
}

/* --- begin and end --- */

void setup_state_init(struct setup_state *state)
{
	*state = (struct setup_state){0};
	replace(&state->why, "");
	replace(&state->hint, "");
	replace(&state->code, "");
	replace(&state->plan, "");
	replace(&state->job, "");
	replace(&state->act_why, "");
	replace(&state->act_hint, "");
	replace(&state->act_code, "");
	replace(&state->act_plan, "");
}

static void drop_stages(struct setup_state *state)
{
	for (size_t i = 0; i < state->n_stages; i++)
		free(state->stages[i].name);
	free(state->stages);
	state->stages = NULL;
	state->n_stages = 0;
}

void setup_state_finish(struct setup_state *state)
{
	points_finish(state->findings, state->n_findings);
	drop_stages(state);
	free(state->why);
	free(state->hint);
	free(state->code);
	free(state->plan);
	free(state->job);
	free(state->act_why);
	free(state->act_hint);
	free(state->act_code);
	free(state->act_plan);
	*state = (struct setup_state){0};
}

/* --- what verify says --- */

void setup_state_asking(struct setup_state *state)
{
	state->asking = true;
}

void setup_state_absent(struct setup_state *state, const struct err *why)
{
	state->asking = state->told = false;
	replace(&state->why, why->message);
	replace(&state->hint, why->hint);
	replace(&state->code, why->code);
}

static enum setup_phase phase_of(const json_t *all)
{
	static const char *const words[] = {"", "not-applied", "not-booted", "booted"};
	const json_t *restarted = json_object_get(all, "restarted");

	switch (points_word(all, "state", words, ARRAY_SIZE(words))) {
	case 1:
		return json_is_true(json_object_get(all, "half_way")) ? SETUP_HALF_WAY : SETUP_NONE;
	case 2:
		if (!json_is_boolean(restarted))
			return SETUP_NOT_TAKEN;
		return json_is_true(restarted) ? SETUP_FELL_BACK : SETUP_WAITING;
	case 3:
		return json_is_true(json_object_get(all, "permanent")) ? SETUP_KEPT : SETUP_TRIAL;
	}
	return SETUP_UNKNOWN;
}

static void read_document(struct setup_state *state, const json_t *all)
{
	cleanup_free char *plan = points_text(all, "plan");

	state->asking = false;
	state->told = true;
	replace(&state->why, "");
	replace(&state->hint, "");
	replace(&state->code, "");
	replace(&state->plan, plan);
	state->phase = phase_of(all);
	state->ready = json_is_true(json_object_get(all, "ready"));
	state->given_up = json_is_true(json_object_get(all, "given_up"));
	state->by_hand = json_is_true(json_object_get(all, "by_hand"));
	points_finish(state->findings, state->n_findings);
	state->findings = NULL;
	state->n_findings = 0;
	points_read(json_object_get(all, "checks"), &state->findings, &state->n_findings);
}

static json_t *parse(const char *text, struct err *err)
{
	json_error_t where = {0};
	json_t *all = json_loads(text, 0, &where);

	if (json_is_string(json_object_get(all, "state")))
		return all;
	json_decref(all);
	err_set(err, -EBADMSG, _("the state of the setup is not what was expected: %s"),
	        *where.text ? where.text : "state");
	err_code(err, CODE_SETUP_SERVICE);
	return NULL;
}

int setup_state_set(struct setup_state *state, const char *text, struct err *err)
{
	cleanup_json json_t *all = parse(text, err);

	if (!all)
		return -EBADMSG;
	read_document(state, all);
	return 0;
}

void setup_state_set_restart(struct setup_state *state, const char *word)
{
	state->may_restart = streq(word, "yes") || streq(word, "challenge");
}

/* --- an act --- */

static void set_why(struct setup_state *state, const struct err *why)
{
	replace(&state->act_why, why ? why->message : "");
	replace(&state->act_hint, why ? why->hint : "");
	replace(&state->act_code, why ? why->code : "");
	state->denied = why && why->number == -EACCES;
}

void setup_state_begin(
        struct setup_state *state, enum setup_act act, const char *plan, uint64_t now_ms)
{
	drop_stages(state);
	set_why(state, NULL);
	replace(&state->job, "");
	replace(&state->act_plan, plan);
	state->act = act;
	state->was_ours = state->phase == SETUP_TRIAL || state->phase == SETUP_KEPT;
	state->step = SETUP_ASKED;
	state->cancellable = state->halting = false;
	state->percent = 0;
	state->begin_ms = now_ms;
	state->end_ms = 0;
}

void setup_state_job(struct setup_state *state, const char *path)
{
	replace(&state->job, path);
	state->step = SETUP_AT_WORK;
}

static void add_stage(struct setup_state *state, const char *name, uint64_t now_ms)
{
	struct setup_stage *stage;

	if (!name || !*name || state->n_stages == SETUP_STAGES_MOST)
		return;
	if (state->n_stages && streq(state->stages[state->n_stages - 1].name, name))
		return;
	stage = list_append(state->stages, state->n_stages);
	stage->name = model_safe_text(name, PC_TEXT_MOST);
	stage->begin_ms = now_ms;
}

static void end(struct setup_state *state, enum setup_step step, uint64_t now_ms)
{
	state->step = step;
	state->cancellable = state->halting = false;
	state->end_ms = now_ms;
}

void setup_state_set_job(
        struct setup_state *state, const struct setup_job_facts *facts, uint64_t now_ms)
{
	if (facts->kind && streq(facts->kind, "apply"))
		state->act = SETUP_APPLY;
	if (facts->kind && streq(facts->kind, "undo"))
		state->act = SETUP_UNDO;
	add_stage(state, facts->stage, now_ms);
	state->percent = facts->percent < 100 ? facts->percent : 100;
	set_why(state, facts->why);
	if (!facts->state || streq(facts->state, "running")) {
		state->step = SETUP_AT_WORK;
		/* The service does not stop an undo half way. */
		state->cancellable = state->act == SETUP_APPLY && !state->halting;
		return;
	}
	end(state,
	        streq(facts->state, "done")        ? SETUP_DONE
	        : streq(facts->state, "cancelled") ? SETUP_CANCELLED
	                                           : SETUP_FAILED,
	        now_ms);
}

void setup_state_halt(struct setup_state *state, bool halting)
{
	if (state->step != SETUP_AT_WORK || state->act != SETUP_APPLY)
		return;
	state->halting = halting;
	state->cancellable = !halting;
}

void setup_state_ended(struct setup_state *state, const struct err *why, uint64_t now_ms)
{
	set_why(state, why);
	end(state, why ? SETUP_REFUSED : SETUP_DONE, now_ms);
}

void setup_state_lost(struct setup_state *state, uint64_t now_ms)
{
	end(state, SETUP_LOST, now_ms);
}

int setup_state_kept(struct setup_state *state, const char *text, uint64_t now_ms, struct err *err)
{
	cleanup_json json_t *all = parse(text, err);
	const json_t *refused = json_object_get(all, "refused");
	struct err why = {0};

	if (!all)
		return -EBADMSG;
	read_document(state, all);
	if (json_is_object(refused)) {
		cleanup_free char *message = points_text(refused, "message");
		cleanup_free char *hint = points_text(refused, "hint");
		cleanup_free char *code = points_text(refused, "code");

		err_set(&why, -EIO, "%s", message);
		err_hint(&why, "%s", hint);
		err_code_text(&why, code);
	} else if (state->phase != SETUP_KEPT && !(state->ready && state->by_hand)) {
		err_set(&why, -EAGAIN, _("not all is well in this start"));
	}
	setup_state_ended(state, why.number ? &why : NULL, now_ms);
	return 0;
}

void setup_state_forget(struct setup_state *state)
{
	if (!setup_state_over(state))
		return;
	setup_state_begin(state, SETUP_NO_ACT, "", 0);
	state->step = SETUP_IDLE;
}

/* --- what it comes to --- */

bool setup_state_busy(const struct setup_state *state)
{
	return state->step == SETUP_ASKED || state->step == SETUP_AT_WORK;
}

bool setup_state_over(const struct setup_state *state)
{
	return state->step != SETUP_IDLE && !setup_state_busy(state);
}

#define TAKEN_BACK N_("apply failed and was taken back")

/* By the code, or where the cause has one of its own, by the words that stand before it. */
bool setup_state_taken_back(const struct setup_state *state)
{
	return streq(state->act_code, code_text(CODE_SETUP_TAKEN_BACK)) ||
	       starts_with(state->act_why, TAKEN_BACK) ||
	       starts_with(state->act_why, _(TAKEN_BACK));
}

const char *setup_state_cause(const struct setup_state *state)
{
	const char *words[] = {TAKEN_BACK, _(TAKEN_BACK)};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		size_t n = strlen(words[i]);

		if (starts_with(state->act_why, words[i]) && starts_with(state->act_why + n, ": "))
			return state->act_why + n + 2;
	}
	return state->act_why;
}

bool setup_state_stale(const struct setup_state *state)
{
	return streq(state->act_code, code_text(CODE_SETUP_STALE));
}
