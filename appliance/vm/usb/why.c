/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vm/usb/why.h"

#include "profile/profile.h"
#include "vm/usb/assignment.h"
#include "vm/usb/choice.h"
#include "vm/usb/kept.h"
#include "vm/usb/rules.h"
#include "vm/vm_impl.h"

#include <stdio.h>

void usb_sources_finish(struct usb_source **list, size_t *n)
{
	for (size_t i = 0; i < *n; i++) {
		struct usb_source *s = &(*list)[i];

		for (size_t k = 0; k < s->n; k++)
			free(s->files[k]);
		free(s->files);
		free(s->vm);
		journal_rules_finish(&s->rules, &s->n);
	}
	free(*list);
	*list = NULL;
	*n = 0;
}

/* --- one device --- */

struct match {
	const struct usb_source *source;
	size_t rule;
	unsigned rank;
};

/* The closest first; of equal ones those that count now, the one that was started first, then by name. */
static int by_strength(const void *a, const void *b)
{
	const struct match *x = a, *y = b;

	if (x->rank != y->rank)
		return x->rank < y->rank ? 1 : -1;
	if (x->source->running != y->source->running)
		return x->source->running ? -1 : 1;
	if (x->source->since != y->source->since)
		return x->source->since < y->source->since ? -1 : 1;
	if (x->source != y->source)
		return strcmp(x->source->vm, y->source->vm);
	return x->rule < y->rule ? -1 : 1;
}

static struct match *find_matches(
        const struct usb_source *sources, size_t n, const struct usb_device *d, size_t *found)
{
	struct match *list = NULL;

	*found = 0;
	for (size_t i = 0; i < n; i++) {
		for (size_t k = 0; k < sources[i].n; k++) {
			unsigned rank = usb_rule_rank(&sources[i].rules[k], d);

			if (rank)
				*list_append(list, *found) = (struct match){&sources[i], k, rank};
		}
	}
	if (list)
		qsort(list, *found, sizeof(*list), by_strength);
	return list;
}

static char *value_of(const struct journal_rule *r)
{
	if (r->serial)
		return xstrdup(r->serial);
	if (r->vendor >= 0)
		return xasprintf("%04x:%04x", (unsigned)r->vendor, (unsigned)r->product);
	return xstrdup(r->port ? r->port : r->hub ? r->hub : "");
}

static json_t *match_json(const struct match *m, bool ignored)
{
	const struct journal_rule *r = &m->source->rules[m->rule];
	cleanup_free char *section = usb_section("usb", r->name ? r->name : "");
	cleanup_free char *value = value_of(r);

	return json_pack("{s:s, s:s, s:s?, s:i, s:s, s:s, s:b, s:b}", "vm", m->source->vm,
	        "section", section, "file", m->source->files[m->rule], "rank", (int)m->rank, "by",
	        usb_rule_by(r), "value", value, "running", m->source->running, "ignored", ignored);
}

static const char *find_owner(const struct usb_source *sources, size_t n,
        const struct usb_device *d, usb_why_ignored ignored)
{
	const struct usb_claimant *owner;
	const struct journal_rule *rule;
	struct usb_claimant *all = NULL;
	const char *name;
	size_t running = 0;

	for (size_t i = 0; i < n; i++) {
		const struct usb_source *s = &sources[i];

		if (s->running && !(ignored && ignored(s, d)))
			*list_append(all, running) =
			        (struct usb_claimant){s->vm, s->rules, s->n, s->since};
	}
	owner = usb_rules_owner(all, running, d, &rule);
	name = owner ? owner->vm : NULL;
	free(all);
	return name;
}

json_t *usb_why(const struct usb_source *sources, size_t n, const struct usb_device *d,
        usb_why_ignored ignored)
{
	json_t *rules = json_array();
	struct match *list;
	size_t found;

	list = find_matches(sources, n, d, &found);
	for (size_t i = 0; i < found; i++)
		json_array_append_new(
		        rules, match_json(&list[i], ignored && ignored(list[i].source, d)));
	free(list);
	return json_pack(
	        "{s:s?, s:o}", "owner", find_owner(sources, n, d, ignored), "rules", rules);
}

/* --- all of them --- */

/* The file that the profile has a rule of this name in. Caller frees; NULL. */
static char *file_of(const struct profile *profile, const char *rule)
{
	for (size_t i = 0; rule && i < profile->n_usb; i++)
		if (streq(profile->usb[i].name, rule))
			return xstrdup(profile->usb[i].file);
	return NULL;
}

/* What is in force counts, not what the profile has come to say since. */
static void take_running(struct usb_source *s, const struct vm *vm)
{
	for (size_t i = 0; i < vm->journal.n_rules; i++) {
		const struct journal_rule *r = &vm->journal.rules[i];

		*list_append(s->rules, s->n) = (struct journal_rule){.name = xstrdup(r->name),
		        .vendor = r->vendor,
		        .product = r->product,
		        .serial = xstrdup(r->serial),
		        .port = xstrdup(r->port),
		        .hub = xstrdup(r->hub)};
	}
	s->running = true;
	s->since = vm->journal.since;
	s->of = vm;
}

static void take_source(struct vms *vms, const char *name, struct usb_source *s)
{
	const struct vm *vm = vms_find(vms, name);
	struct profile profile = {0};

	if (profile_find(vms->env.profile_folders, name, &profile, NULL) < 0)
		profile = (struct profile){0};
	s->vm = xstrdup(name);
	if (vm && vm->state == VM_RUNNING)
		take_running(s, vm);
	else
		usb_rules_of(&profile, &s->rules, &s->n);
	s->files = xcalloc(s->n + 1, sizeof(*s->files));
	for (size_t i = 0; i < s->n; i++)
		s->files[i] = file_of(&profile, s->rules[i].name);
	profile_finish(&profile);
}

static void take_sources(struct vms *vms, struct usb_source **list, size_t *n)
{
	cleanup_strv struct strv names = {0};

	profile_list(vms->env.profile_folders, &names, NULL);
	for (const struct vm *vm = vms->list; vm; vm = vm->next) {
		if (vm->state == VM_RUNNING && !strv_has(&names, vm->name))
			strv_add(&names, vm->name);
	}
	strv_foreach (name, &names)
		take_source(vms, *name, list_append(*list, *n));
}

static bool is_ignored(const struct usb_source *source, const struct usb_device *d)
{
	const struct vm *vm = source->of;

	return vm && usb_kept_has(&vm->journal, d);
}

static json_t *device_json(const struct vms *vms, const struct host *host,
        const struct usb_source *sources, size_t n, const struct usb_device *d)
{
	const struct usb_ways ways = {.chord = vms_chord_sees(vms, d)};
	json_t *all = usb_why(sources, n, d, is_ignored);
	struct err err;

	json_object_set_new(all, "sysname", json_string(d->sysname));
	if (usb_check_ways(host, d, &ways, &err) < 0)
		json_object_set_new(all, "refused",
		        json_pack("{s:s, s:s}", "message", err.message, "code", err.code));
	else
		json_object_set_new(all, "refused", json_null());
	return all;
}

json_t *vms_usb_why_json(struct vms *vms)
{
	cleanup(host_finish) struct host host = {0};
	struct usb_source *sources = NULL;
	json_t *all = json_array();
	size_t n = 0;

	if (usb_take(&vms->root, &host.usb, NULL) < 0)
		return all;
	inputs_take(&vms->root, &host.usb, &host.inputs, NULL);
	disks_take(&vms->root, &host.disks, NULL);
	take_sources(vms, &sources, &n);
	for (size_t i = 0; i < host.usb.n; i++)
		json_array_append_new(all, device_json(vms, &host, sources, n, &host.usb.list[i]));
	usb_sources_finish(&sources, &n);
	return all;
}
