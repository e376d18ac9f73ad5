/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/i18n.h"
#include "move/export_parts.h"
#include "profile/keys.h"

#include <errno.h>
#include <stdio.h>

#define GUEST_SERIAL_MAX 20 /* of virtio-blk, ATA and NVMe alike */

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
	const char *other, *identity = kept_identity(object->section->name, &other);

	if (identity && (*object->name || object->section->form == KEY_FORM_PCI))
		keep(data, section, identity);
	if (other && *object->name)
		keep(data, section, other);
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

/* --- what all of them ask --- */

int export_memory(const struct exporting *e, uint64_t *bytes, struct err *err)
{
	*bytes = e->profile->memory_bytes;
	if (*bytes != PROFILE_MEMORY_MAX)
		return 0;
	*bytes = e->facts->memory_bytes;
	if (!*bytes) {
		err_set(err, -EINVAL,
		        _("size=max in [memory] is no number, and this PC could not start it now, "
		          "which would have told one"));
		err_hint(err, _("write how much in [memory] of %s, such as size=16G"),
		        e->profile->file);
		return -EINVAL;
	}
	export_note(e, EXPORT_CHANGED, "memory", "size", _("it is %llu MiB, what max is now"),
	        (unsigned long long)(*bytes / EXPORT_MIB));
	return 0;
}

/* "4-7,12": one for each of the guest's, in the order in which they stand there. */
static unsigned *listed_pins(const struct profile *profile)
{
	cleanup_strv struct strv words = {0};
	unsigned *pins = NULL;
	size_t n = 0;

	strv_split(&words, profile->cpu_pin, ",");
	strv_foreach (word, &words) {
		unsigned first, last;
		int got = sscanf(*word, "%u-%u", &first, &last);

		for (unsigned c = first; got > 0 && c <= (got == 2 ? last : first); c++)
			*list_append(pins, n) = c;
	}
	if (n == profile->cpus)
		return pins;
	free(pins);
	return NULL;
}

unsigned *export_pins(const struct exporting *e)
{
	const struct profile *profile = e->profile;
	const char *pin = profile->cpu_pin ? profile->cpu_pin : "auto";
	unsigned *pins;

	if (streq(pin, "no"))
		return NULL;
	if (!streq(pin, "auto"))
		return listed_pins(profile);
	if (!e->facts->pins)
		return NULL;
	pins = xcalloc(profile->cpus, sizeof(*pins));
	memcpy(pins, e->facts->pins, profile->cpus * sizeof(*pins));
	return pins;
}

const char *export_kind(const struct profile_pci *pci)
{
	return key_section_of_pci(pci->kind)->name;
}

bool export_passes(const struct profile *profile, enum profile_pci_kind kind)
{
	for (size_t i = 0; i < profile->n_pci; i++)
		if (profile->pci[i].kind == kind)
			return true;
	return false;
}

int export_function_at(const struct profile *profile, unsigned card, unsigned function)
{
	for (size_t i = 0; i < profile->n_pci; i++)
		if (!profile_pci_is_share(&profile->pci[i]) &&
		        profile_card_number(profile, i) == card &&
		        profile_guest_function(profile, i) == function)
			return (int)i;
	return -1;
}

/* Without its address: that is the whole card's, which stays with this PC. */
void export_note_shares(const struct exporting *e)
{
	for (size_t i = 0; i < e->profile->n_pci; i++) {
		const struct profile_pci *pci = &e->profile->pci[i];

		if (profile_pci_is_share(pci))
			export_note_of(e, EXPORT_LOST, export_kind(pci), pci->name, "address",
			        _("a part of a card is made by Playthrough at each start, and is "
			          "not there without it"));
	}
}

unsigned export_cards(const struct profile *profile)
{
	unsigned cards = 0;

	for (size_t i = 0; i < profile->n_pci; i++) {
		unsigned number = profile_card_number(profile, i) + 1;

		cards = number > cards ? number : cards;
	}
	return cards;
}

/* Two partitions have one disk's serial number between them. */
static bool is_partition(const char *device)
{
	const char *part = strrchr(device, '-');

	return strstr(device, "/by-partuuid/") || (part && starts_with(part, "-part"));
}

char *export_serial(const struct profile_disk *disk)
{
	bool whole = disk->device && !is_partition(disk->device);
	const char *serial = disk->serial && (whole || disk->image) ? disk->serial : disk->name;

	return whole && !disk->serial ? NULL : xasprintf("%.*s", GUEST_SERIAL_MAX, serial);
}

bool export_is_vga(const struct profile *profile, const struct profile_pci *pci)
{
	return pci == profile_primary_card(profile) && profile->firmware == PROFILE_FIRMWARE_BIOS &&
	       !profile->kernel &&
	       (pci->primary == PROFILE_PRIMARY_YES ||
	               profile_display_card(profile) == PROFILE_DISPLAY_NONE);
}

bool export_is_mouse(const struct profile_input *input)
{
	return ends_with(input->device, "-event-mouse");
}

/* Those that Linux has had since 4.14; in the order in which each builds upon the others. */
const struct export_enlightenment export_enlightenments[] = {
        {"hv-relaxed", "relaxed", "relaxed"},
        {"hv-vapic", "vapic", "vapic"},
        {"hv-spinlocks", "spinlocks", "spinlocks"},
        {"hv-vpindex", "vpindex", "vpindex"},
        {"hv-runtime", "runtime", "runtime"},
        {"hv-synic", "synic", "synic"},
        {"hv-stimer", "stimer", "synictimer"},
        {"hv-reset", "reset", "reset"},
        {"hv-frequencies", "frequencies", "frequencies"},
        {0},
};

bool export_is_unwanted(const struct profile *profile, const char *feature)
{
	cleanup_strv struct strv wishes = {0};

	strv_split(&wishes, profile->cpu_features ? profile->cpu_features : "", ",");
	strv_foreach (wish, &wishes)
		if (**wish == '-' && streq(*wish + 1, feature))
			return true;
	return false;
}
