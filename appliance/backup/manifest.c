/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "backup/manifest.h"

#include "base/i18n.h"
#include "profile/file.h"
#include "profile/profile.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>

#define WHAT     "playthrough-vm-backup"
#define MEMBER   "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-"
#define NAME_CUT 60 /* of a file's name in its member's, which tar(5) has 100 bytes for */
#define MIB      (1ull << 20)

static const struct {
	const char *word, *folder;
	uint64_t most; /* bytes */
} kinds[] = {
        [BACKUP_PROFILE] = {"profile", "profile", INI_SIZE_MAX},
        [BACKUP_DROP_IN] = {"drop-in", "drop-ins", INI_SIZE_MAX},
        [BACKUP_VARIABLES] = {"variables", "variables", 64 * MIB},
        [BACKUP_TPM] = {"tpm", "tpm", 16 * MIB},
        [BACKUP_IMAGE] = {"image", "images", 1ull << 50},
};

const char *backup_kind_word(enum backup_kind kind)
{
	return kinds[kind].word;
}

const char *backup_kind_folder(enum backup_kind kind)
{
	return kinds[kind].folder;
}

bool backup_is_file_name(const char *name)
{
	size_t n = strlen(name);

	for (const char *s = name; *s; s++)
		if (*s == '/' || (unsigned char)*s < ' ' || *s == 0x7f)
			return false;
	return n && n <= 255 && name[0] != '.';
}

/* --- made here --- */

int backup_item_make(struct backup_manifest *manifest, enum backup_kind kind, const char *path,
        const char *name, struct err *err)
{
	struct backup_item *item;
	char *at;

	if (manifest->n == BACKUP_ITEMS_MOST || !backup_is_file_name(name) ||
	        strlen(path) >= sizeof(item->path)) {
		err_set(err, -EINVAL,
		        manifest->n == BACKUP_ITEMS_MOST
		                ? _("%s: there are more files than a backup may have")
		                : _("%s: such a name or path is in no backup"),
		        ini_quote(path).s);
		err_hint(err, _("a file's name does not begin with a point; rename it, and write "
		                "its new name into the profile"));
		err_code(err, CODE_BACKUP_PART);
		return -EINVAL;
	}
	item = list_append(manifest->items, manifest->n);
	item->kind = kind;
	snprintf(item->name, sizeof(item->name), "%s", name);
	snprintf(item->path, sizeof(item->path), "%s", path);
	if (kind == BACKUP_DROP_IN || kind == BACKUP_IMAGE)
		snprintf(item->member, sizeof(item->member), "%s/%zu-%.*s", kinds[kind].folder,
		        manifest->n - 1, NAME_CUT, name);
	else
		snprintf(item->member, sizeof(item->member), "%s/%.*s", kinds[kind].folder,
		        NAME_CUT, name);
	for (at = strchr(item->member, '/') + 1; *at; at++)
		if (!strchr(MEMBER, *at))
			*at = '_';
	return 0;
}

void backup_leave(struct backup_manifest *manifest, const char *what, const char *why)
{
	struct backup_left *left;

	if (manifest->n_left == BACKUP_LEFT_MOST)
		return;
	left = list_append(manifest->left, manifest->n_left);
	snprintf(left->what, sizeof(left->what), "%s", what);
	snprintf(left->why, sizeof(left->why), "%s", why);
}

/* --- judged --- */

static int refuse(struct err *err, size_t index, const char *key, const char *value)
{
	err_set(err, -EBADMSG, _("manifest.json: item %zu: %s cannot be %s"), index + 1, key,
	        ini_quote(value).s);
	return -EBADMSG;
}

static bool is_member(const struct backup_item *item)
{
	const char *folder = kinds[item->kind].folder, *rest = item->member + strlen(folder) + 1;

	return starts_with(item->member, folder) && item->member[strlen(folder)] == '/' &&
	       rest[0] && rest[0] != '.' && strspn(rest, MEMBER) == strlen(rest);
}

static bool is_name(const struct backup_manifest *m, const struct backup_item *item)
{
	char own[sizeof(m->name) + 16];

	if (!backup_is_file_name(item->name))
		return false;
	switch (item->kind) {
	case BACKUP_PROFILE:
		snprintf(own, sizeof(own), "%s.profile", m->name);
		return streq(item->name, own);
	case BACKUP_DROP_IN:
		return ends_with(item->name, ".conf");
	case BACKUP_VARIABLES:
		return starts_with(item->name, "OVMF_VARS") && ends_with(item->name, ".fd");
	case BACKUP_TPM:
		return starts_with(item->name, "tpm");
	case BACKUP_IMAGE:
		break;
	}
	return true;
}

/* Where an image lay: for people alone, so that it need not be a way that exists. */
static bool is_path(const struct backup_item *item)
{
	const char *path = item->path;

	if (path[0] != '/' ||
	        (item->kind == BACKUP_IMAGE && !streq(strrchr(path, '/') + 1, item->name)))
		return false;
	for (const char *s = path; *s; s++)
		if ((unsigned char)*s < ' ' || *s == 0x7f)
			return false;
	return true;
}

static bool is_disk(const struct backup_item *item)
{
	return item->kind == BACKUP_IMAGE ? item->disk[0] && ini_is_section_name(item->disk)
	                                  : !item->disk[0] && !item->backing;
}

static bool is_size(const struct backup_item *item)
{
	return item->size <= kinds[item->kind].most && item->data <= item->size;
}

static bool is_twice(const struct backup_item *a, const struct backup_item *b)
{
	if (streq(a->member, b->member))
		return true;
	if (a->kind != b->kind)
		return false;
	if (a->kind == BACKUP_IMAGE)
		return streq(a->path, b->path) ||
		       (streq(a->disk, b->disk) && !a->backing && !b->backing);
	return streq(a->name, b->name);
}

static int check_item(const struct backup_manifest *m, size_t index, struct err *err)
{
	const struct backup_item *item = &m->items[index];
	char size[32];

	snprintf(size, sizeof(size), "%llu", (unsigned long long)item->size);
	if ((size_t)item->kind >= ARRAY_SIZE(kinds))
		return refuse(err, index, "kind", "?");
	if (!is_member(item))
		return refuse(err, index, "member", item->member);
	if (!is_name(m, item))
		return refuse(err, index, "name", item->name);
	if (!is_path(item))
		return refuse(err, index, "path", item->path);
	if (!is_disk(item))
		return refuse(err, index, "disk", item->disk);
	if (!is_size(item))
		return refuse(err, index, "size", size);
	if (index && item->kind < m->items[index - 1].kind)
		return refuse(err, index, "kind", kinds[item->kind].word);
	for (size_t i = 0; i < index; i++)
		if (is_twice(&m->items[i], item))
			return err_set(err, -EBADMSG,
			        _("manifest.json: item %zu is item %zu once more (%s)"), index + 1,
			        i + 1, ini_quote(item->member).s);
	return 0;
}

int backup_manifest_check(const struct backup_manifest *m, struct err *err)
{
	size_t profiles = 0;
	int r = profile_check_name(m->name, NULL);

	if (r < 0)
		return err_set(
		        err, -EBADMSG, _("manifest.json: name cannot be %s"), ini_quote(m->name).s);
	for (size_t i = 0; r == 0 && i < m->n; i++) {
		r = check_item(m, i, err);
		profiles += r == 0 && m->items[i].kind == BACKUP_PROFILE;
	}
	if (r == 0 && profiles != 1)
		return err_set(err, -EBADMSG, _("manifest.json: it names no profile"));
	return r;
}

uint64_t backup_manifest_data(const struct backup_manifest *m)
{
	uint64_t all = 0;

	for (size_t i = 0; i < m->n; i++)
		all += m->items[i].data;
	return all;
}

/* --- written --- */

static json_t *item_json(const struct backup_item *item)
{
	char digest[2 * BACKUP_DIGEST + 1];
	json_t *json;

	for (size_t i = 0; i < BACKUP_DIGEST; i++)
		snprintf(digest + 2 * i, 3, "%02x", item->sha256[i]);
	json = json_pack("{s:s, s:s, s:s, s:s, s:I, s:I, s:s}", "member", item->member, "kind",
	        kinds[item->kind].word, "name", item->name, "path", item->path, "size",
	        (json_int_t)item->size, "data", (json_int_t)item->data, "sha256", digest);
	if (item->kind == BACKUP_IMAGE) {
		json_object_set_new(json, "disk", json_string(item->disk));
		json_object_set_new(json, "backing", json_boolean(item->backing));
	}
	return json;
}

char *backup_manifest_write(const struct backup_manifest *m)
{
	json_t *items = json_array(), *left = json_array(), *all;
	char *text;

	for (size_t i = 0; i < m->n; i++)
		json_array_append_new(items, item_json(&m->items[i]));
	for (size_t i = 0; i < m->n_left; i++)
		json_array_append_new(left,
		        json_pack("{s:s, s:s}", "what", m->left[i].what, "why", m->left[i].why));
	all = json_pack("{s:i, s:s, s:s, s:s, s:o, s:o}", "schema", 1, "what", WHAT, "name",
	        m->name, "made", m->made, "items", items, "left_out", left);
	text = json_dumps(all, JSON_INDENT(2));
	json_decref(all);
	return text;
}
