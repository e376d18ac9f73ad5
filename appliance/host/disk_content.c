/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What udev found on a disk or a partition. */
#include "base/i18n.h"
#include "host/attr.h"
#include "host/disk_parts.h"

static const char *const labels[] = {"ID_FS_LABEL_ENC", "ID_FS_LABEL", "ID_PART_ENTRY_NAME", NULL};

/* "/run/udev/data/b8:1"; caller frees. */
static char *source_of(const struct root *root, const char *folder)
{
	cleanup_free char *devno = attr_text(root, "%s/dev", folder);

	return xasprintf("/run/udev/data/b%s", devno ? devno : "?");
}

/* blkid found marks of several kinds, so that it says of none that it is there. */
static char *doubt_of(const char *db, const char *name, const char *source)
{
	cleanup_free char *kinds = db ? disk_udev_get(db, "ID_FS_AMBIVALENT") : NULL;

	if (!db)
		return xasprintf(
		        _("what is on %s is not known: udev has no data of it (%s)"), name, source);
	return kinds ? xasprintf(_("what is on %s is not clear to udev: %s (%s)"), name, kinds,
	                       source)
	             : NULL;
}

void disk_take_content(const struct root *root, const char *folder, const char *name,
        struct disk *d, struct disk_content *content)
{
	cleanup_free char *db = disk_udev_read(root, folder);

	content->source = source_of(root, folder);
	content->known = db != NULL;
	content->doubt = doubt_of(db, name, content->source);
	if (content->doubt)
		strv_add(&d->doubts, content->doubt);
	if (!db)
		return;
	content->fs_type = disk_udev_get(db, "ID_FS_TYPE");
	content->label = disk_udev_first(db, labels);
	content->uuid = disk_udev_get(db, "ID_FS_UUID");
	content->member = disk_udev_is_member(db, content->fs_type);
}

void disk_content_finish(struct disk_content *content)
{
	free(content->fs_type);
	free(content->label);
	free(content->uuid);
	free(content->source);
	free(content->doubt);
}

/* --- what several disks have together --- */

struct node {
	const char *name;
	struct disk_content *content;
};

static void add_node(struct node **list, size_t *n, const char *name, struct disk_content *content)
{
	*list_append(*list, *n) = (struct node){name, content};
}

static int compare_uuids(const void *a, const void *b)
{
	const struct node *x = a, *y = b;

	return strcmp(x->content->uuid, y->content->uuid);
}

/* All that have a btrfs, by its UUID: devices of one file system have the same. Caller frees. */
static struct node *list_btrfs(struct disks *disks, size_t *n)
{
	struct node *all = NULL, *btrfs = NULL;
	size_t count = 0;

	*n = 0;
	for (size_t i = 0; i < disks->n; i++) {
		struct disk *d = &disks->list[i];

		add_node(&all, &count, d->name, &d->content);
		for (size_t k = 0; k < d->n_partitions; k++)
			add_node(&all, &count, d->partitions[k].name, &d->partitions[k].content);
	}
	for (size_t i = 0; i < count; i++) {
		const struct disk_content *c = all[i].content;

		if (c->fs_type && streq(c->fs_type, "btrfs") && c->uuid)
			add_node(&btrfs, n, all[i].name, all[i].content);
	}
	free(all);
	if (*n)
		qsort(btrfs, *n, sizeof(*btrfs), compare_uuids);
	return btrfs;
}

static void tell_member(
        const char *name, const struct disk_content *content, struct strv *own, struct strv *all)
{
	if (!content->member)
		return;
	strv_addf(own, _("%s is a part of something that is made of several: %s (%s)"), name,
	        content->fs_type ? content->fs_type : _("unknown"), content->source);
	strv_add(all, own->list[own->n - 1]);
}

/* A btrfs of several disks is told by nothing but its UUID while it is not mounted. */
void disks_compare(struct disks *disks)
{
	size_t n;
	cleanup_free struct node *btrfs = list_btrfs(disks, &n);

	for (size_t i = 1; i < n; i++) {
		if (streq(btrfs[i - 1].content->uuid, btrfs[i].content->uuid))
			btrfs[i - 1].content->member = btrfs[i].content->member = true;
	}
	for (size_t i = 0; i < disks->n; i++) {
		struct disk *d = &disks->list[i];

		tell_member(d->name, &d->content, &d->own_members, &d->members);
		for (size_t k = 0; k < d->n_partitions; k++) {
			struct disk_partition *p = &d->partitions[k];

			tell_member(p->name, &p->content, &p->members, &d->members);
		}
	}
}
