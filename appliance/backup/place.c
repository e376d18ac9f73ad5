/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "backup/place.h"

#include "base/i18n.h"
#include "profile/backing.h"
#include "profile/file.h"
#include "profile/profile.h"

#include <errno.h>

static int refuse_images(const struct backup_manifest *m, struct err *err)
{
	cleanup_strv struct strv lay = {0};
	cleanup_free char *all = NULL;

	for (size_t i = 0; i < m->n; i++)
		if (m->items[i].kind == BACKUP_IMAGE)
			strv_add(&lay, m->items[i].path);
	all = strv_join(&lay, ", ");
	err_set(err, -EINVAL, _("it has images of disks, and nothing says where they are to go"));
	err_hint(err, _("name a folder for them: --images FOLDER; they lay at %s"), all);
	err_code(err, CODE_BACKUP_PLACE);
	return -EINVAL;
}

static bool images_differ(const struct backup_manifest *m)
{
	for (size_t i = 0; i < m->n; i++)
		for (size_t k = 0; m->items[i].kind == BACKUP_IMAGE && k < i; k++)
			if (m->items[k].kind == BACKUP_IMAGE &&
			        streq(m->items[i].name, m->items[k].name))
				return false;
	return true;
}

/* Whether another image of the same disk, from another folder, has its name. */
static bool has_namesake(const struct backup_manifest *m, const struct backup_item *item)
{
	for (size_t i = 0; i < m->n; i++)
		if (&m->items[i] != item && m->items[i].kind == BACKUP_IMAGE &&
		        streq(m->items[i].disk, item->disk) && streq(m->items[i].name, item->name))
			return true;
	return false;
}

static char *place(
        const struct backup_manifest *m, size_t index, const struct placing *p, bool flat)
{
	const struct backup_item *item = &m->items[index];

	switch (item->kind) {
	case BACKUP_PROFILE:
		return xasprintf("%s/%s.profile", p->profiles, p->name);
	case BACKUP_DROP_IN:
		return xasprintf("%s/%s.profile.d/%s", p->profiles, p->name, item->name);
	case BACKUP_VARIABLES:
		return xasprintf("%s/%s/%s", p->state, p->name, item->name);
	case BACKUP_TPM:
		return xasprintf("%s/%s", p->tpm, item->name);
	case BACKUP_IMAGE:
		break;
	}
	/* A section's name may begin with a point, and be two of them. */
	if (flat)
		return xasprintf("%s/%s", p->images, item->name);
	if (has_namesake(m, item))
		return xasprintf("%s/disk-%s/%zu-%s", p->images, item->disk, index, item->name);
	return xasprintf("%s/disk-%s/%s", p->images, item->disk, item->name);
}

int place_items(const struct backup_manifest *m, const struct placing *placing, struct strv *paths,
        struct err *err)
{
	bool flat = images_differ(m);

	for (size_t i = 0; i < m->n; i++) {
		if (m->items[i].kind == BACKUP_IMAGE && !placing->images)
			return refuse_images(m, err);
		strv_take(paths, place(m, i, placing, flat));
	}
	return 0;
}

/* What @text says of this disk: the value of @key, which @ini has; NULL: nothing. */
static const char *said_of(const struct ini *ini, const char *disk, const char *key)
{
	const char *value = NULL;
	bool inside = false;

	for (size_t i = 0; i < ini->n; i++) {
		const struct ini_line *line = &ini->lines[i];

		if (line->kind == INI_SECTION)
			inside = streq(line->section, "disk") && streq(line->name, disk);
		else if (inside && line->kind == INI_KEY && streq(line->key, key))
			value = line->value;
	}
	return value;
}

static int refuse_backings(const char *disk, struct err *err)
{
	err_set(err, -EBADMSG,
	        _("disk %s stands on other files than the backup carries (backing=)"), disk);
	err_hint(err, _("whoever made it has changed it; take one made by playthrough backup"));
	err_code(err, CODE_BACKUP_BAD);
	return -EBADMSG;
}

/*
 * backing= of the image @top as it is here: the formats as they were @said, each of the files that the disk stands on in its
 * place. NULL with @err. Caller frees.
 */
static char *backings_here(const struct backup_manifest *m, const struct strv *paths, size_t top,
        const char *said, struct err *err)
{
	const char *disk = m->items[top].disk;
	struct profile_backings backings;
	char *chain = NULL;
	size_t left;

	if (profile_backings_parse(said, &backings, err) < 0)
		return NULL;
	left = backings.n;
	for (size_t i = m->n; i-- > 0;) {
		const struct backup_item *item = &m->items[i];
		char *more;

		if (item->kind != BACKUP_IMAGE || !item->backing || !streq(item->disk, disk))
			continue;
		if (!left--)
			break;
		more = streq(backings.list[left].path, item->path)
		               ? profile_backings_add(
		                         backings.list[left].format, paths->list[i], chain)
		               : NULL;
		free(chain);
		chain = more;
		if (!chain)
			break;
	}
	profile_backings_finish(&backings);
	if (left || !chain) {
		free(chain);
		refuse_backings(disk, err);
		return NULL;
	}
	return chain;
}

/* @text with what is other here of the disk whose image is item @index. Caller frees; NULL with @err. */
static char *place_disk(const struct backup_manifest *m, const struct strv *paths,
        const struct ini *ini, const char *text, size_t index, struct err *err)
{
	const char *disk = m->items[index].disk;
	cleanup_free char *section = xasprintf("disk %s", disk), *now = xstrdup(text);
	const char *backing = said_of(ini, disk, "backing");

	if (said_of(ini, disk, "image")) {
		char *next = profile_edit(now, section, "image", paths->list[index], err);

		free(now);
		now = next;
	}
	if (now && backing) {
		cleanup_free char *chain = backings_here(m, paths, index, backing, err);
		char *next = chain ? profile_edit(now, section, "backing", chain, err) : NULL;

		free(now);
		now = next;
	}
	return take_ptr(now);
}

char *place_images(const struct backup_manifest *m, const struct strv *paths, const char *text,
        struct err *err)
{
	cleanup(ini_finish) struct ini ini = {0};
	char *now = xstrdup(text);

	if (ini_read(text, strlen(text), "profile", &ini, err) < 0) {
		free(now);
		return NULL;
	}
	for (size_t i = 0; now && i < m->n; i++) {
		cleanup_free char *before = now;

		now = m->items[i].kind == BACKUP_IMAGE && !m->items[i].backing
		              ? place_disk(m, paths, &ini, before, i, err)
		              : take_ptr(before);
	}
	return now;
}
