/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "host/disk.h"
#include "host/attr.h"
#include "host/block_users.h"
#include "host/usb.h"

#include <errno.h>

#define BLOCK "/sys/block"
#define BY_ID "/dev/disk/by-id/"

/* --- what udev found --- */

/* The database's text about a block device ("S:disk/by-id/...", "E:ID_FS_TYPE=ext4"), or NULL. */
static char *udev_read(const struct root *root, const char *folder)
{
	cleanup_free char *devno = attr_text(root, "%s/dev", folder);

	if (!devno || devno[strspn(devno, "0123456789:")])
		return NULL;
	return root_readf(root, "/run/udev/data/b%s", devno);
}

/* The value of a property, decoded; caller frees. NULL where it is not there or empty. */
static char *udev_get(const char *db, const char *key)
{
	cleanup_free char *start = xasprintf("E:%s=", key);
	cleanup_free char *value = NULL;
	const char *at = db;

	while (at && !starts_with(at, start)) {
		at = strchr(at, '\n');
		at = at ? at + 1 : NULL;
	}
	if (!at)
		return NULL;
	at += strlen(start);
	value = text_unescape(xstrndup(at, strcspn(at, "\n")));
	at = strip(value);
	return *at ? xstrdup(at) : NULL;
}

static char *first_of(char *a, char *b)
{
	if (!a)
		return b;
	free(b);
	return a;
}

static void take_links(const char *db, struct strv *links)
{
	cleanup_free char *copy = xstrdup(db);
	char *rest = copy;

	for (char *line; (line = text_next_line(&rest));) {
		const char *name = line + strlen("S:disk/by-id/");

		if (starts_with(line, "S:disk/by-id/") && *name && !strchr(name, '/'))
			strv_addf(links, BY_ID "%s", text_clean(line) + strlen("S:disk/by-id/"));
	}
	strv_sort(links);
}

/* Lower is better: a name that a person can compare with the label on the disk. */
static int rank_link(const char *link, const char *serial)
{
	static const char *const numbers[] = {
	        "wwn-", "nvme-eui.", "nvme-nvme.", "nvme-uuid.", "scsi-", "lvm-", "dm-"};
	const char *name = link + strlen(BY_ID);

	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
		if (starts_with(name, numbers[i]))
			return 2;
	}
	return serial && strstr(name, serial) ? 0 : 1;
}

/* Of equally good ones the shortest: NVMe has "..._1" for its first namespace beside it. */
static const char *best_link(const struct strv *links, const char *serial)
{
	const char *best = NULL;

	strv_foreach (link, links) {
		int rank = rank_link(*link, serial), old = best ? rank_link(best, serial) : 3;

		if (rank < old || (rank == old && strlen(*link) < strlen(best)))
			best = *link;
	}
	return best;
}

/* --- where it hangs --- */

/*
 * A disk of an NVMe subsystem that several controllers could serve is a virtual device (Linux:
 * CONFIG_NVME_MULTIPATH); its controllers are links beside it.
 */
static char *nvme_controller_path(const struct root *root, const char *folder)
{
	cleanup_free char *device = xasprintf("%s/device", folder);
	struct strv names = {0};
	char *real = NULL;

	root_list(root, device, &names);
	strv_foreach (name, &names) {
		cleanup_free char *link = xasprintf("%s/%s", device, *name);

		if (!real && is_numbered(*name, "nvme"))
			real = root_real_path(root, link);
	}
	strv_finish(&names);
	return real;
}

static void take_place(const struct root *root, const char *folder, struct disk *d)
{
	cleanup_free char *real = root_real_path(root, folder);

	if (real && strstr(real, "/nvme-subsystem/")) {
		free(real);
		real = nvme_controller_path(root, folder);
	}
	if (!real)
		return;
	d->has_controller = path_controller(real, &d->controller);
	d->usb = usb_name_in_path(real);
}

/* --- one disk --- */

static uint64_t take_size(const struct root *root, const char *folder)
{
	/* in sectors of 512 bytes, whatever the disk's own are */
	return attr_u64(root, 10, UINT64_MAX / 512, 0, "%s/size", folder) * 512;
}

static void take_devno(const struct root *root, const char *folder, struct disk *d)
{
	cleanup_free char *text = attr_text(root, "%s/dev", folder);
	char *minor = text ? strchr(text, ':') : NULL;
	uint64_t a, b;

	if (!minor)
		return;
	*minor++ = '\0';
	if (parse_u64(text, 10, UINT32_MAX, &a) == 0 && parse_u64(minor, 10, UINT32_MAX, &b) == 0) {
		d->devno_major = (unsigned)a;
		d->devno_minor = (unsigned)b;
	}
}

static void take_names(const struct root *root, const char *folder, const char *db, struct disk *d)
{
	d->model = first_of(udev_get(db, "ID_MODEL_ENC"), udev_get(db, "ID_MODEL"));
	if (!d->model)
		d->model = attr_text(root, "%s/device/model", folder);
	/* Behind SCSI the short serial is the world-wide name. */
	d->serial = first_of(udev_get(db, "ID_SCSI_SERIAL"), udev_get(db, "ID_SERIAL_SHORT"));
	if (!d->serial)
		d->serial = attr_text(root, "%s/device/serial", folder); /* NVMe, MMC */
	if (!d->serial)
		d->serial = attr_text(root, "%s/serial", folder); /* virtio */
	if (!d->serial)
		d->serial = udev_get(db, "ID_SERIAL");
	take_links(db, &d->links);
	d->by_id = xstrdup(best_link(&d->links, d->serial));
}

static void take_partition(const struct root *root, const struct block_users *users,
        const char *name, const char *folder, struct disk *d)
{
	cleanup_free char *db = first_of(udev_read(root, folder), xstrdup(""));
	struct disk_partition *p = list_append(d->partitions, d->n_partitions);

	p->name = xstrdup(name);
	p->size = take_size(root, folder);
	p->fs_type = udev_get(db, "ID_FS_TYPE");
	p->label = first_of(udev_get(db, "ID_FS_LABEL_ENC"),
	        first_of(udev_get(db, "ID_FS_LABEL"), udev_get(db, "ID_PART_ENTRY_NAME")));
	block_users_of(root, users,
	        &(struct block_node){.name = name, .folder = folder, .fs_type = p->fs_type}, d);
}

static int compare_names(const void *a, const void *b)
{
	return strverscmp(*(char *const *)a, *(char *const *)b);
}

static void take_partitions(const struct root *root, const struct block_users *users,
        const char *folder, struct disk *d)
{
	struct strv names = {0};

	root_list(root, folder, &names);
	if (names.n)
		qsort(names.list, names.n, sizeof(*names.list), compare_names);
	strv_foreach (name, &names) {
		cleanup_free char *part = xasprintf("%s/%s", folder, *name);
		cleanup_free char *mark = xasprintf("%s/partition", part);

		if (root_exists(root, mark))
			take_partition(root, users, *name, part, d);
	}
	strv_finish(&names);
}

/* The kernel writes "!" for the "/" in names such as "cciss/c0d0". */
static char *device_name(const char *name)
{
	char *copy = xstrdup(name);

	for (char *c = copy; (c = strchr(c, '!'));)
		*c = '/';
	return text_clean(copy);
}

static void take_disk(
        const struct root *root, const struct block_users *users, const char *name, struct disk *d)
{
	cleanup_free char *folder = xasprintf(BLOCK "/%s", name);
	cleanup_free char *db = first_of(udev_read(root, folder), xstrdup(""));

	d->name = device_name(name);
	d->size = take_size(root, folder);
	take_devno(root, folder, d);
	d->removable = attr_bool(root, "%s/removable", folder) == 1;
	d->read_only = attr_bool(root, "%s/ro", folder) == 1;
	d->rotational = attr_bool(root, "%s/queue/rotational", folder) == 1;
	take_place(root, folder, d);
	take_names(root, folder, db, d);
	d->table = udev_get(db, "ID_PART_TABLE_TYPE");
	d->fs_type = udev_get(db, "ID_FS_TYPE");
	block_users_of(root, users,
	        &(struct block_node){.name = d->name, .folder = folder, .fs_type = d->fs_type}, d);
	take_partitions(root, users, folder, d);
	strv_sort(&d->mounts);
}

/* --- all disks --- */

static bool is_disk(const struct root *root, const char *name)
{
	static const char *const others[] = {
	        "loop", "ram", "zram", "dm-", "md", "sr", "fd", "zd", "mtdblock"};
	cleanup_free char *folder = xasprintf(BLOCK "/%s", name);
	cleanup_free char *size = xasprintf("%s/size", folder);

	for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
		if (is_numbered(name, others[i]))
			return false;
	}
	if (starts_with(name, "md_") || attr_bool(root, "%s/hidden", folder) == 1)
		return false;
	if (is_numbered(name, "nbd"))
		return take_size(root, folder);
	return root_exists(root, size); /* else it was unplugged while we looked */
}

int disks_take(const struct root *root, struct disks *out, struct err *err)
{
	struct block_users users;
	struct strv names = {0};
	int r = root_list(root, BLOCK, &names);

	*out = (struct disks){0};
	if (r < 0 && r != -ENOENT)
		return err_errno(err, r, "%s" BLOCK, root->path);
	if (names.n)
		qsort(names.list, names.n, sizeof(*names.list), compare_names);
	block_users_take(root, &users);
	strv_foreach (name, &names) {
		if (is_disk(root, *name))
			take_disk(root, &users, *name, list_append(out->list, out->n));
	}
	block_users_finish(&users);
	strv_finish(&names);
	return 0;
}

static void disk_finish(struct disk *d)
{
	for (size_t i = 0; i < d->n_partitions; i++) {
		free(d->partitions[i].name);
		free(d->partitions[i].fs_type);
		free(d->partitions[i].label);
	}
	free(d->partitions);
	free(d->name);
	free(d->by_id);
	free(d->usb);
	free(d->model);
	free(d->serial);
	free(d->table);
	free(d->fs_type);
	free(d->root_through);
	strv_finish(&d->links);
	strv_finish(&d->uses);
	strv_finish(&d->mounts);
}

void disks_finish(struct disks *disks)
{
	for (size_t i = 0; i < disks->n; i++)
		disk_finish(&disks->list[i]);
	free(disks->list);
	*disks = (struct disks){0};
}

const struct disk *disks_find(const struct disks *disks, const char *path)
{
	for (size_t i = 0; i < disks->n; i++) {
		const struct disk *d = &disks->list[i];

		if (strv_has(&d->links, path) ||
		        (starts_with(path, "/dev/") && streq(path + strlen("/dev/"), d->name)))
			return d;
	}
	return NULL;
}
