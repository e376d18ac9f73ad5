/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * systemd-boot with entries of type 1: written by kernel-install(8), or by hand; and with unified images (unified.h).
 *
 * Ours are further files beside the stock ones, made from them (loader_entry.h). The plugin for kernel-install
 * that apply puts in place calls `playthrough-setup renew`, which is refresh() here, whenever a kernel came or
 * went; its two comment lines hold what our entries are made with.
 */
#include "systemd_boot.h"
#include "systemd_boot_memory.h"
#include "efi_boot.h"
#include "loader.h"
#include "loader_entry.h"
#include "overlay.h"
#include "own_entries.h"
#include "settle.h"
#include "unified.h"
#include "unified_makers.h"

#include "base/i18n.h"
#include "host/firmware.h"

#include <errno.h>
#include <stdio.h>

#define ENTRIES     SYSTEMD_BOOT_ENTRIES
#define IMAGES      "/EFI/Linux"
#define IMAGE_HOOK  "/etc/initcpio/post/playthrough"
#define PACMAN_HOOK "/etc/pacman.d/hooks/95-playthrough.hook"
/* The first that puts the entry with the lowest name last: before, the last one was the default. */
#define VERSION_MIN 250

/* Whether @folder holds what was started, an entry or an image, and a place for ours. */
static bool holds_booted(const struct root *root, const char *folder, const char *booted)
{
	cleanup_free char *entries = xasprintf("%s" ENTRIES, folder);
	cleanup_free char *entry = xasprintf("%s/%s", entries, booted);
	cleanup_free char *image = xasprintf("%s" IMAGES "/%s", folder, booted);

	return root_exists(root, entry) || (root_exists(root, image) && root_exists(root, entries));
}

const char *systemd_boot_folder(const struct root *root)
{
	static const char *const folders[] = {"/efi", "/boot", "/boot/efi"};
	cleanup_free char *booted = efivar_text(root, EFIVAR_BOOTED);
	const char *found = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(folders); i++) {
		cleanup_free char *entries = xasprintf("%s" ENTRIES, folders[i]);

		if (booted && *booted && holds_booted(root, folders[i], booted))
			return folders[i];
		if (!found && root_exists(root, entries))
			found = folders[i];
	}
	return found;
}

/* Caller frees; NULL: not found. */
static char *entries_folder(const struct root *root)
{
	const char *boot = systemd_boot_folder(root);

	return boot ? xasprintf("%s" ENTRIES, boot) : NULL;
}

static const char *detect(const struct root *root)
{
	cleanup_free char *info = efivar_text(root, EFIVAR_INFO);

	if (info)
		return starts_with(info, "systemd-boot ") ? EFIVAR_INFO : NULL;
	/* Where GRUB's own configuration is there too, only the variable tells. */
	if (root_exists(root, "/boot/grub/grub.cfg") || !systemd_boot_folder(root))
		return NULL;
	return systemd_boot_folder(root);
}

/* --- stock entries --- */

struct stock {
	struct strv names; /* file names */
	struct loader_entry *list;
	size_t n;
};

static void stock_finish(struct stock *stock)
{
	for (size_t i = 0; i < stock->n; i++)
		loader_entry_finish(&stock->list[i]);
	free(stock->list);
	strv_finish(&stock->names);
}

static int take_stock(const struct root *root, const char *boot, struct stock *out, struct err *err)
{
	cleanup_free char *folder = xasprintf("%s" ENTRIES, boot);
	struct strv names = {0};
	int r = root_list(root, folder, &names);

	*out = (struct stock){0};
	if (r < 0)
		return err_errno(err, r, "%s%s", root->path, folder);
	strv_foreach (name, &names) {
		cleanup_free char *text = root_readf(root, "%s/%s", folder, *name);
		cleanup_free char *own_name = NULL;
		struct loader_entry entry;

		if (!text || !loader_entry_is_entry(*name) || loader_entry_is_own(*name))
			continue;
		loader_entry_parse(text, &entry);
		own_name = loader_entry_own_name(*name);
		if (own_entries_are_of_this_system(root, *name, own_name, &entry)) {
			strv_add(&out->names, *name);
			*list_append(out->list, out->n) = entry;
		} else {
			loader_entry_finish(&entry);
		}
	}
	strv_finish(&names);
	return 0;
}

/* --- our entries --- */

static int no_boot_folder(struct err *err)
{
	err_set(err, -ENOENT,
	        _("systemd-boot's entries are not found (looked for loader/entries in /efi, /boot "
	          "and /boot/efi)"));
	err_hint(err, _("is the EFI system partition mounted? As a user, run this as root: the "
	                "folder may be closed to others"));
	err_code(err, CODE_BOOT_LOADER);
	return -ENOENT;
}

/* @why_not: what kept unified images from being taken; NULL. */
static int no_entry(const char *boot, const char *why_not, struct err *err)
{
	if (why_not)
		err_set(err, -ENOTSUP, "%s", why_not);
	else
		err_set(err, -ENOTSUP,
		        _("%s%s holds no entry of this system that names a kernel and an "
		          "initramfs"),
		        boot, ENTRIES);
	err_hint(err, _("Playthrough adds an entry beside the stock one and found none to make it "
	                "from: have kernel-install write entries (layout=bls in "
	                "/etc/kernel/install.conf), then try again"));
	err_code(err, CODE_BOOT_LOADER);
	return -ENOTSUP;
}

/* Of a kernel without vfio-pci our entry would only keep devices from their drivers. */
static bool lacks_vfio_pci(const struct root *root, const struct loader_entry *entry)
{
	const char *version = loader_entry_get(entry, "version");
	cleanup_free char *source = NULL;

	return version && firmware_kernel_has_vfio_pci(root, version, &source) == 0;
}

/* Ours of the stock entry @stock as it should be, made with @arguments; none where there is nothing to start. */
static int add_entry(const struct root *root, const char *boot, const struct loader_entry *stock,
        const char *from, const char *own_name, const char *arguments, struct edits *out,
        struct err *err)
{
	cleanup_free char *path = xasprintf("%s" ENTRIES "/%s", boot, own_name);
	char *text = loader_entry_derive(stock, from, "/" OVERLAY_NAME, arguments);
	int r = 0;

	if (text && !lacks_vfio_pci(root, stock)) {
		r = edits_add(out, root, path, EDIT_MODE_ANY, err);
		if (r == 0)
			edit_set(&out->list[out->n - 1], take_ptr(text), strlen(text));
	}
	free(text);
	return r;
}

int systemd_boot_add_entries(const struct root *root, const char *boot, const char *arguments,
        struct edits *out, struct err *err)
{
	struct stock stock;
	int r = take_stock(root, boot, &stock, err);

	for (size_t i = 0; r == 0 && i < stock.n; i++) {
		cleanup_free char *name = loader_entry_own_name(stock.names.list[i]);

		r = add_entry(
		        root, boot, &stock.list[i], stock.names.list[i], name, arguments, out, err);
	}
	stock_finish(&stock);
	return r;
}

/* Ours of the unified images; what they start is not made yet. */
static int add_unified(const struct root *root, const char *boot, const char *arguments,
        struct unified_list *images, struct edits *out, struct err *err)
{
	int r;

	unified_take(root, boot, images);
	r = unified_name_copies(root, boot, images, err);
	for (size_t i = 0; r == 0 && i < images->n; i++) {
		const struct unified *u = &images->list[i];
		cleanup_free char *from = xasprintf("EFI/Linux/%s", u->file);

		r = add_entry(root, boot, &u->entry, from, u->own_name, arguments, out, err);
	}
	return r == 0 ? unified_check_room(root, boot, images, err) : r;
}

/* Our entries as they should be, made with @arguments; the caller finishes @images in any case. */
static int make_entries(const struct root *root, const char *arguments, struct unified_list *images,
        struct edits *out, struct err *err)
{
	const char *boot = systemd_boot_folder(root);
	size_t before = out->n;
	int r;

	*images = (struct unified_list){0};
	r = boot ? systemd_boot_add_entries(root, boot, arguments, out, err) : no_boot_folder(err);
	if (r == 0)
		r = add_unified(root, boot, arguments, images, out, err);
	return r == 0 && out->n == before ? no_entry(boot, images->why_not, err) : r;
}

static int entries(const struct root *root, struct edits *out, struct err *err)
{
	struct unified_list images;
	int r = make_entries(root, "@ARGUMENTS@", &images, out, err);

	unified_finish(&images);
	return r;
}

static void notes(const struct root *root, struct strv *out)
{
	const char *boot = systemd_boot_folder(root);

	if (boot)
		unified_notes(root, boot, out);
}

/*
 * Entries whose copies change go first: at every instant an entry of ours names whole files, or it is not there and the
 * stock one is the default. So they go also where @r says that their successors could not be made.
 */
static int write_entries(const struct root *root, const char *boot, struct unified_list *images,
        struct edits *wanted, int r, struct err *err)
{
	cleanup_free char *folder = xasprintf("%s" ENTRIES, boot);
	int dropped = own_entries_drop_copied(root, folder, wanted, r == 0 ? err : NULL);

	if (r == 0)
		r = dropped;
	if (r == 0)
		r = unified_remove_copies(root, boot, images, err);
	if (r == 0)
		r = unified_make_copies(root, images, err);
	if (r == 0)
		r = own_entries_make(root, folder, wanted, err);
	return r == 0 ? settle(root, boot, err) : r;
}

static int refresh(const struct root *root, struct err *err)
{
	cleanup_free char *arguments = own_entries_arguments(root);
	const char *boot = systemd_boot_folder(root);
	struct unified_list images = {0};
	struct edits wanted = {0};
	int r = arguments ? make_entries(root, arguments, &images, &wanted, err) : 0;

	if (boot)
		r = write_entries(root, boot, &images, &wanted, r, err);
	edits_finish(&wanted);
	unified_finish(&images);
	return r;
}

static int check(const struct root *root, const char *id, struct err *err)
{
	cleanup_free char *folder = entries_folder(root);

	return own_entries_check(root, folder, id, err);
}

static bool has_entry(const struct root *root)
{
	cleanup_free char *folder = entries_folder(root);

	return own_entries_has(root, folder);
}

static bool has_traces(const struct root *root)
{
	cleanup_free char *folder = entries_folder(root);
	const char *boot = systemd_boot_folder(root);

	return own_entries_has_traces(root, folder) || (boot && unified_has_copies(root, boot));
}

/* --- files --- */

bool systemd_boot_is_too_old(const struct root *root)
{
	cleanup_free char *info = efivar_text(root, EFIVAR_INFO);
	int version;

	return info && sscanf(info, "systemd-boot %d", &version) == 1 && version < VERSION_MIN;
}

/* mkinitcpio makes images without kernel-install; pacman removes kernels without mkinitcpio. */
static int add_image_hooks(
        const struct root *root, const char *boot, struct edits *out, struct err *err)
{
	int r;

	if (!unified_by_mkinitcpio(root, boot))
		return 0;
	r = loader_add_template(root, out, IMAGE_HOOK, "mkinitcpio-post-playthrough", 0755, err);
	if (r < 0 || !root_exists(root, "/etc/pacman.conf"))
		return r;
	return loader_add_template(root, out, PACMAN_HOOK, "pacman-95-playthrough.hook", 0644, err);
}

static int files(const struct root *root, struct edits *out, struct err *err)
{
	const char *boot = systemd_boot_folder(root);
	cleanup_free char *overlay = xasprintf("%s/" OVERLAY_NAME, boot ? boot : "");
	int r;

	if (!boot)
		return no_boot_folder(err);
	if (systemd_boot_is_too_old(root)) {
		err_set(err, -ENOTSUP,
		        _("this systemd-boot is older than version %d (LoaderInfo): a further "
		          "entry might become its default by its name"),
		        VERSION_MIN);
		err_hint(err, _("update it with bootctl update, restart, then try again"));
		err_code(err, CODE_BOOT_LOADER);
		return -ENOTSUP;
	}
	r = edits_add(out, root, overlay, EDIT_MODE_ANY, err);
	if (r == 0)
		r = loader_add_template(root, out, OWN_ENTRIES_PLUGIN,
		        "kernel-install-95-playthrough.install", 0755, err);
	return r < 0 ? r : add_image_hooks(root, boot, out, err);
}

static bool owns(const char *path)
{
	return streq(path, OWN_ENTRIES_PLUGIN) || streq(path, IMAGE_HOOK) ||
	       streq(path, PACMAN_HOOK);
}

/* --- once, and for good --- */

static int try_once(const struct root *root, const char *id, struct err *err)
{
	cleanup_free char *folder = entries_folder(root);

	(void)id; /* check() has seen that all of ours are of this plan */
	return systemd_boot_try_once(root, folder, err);
}

static int keep(const struct root *root, const char *id, const char *kernel, struct err *err)
{
	cleanup_free char *folder = entries_folder(root);
	int r = check(root, id, err);

	return r < 0 ? r : systemd_boot_keep(root, folder, kernel, err);
}

static bool is_kept(const struct root *root, const char *id)
{
	cleanup_free char *folder = entries_folder(root);

	return systemd_boot_is_kept(root, folder) && check(root, id, NULL) == 0;
}

static int try_new(const struct root *root, struct err *err)
{
	cleanup_free char *folder = entries_folder(root);

	return systemd_boot_try_new(root, folder, err);
}

const struct loader loader_systemd_boot = {
        .name = "systemd-boot",
        .detect = detect,
        .files = files,
        .owns = owns,
        .entries = entries,
        .notes = notes,
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
