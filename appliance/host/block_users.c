/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "host/block_users.h"
#include "base/i18n.h"
#include "host/attr.h"

#include <stdio.h>
#include <sys/sysmacros.h>

#define STACK_MAX 8  /* LVM on dm-crypt on RAID is three: more is a broken tree */
#define USES_MAX  64 /* sentences for one disk */
#define TOLD_MAX  3  /* mount points in one sentence */

/* --- taking --- */

/* The first process sees all mounts, ours may live in a mount namespace; only root may look there. */
static void take_mounts(const struct root *root, struct block_users *out)
{
	static const char *const paths[] = {"/proc/1/mountinfo", "/proc/self/mountinfo"};

	for (size_t i = 0; i < ARRAY_SIZE(paths) && !out->mounts.n; i++) {
		out->mounts_path = paths[i];
		mounts_take(root, paths[i], &out->mounts);
	}
}

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

/* /sys/fs/btrfs/UUID/devices/sda2: there only while it is mounted */
static void take_btrfs(const struct root *root, struct block_users *out)
{
	struct strv systems = {0};

	root_list(root, "/sys/fs/btrfs", &systems);
	strv_foreach (uuid, &systems) {
		cleanup_free char *devices = xasprintf("/sys/fs/btrfs/%s/devices", *uuid);

		root_list(root, devices, &out->btrfs);
	}
	strv_finish(&systems);
}

/*
 * Linux Documentation/ABI/testing/sysfs-block-loop: loop/backing_file, there only while it is set up. A node
 * that was removed since has " (deleted)" behind its name.
 */
static void take_loop(const struct root *root, const char *name, struct block_users *out)
{
	static const char deleted[] = " (deleted)";
	cleanup_free char *path = attr_text(root, "/sys/block/%s/loop/backing_file", name);
	struct block_loop loop = {0};
	struct stat st;

	if (!path)
		return;
	if (ends_with(path, deleted))
		path[strlen(path) - strlen(deleted)] = '\0';
	if (root_stat(root, path, &st) == 0 && S_ISBLK(st.st_mode)) {
		loop.major = major(st.st_rdev);
		loop.minor = minor(st.st_rdev);
	}
	loop.name = xstrdup(name);
	loop.backing = root_real_path(root, path);
	if (!loop.backing)
		loop.backing = take_ptr(path);
	*list_append(out->loops, out->n_loops) = loop;
}

static void take_loops(const struct root *root, struct block_users *out)
{
	struct strv names = {0};

	root_list(root, "/sys/block", &names);
	strv_foreach (name, &names) {
		if (is_numbered(*name, "loop"))
			take_loop(root, *name, out);
	}
	strv_finish(&names);
}

void block_users_take(const struct root *root, struct block_users *out)
{
	*out = (struct block_users){0};
	take_mounts(root, out);
	take_swaps(root, out);
	take_btrfs(root, out);
	take_loops(root, out);
	out->zfs = root_exists(root, "/sys/module/zfs");
}

void block_users_finish(struct block_users *users)
{
	for (size_t i = 0; i < users->n_loops; i++) {
		free(users->loops[i].name);
		free(users->loops[i].backing);
	}
	mounts_finish(&users->mounts);
	free(users->loops);
	strv_finish(&users->swaps);
	strv_finish(&users->btrfs);
	*users = (struct block_users){0};
}

/* --- who is on one node --- */

/* Is @path (or one of several with ":" between) this node by its kernel or its mapper name? */
static bool path_is_node(const char *path, const char *name, const char *dm_name)
{
	cleanup_free char *device = xasprintf("/dev/%s", name);
	cleanup_free char *mapper = dm_name ? xasprintf("/dev/mapper/%s", dm_name) : NULL;
	struct strv parts = {0};
	bool found;

	strv_split(&parts, path, ":");
	found = streq(path, device) || strv_has(&parts, device) ||
	        (mapper && (streq(path, mapper) || strv_has(&parts, mapper)));
	strv_finish(&parts);
	return found;
}

static void add_once(struct strv *list, const char *s)
{
	if (!strv_has(list, s))
		strv_add(list, s);
}

/* Major 0 is no device: a file system over several of them, such as btrfs, or a loop on a file. */
static bool is_devno(const char *devno, unsigned major, unsigned minor)
{
	char theirs[24];

	snprintf(theirs, sizeof(theirs), "%u:%u", major, minor);
	return devno && major && streq(devno, theirs);
}

/* The mount points of a node, "/" first. */
static void node_mounts(const struct root *root, const struct block_users *users, const char *name,
        const char *folder, struct strv *points)
{
	cleanup_free char *dm_name = attr_text(root, "%s/dm/name", folder);
	cleanup_free char *devno = attr_text(root, "%s/dev", folder);

	for (size_t i = 0; i < users->mounts.n; i++) {
		const struct mount *m = &users->mounts.list[i];

		if (is_devno(devno, m->major, m->minor) || path_is_node(m->source, name, dm_name))
			add_once(points, m->point);
	}
	strv_sort(points);
}

static bool node_is_swap(const struct root *root, const struct block_users *users, const char *name,
        const char *folder)
{
	cleanup_free char *dm_name = attr_text(root, "%s/dm/name", folder);

	strv_foreach (path, &users->swaps) {
		if (path_is_node(*path, name, dm_name))
			return true;
	}
	return false;
}

/* "/, /boot, /home and 2 more"; caller frees. */
static char *tell_points(const struct strv *points)
{
	struct strv told = {0};
	cleanup_free char *list = NULL;

	for (size_t i = 0; i < points->n && i < TOLD_MAX; i++)
		strv_add(&told, points->list[i]);
	list = strv_join(&told, ", ");
	strv_finish(&told);
	if (points->n <= TOLD_MAX)
		return take_ptr(list);
	return xasprintf(_("%s and %zu more"), list, points->n - TOLD_MAX);
}

/* --- what holds it, up to the top of the stack --- */

/* "LVM vg0-root", "encrypted sda3_crypt", "RAID raid1"; caller frees; "" where it has no other name. */
static char *tell_kind(const struct root *root, const char *folder)
{
	cleanup_free char *dm_name = attr_text(root, "%s/dm/name", folder);
	cleanup_free char *dm_uuid = attr_text(root, "%s/dm/uuid", folder);
	cleanup_free char *level = attr_text(root, "%s/md/level", folder);
	const char *uuid = dm_uuid ? dm_uuid : "";

	if (level)
		return xasprintf(_("RAID %s"), level);
	if (!dm_name)
		return xstrdup("");
	if (starts_with(uuid, "LVM-"))
		return xasprintf(_("LVM %s"), dm_name);
	if (starts_with(uuid, "CRYPT-"))
		return xasprintf(_("encrypted %s"), dm_name);
	if (starts_with(uuid, "mpath-"))
		return xasprintf(_("multipath %s"), dm_name);
	return xasprintf(_("device mapper %s"), dm_name);
}

struct climb {
	const struct root *root;
	const struct block_users *users;
	const struct block_node *bottom;
	const char *source; /* the file or folder that told of the holders */
	struct disk *disk;
};

static void tell_holder(const struct climb *climb, const char *name, const char *folder,
        const char *through, struct strv *points, bool swap)
{
	cleanup_free char *kind = tell_kind(climb->root, folder);
	cleanup_free char *where = tell_points(points);
	cleanup_free char *doing = points->n ? xasprintf(_("mounted on %s"), where)
	                           : swap    ? xstrdup(_("swap"))
	                                     : xstrdup(_("not mounted"));
	cleanup_free char *state =
	        *kind ? xasprintf("%s, %s", kind, doing) : xasprintf("%s", doing);
	cleanup_free char *by = *through ? xasprintf(_(" through %s"), through) : xstrdup("");

	strv_addf(&climb->disk->uses, _("%s is held by %s (%s)%s (%s)"), climb->bottom->name, name,
	        state, by, climb->source);
	if (strv_has(points, "/") && !climb->disk->root_through)
		climb->disk->root_through = xasprintf("%s%s", *kind ? kind : name, by);
	strv_foreach (point, points)
		add_once(&climb->disk->mounts, *point);
	climb->disk->swap |= swap;
}

static void climb_holders(
        const struct climb *climb, const char *folder, const char *through, int depth);

/* One node above the bottom: told if something is on it or nothing above it, and what is above. */
static void climb_node(const struct climb *climb, const char *name, const char *folder,
        const char *through, int depth)
{
	cleanup_free char *kind = tell_kind(climb->root, folder);
	cleanup_free char *self = *kind ? xasprintf("%s (%s)", name, kind) : xstrdup(name);
	cleanup_free char *further = *through ? xasprintf("%s, %s", through, self) : xstrdup(self);
	bool swap = node_is_swap(climb->root, climb->users, name, folder);
	struct strv points = {0}, entries = {0};
	size_t told = climb->disk->uses.n;

	if (told >= USES_MAX)
		return;
	node_mounts(climb->root, climb->users, name, folder, &points);
	if (points.n || swap)
		tell_holder(climb, name, folder, through, &points, swap);
	if (depth < STACK_MAX) {
		climb_holders(climb, folder, further, depth + 1);
		root_list(climb->root, folder, &entries);
	}
	strv_foreach (entry, &entries) {
		cleanup_free char *part = xasprintf("%s/%s", folder, *entry);
		cleanup_free char *mark = xasprintf("%s/partition", part);

		if (root_exists(climb->root, mark)) /* md0p1 */
			climb_node(climb, *entry, part, further, depth + 1);
	}
	if (climb->disk->uses.n == told)
		tell_holder(climb, name, folder, through, &points, false);
	strv_finish(&points);
	strv_finish(&entries);
}

static void climb_holders(
        const struct climb *climb, const char *folder, const char *through, int depth)
{
	cleanup_free char *holders = xasprintf("%s/holders", folder);
	struct strv names = {0};

	root_list(climb->root, holders, &names);
	strv_foreach (name, &names) {
		cleanup_free char *above = xasprintf("/sys/block/%s", text_clean(*name));

		climb_node(climb, *name, above, through, depth);
	}
	strv_finish(&names);
}

static void tell_mounts(const struct root *root, const struct block_users *users,
        const struct block_node *node, struct disk *disk)
{
	struct strv points = {0};

	node_mounts(root, users, node->name, node->folder, &points);
	if (points.n) {
		cleanup_free char *where = tell_points(&points);

		strv_addf(&disk->uses, _("%s is mounted on %s (%s)"), node->name, where,
		        users->mounts_path);
	} else if (strv_has(&users->btrfs, node->name)) {
		strv_addf(&disk->uses,
		        _("%s is a member of a mounted btrfs (/sys/fs/btrfs/*/devices)"),
		        node->name);
	}
	strv_foreach (point, &points)
		add_once(&disk->mounts, *point);
	strv_finish(&points);
}

/* The kernel shows no holder for a loop device. */
static void climb_loops(struct climb climb, const char *devno)
{
	for (size_t i = 0; i < climb.users->n_loops; i++) {
		const struct block_loop *loop = &climb.users->loops[i];
		cleanup_free char *folder = xasprintf("/sys/block/%s", loop->name);
		cleanup_free char *source = xasprintf("%s/loop/backing_file", folder);

		climb.source = source;
		if (is_devno(devno, loop->major, loop->minor) ||
		        path_is_node(loop->backing, climb.bottom->name, NULL))
			climb_node(&climb, loop->name, folder, "", 0);
	}
}

void block_users_of(const struct root *root, const struct block_users *users,
        const struct block_node *node, struct disk *disk)
{
	cleanup_free char *holders = xasprintf("%s/holders", node->folder);
	cleanup_free char *devno = attr_text(root, "%s/dev", node->folder);
	const struct climb climb = {
	        .root = root,
	        .users = users,
	        .bottom = node,
	        .source = holders,
	        .disk = disk,
	};

	tell_mounts(root, users, node, disk);
	if (node_is_swap(root, users, node->name, node->folder)) {
		strv_addf(&disk->uses, _("%s is swap (/proc/swaps)"), node->name);
		disk->swap = true;
	}
	climb_holders(&climb, node->folder, "", 0);
	climb_loops(climb, devno);
	if (users->zfs && node->fs_type && streq(node->fs_type, "zfs_member"))
		strv_addf(&disk->uses,
		        _("%s is a member of ZFS, which may hold it (/sys/module/zfs is there)"),
		        node->name);
}
