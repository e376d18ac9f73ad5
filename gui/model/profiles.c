/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/profiles.h"
#include "base/i18n.h"
#include "model/profiles_parts.h"

#include <errno.h>

/* --- refusals --- */

void refusal_init(struct refusal *r)
{
	*r = (struct refusal){xstrdup(""), xstrdup(""), xstrdup("")};
}

void refusal_finish(struct refusal *r)
{
	free(r->why);
	free(r->hint);
	free(r->code);
	*r = (struct refusal){0};
}

static void refusal_clear(struct refusal *r)
{
	refusal_finish(r);
	refusal_init(r);
}

void refusal_set(struct refusal *r, const struct err *why)
{
	refusal_finish(r);
	*r = (struct refusal){
	        model_text(why->message), model_text(why->hint), model_text(why->code)};
}

json_t *profiles_parse(const char *json, const char *member, struct err *err)
{
	json_error_t where = {0};
	json_t *all = json_loads(json, 0, &where);

	if (json_is_object(all))
		return all;
	json_decref(all);
	err_set(err, -EBADMSG, _("playthroughd's answer to %s is not JSON: %s"), member,
	        *where.text ? where.text : "{}");
	err_code(err, CODE_BUS_VERSION);
	return NULL;
}

void profiles_read_texts(const json_t *array, size_t most, struct strv *out)
{
	const json_t *one;
	size_t i;

	json_array_foreach (array, i, one) {
		if (i == most)
			break;
		strv_take(out, model_text(json_string_value(one)));
	}
}

char *profiles_raw_member(const json_t *object, const char *key)
{
	const char *s = json_string_value(json_object_get(object, key));

	return xstrdup(s ? s : "");
}

/* --- one profile --- */

static void shown_finish(struct profile_shown *shown)
{
	refusal_finish(&shown->refusal);
	refusal_finish(&shown->bad);
	drop_ins_finish(&shown->drop_ins);
	free(shown->name);
	free(shown->file);
	free(shown->text);
	*shown = (struct profile_shown){0};
}

static void shown_init(struct profile_shown *shown)
{
	*shown = (struct profile_shown){
	        .name = xstrdup(""), .file = xstrdup(""), .text = xstrdup("")};
	refusal_init(&shown->refusal);
	refusal_init(&shown->bad);
}

int shown_set(struct profile_shown *shown, const char *text, struct err *err)
{
	cleanup_json json_t *all = profiles_parse(text, "ProfileShow", err);
	const json_t *error = json_object_get(all, "error");

	if (!all)
		return -EBADMSG;
	shown_finish(shown);
	*shown = (struct profile_shown){.told = true,
	        .name = profiles_raw_member(all, "name"),
	        .file = model_member_text(all, "file"),
	        .text = profiles_raw_member(all, "text"),
	        .own = json_is_true(json_object_get(all, "own")),
	        .bad = {model_member_text(error, "message"), model_member_text(error, "hint"),
	                model_member_text(error, "code")}};
	refusal_init(&shown->refusal);
	drop_ins_read(json_object_get(all, "drop_ins"), &shown->drop_ins);
	/* A file whose text nobody may see, or that is none: there is nothing to edit. */
	if (json_is_string(json_object_get(all, "text")))
		return 0;
	shown->told = false;
	refusal_finish(&shown->refusal);
	shown->refusal = shown->bad;
	refusal_init(&shown->bad);
	return 0;
}

void shown_refused(struct profile_shown *shown, const char *name, const struct err *why)
{
	shown_finish(shown);
	shown_init(shown);
	model_replace(&shown->name, xstrdup(name));
	refusal_set(&shown->refusal, why);
}

/* --- what is amiss in a text --- */

static void checked_finish(struct profile_checked *checked)
{
	for (size_t i = 0; i < checked->n_problems; i++) {
		struct checked_problem *p = &checked->problems[i];

		free(p->section);
		free(p->key);
		free(p->message);
		free(p->hint);
		free(p->code);
	}
	free(checked->problems);
	free(checked->name);
	free(checked->text);
	refusal_finish(&checked->refusal);
	strv_finish(&checked->summary);
	strv_finish(&checked->notes);
	*checked = (struct profile_checked){0};
}

static void checked_init(struct profile_checked *checked, const char *name, const char *text)
{
	*checked = (struct profile_checked){.name = xstrdup(name), .text = xstrdup(text)};
	refusal_init(&checked->refusal);
}

/* A severity that is not known stands in the way: nothing is promised of it. */
static bool is_warning(const json_t *json)
{
	const char *severity = json_string_value(json_object_get(json, "severity"));

	return severity && streq(severity, "warning");
}

static void parse_problem(const json_t *json, struct checked_problem *problem)
{
	*problem = (struct checked_problem){
	        .line = (unsigned)(model_member_number(json, "line") & 0xfffff),
	        .section = model_member_text(json, "section"),
	        .key = model_member_text(json, "key"),
	        .message = model_member_text(json, "message"),
	        .hint = model_member_text(json, "hint"),
	        .code = model_member_text(json, "code"),
	        .warning = is_warning(json)};
}

int checked_set(struct profile_checked *checked, const char *name, const char *text,
        const char *json, struct err *err)
{
	cleanup_json json_t *all = profiles_parse(json, "ProfileCheck", err);
	const json_t *problems = json_object_get(all, "problems"), *one;
	size_t i;

	if (!all)
		return -EBADMSG;
	checked_finish(checked);
	checked_init(checked, name, text);
	checked->told = true;
	/* Errors first: there is room for them whatever else is said. */
	for (int warnings = 0; warnings < 2; warnings++)
		json_array_foreach (problems, i, one)
			if (is_warning(one) == (warnings == 1) &&
			        checked->n_problems < PROBLEMS_MOST)
				parse_problem(
				        one, list_append(checked->problems, checked->n_problems));
	profiles_read_texts(json_object_get(all, "summary"), OFFER_WORDS_MOST, &checked->summary);
	profiles_read_texts(json_object_get(all, "notes"), OFFER_WORDS_MOST, &checked->notes);
	return 0;
}

void checked_refused(
        struct profile_checked *checked, const char *name, const char *text, const struct err *why)
{
	checked_finish(checked);
	checked_init(checked, name, text);
	refusal_set(&checked->refusal, why);
}

void checked_adopt(struct profile_checked *checked, const char *name, const char *text)
{
	if (!checked->told)
		return;
	model_replace(&checked->name, xstrdup(name));
	model_replace(&checked->text, xstrdup(text));
}

bool checked_is_of(const struct profile_checked *checked, const char *name, const char *text)
{
	return streq(checked->name, name) && streq(checked->text, text);
}

unsigned checked_errors(const struct profile_checked *checked)
{
	unsigned n = 0;

	for (size_t i = 0; i < checked->n_problems; i++)
		n += !checked->problems[i].warning;
	return n;
}

/* --- writing --- */

static void written_init(struct profile_written *written)
{
	*written = (struct profile_written){.name = xstrdup(""), .where = xstrdup("")};
	refusal_init(&written->refusal);
}

static void written_finish(struct profile_written *written)
{
	free(written->name);
	free(written->where);
	refusal_finish(&written->refusal);
}

void written_begin(struct profile_written *written, const char *name, bool removed)
{
	written_forget(written);
	model_replace(&written->name, xstrdup(name));
	written->removed = removed;
	written->state = PROFILE_WRITING;
}

void written_done(struct profile_written *written, const char *where)
{
	written->state = PROFILE_WRITTEN;
	model_replace(&written->where, model_text(where));
	refusal_clear(&written->refusal);
}

void written_refused(struct profile_written *written, const struct err *why)
{
	written->state = PROFILE_REFUSED;
	written->denied = why->number == -EACCES;
	refusal_set(&written->refusal, why);
}

void written_forget(struct profile_written *written)
{
	written_finish(written);
	written_init(written);
}

/* --- all of it --- */

void profiles_init(struct profiles *profiles)
{
	*profiles = (struct profiles){0};
	refusal_init(&profiles->offers.refusal);
	shown_init(&profiles->shown);
	checked_init(&profiles->checked, "", "");
	written_init(&profiles->written);
}

void profiles_finish(struct profiles *profiles)
{
	offers_finish(&profiles->offers);
	shown_finish(&profiles->shown);
	checked_finish(&profiles->checked);
	written_finish(&profiles->written);
	*profiles = (struct profiles){0};
}
