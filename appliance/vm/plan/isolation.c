/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vm/plan/isolation.h"

#include "base/i18n.h"

#include <errno.h>
#include <jansson.h>

/* --- the decision --- */

bool isolation_leaves_some(const struct placement *facts, const struct cpulist *kept)
{
	cleanup_cpulist struct cpulist left = cpulist_without(&facts->online, kept);

	return left.n > 0;
}

bool isolation_is_foreign(const struct isolation_entry *entry, const struct cpulist *cpus)
{
	return !cpulist_equal(cpus, &entry->before) && !cpulist_equal(cpus, &entry->was) &&
	       !cpulist_equal(cpus, &entry->now);
}

/* All that it had but for what is kept; one that had nothing else, or never was told, has what the host has left. */
static struct cpulist reduce(
        const struct placement *facts, const struct cpulist *before, const struct cpulist *kept)
{
	struct cpulist rest = cpulist_without(before, kept);

	return rest.n ? rest : cpulist_without(&facts->online, kept);
}

static struct isolation_entry *find(const struct isolation *changes, const struct place *place)
{
	for (size_t i = 0; i < changes->n; i++)
		if (changes->list[i].kind == place->kind &&
		        streq(changes->list[i].name, place->name))
			return &changes->list[i];
	return NULL;
}

static void decide_place(const struct isolation *old, const struct placement *facts,
        const struct place *place, const struct cpulist *kept, struct isolation *out)
{
	const struct isolation_entry *entry = find(old, place);
	bool foreign = entry && isolation_is_foreign(entry, &place->cpus);
	const struct cpulist *before = entry && !foreign ? &entry->before : &place->cpus;
	cleanup_cpulist struct cpulist wanted = {0};

	if (!kept->n && (!entry || foreign))
		return;
	wanted = kept->n ? reduce(facts, before, kept) : cpulist_copy(before);
	if ((!entry || foreign) && cpulist_equal(before, &wanted))
		return;
	*list_append(out->list, out->n) = (struct isolation_entry){.kind = place->kind,
	        .name = xstrdup(place->name),
	        .before = cpulist_copy(before),
	        .was = cpulist_copy(&place->cpus),
	        .now = cpulist_copy(&wanted)};
}

static bool is_there(const struct placement *facts, const struct isolation_entry *entry)
{
	for (size_t i = 0; i < facts->n; i++)
		if (facts->list[i].kind == entry->kind && streq(facts->list[i].name, entry->name))
			return true;
	return false;
}

static void carry_over(const struct isolation_entry *entry, const struct placement *facts,
        const struct cpulist *kept, struct isolation *out)
{
	*list_append(out->list, out->n) = (struct isolation_entry){.kind = entry->kind,
	        .name = xstrdup(entry->name),
	        .before = cpulist_copy(&entry->before),
	        .was = cpulist_copy(&entry->now),
	        .now = kept->n ? reduce(facts, &entry->before, kept) : cpulist_copy(&entry->before),
	        .gone = true};
}

void isolation_decide(
        struct isolation *changes, const struct placement *facts, const struct cpulist *kept)
{
	struct isolation next = {0};

	for (size_t i = 0; i < facts->n; i++)
		decide_place(changes, facts, &facts->list[i], kept, &next);
	for (size_t i = 0; i < changes->n; i++)
		if (changes->list[i].kind == PLACE_UNIT && !is_there(facts, &changes->list[i]))
			carry_over(&changes->list[i], facts, kept, &next);
	isolation_finish(changes);
	*changes = next;
}

static void finish_entry(struct isolation_entry *entry)
{
	free(entry->name);
	cpulist_finish(&entry->before);
	cpulist_finish(&entry->was);
	cpulist_finish(&entry->now);
}

void isolation_done(struct isolation *changes)
{
	size_t n = 0;

	for (size_t i = 0; i < changes->n; i++) {
		struct isolation_entry *entry = &changes->list[i];

		if (cpulist_equal(&entry->before, &entry->now) && !entry->failed)
			finish_entry(entry);
		else
			changes->list[n++] = *entry;
	}
	changes->n = n;
}

void isolation_forget(struct isolation_entry *entry)
{
	cpulist_finish(&entry->now);
	entry->now = cpulist_copy(&entry->before);
}

void isolation_finish(struct isolation *changes)
{
	for (size_t i = 0; i < changes->n; i++)
		finish_entry(&changes->list[i]);
	free(changes->list);
	*changes = (struct isolation){0};
}

/* --- the journal --- */

static const char *const kinds[] = {
        [PLACE_UNIT] = "unit",
        [PLACE_IRQ_DEFAULT] = "irq-default",
        [PLACE_IRQ] = "irq",
        [PLACE_WORKERS] = "workers",
};

static char *boot_id(const struct root *root)
{
	return root_read(root, "/proc/sys/kernel/random/boot_id");
}

static json_t *entry_to_json(const struct isolation_entry *entry)
{
	cleanup_free char *before = cpulist_format(&entry->before);
	cleanup_free char *was = cpulist_format(&entry->was);
	cleanup_free char *now = cpulist_format(&entry->now);

	return json_pack("{s:s, s:s, s:s, s:s, s:s}", "kind", kinds[entry->kind], "name",
	        entry->name, "before", before, "was", was, "now", now);
}

int isolation_save(
        const struct root *root, const char *path, const struct isolation *changes, struct err *err)
{
	cleanup_free char *boot = boot_id(root), *text = NULL;
	json_t *places = json_array(), *all;

	if (!changes->n) {
		json_decref(places);
		return root_remove(root, path, err);
	}
	for (size_t i = 0; i < changes->n; i++)
		json_array_append_new(places, entry_to_json(&changes->list[i]));
	all = json_pack("{s:s, s:o}", "boot", boot ? boot : "", "places", places);
	text = all ? json_dumps(all, JSON_INDENT(1)) : NULL;
	json_decref(all);
	if (!text)
		return err_set(err, -EINVAL, _("%s: a name in it is not UTF-8"), path);
	return root_write(root, path, text, strlen(text), 0600, err);
}

/* A name becomes part of a path. */
static bool is_name(enum place_kind kind, const char *name)
{
	uint64_t number;

	switch (kind) {
	case PLACE_UNIT:
		return *name && *name != '.' && !strchr(name, '/');
	case PLACE_IRQ:
		return parse_u64(name, 10, UINT32_MAX, &number) == 0;
	case PLACE_IRQ_DEFAULT:
	case PLACE_WORKERS:
		break;
	}
	return !*name;
}

static int load_entry(json_t *o, struct isolation_entry *entry)
{
	const char *kind, *name, *before, *was, *now;

	if (json_unpack(o, "{s:s, s:s, s:s, s:s, s:s}", "kind", &kind, "name", &name, "before",
	            &before, "was", &was, "now", &now) < 0 ||
	        cpulist_parse(before, &entry->before) < 0 || cpulist_parse(was, &entry->was) < 0 ||
	        cpulist_parse(now, &entry->now) < 0)
		return -EINVAL;
	entry->name = xstrdup(name);
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		entry->kind = (enum place_kind)i;
		if (streq(kinds[i], kind))
			return is_name(entry->kind, name) ? 0 : -EINVAL;
	}
	return -EINVAL;
}

static int load_places(json_t *places, struct isolation *out)
{
	int r = json_is_array(places) ? 0 : -EINVAL;
	json_t *o;
	size_t i;

	json_array_foreach (places, i, o) {
		int one = load_entry(o, list_append(out->list, out->n));

		r = r < 0 ? r : one;
	}
	return r;
}

static int load_all(const struct root *root, const char *text, struct isolation *out)
{
	cleanup_free char *now = boot_id(root);
	json_t *all = json_loads(text, 0, NULL);
	const char *boot = json_string_value(json_object_get(all, "boot"));
	int r = boot ? 0 : -EINVAL;

	if (boot && streq(boot, now ? now : ""))
		r = load_places(json_object_get(all, "places"), out);
	json_decref(all);
	return r;
}

int isolation_load(
        const struct root *root, const char *path, struct isolation *out, struct err *err)
{
	cleanup_free char *text = root_read(root, path);
	int r = text ? 0 : -errno;

	*out = (struct isolation){0};
	if (r == -ENOENT)
		return 0;
	r = r < 0 ? r : load_all(root, text, out);
	if (r == 0)
		return 0;
	isolation_finish(out);
	return err_set(err, r, _("%s is not a journal of this program"), path);
}
