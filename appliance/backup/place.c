/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "backup/place.h"

#include "base/i18n.h"
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

static char *place(const struct backup_item *item, const struct placing *p, bool flat)
{
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
	return flat ? xasprintf("%s/%s", p->images, item->name)
	            : xasprintf("%s/disk-%s/%s", p->images, item->disk, item->name);
}

int place_items(const struct backup_manifest *m, const struct placing *placing, struct strv *paths,
        struct err *err)
{
	bool flat = images_differ(m);

	for (size_t i = 0; i < m->n; i++) {
		if (m->items[i].kind == BACKUP_IMAGE && !placing->images)
			return refuse_images(m, err);
		strv_take(paths, place(&m->items[i], placing, flat));
	}
	return 0;
}

/* Whether @text says image= of this disk. */
static bool says_image(const struct ini *ini, const char *disk)
{
	bool inside = false;

	for (size_t i = 0; i < ini->n; i++) {
		const struct ini_line *line = &ini->lines[i];

		if (line->kind == INI_SECTION)
			inside = streq(line->section, "disk") && streq(line->name, disk);
		else if (inside && line->kind == INI_KEY && streq(line->key, "image"))
			return true;
	}
	return false;
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
		const struct backup_item *item = &m->items[i];
		cleanup_free char *section = xasprintf("disk %s", item->disk), *before = now;

		if (item->kind != BACKUP_IMAGE || item->backing || !says_image(&ini, item->disk)) {
			now = take_ptr(before);
			continue;
		}
		now = profile_edit(before, section, "image", paths->list[i], err);
	}
	return now;
}
