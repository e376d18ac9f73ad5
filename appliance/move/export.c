/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/i18n.h"
#include "move/export_parts.h"
#include "profile/keys.h"

#include <stdio.h>

/* --- all that a profile says --- */

struct object {
	const struct key_section *section;
	const char *name;
	const void *fields;
};

typedef void visit_function(const struct object *object, void *data);

static void visit_all(const struct profile *p, visit_function *visit, void *data)
{
	for (const struct key_section *s = key_sections; s->name; s++)
		if (s->form == KEY_FORM_PROFILE)
			visit(&(struct object){s, "", p}, data);
	for (size_t i = 0; i < p->n_nets; i++)
		visit(&(struct object){key_section_find("network", NULL), p->nets[i].name,
		              &p->nets[i]},
		        data);
	for (size_t i = 0; i < p->n_pci; i++)
		visit(&(struct object){key_section_of_pci(p->pci[i].kind), p->pci[i].name,
		              &p->pci[i]},
		        data);
	for (size_t i = 0; i < p->n_disks; i++)
		visit(&(struct object){key_section_find("disk", NULL), p->disks[i].name,
		              &p->disks[i]},
		        data);
	for (size_t i = 0; i < p->n_cdroms; i++)
		visit(&(struct object){key_section_find("cdrom", NULL), p->cdroms[i].name,
		              &p->cdroms[i]},
		        data);
	for (size_t i = 0; i < p->n_usb; i++)
		visit(&(struct object){key_section_find("usb", NULL), p->usb[i].name, &p->usb[i]},
		        data);
	for (size_t i = 0; i < p->n_inputs; i++)
		visit(&(struct object){key_section_find("input", NULL), p->inputs[i].name,
		              &p->inputs[i]},
		        data);
}

static char *section_name(const char *kind, const char *name)
{
	return xasprintf("%s%s%s", kind, *name ? " " : "", name);
}

/* Caller frees; NULL where it says nothing beyond the default. */
static char *value_beyond_default(const struct key *key, const void *fields)
{
	cleanup_free char *value = key_format(key, fields);

	return value && !(key->preset && streq(value, key->preset)) ? take_ptr(value) : NULL;
}

struct wanted {
	const char *section, *key;
	char *value;
};

static void find_value(const struct object *object, void *data)
{
	struct wanted *wanted = data;
	cleanup_free char *section = section_name(object->section->name, object->name);

	if (!streq(section, wanted->section))
		return;
	for (const struct key *k = key_table; k->name; k++)
		if (key_belongs(k, object->section) && streq(k->name, wanted->key))
			wanted->value = key_format(k, object->fields);
}

/* --- notes --- */

static PRINTF(5, 0) void add_note(const struct exporting *e, enum export_fate fate,
        const char *section, const char *key, const char *fmt, va_list ap)
{
	struct wanted wanted = {.section = section, .key = key};

	if (key)
		visit_all(e->profile, find_value, &wanted);
	*list_append(e->out->notes, e->out->n_notes) = (struct export_note){.fate = fate,
	        .section = xstrdup(section),
	        .key = xstrdup(key),
	        .value = wanted.value,
	        .why = xvasprintf(fmt, ap)};
}

void export_note(const struct exporting *e, enum export_fate fate, const char *section,
        const char *key, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	add_note(e, fate, section, key, fmt, ap);
	va_end(ap);
}

void export_note_of(const struct exporting *e, enum export_fate fate, const char *kind,
        const char *name, const char *key, const char *fmt, ...)
{
	cleanup_free char *section = section_name(kind, name);
	va_list ap;

	va_start(ap, fmt);
	add_note(e, fate, section, key, fmt, ap);
	va_end(ap);
}

static bool has_note(const struct exporting *e, const char *section, const char *key)
{
	for (size_t i = 0; i < e->out->n_notes; i++) {
		const struct export_note *note = &e->out->notes[i];

		if (streq(note->section, section) && note->key && streq(note->key, key))
			return true;
	}
	return false;
}

struct rest {
	const struct exporting *e;
	const char *const *carried;
};

static bool is_listed(const char *const *keys, const char *word)
{
	for (const char *const *k = keys; *k; k++)
		if (streq(*k, word))
			return true;
	return false;
}

static bool is_carried(const struct rest *rest, const char *section, const char *key)
{
	cleanup_free char *word = xasprintf("%s %s", section, key);

	return is_listed(rest->carried, word);
}

/* A title that is the name was not written. */
static bool is_unsaid_title(const struct rest *rest, const struct key *key, const char *value)
{
	return streq(key->name, "title") && streq(value, rest->e->profile->name);
}

static void note_rest(const struct object *object, void *data)
{
	const struct rest *rest = data;
	cleanup_free char *section = section_name(object->section->name, object->name);

	for (const struct key *k = key_table; k->name; k++) {
		cleanup_free char *value = NULL;
		const char *why;

		if (!key_belongs(k, object->section) ||
		        is_carried(rest, object->section->name, k->name) ||
		        has_note(rest->e, section, k->name))
			continue;
		value = value_beyond_default(k, object->fields);
		if (!value || is_unsaid_title(rest, k, value))
			continue;
		why = export_reason(object->section->name, k->name);
		export_note(rest->e, EXPORT_LOST, section, k->name, "%s",
		        why ? why : _("there is no word for it there"));
	}
}

void export_note_rest(const struct exporting *e, const char *const *carried)
{
	visit_all(e->profile, note_rest, &(struct rest){e, carried});
}

static void keep(const struct exporting *e, const char *section, const char *key)
{
	struct wanted wanted = {.section = section, .key = key};

	if (has_note(e, section, key))
		return;
	visit_all(e->profile, find_value, &wanted);
	if (wanted.value)
		export_note(e, EXPORT_KEPT, section, key, "%s",
		        _("an import would not have it from the rest"));
	free(wanted.value);
}

/* Keys without which another PC, or a reading of what others say alike, would come to something else. */
static void keep_always(const struct exporting *e)
{
	keep(e, "display", "type");
	keep(e, "sound", "type");
	for (size_t i = 0; i < e->profile->n_disks; i++) {
		cleanup_free char *section = section_name("disk", e->profile->disks[i].name);

		if (e->profile->disks[i].bus == PROFILE_BUS_AUTO)
			keep(e, section, "bus");
	}
}

/* What it is called, and for a function what must be found at its address. */
static void keep_identity(const struct object *object, void *data)
{
	static const char *const keys[] = {"id", "path", "subsystem"};
	cleanup_free char *section = section_name(object->section->name, object->name);
	bool named = *object->name || object->section->form == KEY_FORM_PCI;

	for (const char *const *k = kept_identity(object->section->name); named && *k; k++)
		keep(data, section, *k);
	for (size_t i = 0; object->section->form == KEY_FORM_PCI && i < ARRAY_SIZE(keys); i++)
		keep(data, section, keys[i]);
	/* Numbers of the others would overtake one without. */
	if (object->section->form == KEY_FORM_DISK)
		keep(data, section, "boot");
}

struct listed {
	const struct exporting *e;
	const char *const *keys;
};

static void keep_listed(const struct object *object, void *data)
{
	const struct listed *listed = data;
	cleanup_free char *section = section_name(object->section->name, object->name);

	for (const struct key *k = key_table; k->name; k++) {
		cleanup_free char *word = xasprintf("%s %s", object->section->name, k->name);
		cleanup_free char *value = NULL;

		if (!key_belongs(k, object->section) || !is_listed(listed->keys, word))
			continue;
		value = value_beyond_default(k, object->fields);
		if (value)
			keep(listed->e, section, k->name);
	}
}

void export_keep(const struct exporting *e, const char *const *keys)
{
	visit_all(e->profile, keep_listed, &(struct listed){e, keys});
	keep_always(e);
	visit_all(e->profile, keep_identity, (void *)e);
}

/* A serial number of a card tells which one of all that were made it is: no more of that than is needed. */
bool export_keeps(const struct export_note *note)
{
	bool card = !starts_with(note->section, "disk ") && !starts_with(note->section, "usb ");

	return note->key && note->value && !(card && streq(note->key, "serial"));
}

void exported_finish(struct exported *exported)
{
	for (size_t i = 0; i < exported->n_notes; i++) {
		free(exported->notes[i].section);
		free(exported->notes[i].key);
		free(exported->notes[i].value);
		free(exported->notes[i].why);
	}
	free(exported->notes);
	free(exported->text);
	*exported = (struct exported){0};
}
