/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "loader.h"
#include "boot_chain.h"
#include "esps.h"
#include "loader_by_hand.h"
#include "proxmox.h"
#include "unified.h"
#include "systemd_boot.h"

#include "base/i18n.h"

#include <errno.h>

/* Started by a unified image by systemd-boot. */
static bool is_unified(const struct boot_chain *chain)
{
	return chain->efi.stub && chain->efi.entry && strcasestr(chain->efi.entry, ".efi");
}

char *loader_unified_why_not(const struct root *root)
{
	const char *boot = systemd_boot_folder(root);
	struct unified_list images;
	char *why;

	if (!boot)
		return xstrdup(_("the folder of systemd-boot's entries is not found (looked for "
		                 "loader/entries in /efi, /boot and /boot/efi)"));
	unified_take(root, boot, &images);
	why = images.n         ? NULL
	      : images.why_not ? take_ptr(images.why_not)
	                       : xasprintf(_("%s/EFI/Linux holds no image that can be read"), boot);
	unified_finish(&images);
	return why;
}

static const struct loader *of_unified(const struct root *root, const char **where)
{
	cleanup_free char *why = loader_unified_why_not(root);

	if (why)
		return loader_by_hand(BOOT_PROGRAM_UKI);
	*where = EFIVAR_INFO;
	return &loader_systemd_boot;
}

static bool is_proxmox(const struct root *root)
{
	cleanup_free char *uuids = root_read(root, ESPS_LIST);

	return uuids && *uuids;
}

static const struct loader *of_proxmox(const struct root *root)
{
	cleanup_free char *why = proxmox_why_not(root);

	return why ? &loader_proxmox_by_hand : &loader_proxmox;
}

static const struct loader *of_this_program(
        const struct root *root, const struct boot_chain *chain, const char **where)
{
	static const struct loader *const grubs[] = {&loader_grub_bls, &loader_grub};

	*where = NULL;
	if (is_proxmox(root))
		return chain->program == BOOT_PROGRAM_SYSTEMD_BOOT ? of_proxmox(root) : NULL;
	if (chain->program == BOOT_PROGRAM_SYSTEMD_BOOT) {
		if (is_unified(chain))
			return of_unified(root, where);
		*where = loader_systemd_boot.detect(root);
		return *where ? &loader_systemd_boot : NULL;
	}
	for (size_t i = 0; chain->program == BOOT_PROGRAM_GRUB && i < ARRAY_SIZE(grubs); i++) {
		*where = grubs[i]->detect(root);
		if (*where)
			return grubs[i];
	}
	return loader_by_hand(chain->program);
}

/* Fedora lets only root read its menu. */
static bool is_closed(const struct root *root)
{
	struct stat st;

	return root_stat(root, "/boot/grub2/grub.cfg", &st) == -EACCES ||
	       root_stat(root, "/boot/loader/entries", &st) == -EACCES;
}

/* What is known of a loader that is none of ours. */
static int refuse(const struct root *root, const struct boot_chain *chain, struct err *err)
{
	cleanup_free char *others = strv_join(&chain->others, ", ");

	if (chain->ambiguous)
		err_set(err, -ENOTSUP,
		        _("there are files of several boot loaders (%s), and nothing tells which "
		          "one "
		          "starts this PC"),
		        others);
	else if (is_proxmox(root))
		err_set(err, -ENOTSUP,
		        _("proxmox-boot-tool makes the menu with GRUB, on partitions of its own "
		          "(%s)"),
		        ESPS_LIST);
	else if (chain->program == BOOT_PROGRAM_GRUB)
		err_set(err, -ENOTSUP,
		        _("the boot loader is %s (%s: %s), set up in a way that is not known here"),
		        boot_program_name(chain->program), chain->source, chain->value);
	else if (chain->source)
		err_set(err, -ENOTSUP, _("the boot loader is %s (%s: %s)"),
		        boot_program_name(chain->program), chain->source, chain->value);
	else
		err_set(err, -ENOTSUP,
		        _("no boot loader found (looked for /boot/grub/grub.cfg, "
		          "/boot/loader/loader.conf and others)"));
	if (chain->ambiguous)
		err_hint(err, _("mount the firmware's variables (mount -t efivarfs efivarfs "
		                "/sys/firmware/efi/efivars) and try again; nothing was changed"));
	else if (is_closed(root))
		err_hint(err, _("this user may not look into /boot: run it as root"));
	else
		err_hint(err, "%s",
		        chain->source
		                ? _("Playthrough can set up GRUB with grub-mkconfig or blscfg and "
		                    "systemd-boot, and says what to add to rEFInd, Limine, "
		                    "SYSLINUX, EFI boot options and unified kernel images; nothing "
		                    "was changed")
		                : _("Playthrough can set up GRUB and systemd-boot; is /boot "
		                    "mounted?"));
	err_code(err, CODE_BOOT_LOADER);
	return -ENOTSUP;
}

const struct loader *loader_detect(const struct root *root, const char **where, struct err *err)
{
	const struct loader *loader;
	struct boot_chain chain;

	boot_chain_take(root, &chain);
	loader = of_this_program(root, &chain, where);
	if (!loader)
		refuse(root, &chain, err);
	else if (!*where)
		*where = loader->name;
	boot_chain_finish(&chain);
	return loader;
}

const struct loader *loader_of_name(const char *name)
{
	static const struct loader *const rows[] = {&loader_grub, &loader_grub_bls,
	        &loader_systemd_boot, &loader_proxmox, &loader_proxmox_by_hand};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		if (streq(rows[i]->name, name))
			return rows[i];
	}
	for (int i = 0; i < BOOT_PROGRAM_COUNT; i++) {
		const struct loader *row = loader_by_hand((enum boot_program)i);

		if (row && streq(row->name, name))
			return row;
	}
	return NULL;
}

int loader_add_template(const struct root *root, struct edits *out, const char *path,
        const char *template, mode_t mode, struct err *err)
{
	cleanup_free char *source = xasprintf(DATADIR "/boot/%s", template);
	size_t size;
	cleanup_free char *text = root_read_bytes(root, source, &size);
	int r;

	if (!text) {
		r = err_errno(err, -errno, "%s%s", root->path, source);
		err_hint(err, _("the installation is not whole: install Playthrough again"));
		err_code(err, CODE_SETUP_FILE);
		return r;
	}
	r = edits_add(out, root, path, mode, err);
	if (r == 0)
		edit_set(&out->list[out->n - 1], take_ptr(text), size);
	return r;
}
