/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Profiles as text: written anew, and edited line by line. */
#include "base/i18n.h"
#include "profile/file.h"
#include "profile/keys.h"

#include <errno.h>
#include <stdio.h>

/* --- written anew --- */

static void write_keys(FILE *out, const struct key_section *section, const char *name,
        const void *object, const char *unless_title)
{
	/* What is there without being written. */
	bool head =
	        section->form != KEY_FORM_PROFILE && !(section->form == KEY_FORM_NETWORK && !*name);

	if (head)
		fprintf(out, "\n[%s%s%s]\n", section->name, name[0] ? " " : "", name);
	for (const struct key *k = key_table; k->name; k++) {
		cleanup_free char *value = NULL;

		if (!key_belongs(k, section))
			continue;
		value = key_format(k, object);
		if (!value || (k->preset && streq(value, k->preset)))
			continue;
		if (section->form == KEY_FORM_PROFILE && streq(k->name, "title") &&
		        streq(value, unless_title))
			continue;
		if (!head)
			fprintf(out, "\n[%s]\n", section->name);
		head = true;
		fprintf(out, "%s=%s\n", k->name, value);
	}
}

char *profile_write(const struct profile *profile)
{
	char *text = NULL, *start;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		abort();
	for (const struct key_section *s = key_sections; s->name; s++)
		if (s->form == KEY_FORM_PROFILE)
			write_keys(out, s, "", profile, profile->name);
		else if (s->form == KEY_FORM_NETWORK)
			for (size_t i = 0; i < profile->n_nets; i++)
				write_keys(out, s, profile->nets[i].name, &profile->nets[i], "");
	for (size_t i = 0; i < profile->n_pci; i++)
		write_keys(out, key_section_of_pci(profile->pci[i].kind), profile->pci[i].name,
		        &profile->pci[i], "");
	for (size_t i = 0; i < profile->n_disks; i++)
		write_keys(out, key_section_find("disk", NULL), profile->disks[i].name,
		        &profile->disks[i], "");
	for (size_t i = 0; i < profile->n_cdroms; i++)
		write_keys(out, key_section_find("cdrom", NULL), profile->cdroms[i].name,
		        &profile->cdroms[i], "");
	for (size_t i = 0; i < profile->n_usb; i++)
		write_keys(out, key_section_find("usb", NULL), profile->usb[i].name,
		        &profile->usb[i], "");
	for (size_t i = 0; i < profile->n_inputs; i++)
		write_keys(out, key_section_find("input", NULL), profile->inputs[i].name,
		        &profile->inputs[i], "");
	if (fclose(out))
		abort();
	start = xstrdup(text[0] == '\n' ? text + 1 : text);
	free(text);
	return start;
}

/* --- edited --- */

struct edit {
	const struct key_section *section;
	char *name;
	const struct key *key;
	const char *value;
};

/* "disk games" -> section and name. */
static int split_section(const char *text, struct edit *edit, struct err *err)
{
	size_t n = strcspn(text, " ");
	cleanup_free char *word = xstrndup(text, n), *name = xstrdup(text[n] ? text + n + 1 : "");

	edit->section = key_section_find(word, err);
	if (!edit->section)
		return -EINVAL;
	if ((edit->section->form == KEY_FORM_PROFILE && *name) ||
	        (edit->section->named && !*name) || (*name && !ini_is_section_name(name))) {
		err_set(err, -EINVAL, _("%s is not a section"), ini_quote(text).s);
		err_hint(err,
		        edit->section->form == KEY_FORM_PROFILE ? _("write %s")
		                                                : _("write %s NAME"),
		        word);
		return -EINVAL;
	}
	edit->name = take_ptr(name);
	return 0;
}

/* Tries the value as the parser would take it: one line, and a value of that key. */
static int check_value(const struct edit *edit, struct err *err)
{
	union {
		struct profile profile;
		struct profile_net net;
		struct profile_pci pci;
		struct profile_disk disk;
		struct profile_cdrom cdrom;
		struct profile_usb usb;
		struct profile_input input;
	} object = {0};
	cleanup_free char *line =
	        xasprintf("[%s]\n%s=%s", edit->section->name, edit->key->name, edit->value);
	cleanup(ini_finish) struct ini ini = {0};
	int r;

	if (strchr(edit->value, '\n')) {
		err_set(err, -EINVAL, _("%s=: the value has more than one line"), edit->key->name);
		err_hint(err, _("write it on one line"));
		return -EINVAL;
	}
	r = ini_read(line, strlen(line), "value", &ini, err);
	if (r == 0)
		r = key_set(edit->key, &object, ini.lines[1].value, err);
	key_finish(edit->section, &object);
	return r;
}

static bool is_head(const struct ini_line *line, const struct edit *edit)
{
	return line->kind == INI_SECTION && streq(line->section, edit->section->name) &&
	       streq(line->name, edit->name);
}

/* The line of the key in the section that begins at @head; ini->n where it has none. */
static size_t find_line(const struct ini *ini, size_t head, const struct edit *edit)
{
	for (size_t i = head + 1; i < ini->n && ini->lines[i].kind != INI_SECTION; i++)
		if (ini->lines[i].kind == INI_KEY && streq(ini->lines[i].key, edit->key->name))
			return i;
	return ini->n;
}

/* The line after which a new key belongs: behind those that the table has before it, or the head. */
static size_t place_in_section(const struct ini *ini, size_t head, const struct edit *edit)
{
	size_t place = head;

	for (size_t i = head + 1; i < ini->n && ini->lines[i].kind != INI_SECTION; i++) {
		const struct key *k = NULL;

		if (ini->lines[i].kind == INI_KEY)
			k = key_find(edit->section, ini->lines[i].key, NULL);
		if (k && k < edit->key)
			place = i;
	}
	return place;
}

/* How many lines stand before the place of a new section: behind the last one that is not after it. */
static size_t place_of_section(const struct ini *ini, const struct edit *edit)
{
	size_t place = 0;
	bool before = false;

	for (size_t i = 0; i < ini->n; i++) {
		const struct ini_line *line = &ini->lines[i];

		if (line->kind == INI_SECTION) {
			const struct key_section *s = key_section_find(line->section, NULL);

			before = s && s <= edit->section;
		}
		if (before && (line->kind == INI_SECTION || line->kind == INI_KEY))
			place = i + 1;
	}
	return place;
}

/* The text with its bytes from @start to @end replaced by "key=value". */
static char *splice(const char *text, size_t start, size_t end, const char *between)
{
	const char *newline = start && text[start - 1] != '\n' ? "\n" : "";

	return xasprintf("%.*s%s%s%s", (int)start, text, newline, between, text + end);
}

static char *add_section(const char *text, const struct ini *ini, const struct edit *edit)
{
	size_t place = place_of_section(ini, edit), at = place ? ini->lines[place - 1].end : 0;
	/* Sections that all come after it: it goes above them, below the comment that opens the file. */
	bool above = place == 0 && ini->n;
	cleanup_free char *lines = NULL;

	while (above && place < ini->n && ini->lines[place].kind == INI_COMMENT)
		at = ini->lines[place++].end;
	lines = xasprintf("%s[%s%s%s]\n%s=%s\n%s", at ? "\n" : "", edit->section->name,
	        edit->name[0] ? " " : "", edit->name, edit->key->name, edit->value,
	        above && text[at] && text[at] != '\n' ? "\n" : "");
	return splice(text, at, at, lines);
}

static char *apply_edit(const char *text, const struct ini *ini, const struct edit *edit)
{
	cleanup_free char *line =
	        xasprintf("%s=%s\n", edit->key->name, edit->value ? edit->value : "");
	size_t head = 0, at;

	while (head < ini->n && !is_head(&ini->lines[head], edit))
		head++;
	if (head == ini->n)
		return edit->value ? add_section(text, ini, edit) : xstrdup(text);
	at = find_line(ini, head, edit);
	if (at < ini->n)
		return splice(
		        text, ini->lines[at].start, ini->lines[at].end, edit->value ? line : "");
	if (!edit->value)
		return xstrdup(text);
	at = ini->lines[place_in_section(ini, head, edit)].end;
	return splice(text, at, at, line);
}

/* A key that repeats is one value: the text with its first line alone, which takes all of it. NULL: with no more. */
static char *drop_repeats(const char *text, const struct ini *ini, const struct edit *edit)
{
	size_t head = 0, first, size = 0;
	char *left;

	while (head < ini->n && !is_head(&ini->lines[head], edit))
		head++;
	first = head < ini->n ? find_line(ini, head, edit) : ini->n;
	if (!edit->key->repeats || first == ini->n)
		return NULL;
	left = xcalloc(strlen(text) + 1, 1);
	for (size_t i = 0, inside = 1; i < ini->n; i++) {
		const struct ini_line *line = &ini->lines[i];

		inside = inside && !(i > head && line->kind == INI_SECTION);
		if (inside && i > first && line->kind == INI_KEY &&
		        streq(line->key, edit->key->name))
			continue;
		memcpy(left + size, text + line->start, line->end - line->start);
		size += line->end - line->start;
	}
	return left;
}

static char *edit_text(const char *text, const struct edit *edit, struct err *err)
{
	cleanup(ini_finish) struct ini ini = {0}, again = {0};
	cleanup_free char *single = NULL;

	if (ini_read(text, strlen(text), "profile", &ini, err) < 0)
		return NULL;
	single = drop_repeats(text, &ini, edit);
	if (!single)
		return apply_edit(text, &ini, edit);
	return ini_read(single, strlen(single), "profile", &again, err) < 0
	               ? NULL
	               : apply_edit(single, &again, edit);
}

char *profile_edit(
        const char *text, const char *section, const char *key, const char *value, struct err *err)
{
	struct edit edit = {.value = value};
	char *edited = NULL;

	if (split_section(section, &edit, err) < 0)
		return NULL;
	edit.key = key_find(edit.section, key, err);
	if (edit.key && (!value || check_value(&edit, err) == 0))
		edited = edit_text(text, &edit, err);
	free(edit.name);
	return edited;
}
