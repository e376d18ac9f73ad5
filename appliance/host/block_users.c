/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "host/block_users.h"
#include "base/i18n.h"
#include "host/attr.h"

#include <stdio.h>

#define STACK_MAX 8  /* LVM on dm-crypt on RAID is three: more is a broken tree */
#define USES_MAX  64 /* sentences for one node */
#define TOLD_MAX  3  /* mount points in one sentence */

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

static bool is_of_node(
        const struct mount *m, const char *devno, const char *name, const char *dm_name)
{
	return is_devno(devno, m->major, m->minor) || path_is_node(m->source, name, dm_name);
}

/* The mount points of a node, "/" first. */
static void node_mounts(const struct root *root, const struct mounts *mounts, const char *name,
        const char *folder, struct strv *points)
{
	cleanup_free char *dm_name = attr_text(root, "%s/dm/name", folder);
	cleanup_free char *devno = attr_text(root, "%s/dev", folder);

	for (size_t i = 0; i < mounts->n; i++) {
		const struct mount *m = &mounts->list[i];

		if (is_of_node(m, devno, name, dm_name))
			add_once(points, m->point);
	}
	strv_sort(points);
}

static const struct mount *find_mount(
        const struct root *root, const struct mounts *mounts, const char *name, const char *folder)
{
	cleanup_free char *dm_name = attr_text(root, "%s/dm/name", folder);
	cleanup_free char *devno = attr_text(root, "%s/dev", folder);

	for (size_t i = 0; i < mounts->n; i++) {
		if (is_of_node(&mounts->list[i], devno, name, dm_name))
			return &mounts->list[i];
	}
	return NULL;
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
	if (starts_with(uuid, "DMRAID-"))
		return xasprintf(_("RAID %s"), dm_name);
	return xasprintf(_("device mapper %s"), dm_name);
}

struct climb {
	const struct root *root;
	const struct block_users *users;
	const struct block_node *bottom;
	const char *source; /* the file or folder that told of the holders */
	struct disk *disk;
	size_t first; /* of the disk's uses, the first that is of this node */
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

	if (told - climb->first >= USES_MAX)
		return;
	node_mounts(climb->root, &climb->users->mounts, name, folder, &points);
	if (!points.n)
		node_mounts(climb->root, &climb->users->elsewhere, name, folder, &points);
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

static void add_use(const struct climb *climb, char *text)
{
	strv_take(&climb->disk->uses, text);
}

/* --- what is on the node itself --- */

static void tell_mounts(const struct climb *climb)
{
	const struct block_node *node = climb->bottom;
	cleanup_strv struct strv points = {0};

	node_mounts(climb->root, &climb->users->mounts, node->name, node->folder, &points);
	if (points.n) {
		cleanup_free char *where = tell_points(&points);

		add_use(climb, xasprintf(_("%s is mounted on %s (%s)"), node->name, where,
		                       climb->users->mounts_path));
	}
	strv_foreach (point, &points)
		add_once(&climb->disk->mounts, *point);
}

/* A container's, a service's own: nobody else sees them. */
static void tell_elsewhere(const struct climb *climb)
{
	const struct block_node *node = climb->bottom;
	const struct mount *m =
	        find_mount(climb->root, &climb->users->elsewhere, node->name, node->folder);

	if (m)
		add_use(climb, xasprintf(_("%s is mounted on %s in a mount namespace of process %s "
		                           "(/proc/%s/mountinfo)"),
		                       node->name, m->point, m->process, m->process));
}

/* A mount of a file system over several disks names but one of them. */
static void tell_file_systems(const struct climb *climb)
{
	for (size_t i = 0; i < climb->users->n_systems; i++) {
		const struct block_system *system = &climb->users->systems[i];

		if (!streq(system->node, climb->bottom->name))
			continue;
		if (streq(system->type, "btrfs"))
			add_use(climb, xasprintf(_("%s is a member of a mounted btrfs (%s)"),
			                       climb->bottom->name, system->source));
		else
			add_use(climb, xasprintf(_("%s has a file system that is in use, though no "
			                           "mount shows it (%s)"),
			                       climb->bottom->name, system->source));
		return;
	}
}

static void tell_swap(const struct climb *climb)
{
	const struct block_node *node = climb->bottom;

	if (!node_is_swap(climb->root, climb->users, node->name, node->folder))
		return;
	add_use(climb, xasprintf(_("%s is swap (/proc/swaps)"), node->name));
	climb->disk->swap = true;
}

/* Linux Documentation/admin-guide/bcache.rst: this folder is there while the device is registered. */
static void tell_bcache(const struct climb *climb)
{
	cleanup_free char *folder = xasprintf("%s/bcache", climb->bottom->folder);

	if (root_exists(climb->root, folder))
		add_use(climb,
		        xasprintf(_("%s is a part of bcache (%s)"), climb->bottom->name, folder));
}

/* ZFS opens its disks without a word in /sys. */
static void tell_zfs(const struct climb *climb)
{
	const struct block_node *node = climb->bottom;

	if (climb->users->zfs && node->fs_type && streq(node->fs_type, "zfs_member"))
		add_use(climb, xasprintf(_("%s is a member of ZFS, which may hold it "
		                           "(/sys/module/zfs is there)"),
		                       node->name));
}

/* --- who has it without a holder --- */

static bool is_at(const struct climb *climb, const char *devno, const struct block_place *place)
{
	return is_devno(devno, place->major, place->minor) ||
	       path_is_node(place->path, climb->bottom->name, NULL);
}

/* The kernel shows no holder for a loop device, nor for zram, and none for what it serves to other PCs. */
static void climb_backed(struct climb climb, const char *devno)
{
	for (size_t i = 0; i < climb.users->n_backed; i++) {
		const struct block_backed *b = &climb.users->backed[i];
		cleanup_free char *folder =
		        b->device ? xasprintf("/sys/block/%s", b->device) : NULL;

		if (!is_at(&climb, devno, &b->place))
			continue;
		climb.source = b->source;
		if (folder)
			climb_node(&climb, b->device, folder, "", 0);
		else
			add_use(&climb, xasprintf(_("%s is served to other PCs (%s)"),
			                        climb.bottom->name, b->source));
	}
}

static void tell_opens(const struct climb *climb, const char *devno)
{
	size_t told = 0;

	for (size_t i = 0; i < climb->users->opens.n && told < TOLD_MAX; i++) {
		const struct block_open *open = &climb->users->opens.list[i];

		if (!is_at(climb, devno, &open->place))
			continue;
		if (open->vm) {
			strv_add(&climb->disk->vms, open->vm);
			continue;
		}
		add_use(climb,
		        xasprintf(_("%s is open in process %s, %s (/proc/%s/fd)"),
		                climb->bottom->name, open->process, open->program, open->process));
		climb->disk->opened = true;
		told++;
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
	        .first = disk->uses.n,
	};

	tell_mounts(&climb);
	tell_elsewhere(&climb);
	if (disk->uses.n == climb.first)
		tell_file_systems(&climb);
	tell_swap(&climb);
	climb_holders(&climb, node->folder, "", 0);
	climb_backed(climb, devno);
	tell_bcache(&climb);
	tell_zfs(&climb);
	/* Whoever holds it has it open, too, and is named already. */
	if (disk->uses.n == climb.first)
		tell_opens(&climb, devno);
}
