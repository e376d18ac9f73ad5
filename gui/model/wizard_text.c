/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The profile that answers are: its name and its text. */
#include "model/editor.h"
#include "model/wizard.h"

#include <ctype.h>
#include <stdio.h>

#define NAME_MOST 24u
#define GIB       (1ull << 30)

/* --- the name --- */

/* The small letter of the Cyrillic one at @s; "": it has none. NULL: it is no such letter. */
static const char *latin_of(const char *s)
{
	static const char *const letters[] = {"a", "b", "v", "g", "d", "e", "zh", "z", "i", "y",
	        "k", "l", "m", "n", "o", "p", "r", "s", "t", "u", "f", "kh", "ts", "ch", "sh",
	        "shch", "", "y", "", "e", "yu", "ya"};
	unsigned c = ((unsigned char)s[0] & 0x1fu) << 6 | ((unsigned char)s[1] & 0x3fu);

	if (((unsigned char)s[0] & 0xe0) != 0xc0)
		return NULL;
	if (c == 0x401 || c == 0x451) /* Ё, ё */
		return "e";
	if (c >= 0x410 && c < 0x430)
		return letters[c - 0x410];
	return c >= 0x430 && c < 0x450 ? letters[c - 0x430] : NULL;
}

/* "Весна: 2" -> "vesna-2"; "" where nothing of it is a letter. */
static void make_name(const char *title, char *out, size_t most)
{
	size_t n = 0;

	for (const char *s = title; *s && n < most; s++) {
		const char *latin = latin_of(s);
		char one[2] = {(char)tolower((unsigned char)*s), '\0'};
		size_t room = most - n;

		if (((unsigned char)*s & 0xc0) == 0x80)
			continue;
		if (!latin && (unsigned char)*s < 0x80 && isalnum((unsigned char)*s))
			latin = one;
		if (n == 0 && latin && !isalpha((unsigned char)*latin))
			continue;
		if (!latin && n && out[n - 1] != '-')
			out[n++] = '-';
		for (; latin && *latin && room; latin++, room--)
			out[n++] = *latin;
	}
	while (n && out[n - 1] == '-')
		n--;
	out[n] = '\0';
}

char *wizard_name(const struct wizard *wizard, const struct offers *offers)
{
	char name[NAME_MOST + 1], base[NAME_MOST + 1];

	make_name(wizard->title, base, NAME_MOST);
	if (!*base)
		snprintf(base, sizeof(base), "game");
	snprintf(name, sizeof(name), "%s", base);
	for (unsigned i = 2; strv_has(&offers->names, name) && i < 10000; i++) {
		cleanup_free char *number = xasprintf("-%u", i);

		snprintf(name, sizeof(name), "%.*s%s", (int)(NAME_MOST - strlen(number)), base,
		        number);
	}
	return xstrdup(name);
}

/* --- the text --- */

struct draft {
	char *text; /* NULL: it failed */
	struct err *err;
};

static void put(struct draft *d, const char *section, const char *key, const char *value)
{
	char *next = d->text ? profile_edit(d->text, section, key, value, d->err) : NULL;

	free(d->text);
	d->text = next;
}

static bool has_key(const struct offer_section *section, const char *key)
{
	for (size_t i = 0; i < section->n; i++)
		if (streq(section->keys[i].key, key))
			return true;
	return false;
}

/* A disk is there to be written to, and Windows has a driver of its own for NVMe only. */
static void put_disk_habits(struct draft *d, const struct offer_section *section, const char *guest)
{
	if (!starts_with(section->section, "disk"))
		return;
	if (!has_key(section, "writable"))
		put(d, section->section, "writable", "yes");
	if (!has_key(section, "bus") && starts_with(guest, "windows"))
		put(d, section->section, "bus", "nvme");
}

/* The name of a section that two offers have is given once only: "gpu", "gpu 2". Caller frees. */
static char *free_section(const char *text, const char *section)
{
	size_t word = strcspn(section, " ");
	char *name = xstrdup(section);

	for (unsigned i = 2; text && profile_has_section(text, name) && i < 1000; i++) {
		free(name);
		name = section[word] ? xasprintf("%.*s-%u", (int)(word + 1 + 20), section, i)
		                     : xasprintf("%s %u", section, i);
	}
	return name;
}

static void put_offer(struct draft *d, const struct offer *offer, const char *guest)
{
	for (size_t i = 0; i < offer->n_sections; i++) {
		struct offer_section section = offer->sections[i];
		cleanup_free char *name = free_section(d->text, section.section);

		section.section = name;
		for (size_t k = 0; k < section.n; k++)
			put(d, name, section.keys[k].key, section.keys[k].value);
		put_disk_habits(d, &section, guest);
	}
}

static void put_chosen(struct draft *d, const struct wizard *wizard, const struct offers *offers,
        enum offer_kind kind)
{
	/* In the order of the offers: that of choosing means nothing. */
	for (size_t i = 0; i < offers->of[kind].n; i++) {
		const struct offer *offer = &offers->of[kind].list[i];

		if (offer->verdict != OFFER_FAIL && strv_has(&wizard->chosen[kind], offer->id))
			put_offer(d, offer, wizard->guest);
	}
}

char *wizard_add_offer(const char *text, const struct offer *offer, struct err *err)
{
	struct draft d = {.text = xstrdup(text), .err = err};
	struct editor_key *keys;
	size_t n = editor_keys(text, "vm", &keys);
	cleanup_free char *guest = NULL;

	for (size_t i = 0; i < n && !guest; i++)
		if (streq(keys[i].name, "guest"))
			guest = xstrdup(keys[i].value);
	editor_keys_finish(keys, n);
	put_offer(&d, offer, guest ? guest : "");
	return d.text;
}

static char *format_memory(uint64_t bytes)
{
	return bytes % GIB ? xasprintf("%lluM", (unsigned long long)(bytes >> 20))
	                   : xasprintf("%lluG", (unsigned long long)(bytes / GIB));
}

char *wizard_text(const struct wizard *wizard, const struct offers *offers, struct err *err)
{
	struct draft d = {.text = xstrdup(""), .err = err};
	cleanup_free char *memory = format_memory(wizard->memory);
	cleanup_free char *cpus = xasprintf("%u", wizard->cpus);

	if (*wizard->title)
		put(&d, "vm", "title", wizard->title);
	if (*wizard->guest)
		put(&d, "vm", "guest", wizard->guest);
	if (wizard->cpus)
		put(&d, "cpu", "count", cpus);
	if (wizard->memory)
		put(&d, "memory", "size", memory);
	put_chosen(&d, wizard, offers, OFFER_GPU);
	put_chosen(&d, wizard, offers, OFFER_USB);
	put_chosen(&d, wizard, offers, OFFER_DISK);
	return d.text;
}
