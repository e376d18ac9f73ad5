/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "move/import_options.h"

#include "move/import_secrets.h"

#include <jansson.h>

static void add(struct import_options *o, const char *key, size_t n, const char *value)
{
	struct import_option *option = list_append(o->list, o->n);

	option->key = xstrndup(key, n);
	option->value = xstrdup(value);
}

static void add_json(struct import_options *o, const char *above, json_t *object)
{
	const char *key;
	json_t *value;

	json_object_foreach (object, key, value) {
		cleanup_free char *path = xasprintf("%s%s%s", above, *above ? "." : "", key);
		cleanup_free char *number = xasprintf("%lld", (long long)json_integer_value(value));

		if (json_is_object(value))
			add_json(o, path, value);
		else if (json_is_string(value))
			add(o, path, strlen(path), json_string_value(value));
		else if (json_is_boolean(value))
			add(o, path, strlen(path), json_is_true(value) ? "on" : "off");
		else if (json_is_integer(value))
			add(o, path, strlen(path), number);
	}
}

/* QEMU takes single quotes, too, which people write in XML. */
static json_t *load(const char *text)
{
	cleanup_free char *strict = xstrdup(text);

	for (char *c = strict; !strchr(text, '"') && *c; c++)
		if (*c == '\'')
			*c = '"';
	return json_loads(strict, 0, NULL);
}

/* The part up to a single comma; @text is moved behind it. Caller frees. */
static char *next_part(const char **text)
{
	char *part = xcalloc(strlen(*text) + 1, 1);
	size_t n = 0;
	const char *c = *text;

	for (; *c; c++) {
		if (c[0] == ',' && c[1] != ',')
			break;
		if (c[0] == ',')
			c++;
		part[n++] = *c;
	}
	*text = *c ? c + 1 : c;
	return part;
}

void import_options_split(struct import_options *o, const char *text, const char *first)
{
	json_t *json = text[0] == '{' ? load(text) : NULL;
	bool begun = false;

	*o = (struct import_options){0};
	if (json_is_object(json))
		add_json(o, "", json);
	json_decref(json);
	while (!json && *text) {
		cleanup_free char *part = next_part(&text);
		char *equals = strchr(part, '=');

		if (equals)
			add(o, part, (size_t)(equals - part), equals + 1);
		else if (!begun && first)
			add(o, first, strlen(first), part);
		else if (*part)
			add(o, part, strlen(part), "on");
		begun = true;
	}
}

void import_options_finish(struct import_options *o)
{
	for (size_t i = 0; i < o->n; i++) {
		free(o->list[i].key);
		free(o->list[i].value);
	}
	free(o->list);
	*o = (struct import_options){0};
}

const char *import_option(struct import_options *o, const char *key)
{
	const char *value = NULL;

	for (size_t i = 0; i < o->n; i++)
		if (streq(o->list[i].key, key)) {
			o->list[i].asked = true;
			value = o->list[i].value;
		}
	return value;
}

void import_options_skip(struct import_options *o, const char *keys)
{
	cleanup_strv struct strv all = {0};

	strv_split(&all, keys, " ");
	strv_foreach (key, &all)
		import_option(o, *key);
}

void import_options_rest(struct import_options *o, struct draft *d, const char *name)
{
	for (size_t i = 0; i < o->n; i++) {
		cleanup_free char *value = NULL;

		if (o->list[i].asked)
			continue;
		value = secret_hide(o->list[i].key, o->list[i].value);
		draft_at(d, d->line, "%s ... %s=%s", name, secret_hide_key(o->list[i].key), value);
		draft_lost(d, WHY_UNKNOWN);
	}
}
