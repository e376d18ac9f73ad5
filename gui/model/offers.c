/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What this PC has for a game, out of the daemon's JSON. */
#include "model/profiles_parts.h"

#include <errno.h>

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

void offers_finish(struct offers *offers)
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

	section->section = profiles_raw_member(json, "section");
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

	*offer = (struct offer){
	        .id = profiles_raw_member(json, kind == OFFER_DISK ? "path" : "address"),
	        .name = model_member_text(json, "name"),
	        .serial = model_member_text(json, "serial"),
	        .size = model_member_number(json, "size"),
	        .verdict = parse_verdict(json),
	        .proposed = json_is_true(json_object_get(json, "proposed"))};
	if (!*offer->name)
		model_replace(&offer->name, model_text(offer->id));
	profiles_read_texts(json_object_get(json, "reasons"), OFFER_WORDS_MOST, &offer->reasons);
	profiles_read_texts(json_object_get(json, with[kind]), OFFER_WORDS_MOST, &offer->with);
	profiles_read_texts(json_object_get(json, "loses"), OFFER_WORDS_MOST, &offer->loses);
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
	cleanup_json json_t *all = profiles_parse(text, "ProfileOffers", err);
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
	profiles_read_texts(json_object_get(all, "guests"), OFFER_WORDS_MOST, &offers->guests);
	profiles_read_texts(json_object_get(all, "names"), PROFILES_NAMES_MOST, &offers->names);
	profiles_read_texts(
	        json_object_get(start, "reasons"), OFFER_WORDS_MOST, &offers->start_reasons);
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
