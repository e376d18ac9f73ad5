/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Proxmox VE where proxmox-boot-tool(8) keeps systemd-boot and kernels on partitions of its own (esps.h).
 *
 * Its kernel hook zz-proxmox-boot writes EFI/proxmox/VERSION and loader/entries/proxmox-VERSION.conf there, and removes
 * by these very names; loader.conf prefers "proxmox-*". Ours, "~proxmox-VERSION~playthrough.conf", are made from its entries and
 * name its files, so that an entry whose kernel it took away is none that the loader shows. Our archive lies beside
 * them; the one in /boot is where it is copied from. A hook of ours behind the tool's has all made anew.
 */
#include "proxmox.h"
#include "efi_boot.h"
#include "esps.h"
#include "overlay.h"
#include "own_entries.h"
#include "settle.h"
#include "systemd_boot.h"
#include "systemd_boot_memory.h"
#include "unified.h"

#include "base/i18n.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/statvfs.h>

#define TOOL_HOOK "/etc/kernel/postinst.d/zz-proxmox-boot"
/* run-parts(8) sorts by bytes: behind the tool's, as 'z' is behind '-'. */
#define ADD_HOOK    "/etc/kernel/postinst.d/zzz-playthrough"
#define REMOVE_HOOK "/etc/kernel/postrm.d/zzz-playthrough"
#define OVERLAY     "/boot/" OVERLAY_NAME
/* Of the archive, which is a megabyte, on a partition of FAT. */
#define OVERLAY_MOST (2u << 20)

/* --- whether it is one that we know --- */

/* The partition that started this PC is one that the tool keeps in step. */
static bool is_listed(const struct root *root, const struct strv *uuids)
{
	struct efi_boot efi;
	cleanup_free char *link = NULL, *booted = NULL;
	bool found = false;

	efi_boot_take(root, &efi);
	if (efi.loader_partition)
		link = xasprintf("/dev/disk/by-partuuid/%s", efi.loader_partition);
	efi_boot_finish(&efi);
	booted = link ? root_real_path(root, link) : NULL;
	strv_foreach (uuid, uuids) {
		cleanup_free char *device = esps_device(*uuid);
		cleanup_free char *real = booted ? root_real_path(root, device) : NULL;

		found |= real && streq(real, booted);
	}
	return found;
}

char *proxmox_why_not(const struct root *root)
{
	struct strv cleanup_strv uuids = {0};

	if (esps_list(root, &uuids) < 0)
		return xasprintf(_("%s holds something else than partitions"), ESPS_LIST);
	if (!root_exists(root, TOOL_HOOK))
		return xasprintf(_("%s is not there, so that this is another proxmox-boot-tool "
		                   "than the known one"),
		        TOOL_HOOK);
	if (systemd_boot_is_too_old(root))
		return xstrdup(_("this systemd-boot is too old: a further entry might become its "
		                 "default by its name"));
	if (!is_listed(root, &uuids))
		return xasprintf(_("the partition that started this PC (LoaderDevicePartUUID) is "
		                   "none of those in %s"),
		        ESPS_LIST);
	return NULL;
}

static const char *detect(const struct root *root)
{
	return root_exists(root, ESPS_LIST) ? ESPS_LIST : NULL;
}

/* --- files --- */

static int files(const struct root *root, struct edits *out, struct err *err)
{
	int r = edits_add(out, root, OVERLAY, 0644, err);

	if (r == 0)
		r = loader_add_template(root, out, ADD_HOOK, "proxmox-zzz-playthrough", 0755, err);
	return r < 0 ? r
	             : loader_add_template(
	                       root, out, REMOVE_HOOK, "proxmox-zzz-playthrough", 0755, err);
}

static bool owns(const char *path)
{
	return streq(path, ADD_HOOK) || streq(path, REMOVE_HOOK);
}

static void notes(const struct root *root, struct strv *out)
{
	struct strv cleanup_strv uuids = {0};
	cleanup_free char *all = NULL;

	esps_list(root, &uuids);
	all = strv_join(&uuids, ", ");
	strv_addf(out,
	        _("The partitions of proxmox-boot-tool (%s: %s) are mounted for a moment, where no "
	          "other program sees it. Beside each entry proxmox-VERSION.conf of this system "
	          "they get ~proxmox-VERSION~playthrough.conf, which is the same but for the line "
	          "`initrd /%s` before its own and our arguments behind its own; and that "
	          "archive."),
	        ESPS_LIST, all, OVERLAY_NAME);
}

/* --- what is on a partition --- */

typedef int point_function(const struct root *root, const char *point, void *data, struct err *err);

/* What was wrong with a further partition goes behind it. */
static void add_error(struct err *err, const struct err *one)
{
	cleanup_free char *both = xasprintf("%s; %s", err->message, one->message);

	snprintf(err->message, sizeof(err->message), "%s", both);
}

/* Calls @act for each partition of use, also behind one that fails: the PC may start from any of them. */
static int each(const struct root *root, point_function *act, void *data, struct err *err)
{
	struct esps esps;
	int r = esps_open(root, &esps, err);

	if (r < 0)
		return r;
	strv_foreach (point, &esps.points) {
		struct err one = {0};
		int failed = act(&esps.root, *point, data, &one);

		if (failed == 0)
			continue;
		if (err && r < 0)
			add_error(err, &one);
		else if (err)
			*err = one;
		r = r < 0 ? r : failed;
	}
	esps_close(&esps);
	return r;
}

static char *entries_of(const char *point)
{
	return xasprintf("%s" SYSTEMD_BOOT_ENTRIES, point);
}

/* Our archive is on the partition with the bytes that it has in /boot. */
static bool has_overlay(const struct root *root, const char *point)
{
	cleanup_free char *path = xasprintf("%s/" OVERLAY_NAME, point);
	size_t n = 0, size = 0;
	cleanup_free char *there = root_read_bytes(root, path, &n);
	cleanup_free char *wanted = root_read_bytes(root, OVERLAY, &size);

	return there && wanted && n == size && !memcmp(there, wanted, n);
}

static int write_overlay(const struct root *root, const char *point, struct err *err)
{
	cleanup_free char *path = xasprintf("%s/" OVERLAY_NAME, point);
	size_t size = 0;
	cleanup_free char *bytes = root_read_bytes(root, OVERLAY, &size);

	if (!bytes)
		return err_errno(err, -errno, "%s" OVERLAY, root->path);
	return root_write(root, path, bytes, size, 0, err);
}

static int remove_all(const struct root *root, const char *point, struct err *err)
{
	cleanup_free char *folder = entries_of(point);
	cleanup_free char *overlay = xasprintf("%s/" OVERLAY_NAME, point);
	int r = own_entries_make(root, folder, &(struct edits){0}, err);

	return r < 0 ? r : root_remove(root, overlay, err);
}

static int write_all(
        const struct root *root, const char *point, const char *arguments, struct err *err)
{
	cleanup_free char *folder = entries_of(point);
	struct edits wanted = {0};
	int r = 0;

	/* Entries go before the archive that they name does. */
	if (!has_overlay(root, point))
		r = remove_all(root, point, err);
	if (r == 0)
		r = systemd_boot_add_entries(root, point, arguments, &wanted, err);
	if (r == 0 && !wanted.n)
		r = err_set(err, -ENOENT,
		        _("%s holds no entry of this system that names a kernel and an initramfs"),
		        folder);
	if (r == 0 && !has_overlay(root, point))
		r = write_overlay(root, point, err);
	if (r == 0)
		r = own_entries_make(root, folder, &wanted, err);
	edits_finish(&wanted);
	return r;
}

/* One of ours that is there already is removed before another is made. */
static int check_room(const struct root *root, const char *point, void *data, struct err *err)
{
	cleanup_free char *overlay = xasprintf("%s/" OVERLAY_NAME, point);
	cleanup_close int fd = root_openat(root, point, O_RDONLY | O_DIRECTORY, 0);
	struct statvfs fs;
	struct stat ours;
	uint64_t room;

	(void)data;
	if (fd < 0 || fstatvfs(fd, &fs) < 0)
		return err_errno(err, fd < 0 ? fd : -errno, "%s", point);
	room = (uint64_t)fs.f_bavail * fs.f_frsize;
	if (root_stat(root, overlay, &ours) == 0)
		room += (uint64_t)ours.st_size;
	if (unified_fits(OVERLAY_MOST, room, 0))
		return 0;
	err_set(err, -ENOSPC,
	        _("%s has %u MB free; our archive and our entries take up to %u MB there"),
	        strrchr(point, '/') + 1, unified_megabytes(room), unified_megabytes(OVERLAY_MOST));
	err_hint(err,
	        _("remove an old kernel (proxmox-boot-tool kernel list shows them), or enlarge "
	          "the partition; nothing was changed"));
	err_code(err, CODE_BOOT_ROOM);
	return -ENOSPC;
}

/* A partition that cannot be mounted is one that undo could not clear either. */
static int ready(const struct root *root, struct err *err)
{
	return each(root, check_room, NULL, err);
}

static int renew_one(const struct root *root, const char *point, void *data, struct err *err)
{
	const char *arguments = data;
	int r = arguments ? write_all(root, point, arguments, err) : remove_all(root, point, err);

	return r < 0 ? r : settle(root, point, err);
}

static int refresh(const struct root *root, struct err *err)
{
	cleanup_free char *arguments = own_entries_arguments_in(root, ADD_HOOK);

	return each(root, renew_one, arguments, err);
}

static int check_one(const struct root *root, const char *point, void *data, struct err *err)
{
	cleanup_free char *folder = entries_of(point);
	int r = own_entries_check(root, folder, data, err);

	if (r < 0 || has_overlay(root, point))
		return r;
	err_set(err, -EIO, _("%s: our archive is not what it is in /boot"), point);
	err_hint(err, _("run playthrough-setup apply again"));
	err_code(err, CODE_BOOT_MENU);
	return -EIO;
}

static int check(const struct root *root, const char *id, struct err *err)
{
	return each(root, check_one, (void *)id, err);
}

struct look {
	bool (*has)(const struct root *root, const char *folder);
	bool found;
};

static int look_at_one(const struct root *root, const char *point, void *data, struct err *err)
{
	struct look *look = data;
	cleanup_free char *folder = entries_of(point);
	cleanup_free char *overlay = xasprintf("%s/" OVERLAY_NAME, point);

	(void)err;
	look->found |= look->has(root, folder) ||
	               (look->has == own_entries_has_traces &&
	                       (root_exists(root, overlay) || root_is_cut_off(root, overlay)));
	return 0;
}

/* What cannot be seen is taken at the journal's word. */
static bool has_entry(const struct root *root)
{
	struct look look = {own_entries_has, false};

	return each(root, look_at_one, &look, NULL) < 0 || look.found;
}

static bool has_traces(const struct root *root)
{
	struct look look = {own_entries_has_traces, false};

	return each(root, look_at_one, &look, NULL) < 0 || look.found;
}

/* --- once, and for good --- */

/* The first partition's entries: all have the same. esps_close() after it; NULL with @err set. Caller frees. */
static char *open_entries(const struct root *root, struct esps *esps, struct err *err)
{
	return esps_open(root, esps, err) < 0 ? NULL : entries_of(esps->points.list[0]);
}

static int try_once(const struct root *root, const char *id, struct err *err)
{
	struct esps esps;
	cleanup_free char *folder = open_entries(root, &esps, err);
	int r = folder ? systemd_boot_try_once(&esps.root, folder, err) : -ENOENT;

	(void)id; /* check() has seen that all of ours are of this plan */
	esps_close(&esps);
	return r;
}

static int keep(const struct root *root, const char *id, const char *kernel, struct err *err)
{
	struct esps esps;
	int r = check(root, id, err);
	cleanup_free char *folder = r < 0 ? NULL : open_entries(root, &esps, err);

	if (!folder)
		return r < 0 ? r : -ENOENT;
	r = systemd_boot_keep(&esps.root, folder, kernel, err);
	esps_close(&esps);
	return r;
}

/* A user sees the variables alone. */
static bool is_kept(const struct root *root, const char *id)
{
	struct esps esps;
	cleanup_free char *folder = NULL;
	bool kept;

	if (!esps_may_open(root))
		return systemd_boot_is_kept(root, NULL);
	folder = open_entries(root, &esps, NULL);
	kept = folder && systemd_boot_is_kept(&esps.root, folder);
	esps_close(&esps);
	return kept && check(root, id, NULL) == 0;
}

static int try_new(const struct root *root, struct err *err)
{
	struct esps esps;
	cleanup_free char *folder = open_entries(root, &esps, err);
	int r = folder ? systemd_boot_try_new(&esps.root, folder, err) : -ENOENT;

	esps_close(&esps);
	return r;
}

const struct loader loader_proxmox = {
        .name = "proxmox-boot-tool",
        .detect = detect,
        .files = files,
        .owns = owns,
        .notes = notes,
        .ready = ready,
        .refresh_tool = "playthrough-setup renew",
        .refresh = refresh,
        .check = check,
        .has_entry = has_entry,
        .has_traces = has_traces,
        .remembers = systemd_boot_remembers,
        .try_once = try_once,
        .keep = keep,
        .is_kept = is_kept,
        .try_new = try_new,
        .choice = systemd_boot_choice,
        .forget = systemd_boot_forget,
};
