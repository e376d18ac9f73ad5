/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "move/yaml.h"

#include "base/util.h"

#include <ctype.h>

/* A plain scalar is never one that a reader takes for a number, a truth value, or a mark of YAML's own. */
static bool is_plain(const char *s)
{
	static const char *const words[] = {
	        "true", "false", "yes", "no", "on", "off", "null", "y", "n"};

	if (!isalpha((unsigned char)*s) && *s != '/')
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (strcasecmp(s, words[i]) == 0)
			return false;
	return s[strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789./_-")] ==
	       '\0';
}

/* JSON's quotes and escapes are YAML's too (YAML 1.2.2, 7.3.1). */
static void write_scalar(FILE *out, const json_t *json)
{
	cleanup_free char *text = NULL;

	if (json_is_string(json) && is_plain(json_string_value(json))) {
		fputs(json_string_value(json), out);
		return;
	}
	text = json_dumps(json, JSON_ENCODE_ANY | JSON_ENSURE_ASCII);
	fputs(text ? text : "null", out);
}

static bool is_block(const json_t *json)
{
	return (json_is_object(json) && json_object_size(json)) ||
	       (json_is_array(json) && json_array_size(json));
}

static void indent(FILE *out, unsigned depth)
{
	fprintf(out, "%*s", (int)(2 * depth), "");
}

static void write_block(FILE *out, const json_t *json, unsigned depth, bool started);

/* What follows "key:" or "-". */
static void write_value(FILE *out, const json_t *value, unsigned depth)
{
	if (is_block(value)) {
		fputc('\n', out);
		write_block(out, value, depth, false);
		return;
	}
	fputc(' ', out);
	if (json_is_object(value))
		fputs("{}", out);
	else if (json_is_array(value))
		fputs("[]", out);
	else
		write_scalar(out, value);
	fputc('\n', out);
}

/* @started: the first line has its indent already, behind "- ". */
static void write_object(FILE *out, const json_t *json, unsigned depth, bool started)
{
	const char *key;
	json_t *value;

	json_object_foreach ((json_t *)json, key, value) {
		if (!started)
			indent(out, depth);
		started = false;
		fprintf(out, "%s:", key);
		write_value(out, value, json_is_array(value) ? depth : depth + 1);
	}
}

static void write_array(FILE *out, const json_t *json, unsigned depth)
{
	const json_t *value;
	size_t i;

	json_array_foreach (json, i, value) {
		indent(out, depth);
		fputc('-', out);
		if (json_is_object(value) && json_object_size(value)) {
			fputc(' ', out);
			write_object(out, value, depth + 1, true);
		} else {
			write_value(out, value, depth + 1);
		}
	}
}

static void write_block(FILE *out, const json_t *json, unsigned depth, bool started)
{
	if (json_is_object(json))
		write_object(out, json, depth, started);
	else
		write_array(out, json, depth);
}

void yaml_write(FILE *out, const json_t *json)
{
	if (is_block(json))
		write_block(out, json, 0, false);
	else
		write_scalar(out, json);
}
