/* SPDX-License-Identifier: GPL-2.0-or-later */
/* manifest.json read: every member of the right type, and no text longer than its place. */
#include "backup/manifest.h"

#include "base/i18n.h"
#include "profile/file.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>

#define WHAT "playthrough-vm-backup"

/* Where in the manifest: for messages. */
struct place {
	const char *list;
	size_t index;
	struct err *err;
};

static int wrong(const struct place *at, const char *key)
{
	if (!at->list)
		return err_set(at->err, -EBADMSG, _("manifest.json: %s is missing or wrong"), key);
	return err_set(at->err, -EBADMSG,
	        _("manifest.json: %s: number %zu: %s is missing or wrong"), at->list, at->index + 1,
	        key);
}

static int read_text(
        const json_t *object, const char *key, char *out, size_t room, const struct place *at)
{
	const json_t *value = json_object_get(object, key);
	const char *text = json_string_value(value);

	/* A NUL within would cut it short. */
	if (!text || json_string_length(value) >= room || strlen(text) != json_string_length(value))
		return wrong(at, key);
	memcpy(out, text, strlen(text) + 1);
	return 0;
}

static int read_size(const json_t *object, const char *key, uint64_t *out, const struct place *at)
{
	const json_t *value = json_object_get(object, key);

	if (!json_is_integer(value) || json_integer_value(value) < 0)
		return wrong(at, key);
	*out = (uint64_t)json_integer_value(value);
	return 0;
}

static int read_digest(const json_t *object, unsigned char *out, const struct place *at)
{
	char text[2 * BACKUP_DIGEST + 1];
	int r = read_text(object, "sha256", text, sizeof(text), at);

	if (r < 0 || strlen(text) != 2 * BACKUP_DIGEST ||
	        strspn(text, "0123456789abcdef") != 2 * BACKUP_DIGEST)
		return wrong(at, "sha256");
	for (size_t i = 0; i < BACKUP_DIGEST; i++) {
		char byte[3] = {text[2 * i], text[2 * i + 1]};

		out[i] = (unsigned char)strtoul(byte, NULL, 16);
	}
	return 0;
}

static int read_kind(const json_t *object, enum backup_kind *out, const struct place *at)
{
	const char *text = json_string_value(json_object_get(object, "kind"));

	for (unsigned k = BACKUP_PROFILE; text && k <= BACKUP_IMAGE; k++)
		if (streq(text, backup_kind_word((enum backup_kind)k))) {
			*out = (enum backup_kind)k;
			return 0;
		}
	return wrong(at, "kind");
}

static int read_item(const json_t *json, struct backup_item *item, const struct place *at)
{
	int r = read_kind(json, &item->kind, at);

	r = r < 0 ? r : read_text(json, "member", item->member, sizeof(item->member), at);
	r = r < 0 ? r : read_text(json, "name", item->name, sizeof(item->name), at);
	r = r < 0 ? r : read_text(json, "path", item->path, sizeof(item->path), at);
	r = r < 0 ? r : read_size(json, "size", &item->size, at);
	r = r < 0 ? r : read_size(json, "data", &item->data, at);
	r = r < 0 ? r : read_digest(json, item->sha256, at);
	if (r < 0 || item->kind != BACKUP_IMAGE)
		return r;
	item->backing = json_is_true(json_object_get(json, "backing"));
	return read_text(json, "disk", item->disk, sizeof(item->disk), at);
}

static int read_items(const json_t *list, struct backup_manifest *out, struct err *err)
{
	size_t n = json_array_size(list);

	if (!n || n > BACKUP_ITEMS_MOST)
		return wrong(&(struct place){.err = err}, "items");
	for (size_t i = 0; i < n; i++) {
		const struct place at = {"items", i, err};
		int r = read_item(json_array_get(list, i), list_append(out->items, out->n), &at);

		if (r < 0)
			return r;
	}
	return 0;
}

static int read_left(const json_t *list, struct backup_manifest *out, struct err *err)
{
	size_t n = json_array_size(list);

	if (n > BACKUP_LEFT_MOST)
		return wrong(&(struct place){.err = err}, "left_out");
	for (size_t i = 0; i < n; i++) {
		const struct place at = {"left_out", i, err};
		const json_t *json = json_array_get(list, i);
		struct backup_left *left = list_append(out->left, out->n_left);
		int r = read_text(json, "what", left->what, sizeof(left->what), &at);

		r = r < 0 ? r : read_text(json, "why", left->why, sizeof(left->why), &at);
		if (r < 0)
			return r;
	}
	return 0;
}

static int read_head(const json_t *json, struct backup_manifest *out, struct err *err)
{
	const json_int_t schema = json_integer_value(json_object_get(json, "schema"));
	const char *what = json_string_value(json_object_get(json, "what"));
	const struct place at = {.err = err};
	int r;

	if (!what || !streq(what, WHAT))
		return wrong(&at, "what");
	if (schema != 1)
		return err_set(err, -EBADMSG,
		        _("manifest.json: schema is %lld, and this program knows only 1"),
		        (long long)schema);
	r = read_text(json, "name", out->name, sizeof(out->name), &at);
	return r < 0 ? r : read_text(json, "made", out->made, sizeof(out->made), &at);
}

static int read_all(const json_t *json, struct backup_manifest *out, struct err *err)
{
	int r = read_head(json, out, err);

	r = r < 0 ? r : read_items(json_object_get(json, "items"), out, err);
	r = r < 0 ? r : read_left(json_object_get(json, "left_out"), out, err);
	return r < 0 ? r : backup_manifest_check(out, err);
}

int backup_manifest_read(
        const char *text, size_t size, struct backup_manifest *out, struct err *err)
{
	json_error_t where;
	json_t *json = json_loadb(text, size, JSON_REJECT_DUPLICATES, &where);
	int r;

	*out = (struct backup_manifest){0};
	if (!json)
		return err_set(
		        err, -EBADMSG, _("manifest.json: line %d: %s"), where.line, where.text);
	r = read_all(json, out, err);
	json_decref(json);
	if (r < 0)
		backup_manifest_finish(out);
	return r;
}

void backup_manifest_finish(struct backup_manifest *m)
{
	free(m->items);
	free(m->left);
	*m = (struct backup_manifest){0};
}
