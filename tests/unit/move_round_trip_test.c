/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Profiles that go to another program and come back mean the same: every shipped one, and rich ones. What would give the guest a
 * thing of this PC by a note alone comes back behind a #. On a PC that has none of their devices, so that all comes from what
 * was written.
 */
#include "move/export.h"
#include "move/import.h"
#include "profile/keys.h"
#include "profile/meaning.h"

#include <glob.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

/* --- what may read otherwise and means the same --- */

/* auto, and what it comes to. */
static bool is_same_boot(const struct profile *a, const struct profile *b, const char *key)
{
	if (streq(key, "secure-boot"))
		return profile_wants_secure_boot(a) == profile_wants_secure_boot(b);
	if (streq(key, "tpm"))
		return profile_wants_tpm(a) == profile_wants_tpm(b);
	return false;
}

/* The guest sees the section of what is no disk of this PC where no serial number is written. */
static bool is_same_disk(
        const struct profile_disk *a, const struct profile_disk *b, const char *key)
{
	return streq(key, "serial") && !a->device && !a->serial && b->serial &&
	       streq(b->serial, a->name);
}

/* A number may be written where the order of the disks said it. */
static bool is_order(const char *key)
{
	return streq(key, "boot");
}

/* --- key by key --- */

struct pair {
	const char *what; /* file and format */
	const struct profile *a, *b;
	const struct key_section *section;
	const char *name;
	const void *old, *new;
	const char *text; /* of the profile that came back */
};

/* A note may be anybody's: what gives the guest a thing of this PC comes back behind a #. */
static bool is_comment(const struct pair *pair, const char *key)
{
	cleanup_free char *value = NULL, *line = NULL;

	for (const struct key *k = key_table; k->name; k++)
		if (key_belongs(k, pair->section) && streq(k->name, key))
			value = key_format(k, pair->old);
	if (value)
		line = xasprintf("\n#%s=%s\n", key, value);
	return line && strstr(pair->text, line);
}

static bool is_of_this_pc(const struct pair *pair, const char *key)
{
	static const char *const keys[] = {"network forward", "sound microphone", "gpu hand-over",
	        "gpu hand-over-stop", "gpu romfile", "disk backing", "disk passphrase-file",
	        "disk secret-file"};
	cleanup_free char *word = xasprintf("%s %s", pair->section->name, key);

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		if (streq(keys[i], word))
			return is_comment(pair, key);
	return false;
}

static bool is_excepted(const struct pair *pair, const char *key)
{
	if (is_of_this_pc(pair, key))
		return true;
	switch (pair->section->form) {
	case KEY_FORM_PROFILE:
		return is_same_boot(pair->a, pair->b, key);
	case KEY_FORM_DISK:
		return is_order(key) || is_same_disk(pair->old, pair->new, key);
	case KEY_FORM_PCI:
		return streq(key, "serial"); /* no more of a card than is needed leaves this PC */
	case KEY_FORM_CDROM:
		return is_order(key);
	case KEY_FORM_NETWORK:
	case KEY_FORM_USB:
	case KEY_FORM_INPUT:
		break;
	}
	return false;
}

/* What the other program has no word for at all: an encrypted disk, one on the network, a name with a comma, a
 * device by its port. */
static bool is_note_alone(const struct pair *pair)
{
	const struct profile_disk *disk = pair->old;
	const struct profile_cdrom *drive = pair->old;
	const struct profile_usb *usb = pair->old;
	cleanup_free char *head = xasprintf("\n#[%s %s]\n", pair->section->name, pair->name);

	if (pair->section->form == KEY_FORM_CDROM)
		return !drive->file; /* by nothing it would be known again: its name alone is another */
	if (!strstr(pair->text, head))
		return false;
	return (pair->section->form == KEY_FORM_DISK &&
	               (disk->passphrase_file || disk->url || strchr(disk->image, ','))) ||
	       (pair->section->form == KEY_FORM_USB && usb->vendor < 0);
}

static void compare(const struct pair *pair)
{
	if (!pair->new &&is_note_alone(pair))
		return;
	if (!pair->new)
		fail_msg("%s: [%s %s] is not there", pair->what, pair->section->name, pair->name);
	for (const struct key *k = key_table; k->name; k++) {
		cleanup_free char *old = NULL, *new = NULL;

		if (!key_belongs(k, pair->section))
			continue;
		old = key_format(k, pair->old);
		new = key_format(k, pair->new);
		if ((!old && !new) || (old && new &&streq(old, new)) || is_excepted(pair, k->name))
			continue;
		fail_msg("%s: [%s %s] %s=%s has become %s", pair->what, pair->section->name,
		        pair->name, k->name, old ? old : "-", new ? new : "-");
	}
}

/* The element of that name in a list whose elements begin with their name. */
static const void *named(const void *list, size_t n, size_t size, const char *name)
{
	for (size_t i = 0; i < n; i++) {
		const void *element = (const char *)list + i * size;
		const char *other = *(char *const *)element;

		if (streq(other, name))
			return element;
	}
	return NULL;
}

#define COMPARE_LIST(pair, section_of, list, count)                         \
	do {                                                                \
		assert_true((pair).a->count >= (pair).b->count);            \
		for (size_t i = 0; i < (pair).a->count; i++) {              \
			(pair).section = section_of;                        \
			(pair).name = (pair).a->list[i].name;               \
			(pair).old = &(pair).a->list[i];                    \
			(pair).new = named((pair).b->list, (pair).b->count, \
			        sizeof(*(pair).b->list), (pair).name);      \
			compare(&(pair));                                   \
		}                                                           \
	} while (0)

/* Functions without a name are told by their place. */
static void compare_pci(struct pair *pair)
{
	assert_int_equal(pair->a->n_pci, pair->b->n_pci);
	for (size_t i = 0; i < pair->a->n_pci; i++) {
		pair->section = key_section_of_pci(pair->a->pci[i].kind);
		pair->name = pair->a->pci[i].name;
		pair->old = &pair->a->pci[i];
		pair->new = NULL;
		for (size_t k = 0; k < pair->b->n_pci; k++)
			if (pci_addr_equal(pair->a->pci[i].address, pair->b->pci[k].address) &&
			        pair->a->pci[i].kind == pair->b->pci[k].kind)
				pair->new = &pair->b->pci[k];
		compare(pair);
	}
}

/* Each with its image, in the order in which a guest is started from them; what is empty is so, too. */
static void compare_drives(struct pair *pair)
{
	assert_int_equal(pair->a->n_cdroms, pair->b->n_cdroms);
	COMPARE_LIST(*pair, key_section_find("cdrom", NULL), cdroms, n_cdroms);
	for (size_t i = 0; i < pair->a->n_cdroms; i++)
		assert_int_equal(!pair->a->cdroms[i].file, !pair->b->cdroms[i].file);
}

static size_t index_of(const struct profile *profile, const char *name)
{
	const struct profile_disk *disk =
	        named(profile->disks, profile->n_disks, sizeof(*profile->disks), name);

	assert_non_null(disk);
	return (size_t)(disk - profile->disks);
}

static void compare_order(const struct profile *a, const struct profile *b)
{
	for (size_t i = 0; i < b->n_disks; i++)
		for (size_t k = 0; k < b->n_disks; k++) {
			size_t i_then = index_of(a, b->disks[i].name);
			size_t k_then = index_of(a, b->disks[k].name);

			assert_int_equal(profile_disk_boot(b, i) < profile_disk_boot(b, k),
			        profile_disk_boot(a, i_then) < profile_disk_boot(a, k_then));
		}
	for (size_t i = 0; i < b->n_disks; i++)
		for (size_t k = 0; k < b->n_cdroms; k++)
			assert_int_equal(profile_disk_boot(b, i) < profile_cdrom_boot(b, k),
			        profile_disk_boot(a, index_of(a, b->disks[i].name)) <
			                profile_cdrom_boot(a, k));
}

static void compare_profiles(
        const char *what, const struct profile *a, const struct profile *b, const char *text)
{
	struct pair pair = {
	        .what = what, .a = a, .b = b, .name = "", .old = a, .new = b, .text = text};

	for (const struct key_section *s = key_sections; s->name; s++) {
		pair.section = s;
		if (s->form == KEY_FORM_PROFILE)
			compare(&pair);
	}
	COMPARE_LIST(pair, key_section_find("network", NULL), nets, n_nets);
	compare_pci(&pair);
	COMPARE_LIST(pair, key_section_find("disk", NULL), disks, n_disks);
	COMPARE_LIST(pair, key_section_find("usb", NULL), usb, n_usb);
	COMPARE_LIST(pair, key_section_find("input", NULL), inputs, n_inputs);
	compare_drives(&pair);
	compare_order(a, b);
}

/* --- there and back --- */

/* Returns the profile's text; caller frees. */
static char *import(const char *text, const char *name, struct profile *out)
{
	const struct import_source source = {.file = "exported", .folder = "/", .as = name};
	const struct import_pc pc = {0};
	struct import made;
	struct err err = {0};
	cleanup_free char *file = xasprintf("%s.profile", name);
	char *back;

	if (import_read(text, strlen(text), &source, &pc, &made, &err) < 0)
		fail_msg("%s\n%s", err.message, text);
	if (profile_parse(made.text, file, out, &err) < 0)
		fail_msg("%s\n%s", err.message, made.text);
	back = take_ptr(made.text);
	import_finish(&made);
	return back;
}

static void travel(const char *path, const char *to, export_function *export)
{
	static const struct export_facts none;
	const char *slash = strrchr(path, '/') + 1;
	cleanup_free char *name = xstrndup(slash, strcspn(slash, ".")), *text = NULL;
	cleanup_free char *file = xasprintf("%s.profile", name), *what = NULL, *back = NULL;
	struct profile before, after;
	struct exported exported;
	struct err err = {0};

	what = xasprintf("%s by %s", path, to);
	text = profile_read(path, &(size_t){0}, &err);
	assert_non_null(text);
	assert_int_equal(profile_parse(text, file, &before, &err), 0);
	if (export(&before, &none, &exported, &err) < 0)
		fail_msg("%s: %s", what, err.message);
	back = import(exported.text, name, &after);
	compare_profiles(what, &before, &after, back);
	exported_finish(&exported);
	profile_finish(&before);
	profile_finish(&after);
}

static void travel_all(const char *to, export_function *export)
{
	static const char *const patterns[] = {"profiles/*.profile.example", "profiles/*.profile",
	        "tests/golden/export/*.profile"};
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_SIZE(patterns); i++) {
		glob_t found;

		assert_int_equal(glob(patterns[i], 0, NULL, &found), 0);
		for (size_t k = 0; k < found.gl_pathc; k++, n++)
			travel(found.gl_pathv[k], to, export);
		globfree(&found);
	}
	assert_true(n >= 10);
}

static void by_libvirt(void **state)
{
	(void)state;
	travel_all("libvirt", export_libvirt);
}

static void by_proxmox(void **state)
{
	(void)state;
	travel_all("proxmox", export_proxmox);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(by_libvirt),
	        cmocka_unit_test(by_proxmox),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
