/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "host/disk.h"
#include "host/attr.h"
#include "host/disk_parts.h"
#include "host/usb.h"

#include <errno.h>

#define BLOCK "/sys/block"
#define BY_ID "/dev/disk/by-id/"

/* --- its names --- */

static char *first_of(char *a, char *b)
{
	if (!a)
		return b;
	free(b);
	return a;
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

uint64_t disk_take_size(const struct root *root, const char *folder)
{
	return attr_u64(root, 10, UINT64_MAX / 512, 0, "%s/size", folder) * 512;
}

void disk_take_devno(const struct root *root, const char *folder, unsigned *major, unsigned *minor)
{
	cleanup_free char *text = attr_text(root, "%s/dev", folder);
	char *colon = text ? strchr(text, ':') : NULL;
	uint64_t a, b;

	if (!colon)
		return;
	*colon++ = '\0';
	if (parse_u64(text, 10, UINT32_MAX, &a) == 0 && parse_u64(colon, 10, UINT32_MAX, &b) == 0) {
		*major = (unsigned)a;
		*minor = (unsigned)b;
	}
}

static void take_names(const struct root *root, const char *folder, const char *db, struct disk *d)
{
	d->model = first_of(disk_udev_get(db, "ID_MODEL_ENC"), disk_udev_get(db, "ID_MODEL"));
	if (!d->model)
		d->model = attr_text(root, "%s/device/model", folder);
	/* Behind SCSI the short serial is the world-wide name. */
	d->serial =
	        first_of(disk_udev_get(db, "ID_SCSI_SERIAL"), disk_udev_get(db, "ID_SERIAL_SHORT"));
	if (!d->serial)
		d->serial = attr_text(root, "%s/device/serial", folder); /* NVMe, MMC */
	if (!d->serial)
		d->serial = attr_text(root, "%s/serial", folder); /* virtio */
	if (!d->serial)
		d->serial = disk_udev_get(db, "ID_SERIAL");
	disk_udev_links(db, "by-id", &d->links);
	d->by_id = xstrdup(best_link(&d->links, d->serial));
}

/* What people call it by. */
static void take_bus(const char *db, struct disk *d)
{
	static const char *const buses[] = {"usb", "ata", "scsi", "nvme", "mmc"};
	cleanup_free char *bus = disk_udev_get(db, "ID_BUS");

	if (starts_with(d->name, "nvme"))
		d->bus = "nvme";
	else if (starts_with(d->name, "mmcblk"))
		d->bus = "mmc";
	else if (starts_with(d->name, "vd"))
		d->bus = "virtio";
	else if (d->usb)
		d->bus = "usb";
	for (size_t i = 0; bus && !d->bus && i < ARRAY_SIZE(buses); i++)
		d->bus = streq(bus, buses[i]) ? buses[i] : NULL;
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
	cleanup_free char *db = first_of(disk_udev_read(root, folder), xstrdup(""));

	d->name = device_name(name);
	d->size = disk_take_size(root, folder);
	disk_take_devno(root, folder, &d->devno_major, &d->devno_minor);
	d->seq = attr_u64(root, 10, UINT64_MAX, 0, "%s/diskseq", folder);
	d->removable = attr_bool(root, "%s/removable", folder) == 1;
	d->read_only = attr_bool(root, "%s/ro", folder) == 1;
	d->rotational = attr_bool(root, "%s/queue/rotational", folder) == 1;
	take_place(root, folder, d);
	take_names(root, folder, db, d);
	take_bus(db, d);
	d->table = disk_udev_get(db, "ID_PART_TABLE_TYPE");
	disk_take_content(root, folder, d->name, d, &d->content);
	block_users_of(root, users,
	        &(struct block_node){
	                .name = d->name, .folder = folder, .fs_type = d->content.fs_type},
	        d);
	strv_foreach (use, &d->uses)
		strv_add(&d->own_uses, *use);
	strv_foreach (vm, &d->vms)
		strv_add(&d->own_vms, *vm);
	disk_take_partitions(root, users, folder, d);
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
		return disk_take_size(root, folder);
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
		qsort(names.list, names.n, sizeof(*names.list), disk_compare_names);
	block_users_take(root, &users);
	strv_foreach (name, &names) {
		if (is_disk(root, *name))
			take_disk(root, &users, *name, list_append(out->list, out->n));
	}
	disks_compare(out);
	out->partly = users.partly;
	block_users_finish(&users);
	strv_finish(&names);
	return 0;
}

static void partition_finish(struct disk_partition *p)
{
	free(p->name);
	free(p->path);
	free(p->type);
	strv_finish(&p->links);
	strv_finish(&p->uses);
	strv_finish(&p->members);
	strv_finish(&p->vms);
	disk_content_finish(&p->content);
}

static void disk_finish(struct disk *d)
{
	struct strv *const lists[] = {&d->links, &d->uses, &d->own_uses, &d->members,
	        &d->own_members, &d->doubts, &d->vms, &d->own_vms, &d->mounts};

	for (size_t i = 0; i < d->n_partitions; i++)
		partition_finish(&d->partitions[i]);
	for (size_t i = 0; i < ARRAY_SIZE(lists); i++)
		strv_finish(lists[i]);
	free(d->partitions);
	free(d->name);
	free(d->by_id);
	free(d->usb);
	free(d->model);
	free(d->serial);
	free(d->table);
	free(d->root_through);
	disk_content_finish(&d->content);
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
	struct disk_part found = disks_find_part(disks, path);

	return found.partition ? NULL : found.disk;
}
