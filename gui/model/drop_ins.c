/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/drop_ins.h"
#include "model/editor.h"
#include "model/parts.h"
#include "profile/file.h"

static void add(struct drop_ins *to, const char *file, const char *text)
{
	if (to->n < DROP_INS_MOST)
		to->list[to->n++] = (struct drop_in){xstrdup(file), xstrdup(text)};
}

void drop_ins_read(const json_t *json, struct drop_ins *out)
{
	const json_t *one;
	size_t i;

	*out = (struct drop_ins){0};
	json_array_foreach (json, i, one) {
		cleanup_free char *file = model_member_text(one, "file");

		if (*file)
			add(out, file, json_string_value(json_object_get(one, "text")));
	}
}

void drop_ins_copy(const struct drop_ins *from, struct drop_ins *out)
{
	*out = (struct drop_ins){0};
	for (size_t i = 0; i < from->n; i++)
		add(out, from->list[i].file, from->list[i].text);
}

void drop_ins_finish(struct drop_ins *drop_ins)
{
	for (size_t i = 0; i < drop_ins->n; i++) {
		free(drop_ins->list[i].file);
		free(drop_ins->list[i].text);
	}
	drop_ins->n = 0;
}

/* Caller frees; NULL: it does not say. */
static char *value_of(const char *text, const char *section, const char *name)
{
	struct editor_key *keys;
	size_t n = text ? editor_keys(text, section, &keys) : 0;
	char *value = NULL;

	for (size_t i = 0; i < n && !value; i++)
		if (streq(keys[i].name, name))
			value = xstrdup(keys[i].value);
	if (text)
		editor_keys_finish(keys, n);
	return value;
}

char *drop_ins_value(
        const struct drop_ins *drop_ins, const char *section, const char *key, const char **file)
{
	for (size_t i = drop_ins->n; i-- > 0;) {
		char *value = value_of(drop_ins->list[i].text, section, key);

		*file = drop_ins->list[i].file;
		if (value)
			return value;
	}
	return NULL;
}

static bool says_of(const char *text, const char *section)
{
	struct editor_key *keys;
	size_t n = text ? editor_keys(text, section, &keys) : 0;
	bool says = false;

	for (size_t i = 0; i < n; i++)
		says = says || keys[i].value;
	if (text)
		editor_keys_finish(keys, n);
	return says;
}

const char *drop_ins_file(const struct drop_ins *drop_ins, const char *section)
{
	for (size_t i = 0; i < drop_ins->n; i++)
		if (says_of(drop_ins->list[i].text, section))
			return drop_ins->list[i].file;
	return NULL;
}

/* Those that are always shown are no news. */
static bool is_shown(const struct editor_section *list, size_t n, const char *id)
{
	for (size_t i = 0; i < n; i++)
		if (streq(list[i].id, id))
			return true;
	return false;
}

void drop_ins_sections(const struct drop_ins *drop_ins, const char *text, struct strv *out)
{
	struct editor_section *own;
	size_t n_own = editor_sections(text, &own);

	for (size_t i = 0; i < drop_ins->n; i++) {
		const char *there = drop_ins->list[i].text;
		struct editor_section *list = NULL;
		size_t n = there ? editor_sections(there, &list) : 0;

		for (size_t k = 0; k < n; k++)
			if (list[k].there && !is_shown(own, n_own, list[k].id) &&
			        !strv_has(out, list[k].id))
				strv_add(out, list[k].id);
		editor_sections_finish(list, n);
	}
	editor_sections_finish(own, n_own);
}
