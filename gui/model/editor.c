/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/editor.h"
#include "profile/file.h"

#include <stdio.h>

/* More than a profile may have: what is beyond is an error that is told anyway. */
#define SHOWN_MOST 256u

#define cleanup_ini cleanup(ini_finish)

void editor_finish(struct editor *editor)
{
	free(editor->name);
	free(editor->file);
	free(editor->old);
	free(editor->text);
	drop_ins_finish(&editor->drop_ins);
	*editor = (struct editor){0};
}

void editor_open(struct editor *editor, const struct profile_shown *shown, uint64_t now_ms)
{
	editor_finish(editor);
	*editor = (struct editor){.open = true,
	        .name = xstrdup(shown->name),
	        .file = xstrdup(shown->file),
	        .own = shown->own,
	        .old = xstrdup(shown->text),
	        .text = xstrdup(shown->text),
	        .due_ms = now_ms ? now_ms : 1};
	drop_ins_copy(&shown->drop_ins, &editor->drop_ins);
}

void editor_take(struct editor *editor, char *text, uint64_t now_ms)
{
	if (!streq(editor->text, text))
		editor->due_ms = now_ms + EDITOR_CHECK_MS;
	free(editor->text);
	editor->text = text;
}

bool editor_changed(const struct editor *editor)
{
	return editor->open && !streq(editor->old, editor->text);
}

/* --- sections --- */

static char *id_of(const struct ini_line *head)
{
	return xasprintf("%s%s%s", head->section, *head->name ? " " : "", head->name);
}

static unsigned count_keys(const struct ini *ini, size_t head)
{
	unsigned n = 0;

	for (size_t i = head + 1; i < ini->n && ini->lines[i].kind != INI_SECTION; i++)
		n += ini->lines[i].kind == INI_KEY;
	return n;
}

struct sections {
	struct editor_section *list;
	size_t n;
};

static void add_section(struct sections *s, const struct key_section *section, char *id,
        const struct ini *ini, size_t head)
{
	bool full = s->n == SHOWN_MOST;

	for (size_t i = 0; i < s->n && !full; i++)
		full = streq(s->list[i].id, id); /* it is there twice, which the check tells */
	if (full) {
		free(id);
		return;
	}
	*list_append(s->list, s->n) = (struct editor_section){.section = section,
	        .id = id,
	        .there = head < ini->n,
	        .n_keys = head < ini->n ? count_keys(ini, head) : 0};
}

/* The head of a section that has no name; ini->n where there is none. */
static size_t find_plain(const struct ini *ini, const char *name)
{
	size_t i = 0;

	while (i < ini->n && !(ini->lines[i].kind == INI_SECTION &&
	                             streq(ini->lines[i].section, name) && !*ini->lines[i].name))
		i++;
	return i;
}

/* Every head of that kind; @section NULL: of those that nobody knows. */
static void add_heads(struct sections *s, const struct key_section *section, const struct ini *ini)
{
	for (size_t i = 0; i < ini->n; i++)
		if (ini->lines[i].kind == INI_SECTION &&
		        key_section_find(ini->lines[i].section, NULL) == section)
			add_section(s, section, id_of(&ini->lines[i]), ini, i);
}

size_t editor_sections(const char *text, struct editor_section **out)
{
	cleanup_ini struct ini ini = {0};
	struct sections s = {0};

	*out = NULL;
	if (ini_read(text, strlen(text), "profile", &ini, NULL) < 0)
		return 0;
	for (const struct key_section *k = key_sections; k->name; k++) {
		/* What is there without being written. */
		if (k->form == KEY_FORM_PROFILE || k->form == KEY_FORM_NETWORK)
			add_section(&s, k, xstrdup(k->name), &ini, find_plain(&ini, k->name));
		if (k->form != KEY_FORM_PROFILE)
			add_heads(&s, k, &ini);
	}
	add_heads(&s, NULL, &ini);
	*out = s.list;
	return s.n;
}

void editor_sections_finish(struct editor_section *sections, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(sections[i].id);
	free(sections);
}

bool editor_may_repeat(const struct key_section *section)
{
	return section->form != KEY_FORM_PROFILE;
}

char *editor_new_section(const char *text, const char *section)
{
	const struct key_section *known = key_section_find(section, NULL);
	const bool first = known && known->form == KEY_FORM_NETWORK;
	char *name = first                   ? xasprintf("%s 2", section)
	             : known && known->named ? xasprintf("%s 1", section)
	                                     : xstrdup(section);

	for (unsigned i = first ? 3 : 2; profile_has_section(text, name) && i < 1000; i++) {
		free(name);
		name = xasprintf("%s %u", section, i);
	}
	return name;
}

/* --- keys --- */

static size_t find_head(const struct ini *ini, const char *id)
{
	for (size_t i = 0; i < ini->n; i++) {
		cleanup_free char *here =
		        ini->lines[i].kind == INI_SECTION ? id_of(&ini->lines[i]) : NULL;

		if (here && streq(here, id))
			return i;
	}
	return ini->n;
}

static const struct key_section *section_of(const char *id)
{
	cleanup_free char *word = xstrndup(id, strcspn(id, " "));

	return key_section_find(word, NULL);
}

static const struct key *known_key(const struct key_section *section, const char *name)
{
	return section ? key_find(section, name, NULL) : NULL;
}

struct keys {
	struct editor_key *list;
	size_t n;
};

static void join(struct editor_key *at, const char *more)
{
	cleanup_free char *before = at->value;

	at->value = xasprintf("%s %s", before, more);
}

static void put_value(struct keys *keys, const struct key *key, const struct ini_line *line)
{
	for (size_t i = 0; key && i < keys->n; i++) {
		struct editor_key *at = &keys->list[i];

		if (at->key == key && at->value && key->repeats && strlen(at->value) < key->max) {
			join(at, line->value);
			return;
		}
		if (at->key != key || at->value)
			continue;
		at->value = xstrdup(line->value);
		at->line = (unsigned)line->number;
		return;
	}
	/* Nobody knows it, or it is there twice. */
	if (keys->n < SHOWN_MOST)
		*list_append(keys->list, keys->n) = (struct editor_key){.name = xstrdup(line->key),
		        .value = xstrdup(line->value),
		        .line = (unsigned)line->number};
}

size_t editor_keys(const char *text, const char *id, struct editor_key **out)
{
	const struct key_section *section = section_of(id);
	cleanup_ini struct ini ini = {0};
	struct keys keys = {0};
	size_t head;

	for (const struct key *k = key_table; section && k->name; k++)
		if (key_belongs(k, section))
			*list_append(keys.list, keys.n) =
			        (struct editor_key){.key = k, .name = xstrdup(k->name)};
	head = ini_read(text, strlen(text), "profile", &ini, NULL) == 0 ? find_head(&ini, id)
	                                                                : ini.n;
	for (size_t i = head + 1; i < ini.n && ini.lines[i].kind != INI_SECTION; i++)
		if (ini.lines[i].kind == INI_KEY)
			put_value(&keys, known_key(section, ini.lines[i].key), &ini.lines[i]);
	*out = keys.list;
	return keys.n;
}

void editor_keys_finish(struct editor_key *keys, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		free(keys[i].name);
		free(keys[i].value);
	}
	free(keys);
}

/* --- text that is no profile yet --- */

static bool is_bad(const char *line, bool in_section)
{
	cleanup_free char *alone = xasprintf("%s%s", in_section ? "[vm]\n" : "", line);
	cleanup_ini struct ini ini = {0};

	return ini_read(alone, strlen(alone), "line", &ini, NULL) < 0;
}

unsigned editor_bad_line(const char *text, char **line)
{
	cleanup_ini struct ini ini = {0};
	bool in_section = false;
	unsigned number = 0;

	*line = NULL;
	if (ini_read(text, strlen(text), "profile", &ini, NULL) == 0)
		return 0;
	for (const char *s = text; *s; s += strcspn(s, "\n"), s += *s == '\n') {
		cleanup_free char *one = xstrndup(s, strcspn(s, "\n"));

		number++;
		if (is_bad(one, in_section)) {
			*line = take_ptr(one);
			return number;
		}
		in_section |= one[strspn(one, " \t")] == '[';
	}
	return 0;
}

char *editor_set_line(const char *text, unsigned number, const char *line)
{
	const char *start = text, *end;

	for (unsigned i = 1; i < number && *start; i++) {
		start += strcspn(start, "\n");
		start += *start == '\n';
	}
	end = start + strcspn(start, "\n");
	if (!line)
		end += *end == '\n';
	return xasprintf("%.*s%s%s", (int)(start - text), text, line ? line : "", end);
}
