/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The partitions of a disk, and what a whole disk and one of them have together. */
#include "base/i18n.h"
#include "host/attr.h"
#include "host/disk_parts.h"

/* --- taking --- */

static const char *first_in(const struct strv *links, const char *folder)
{
	strv_foreach (link, links) {
		if (starts_with(*link, folder))
			return *link;
	}
	return NULL;
}

static void take_names(const struct root *root, const char *folder, struct disk_partition *p)
{
	cleanup_free char *db = disk_udev_read(root, folder);
	const char *best;

	if (!db)
		return;
	disk_udev_links(db, "by-partuuid", &p->links);
	disk_udev_links(db, "by-id", &p->links);
	p->type = disk_udev_get(db, "ID_PART_ENTRY_TYPE");
	best = first_in(&p->links, "/dev/disk/by-partuuid/");
	p->path = xstrdup(best ? best : p->links.n ? p->links.list[0] : NULL);
}

static void take_partition(const struct root *root, const struct block_users *users,
        const char *name, const char *folder, struct disk *d)
{
	struct disk_partition *p = list_append(d->partitions, d->n_partitions);
	size_t before = d->uses.n, vms = d->vms.n;

	p->name = text_clean(xstrdup(name));
	for (char *c = p->name; (c = strchr(c, '!'));)
		*c = '/';
	p->size = disk_take_size(root, folder);
	p->start = attr_u64(root, 10, UINT64_MAX / 512, 0, "%s/start", folder) * 512;
	disk_take_devno(root, folder, &p->devno_major, &p->devno_minor);
	take_names(root, folder, p);
	disk_take_content(root, folder, p->name, d, &p->content);
	block_users_of(root, users,
	        &(struct block_node){
	                .name = p->name, .folder = folder, .fs_type = p->content.fs_type},
	        d);
	for (size_t i = before; i < d->uses.n; i++)
		strv_add(&p->uses, d->uses.list[i]);
	for (size_t i = vms; i < d->vms.n; i++)
		strv_add(&p->vms, d->vms.list[i]);
}

int disk_compare_names(const void *a, const void *b)
{
	return strverscmp(*(char *const *)a, *(char *const *)b);
}

void disk_take_partitions(const struct root *root, const struct block_users *users,
        const char *folder, struct disk *d)
{
	cleanup_strv struct strv names = {0};

	root_list(root, folder, &names);
	if (names.n)
		qsort(names.list, names.n, sizeof(*names.list), disk_compare_names);
	strv_foreach (name, &names) {
		cleanup_free char *part = xasprintf("%s/%s", folder, *name);
		cleanup_free char *mark = xasprintf("%s/partition", part);

		if (root_exists(root, mark))
			take_partition(root, users, *name, part, d);
	}
}

/* --- a whole disk or one of its partitions --- */

static bool is_named(const struct strv *links, const char *name, const char *path)
{
	return strv_has(links, path) ||
	       (starts_with(path, "/dev/") && streq(path + strlen("/dev/"), name));
}

struct disk_part disks_find_part(const struct disks *disks, const char *path)
{
	for (size_t i = 0; i < disks->n; i++) {
		const struct disk *d = &disks->list[i];

		if (is_named(&d->links, d->name, path))
			return (struct disk_part){.disk = d};
		for (size_t k = 0; k < d->n_partitions; k++) {
			const struct disk_partition *p = &d->partitions[k];

			if (is_named(&p->links, p->name, path))
				return (struct disk_part){.disk = d, .partition = p};
		}
	}
	return (struct disk_part){0};
}

const char *disk_part_name(struct disk_part part)
{
	return part.partition ? part.partition->name : part.disk->name;
}

uint64_t disk_part_size(struct disk_part part)
{
	return part.partition ? part.partition->size : part.disk->size;
}

/* What ends beyond the last byte that a number can tell ends there. */
static uint64_t end_of(const struct disk_partition *p)
{
	return p->start + p->size < p->start ? UINT64_MAX : p->start + p->size;
}

static bool lie_over(const struct disk_partition *a, const struct disk_partition *b)
{
	return a->start < end_of(b) && b->start < end_of(a);
}

bool disk_parts_overlap(struct disk_part a, struct disk_part b)
{
	if (a.disk != b.disk || !a.disk)
		return false;
	if (!a.partition || !b.partition || a.partition == b.partition)
		return true;
	return lie_over(a.partition, b.partition);
}

static void add_all(const struct strv *from, struct strv *out)
{
	strv_foreach (s, from)
		strv_add(out, *s);
}

void disk_part_uses(struct disk_part part, bool members, struct strv *out)
{
	const struct disk *d = part.disk;

	add_all(part.partition ? &d->own_uses : &d->uses, out);
	if (members)
		add_all(part.partition ? &d->own_members : &d->members, out);
	for (size_t i = 0; part.partition && i < d->n_partitions; i++) {
		const struct disk_partition *p = &d->partitions[i];

		if (!disk_parts_overlap(part, (struct disk_part){d, p}))
			continue;
		add_all(&p->uses, out);
		if (members)
			add_all(&p->members, out);
	}
}

void disk_part_vms(struct disk_part part, struct strv *out)
{
	const struct disk *d = part.disk;

	add_all(part.partition ? &d->own_vms : &d->vms, out);
	for (size_t i = 0; part.partition && i < d->n_partitions; i++) {
		if (disk_parts_overlap(part, (struct disk_part){d, &d->partitions[i]}))
			add_all(&d->partitions[i].vms, out);
	}
}

/* The kernel shows but the first sectors of one that has others inside. */
static bool is_extended(const struct disk_partition *p)
{
	return p->type &&
	       (streq(p->type, "0x5") || streq(p->type, "0xf") || streq(p->type, "0x85"));
}

char *disk_part_unsafe(struct disk_part part)
{
	if (!part.partition)
		return NULL;
	if (is_extended(part.partition))
		return xasprintf(_("%s is an extended partition: others are in it (%s: %s)"),
		        part.partition->name, part.partition->content.source, part.partition->type);
	for (size_t i = 0; i < part.disk->n_partitions; i++) {
		const struct disk_partition *p = &part.disk->partitions[i];

		if (p != part.partition && lie_over(p, part.partition))
			return xasprintf(_("%s and %s lie over each other on %s "
			                   "(/sys/block/%s/*/start, size)"),
			        part.partition->name, p->name, part.disk->name, part.disk->name);
	}
	return NULL;
}
