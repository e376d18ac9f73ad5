/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the formats say alike, in their words and in those of a profile. */
#include "base/i18n.h"
#include "base/cpulist.h"
#include "move/import_draft.h"
#include "move/import_secrets.h"

#include <ctype.h>
#include <stdio.h>
#include <strings.h>

#define MIB              (1ull << 20)
#define DESCRIPTION_MOST 1000u

bool import_size(const char *text, uint64_t unit, uint64_t *bytes)
{
	size_t digits = strspn(text, "0123456789");
	cleanup_free char *number = xstrndup(text, digits);
	static const char letters[] = "kmgt";
	const char *letter =
	        text[digits] ? strchr(letters, tolower((unsigned char)text[digits])) : NULL;

	if (!digits || (text[digits] && !letter))
		return false;
	if (letter)
		unit = 1024ull << (10 * (letter - letters));
	if (parse_u64(number, 10, UINT64_MAX / unit, bytes) < 0)
		return false;
	*bytes *= unit;
	return true;
}

bool import_is_on(const char *text)
{
	static const char *const words[] = {"on", "yes", "true", "1"};

	for (size_t i = 0; text && i < ARRAY_SIZE(words); i++)
		if (strcasecmp(text, words[i]) == 0)
			return true;
	return false;
}

bool import_is_windows(const char *text, const char **guest)
{
	bool eleven = strcasestr(text, "win11") || strcasestr(text, "windows11") ||
	              strcasestr(text, "windows-11") || strcasestr(text, "win/11");
	bool ten = strcasestr(text, "win10") || strcasestr(text, "windows10") ||
	           strcasestr(text, "windows-10") || strcasestr(text, "win/10") ||
	           strcasestr(text, "windows9");

	if (eleven || ten)
		*guest = eleven ? "windows-11" : "windows-10";
	return eleven || ten;
}

char *import_path(const struct draft *d, const char *path)
{
	cleanup_free char *whole = NULL;
	char *clean;
	size_t n = 0;

	if (path[0] == '/' || strstr(path, "://"))
		return xstrdup(path);
	while (starts_with(path, "./"))
		path += 2;
	whole = xasprintf("%s/%s", d->source->folder, path);
	clean = xcalloc(strlen(whole) + 1, 1);
	for (const char *c = whole; *c; c++)
		if (!(c[0] == '/' && c[1] == '/'))
			clean[n++] = *c;
	return clean;
}

/* --- the machine --- */

void draft_name(struct draft *d, const char *name)
{
	free(d->name);
	d->name = xstrdup(name);
}

void draft_describe(struct draft *d, const char *text)
{
	char *all = d->description ? xasprintf("%s %s", d->description, text) : xstrdup(text);

	if (strlen(all) > DESCRIPTION_MOST) {
		free(all);
		draft_lost(d, N_("it is longer than a comment of a profile"));
		return;
	}
	free(d->description);
	d->description = all;
	draft_blank(d->description);
	secret_hide_words(d->description);
}

void draft_memory(struct draft *d, uint64_t bytes)
{
	uint64_t mib = bytes / MIB + (bytes % MIB != 0);

	if (mib && mib % 1024 == 0)
		draft_setf(d, "memory", "size", "%lluG", (unsigned long long)mib / 1024);
	else
		draft_setf(d, "memory", "size", "%lluM", (unsigned long long)mib);
}

void draft_cpus(struct draft *d, unsigned long long n)
{
	d->cpus = n;
	draft_setf(d, "cpu", "count", "%llu", n);
}

void draft_hide(struct draft *d)
{
	if (d->hidden)
		draft_carried(d, "[cpu] hide-hypervisor=yes");
	else
		d->hidden = draft_set(d, "cpu", "hide-hypervisor", "yes");
}

void draft_feature(struct draft *d, const char *signed_name)
{
	cleanup_free char *became = NULL;

	/* Of these, Playthrough knows itself whether the guest may have them. */
	if (streq(signed_name, "+topoext") || streq(signed_name, "+hypervisor")) {
		draft_left(d, WHY_TUNED);
		return;
	}
	strv_add(&d->features, signed_name);
	became = xasprintf("[cpu] features=%s", signed_name);
	draft_carried(d, became);
}

void draft_model(struct draft *d, const char *model)
{
	static const char *const slow[] = {"host-model", "kvm64", "kvm32", "qemu64", "qemu32",
	        "maximum", "max", "x86-64-v2", "x86-64-v2-AES", "x86-64-v3", "x86-64-v4"};

	for (size_t i = 0; i < ARRAY_SIZE(slow); i++) {
		if (!streq(model, slow[i]))
			continue;
		draft_change(d, "cpu", "model", "host",
		        N_("a profile takes the processor of this PC, which a game is faster on"));
		return;
	}
	draft_set(d, "cpu", "model", streq(model, "host-passthrough") ? "host" : model);
}

void draft_nic_model(struct draft_nic *nic, const char *model)
{
	free(nic->model);
	nic->model = xstrdup(model);
}

void draft_display(struct draft *d, const char *model)
{
	bool is_virtio = starts_with(model, "virtio");
	bool is_std = streq(model, "std") || streq(model, "vga") || streq(model, "VGA") ||
	              streq(model, "bochs");

	d->display_said = true;
	if (streq(model, "none")) {
		d->display = NULL;
		draft_carried(d, "[display] type=none");
		return;
	}
	d->display = is_virtio ? "virtio" : "std";
	if (is_virtio || is_std)
		draft_carried(d, is_virtio ? "[display] type=virtio" : "[display] type=std");
	else
		draft_note(d, IMPORT_CHANGED, "[display] type=std",
		        N_("the nearest card that VMs can have"));
}

/* Largest first; each needs up to that much: https://looking-glass.io/docs/stable/install_libvirt/ */
void draft_glass(struct draft *d, uint64_t bytes, bool kvmfr)
{
	static const struct {
		unsigned mib;
		const char *resolution;
	} table[] = {{128, "3840x2160"}, {64, "2560x1440"}, {32, "1920x1080"}, {16, "800x600"}};

	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		if (bytes < table[i].mib * MIB)
			continue;
		draft_change(d, "looking-glass", "resolution", table[i].resolution,
		        N_("the largest picture that this memory has room for"));
		if (kvmfr)
			draft_set(d, "looking-glass", "memory", "kvmfr");
		if (bytes >= 256 * MIB)
			draft_set(d, "looking-glass", "hdr", "yes");
		return;
	}
	draft_lost(d, N_("no picture has room in so little memory"));
}

void draft_smbios(struct draft *d, const char *field, const char *value)
{
	static const char *const fields[] = {
	        "manufacturer", "product", "version", "serial", "sku", "family"};

	for (size_t i = 0; i < ARRAY_SIZE(fields); i++) {
		if (!streq(field, fields[i]))
			continue;
		if (*value)
			draft_set(d, "smbios", field, value);
		return;
	}
	draft_lost(d, streq(field, "uuid") ? WHY_UUID : WHY_SMBIOS);
}

/* One processor of this PC, and one that it has. */
static bool is_here(const struct draft *d, const char *processor)
{
	uint64_t n;

	return parse_u64(processor, 10, 4095, &n) == 0 &&
	       (!d->pc->processors || n < d->pc->processors);
}

static bool is_once(const struct strv *all, const char *word)
{
	size_t n = 0;

	strv_foreach (one, all)
		n += streq(*one, word);
	return n == 1;
}

void draft_pin(struct draft *d, const struct strv *processors)
{
	cleanup_free char *list = strv_join(processors, ",");
	bool exact = processors->n > 0 && (!d->cpus || processors->n == d->cpus);

	strv_foreach (p, processors)
		exact = exact && is_here(d, *p) && is_once(processors, *p);
	if (exact) {
		draft_change(d, "cpu", "pin", list,
		        N_("exactly these processors; pin=auto lets Playthrough choose"));
		return;
	}
	draft_note(d, IMPORT_CHANGED, "[cpu] pin=auto",
	        N_("it is not one processor of this PC for each of the guest's"));
}
