/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What an edit changes: section by section and key by key, or where that cannot be read, line by line. */
#include "model/editor.h"
#include "profile/file.h"

#include <stdio.h>

#define LINES_MOST 200u

#define cleanup_ini cleanup(ini_finish)

/* A head or a key of one of the texts. */
struct fact {
	const char *word, *name, *key, *value; /* of a head, key and value are "" */
	size_t order;
};

struct facts {
	struct fact *list;
	size_t n;
};

static void collect(const struct ini *ini, struct facts *out)
{
	const struct ini_line *head = NULL;

	out->list = xcalloc(ini->n + 1, sizeof(*out->list));
	for (size_t i = 0; i < ini->n; i++) {
		const struct ini_line *line = &ini->lines[i];
		bool key = line->kind == INI_KEY;

		if (line->kind == INI_SECTION)
			head = line;
		if (line->kind != INI_SECTION && !key)
			continue;
		out->list[out->n++] = (struct fact){.word = head->section,
		        .name = head->name,
		        .key = key ? line->key : "",
		        .value = key ? line->value : "",
		        .order = i};
	}
}

/* What they are about; two of the same come in the order of the text. */
static int compare_about(const struct fact *a, const struct fact *b)
{
	int c = strcmp(a->word, b->word);

	c = c ? c : strcmp(a->name, b->name);
	return c ? c : strcmp(a->key, b->key);
}

static int compare_facts(const void *pa, const void *pb)
{
	const struct fact *a = pa, *b = pb;
	int c = compare_about(a, b);

	return c ? c : a->order < b->order ? -1 : a->order > b->order;
}

struct changes {
	struct change {
		struct editor_change change;
		size_t order;
	} * list;
	size_t n;
};

/* One of them may be NULL. What goes comes behind what stays: it has no place in the new text. */
static void add_change(struct changes *c, const struct fact *before, const struct fact *after)
{
	const struct fact *any = after ? after : before;

	*list_append(c->list, c->n) = (struct change){
	        {.section = xasprintf("%s%s%s", any->word, *any->name ? " " : "", any->name),
	                .key = xstrdup(any->key),
	                .before = before ? xstrdup(before->value) : NULL,
	                .after = after ? xstrdup(after->value) : NULL},
	        after ? after->order : SIZE_MAX / 2 + before->order};
}

static void compare(const struct facts *old, const struct facts *new, struct changes *out)
{
	size_t i = 0, k = 0;

	while (i < old->n || k < new->n) {
		const struct fact *before = i < old->n ? &old->list[i] : NULL;
		const struct fact *after = k < new->n ? &new->list[k] : NULL;
		int c = !before ? 1 : !after ? -1 : compare_about(before, after);

		if (c != 0 || !streq(before->value, after->value))
			add_change(out, c <= 0 ? before : NULL, c >= 0 ? after : NULL);
		i += c <= 0;
		k += c >= 0;
	}
}

static int compare_changes(const void *pa, const void *pb)
{
	const struct change *a = pa, *b = pb;

	return a->order < b->order ? -1 : a->order > b->order;
}

static size_t take_changes(struct changes *c, struct editor_change **out)
{
	*out = xcalloc(c->n + 1, sizeof(**out));
	if (c->n)
		qsort(c->list, c->n, sizeof(*c->list), compare_changes);
	for (size_t i = 0; i < c->n; i++)
		(*out)[i] = c->list[i].change;
	free(c->list);
	return c->n;
}

/* --- by lines --- */

static void split_lines(const char *text, struct strv *lines)
{
	for (const char *s = text; *s; s += strcspn(s, "\n"), s += *s == '\n')
		strv_take(lines, xstrndup(s, strcspn(s, "\n")));
}

static size_t same_begin(const struct strv *a, const struct strv *b)
{
	size_t n = 0;

	while (n < a->n && n < b->n && streq(a->list[n], b->list[n]))
		n++;
	return n;
}

static size_t same_end(const struct strv *a, const struct strv *b, size_t begin)
{
	size_t n = 0;

	while (n + begin < a->n && n + begin < b->n &&
	        streq(a->list[a->n - 1 - n], b->list[b->n - 1 - n]))
		n++;
	return n;
}

static size_t changed_lines(const char *before, const char *after, struct editor_change **out)
{
	cleanup_strv struct strv old = {0}, new = {0};
	size_t begin, end, n = 0;

	split_lines(before, &old);
	split_lines(after, &new);
	begin = same_begin(&old, &new);
	end = same_end(&old, &new, begin);
	*out = xcalloc(LINES_MOST, sizeof(**out));
	for (size_t i = begin; n < LINES_MOST && (i + end < old.n || i + end < new.n); i++)
		(*out)[n++] = (struct editor_change){.section = xstrdup(""),
		        .key = xasprintf("%zu", i + 1),
		        .before = i + end < old.n ? xstrdup(old.list[i]) : NULL,
		        .after = i + end < new.n ? xstrdup(new.list[i]) : NULL};
	return n;
}

size_t editor_changes(const char *before, const char *after, struct editor_change **out)
{
	cleanup_ini struct ini old = {0}, new = {0};
	struct facts a = {0}, b = {0};
	struct changes changes = {0};

	if (ini_read(before, strlen(before), "profile", &old, NULL) < 0 ||
	        ini_read(after, strlen(after), "profile", &new, NULL) < 0)
		return changed_lines(before, after, out);
	collect(&old, &a);
	collect(&new, &b);
	qsort(a.list, a.n, sizeof(*a.list), compare_facts);
	qsort(b.list, b.n, sizeof(*b.list), compare_facts);
	compare(&a, &b, &changes);
	free(a.list);
	free(b.list);
	return take_changes(&changes, out);
}

void editor_changes_finish(struct editor_change *changes, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		free(changes[i].section);
		free(changes[i].key);
		free(changes[i].before);
		free(changes[i].after);
	}
	free(changes);
}

/* --- disks --- */

static const char *value_of(const struct editor_key *keys, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (streq(keys[i].name, name) && keys[i].value)
			return keys[i].value;
	return "";
}

/* Whether that section gave the game this disk already, to do the same with it. */
static bool had_disk(const char *before, const char *section, const char *device, bool writable)
{
	struct editor_key *keys;
	size_t n = editor_keys(before, section, &keys);
	bool had = streq(value_of(keys, n, "device"), device) &&
	           (!writable || streq(value_of(keys, n, "writable"), "yes"));

	editor_keys_finish(keys, n);
	return had;
}

static void add_new_disk(
        const char *before, const char *after, const char *section, struct strv *disks)
{
	struct editor_key *keys;
	size_t n = editor_keys(after, section, &keys);
	const char *device = value_of(keys, n, "device");
	bool writable = streq(value_of(keys, n, "writable"), "yes");

	if (*device && !strv_has(disks, device) && !had_disk(before, section, device, writable))
		strv_add(disks, device);
	editor_keys_finish(keys, n);
}

void editor_new_disks(const char *before, const char *after, struct strv *disks)
{
	struct editor_section *sections;
	size_t n = editor_sections(after, &sections);

	for (size_t i = 0; i < n; i++)
		if (sections[i].section && sections[i].section->form == KEY_FORM_DISK)
			add_new_disk(before, after, sections[i].id, disks);
	editor_sections_finish(sections, n);
}
