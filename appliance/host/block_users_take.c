/* SPDX-License-Identifier: GPL-2.0-or-later */
/* All that stands on block devices of this PC, gathered once. */
#include "host/attr.h"
#include "host/block_users.h"

#include <sys/sysmacros.h>

/* The first process sees all mounts, ours may live in a mount namespace; only root may look there. */
static void take_mounts(const struct root *root, struct block_users *out)
{
	static const char *const paths[] = {"/proc/1/mountinfo", "/proc/self/mountinfo"};

	for (size_t i = 0; i < ARRAY_SIZE(paths) && !out->mounts.n; i++) {
		out->mounts_path = paths[i];
		mounts_take(root, paths[i], &out->mounts);
	}
	out->partly |= !mounts_take_elsewhere(root, &out->mounts, &out->elsewhere);
}

/* proc_swaps(5). A file's file system is mounted, which is a use already. */
static void take_swaps(const struct root *root, struct block_users *out)
{
	cleanup_free char *text = root_read(root, "/proc/swaps");
	char *rest = text;

	for (char *line; (line = text_next_line(&rest));) {
		if (*line != '/')
			continue; /* the heading */
		line[strcspn(line, " \t")] = '\0';
		strv_add(&out->swaps, text_unescape(line));
	}
}

/* --- file systems, as long as anything has them: also where no mount shows them any more (umount -l) --- */

static void add_system(
        struct block_users *out, const char *type, const char *node, const char *source)
{
	*list_append(out->systems, out->n_systems) = (struct block_system){
	        .type = type, .node = xstrdup(node), .source = xstrdup(source)};
}

/* /sys/fs/btrfs/UUID/devices/sda2 */
static void take_btrfs(const struct root *root, struct block_users *out)
{
	cleanup_strv struct strv systems = {0};

	root_list(root, "/sys/fs/btrfs", &systems);
	strv_foreach (uuid, &systems) {
		cleanup_free char *devices = xasprintf("/sys/fs/btrfs/%s/devices", *uuid);
		cleanup_strv struct strv names = {0};

		root_list(root, devices, &names);
		strv_foreach (name, &names)
			add_system(out, "btrfs", *name, "/sys/fs/btrfs/*/devices");
	}
}

/* /sys/fs/bcachefs/UUID/dev-0/block is a link to the device. */
static void take_bcachefs(const struct root *root, struct block_users *out)
{
	cleanup_strv struct strv systems = {0};

	root_list(root, "/sys/fs/bcachefs", &systems);
	strv_foreach (uuid, &systems) {
		cleanup_free char *folder = xasprintf("/sys/fs/bcachefs/%s", *uuid);
		cleanup_strv struct strv names = {0};

		root_list(root, folder, &names);
		strv_foreach (name, &names) {
			cleanup_free char *link = xasprintf("%s/%s/block", folder, *name);
			cleanup_free char *node = root_link_name(root, link);

			if (is_numbered(*name, "dev-") && node)
				add_system(out, "bcachefs", node, link);
		}
	}
}

/* Linux Documentation/ABI/testing/sysfs-fs-ext4 and its neighbours: /sys/fs/ext4/sda2. */
static void take_single(const struct root *root, const char *type, struct block_users *out)
{
	cleanup_free char *folder = xasprintf("/sys/fs/%s", type);
	cleanup_strv struct strv names = {0};

	root_list(root, folder, &names);
	strv_foreach (name, &names) {
		cleanup_free char *source = xasprintf("%s/%s", folder, *name);

		add_system(out, type, *name, source); /* others, such as "features", are no disks */
	}
}

static void take_systems(const struct root *root, struct block_users *out)
{
	static const char *const types[] = {"ext4", "xfs", "f2fs", "nilfs2", "erofs"};

	take_btrfs(root, out);
	take_bcachefs(root, out);
	for (size_t i = 0; i < ARRAY_SIZE(types); i++)
		take_single(root, types[i], out);
}

/* --- what stands on a device by its path --- */

/* A node that was removed since has " (deleted)" behind its name. */
static void take_place(const struct root *root, char *path, struct block_place *place)
{
	static const char deleted[] = " (deleted)";
	struct stat st;

	if (ends_with(path, deleted))
		path[strlen(path) - strlen(deleted)] = '\0';
	if (root_stat(root, path, &st) == 0 && S_ISBLK(st.st_mode)) {
		place->major = major(st.st_rdev);
		place->minor = minor(st.st_rdev);
	}
	place->path = root_real_path(root, path);
	if (!place->path)
		place->path = xstrdup(path);
}

static void take_backed(
        const struct root *root, const char *device, const char *source, struct block_users *out)
{
	cleanup_free char *path = attr_text(root, "%s", source);
	struct block_backed *b;

	if (!path || *path != '/')
		return;
	b = list_append(out->backed, out->n_backed);
	b->device = xstrdup(device);
	b->source = xstrdup(source);
	take_place(root, path, &b->place);
}

/*
 * Linux Documentation/ABI/testing/sysfs-block-loop: loop/backing_file, there only while it is set up;
 * Documentation/admin-guide/blockdev/zram.rst: backing_dev, "none" where there is none.
 */
static void take_block_devices(const struct root *root, struct block_users *out)
{
	cleanup_strv struct strv names = {0};

	root_list(root, "/sys/block", &names);
	strv_foreach (name, &names) {
		cleanup_free char *loop = xasprintf("/sys/block/%s/loop/backing_file", *name);
		cleanup_free char *zram = xasprintf("/sys/block/%s/backing_dev", *name);

		if (is_numbered(*name, "loop"))
			take_backed(root, *name, loop, out);
		else if (is_numbered(*name, "zram"))
			take_backed(root, *name, zram, out);
	}
}

/* Adds @folder/A/B/@file of each A and B. */
static void take_served(
        const struct root *root, const char *folder, const char *file, struct block_users *out)
{
	cleanup_strv struct strv firsts = {0};

	root_list(root, folder, &firsts);
	strv_foreach (first, &firsts) {
		cleanup_free char *inner = xasprintf("%s/%s", folder, *first);
		cleanup_strv struct strv seconds = {0};

		root_list(root, inner, &seconds);
		strv_foreach (second, &seconds) {
			cleanup_free char *source = xasprintf("%s/%s/%s", inner, *second, file);

			take_backed(root, NULL, source, out);
		}
	}
}

/* LIO (iSCSI, Fibre Channel) and NVMe over the network: Linux drivers/target, drivers/nvme/target/configfs.c. */
static void take_targets(const struct root *root, struct block_users *out)
{
	static const char nvmet[] = "/sys/kernel/config/nvmet/subsystems";
	cleanup_strv struct strv subsystems = {0};

	take_served(root, "/sys/kernel/config/target/core", "udev_path", out);
	root_list(root, nvmet, &subsystems);
	strv_foreach (name, &subsystems) {
		cleanup_free char *folder = xasprintf("%s/%s/namespaces", nvmet, *name);
		cleanup_strv struct strv numbers = {0};

		root_list(root, folder, &numbers);
		strv_foreach (number, &numbers) {
			cleanup_free char *source = xasprintf("%s/%s/device_path", folder, *number);

			take_backed(root, NULL, source, out);
		}
	}
}

void block_users_take(const struct root *root, struct block_users *out)
{
	*out = (struct block_users){0};
	take_mounts(root, out);
	take_swaps(root, out);
	take_systems(root, out);
	take_block_devices(root, out);
	take_targets(root, out);
	out->partly |= !block_opens_take(root, &out->opens);
	out->zfs = root_exists(root, "/sys/module/zfs");
}

void block_users_finish(struct block_users *users)
{
	for (size_t i = 0; i < users->n_backed; i++) {
		free(users->backed[i].device);
		free(users->backed[i].source);
		free(users->backed[i].place.path);
	}
	for (size_t i = 0; i < users->n_systems; i++) {
		free(users->systems[i].node);
		free(users->systems[i].source);
	}
	mounts_finish(&users->mounts);
	mounts_finish(&users->elsewhere);
	block_opens_finish(&users->opens);
	free(users->backed);
	free(users->systems);
	strv_finish(&users->swaps);
	*users = (struct block_users){0};
}
