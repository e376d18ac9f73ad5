/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "move/kept.h"

#include "profile/keys.h"

#define KEPT_MOST 1000u /* no profile has as many */

void kept_add(struct kept *kept, const char *section, const char *key, const char *value)
{
	if (kept->n < KEPT_MOST)
		*list_append(kept->list, kept->n) = (struct kept_key){
		        .section = xstrdup(section), .key = xstrdup(key), .value = xstrdup(value)};
}

bool kept_add_comment(struct kept *kept, const char *comment)
{
	const char *start = comment + strlen(KEPT_MARK), *end, *equals;
	cleanup_free char *section = NULL, *key = NULL;

	if (!starts_with(comment, KEPT_MARK) || *start != '[')
		return false;
	end = strstr(start, "] ");
	equals = end ? strchr(end, '=') : NULL;
	if (!equals)
		return false;
	section = xstrndup(start + 1, (size_t)(end - start - 1));
	key = xstrndup(end + 2, (size_t)(equals - end - 2));
	kept_add(kept, section, key, equals + 1);
	return true;
}

void kept_finish(struct kept *kept)
{
	for (size_t i = 0; i < kept->n; i++) {
		free(kept->list[i].section);
		free(kept->list[i].key);
		free(kept->list[i].value);
		free(kept->list[i].what);
	}
	free(kept->list);
	strv_finish(&kept->own);
	*kept = (struct kept){0};
}

/* --- names of sections --- */

const char *const *kept_identity(const char *kind)
{
	static const char *const none[] = {NULL}, *const function[] = {"address", NULL};
	static const char *const disk[] = {"device", "image", "url", NULL};
	static const char *const usb[] = {"id", NULL}, *const input[] = {"device", NULL};
	static const char *const network[] = {"mac", NULL}, *const cdrom[] = {"file", NULL};
	const struct key_section *section = key_section_find(kind, NULL);

	switch (section ? section->form : KEY_FORM_PROFILE) {
	case KEY_FORM_PROFILE:
		break;
	case KEY_FORM_NETWORK:
		return network;
	case KEY_FORM_PCI:
		return function;
	case KEY_FORM_CDROM:
		return cdrom;
	case KEY_FORM_DISK:
		return disk;
	case KEY_FORM_USB:
		return usb;
	case KEY_FORM_INPUT:
		return input;
	}
	return none;
}

static char *kind_of(const char *section)
{
	return xstrndup(section, strcspn(section, " "));
}

static bool is_identity(const struct kept_key *key)
{
	cleanup_free char *kind = kind_of(key->section);

	for (const char *const *k = kept_identity(kind); *k; k++)
		if (streq(key->key, *k))
			return true;
	return false;
}

static bool is_good(const char *text)
{
	struct profile profile;

	if (profile_parse(text, "kept.profile", &profile, NULL) < 0)
		return false;
	profile_finish(&profile);
	return true;
}

/* The section of that kind in which "key=value" stands: where its head begins. NULL: there is none. */
static const char *find_section(const char *text, const char *kind, const struct kept_key *key)
{
	cleanup_free char *wanted = xasprintf("%s=%s", key->key, key->value);
	const char *head = NULL;

	for (const char *line = text; *line; line += strcspn(line, "\n"), line += *line == '\n') {
		size_t n = strcspn(line, "\n"), k = strlen(kind);

		if (*line == '[')
			head = strncmp(line + 1, kind, k) == 0 &&
			                       (line[1 + k] == ']' || line[1 + k] == ' ')
			               ? line
			               : NULL;
		if (head && n == strlen(wanted) && strncmp(line, wanted, n) == 0)
			return head;
	}
	return NULL;
}

/* Takes @text. */
static char *rename_section(char *text, const struct kept_key *key)
{
	cleanup_free char *kind = kind_of(key->section), *renamed = NULL;
	const char *head = find_section(text, kind, key);

	if (!head || profile_has_section(text, key->section))
		return text;
	renamed = xasprintf(
	        "%.*s[%s]%s", (int)(head - text), text, key->section, head + strcspn(head, "\n"));
	if (!is_good(renamed))
		return text;
	free(text);
	return take_ptr(renamed);
}

/* --- which of them --- */

/*
 * By kind, "pci" for every passed function: what tunes the machine, and what narrows a device that the guest has anyway. A note
 * may be anybody's, so that none of them gives the guest a thing of this PC, or lets it write to one.
 */
static const char *const harmless[] = {"vm title", "vm guest", "vm autostart", "vm guest-agent",
        "vm watchdog", "vm crash", "vm restart-on-failure", "vm restart-delay",
        "vm restart-from-snapshot", "cpu count", "cpu model", "cpu features", "cpu pin",
        "cpu isolate", "cpu hide-hypervisor", "cpu accel", "memory size", "memory hugepages",
        "memory numa", "boot firmware", "boot secure-boot", "boot tpm", "boot cmdline",
        "smbios manufacturer", "smbios product", "smbios version", "smbios serial", "smbios sku",
        "smbios family", "display type", "sound type", "looking-glass resolution",
        "looking-glass hdr", "looking-glass memory", "monitor input-while-playing",
        "monitor connector", "network type=none", "network type=ovs", "network model",
        "network mac", "network vhost", "network backend", "console clipboard=no",
        "console usb-channels", "pci id", "pci path", "pci subsystem", "pci serial", "pci rombar",
        "pci boot", "pci virtual-function", "pci virtual-function-count", "pci mediated", "pci mac",
        "pci bar-size", "pci primary", "pci reset-method", "disk writable=no", "disk serial",
        "disk size", "disk bus", "disk aio", "disk cache", "disk discard", "disk io-thread",
        "disk queues", "disk boot", "cdrom boot", "usb serial", "usb port", "input grab-toggle",
        "input repeat"};

static enum key_form form_of(const struct kept_key *key)
{
	cleanup_free char *kind = kind_of(key->section);
	const struct key_section *section = key_section_find(kind, NULL);

	return section ? section->form : KEY_FORM_PROFILE;
}

/* The definition itself says so of a function that it passes. */
static bool is_own(const struct kept *kept, const struct kept_key *key)
{
	cleanup_free char *line = xasprintf("%s=%s", key->key, key->value);

	return form_of(key) == KEY_FORM_PCI && strv_has(&kept->own, line);
}

static bool is_harmless(const struct kept *kept, const struct kept_key *key)
{
	cleanup_free char *kind = kind_of(key->section);
	bool pci = form_of(key) == KEY_FORM_PCI;
	cleanup_free char *word = xasprintf("%s %s", pci ? "pci" : kind, key->key);
	cleanup_free char *with = xasprintf("%s=%s", word, key->value);

	for (size_t i = 0; i < ARRAY_SIZE(harmless); i++)
		if (streq(harmless[i], word) || streq(harmless[i], with))
			return true;
	return is_own(kept, key);
}

/* Whether the definition itself passes the function that this section is of. */
static bool is_passed(const struct kept *kept, const char *section)
{
	for (size_t i = 0; i < kept->n; i++) {
		const struct kept_key *key = &kept->list[i];

		if (streq(key->section, section) && streq(key->key, "address"))
			return is_own(kept, key);
	}
	return false;
}

/* A device is given to the guest by what the definition itself says, never by a note. */
static bool makes_section(const struct kept *kept, const struct kept_key *key)
{
	enum key_form form = form_of(key);
	bool is_there = form == KEY_FORM_PROFILE || streq(key->section, "network");

	if (form == KEY_FORM_PCI)
		return is_passed(kept, key->section) && is_harmless(kept, key);
	return is_there && is_harmless(kept, key);
}

static bool has(const char *text, const struct kept_key *key)
{
	cleanup_free char *kind = kind_of(key->section);

	return find_section(text, kind, key) != NULL;
}

/* --- keys --- */

/* Takes @text. */
static char *put_back(char *text, const struct kept_key *key)
{
	cleanup_free char *edited = profile_edit(text, key->section, key->key, key->value, NULL);

	if (!edited || !is_good(edited))
		return text;
	free(text);
	return take_ptr(edited);
}

/* A section that is not there: all that was kept of it together, since one key alone may make no good profile. */
static char *put_section_back(char *text, const struct kept *kept, const char *section)
{
	cleanup_free char *with = xstrdup(text);

	for (size_t i = 0; i < kept->n; i++) {
		const struct kept_key *key = &kept->list[i];
		char *edited = streq(key->section, section) && makes_section(kept, key)
		                       ? profile_edit(with, section, key->key, key->value, NULL)
		                       : NULL;

		if (!edited)
			continue;
		free(with);
		with = edited;
	}
	if (!is_good(with))
		return text;
	free(text);
	return take_ptr(with);
}

/* Names first, since the others go by them. */
char *kept_apply(const char *text, struct kept *kept)
{
	char *now = xstrdup(text);

	for (size_t i = 0; i < kept->n; i++)
		if (is_identity(&kept->list[i]))
			now = rename_section(now, &kept->list[i]);
	for (size_t i = 0; i < kept->n; i++) {
		const struct kept_key *key = &kept->list[i];

		if (!profile_has_section(now, key->section))
			now = put_section_back(now, kept, key->section);
		else if (is_harmless(kept, key))
			now = put_back(now, key);
	}
	for (size_t i = 0; i < kept->n; i++)
		kept->list[i].is_there = has(now, &kept->list[i]);
	return now;
}
