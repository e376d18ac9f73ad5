/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vm/plan/offer_parts.h"

#include "bus/text.h"

#include <stdio.h>

#define MIB (1ull << 20)
#define GIB (1ull << 30)

/* What games of today use; more is the person's own wish. */
#define MEMORY_ENOUGH (16 * GIB)
/* What the host keeps at least, and what it never needs more of. */
#define HOST_MEMORY_LEAST (1 * GIB)
#define HOST_CPUS_MOST    4u

void offer_finish(struct offer *offer)
{
	free(offer->members);
	strv_finish(&offer->reasons);
	json_decref(offer->sections);
}

void offer_worsen(struct offer *offer, enum offer_verdict verdict)
{
	if (verdict > offer->verdict)
		offer->verdict = verdict;
}

void offer_fail(struct offer *offer, const struct err *err)
{
	offer_worsen(offer, OFFER_FAIL);
	strv_add(&offer->reasons, err->message);
	if (err->hint[0])
		strv_add(&offer->reasons, err->hint);
	if (!offer->code[0])
		strcpy(offer->code, err->code);
}

json_t *offer_text(const char *text)
{
	cleanup_free char *valid = text ? text_utf8(text) : NULL;

	return valid ? json_string(valid) : json_null();
}

json_t *offer_texts(const struct strv *texts)
{
	json_t *all = json_array();

	strv_foreach (text, texts)
		json_array_append_new(all, offer_text(*text));
	return all;
}

/* --- sections --- */

/* Caller frees. */
static char *free_name(const struct strv *taken, const char *section, const char *name)
{
	char *made = name ? xasprintf("%s %s", section, name) : xstrdup(section);

	for (unsigned i = 2; strv_has(taken, made); i++) {
		free(made);
		made = name ? xasprintf("%s %s-%u", section, name, i)
		            : xasprintf("%s %u", section, i);
	}
	return made;
}

static json_t *keys_json(const struct key_section *section, const void *object)
{
	json_t *all = json_array();

	for (const struct key *k = key_table; k->name; k++) {
		cleanup_free char *value = NULL;

		if (!key_belongs(k, section))
			continue;
		value = key_format(k, object);
		if (value && !(k->preset && streq(value, k->preset)))
			json_array_append_new(all, json_pack("[s, o]", k->name, offer_text(value)));
	}
	return all;
}

void offer_add_section(struct offer *offer, struct strv *taken, const struct key_section *section,
        const char *name, const void *object)
{
	cleanup_free char *made = free_name(taken, section->name, name);

	if (!offer->sections)
		offer->sections = json_array();
	json_array_append_new(offer->sections,
	        json_pack("{s:s, s:o}", "section", made, "keys", keys_json(section, object)));
	strv_take(taken, take_ptr(made));
}

static const char *verdict_word(enum offer_verdict verdict)
{
	switch (verdict) {
	case OFFER_PASS:
		return "pass";
	case OFFER_UNKNOWN:
		return "unknown";
	case OFFER_WARN:
		return "warn";
	case OFFER_FAIL:
		break;
	}
	return "fail";
}

void offer_tell(const struct offer *offer, json_t *json)
{
	json_t *told = json_pack("{s:s, s:o, s:s, s:b, s:o}", "verdict",
	        verdict_word(offer->verdict), "reasons", offer_texts(&offer->reasons), "code",
	        offer->code, "proposed", offer->proposed, "sections",
	        offer->sections ? json_incref(offer->sections) : json_array());

	json_object_update(json, told);
	json_decref(told);
}

/* --- memory and processors --- */

static uint64_t preset_memory(void)
{
	const struct key_section *section = key_section_find("memory", NULL);
	struct profile profile = {0};

	key_set(key_find(section, "size", NULL), &profile, key_find(section, "size", NULL)->preset,
	        NULL);
	return profile.memory_bytes;
}

static uint64_t smaller(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* Whole GiB, or whole MiB where that would be too coarse. */
static uint64_t round_down(uint64_t bytes)
{
	return bytes / GIB >= 2 ? bytes / GIB * GIB : bytes / MIB * MIB;
}

struct offer_memory offer_memory_of(const struct memory *memory)
{
	const struct key *key = key_find(key_section_find("memory", NULL), "size", NULL);
	uint64_t total = memory->total_bytes, kept = total / 8, half = total / 2;
	struct offer_memory out = {.total = total, .least = key->min};

	if (!total) {
		out.most = key->max;
		out.proposed = preset_memory();
		return out;
	}
	kept = kept < HOST_MEMORY_LEAST ? smaller(HOST_MEMORY_LEAST, half) : kept;
	out.most = smaller(round_down(total - kept), key->max);
	if (memory->available_bytes)
		half = smaller(half, memory->available_bytes);
	out.proposed = round_down(smaller(half, MEMORY_ENOUGH));
	if (out.most < out.least)
		out.most = out.least;
	if (out.proposed < out.least)
		out.proposed = out.least;
	return out;
}

struct offer_cpus offer_cpus_of(const struct cpu *cpu)
{
	const struct key *key = key_find(key_section_find("cpu", NULL), "count", NULL);
	unsigned total = cpu->threads, kept = total / 4;
	struct offer_cpus out = {.total = total};

	if (!total) {
		struct profile profile = {0};

		key_set(key, &profile, key->preset, NULL);
		return (struct offer_cpus){0, profile.cpus, (unsigned)key->max};
	}
	kept = kept > HOST_CPUS_MOST ? HOST_CPUS_MOST : kept ? kept : total > 1;
	out.most = total < key->max ? total : (unsigned)key->max;
	out.proposed = total - kept < out.most ? total - kept : out.most;
	return out;
}

/* The newest last in the table is what most people come for. */
static json_t *guests_json(void)
{
	const struct key *key = key_find(key_section_find("vm", NULL), "guest", NULL);
	json_t *all = json_array();

	for (const char *const *word = key->words; *word; word++)
		json_array_insert_new(all, 0, json_string(*word));
	return all;
}

json_t *offers_json(const struct offer_request *q)
{
	struct offer_memory memory = offer_memory_of(&q->host->memory);
	struct offer_cpus cpus = offer_cpus_of(&q->host->cpu);
	cleanup_strv struct strv taken = {0};
	json_t *all = json_object();

	if (!q->session) {
		json_object_set_new(all, "gpus", offer_gpus(q, &taken));
		json_object_set_new(all, "usb_controllers", offer_usb_controllers(q, &taken));
		json_object_set_new(all, "disks", offer_disks(q, &taken));
	} else {
		json_object_set_new(all, "gpus", json_array());
		json_object_set_new(all, "usb_controllers", json_array());
		json_object_set_new(all, "disks", json_array());
	}
	json_object_set_new(all, "start", offer_start(q));
	json_object_set_new(all, "networks", offer_networks(q));
	json_object_set_new(all, "memory",
	        json_pack("{s:I, s:I, s:I, s:I}", "total", (json_int_t)memory.total, "proposed",
	                (json_int_t)memory.proposed, "least", (json_int_t)memory.least, "most",
	                (json_int_t)memory.most));
	json_object_set_new(all, "cpus",
	        json_pack("{s:i, s:i, s:i}", "total", (int)cpus.total, "proposed",
	                (int)cpus.proposed, "most", (int)cpus.most));
	json_object_set_new(all, "guests", guests_json());
	json_object_set_new(all, "names", offer_texts(q->names));
	return all;
}
