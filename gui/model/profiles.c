/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/profiles.h"
#include "base/i18n.h"
#include "model/parts.h"

#include <errno.h>

/* --- refusals --- */

static void refusal_init(struct refusal *r)
{
	*r = (struct refusal){xstrdup(""), xstrdup(""), xstrdup("")};
}

static void refusal_finish(struct refusal *r)
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

static void refusal_set(struct refusal *r, const struct err *why)
{
	refusal_finish(r);
	*r = (struct refusal){
	        model_text(why->message), model_text(why->hint), model_text(why->code)};
}

static json_t *parse(const char *json, const char *member, struct err *err)
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

static void read_texts(const json_t *array, size_t most, struct strv *out)
{
	const json_t *one;
	size_t i;

	json_array_foreach (array, i, one) {
		if (i == most)
			break;
		strv_take(out, model_text(json_string_value(one)));
	}
}

/* As it is: for profiles. Caller frees. */
static char *raw_member(const json_t *object, const char *key)
{
	const char *s = json_string_value(json_object_get(object, key));

	return xstrdup(s ? s : "");
}

/* --- offers --- */

static void offer_finish(struct offer *offer)
{
	for (size_t i = 0; i < offer->n_sections; i++) {
		struct offer_section *section = &offer->sections[i];

		for (size_t k = 0; k < section->n; k++) {
			free(section->keys[k].key);
			free(section->keys[k].value);
		}
		free(section->keys);
		free(section->section);
	}
	free(offer->sections);
	free(offer->id);
	free(offer->name);
	free(offer->serial);
	strv_finish(&offer->reasons);
	strv_finish(&offer->with);
	strv_finish(&offer->loses);
}

static void offers_finish(struct offers *offers)
{
	for (int kind = 0; kind < OFFER_KINDS; kind++) {
		for (size_t i = 0; i < offers->of[kind].n; i++)
			offer_finish(&offers->of[kind].list[i]);
		free(offers->of[kind].list);
	}
	refusal_finish(&offers->refusal);
	strv_finish(&offers->guests);
	strv_finish(&offers->names);
	strv_finish(&offers->start_reasons);
	*offers = (struct offers){0};
}

/* A word of a later daemon is no promise: it is not known. */
static enum offer_verdict parse_verdict(const json_t *object)
{
	static const char *const words[] = {"pass", "warn", "unknown", "fail"};
	const char *word = json_string_value(json_object_get(object, "verdict"));

	for (size_t i = 0; word && i < ARRAY_SIZE(words); i++)
		if (streq(word, words[i]))
			return (enum offer_verdict)i;
	return OFFER_UNKNOWN;
}

static void parse_section(const json_t *json, struct offer_section *section)
{
	const json_t *pair;
	size_t i;

	section->section = raw_member(json, "section");
	json_array_foreach (json_object_get(json, "keys"), i, pair) {
		const char *key = json_string_value(json_array_get(pair, 0));
		const char *value = json_string_value(json_array_get(pair, 1));

		if (!key || !value || section->n == OFFER_KEYS_MOST)
			continue;
		*list_append(section->keys, section->n) =
		        (struct offer_key){xstrdup(key), xstrdup(value)};
	}
}

static void parse_offer(const json_t *json, enum offer_kind kind, struct offer *offer)
{
	static const char *const with[OFFER_KINDS] = {"with", "devices", "contents"};
	const json_t *one;
	size_t i;

	*offer = (struct offer){.id = raw_member(json, kind == OFFER_DISK ? "path" : "address"),
	        .name = model_member_text(json, "name"),
	        .serial = model_member_text(json, "serial"),
	        .size = model_member_number(json, "size"),
	        .verdict = parse_verdict(json),
	        .proposed = json_is_true(json_object_get(json, "proposed"))};
	if (!*offer->name)
		model_replace(&offer->name, model_text(offer->id));
	read_texts(json_object_get(json, "reasons"), OFFER_WORDS_MOST, &offer->reasons);
	read_texts(json_object_get(json, with[kind]), OFFER_WORDS_MOST, &offer->with);
	read_texts(json_object_get(json, "loses"), OFFER_WORDS_MOST, &offer->loses);
	json_array_foreach (json_object_get(json, "sections"), i, one) {
		if (i == OFFER_SECTIONS_MOST)
			break;
		parse_section(one, list_append(offer->sections, offer->n_sections));
	}
}

static void parse_list(const json_t *array, enum offer_kind kind, struct offer_list *out)
{
	const json_t *one;
	size_t i;

	json_array_foreach (array, i, one) {
		struct offer *offer;

		if (out->n == OFFERS_MOST)
			break;
		offer = list_append(out->list, out->n);
		parse_offer(one, kind, offer);
		/* What has no name in a profile cannot be chosen, nor be told from the others. */
		if (*offer->id)
			continue;
		offer_finish(offer);
		out->n--;
	}
}

static unsigned member_count(const json_t *object, const char *key)
{
	uint64_t n = model_member_number(object, key);

	return n > 4096 ? 4096 : (unsigned)n;
}

int offers_set(struct offers *offers, const char *text, struct err *err)
{
	static const char *const kinds[OFFER_KINDS] = {"gpus", "usb_controllers", "disks"};
	cleanup_json json_t *all = parse(text, "ProfileOffers", err);
	unsigned version = offers->version + 1;
	const json_t *memory = json_object_get(all, "memory"), *cpus = json_object_get(all, "cpus");
	const json_t *start = json_object_get(all, "start");

	if (!all)
		return -EBADMSG;
	offers_finish(offers);
	*offers = (struct offers){.told = true,
	        .version = version,
	        .start = start ? parse_verdict(start) : OFFER_PASS,
	        .memory_total = model_member_number(memory, "total"),
	        .memory_proposed = model_member_number(memory, "proposed"),
	        .memory_least = model_member_number(memory, "least"),
	        .memory_most = model_member_number(memory, "most"),
	        .cpus_total = member_count(cpus, "total"),
	        .cpus_proposed = member_count(cpus, "proposed"),
	        .cpus_most = member_count(cpus, "most")};
	refusal_init(&offers->refusal);
	for (int kind = 0; kind < OFFER_KINDS; kind++)
		parse_list(json_object_get(all, kinds[kind]), (enum offer_kind)kind,
		        &offers->of[kind]);
	read_texts(json_object_get(all, "guests"), OFFER_WORDS_MOST, &offers->guests);
	read_texts(json_object_get(all, "names"), PROFILES_NAMES_MOST, &offers->names);
	read_texts(json_object_get(start, "reasons"), OFFER_WORDS_MOST, &offers->start_reasons);
	return 0;
}

void offers_refused(struct offers *offers, const struct err *why)
{
	offers->asking = false;
	refusal_set(&offers->refusal, why);
}

const struct offer *offer_find(const struct offers *offers, enum offer_kind kind, const char *id)
{
	for (size_t i = 0; i < offers->of[kind].n; i++)
		if (streq(offers->of[kind].list[i].id, id))
			return &offers->of[kind].list[i];
	return NULL;
}

bool offer_is_raw_disk(const struct offer *offer)
{
	for (size_t i = 0; i < offer->n_sections; i++)
		for (size_t k = 0; k < offer->sections[i].n; k++)
			if (streq(offer->sections[i].keys[k].key, "device"))
				return true;
	return starts_with(offer->id, "/dev/");
}

/* --- one profile --- */

static void shown_finish(struct profile_shown *shown)
{
	refusal_finish(&shown->refusal);
	refusal_finish(&shown->bad);
	strv_finish(&shown->files);
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
	cleanup_json json_t *all = parse(text, "ProfileShow", err);
	const json_t *error = json_object_get(all, "error");

	if (!all)
		return -EBADMSG;
	shown_finish(shown);
	*shown = (struct profile_shown){.told = true,
	        .name = raw_member(all, "name"),
	        .file = model_member_text(all, "file"),
	        .text = raw_member(all, "text"),
	        .own = json_is_true(json_object_get(all, "own")),
	        .bad = {model_member_text(error, "message"), model_member_text(error, "hint"),
	                model_member_text(error, "code")}};
	refusal_init(&shown->refusal);
	read_texts(json_object_get(all, "files"), OFFER_WORDS_MOST, &shown->files);
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
	cleanup_json json_t *all = parse(json, "ProfileCheck", err);
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
	read_texts(json_object_get(all, "summary"), OFFER_WORDS_MOST, &checked->summary);
	read_texts(json_object_get(all, "notes"), OFFER_WORDS_MOST, &checked->notes);
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
