/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "loader.h"

#include "base/i18n.h"

#include <errno.h>

/* What the loader that really started this PC says of itself (systemd's Boot Loader Interface), in UTF-16. */
#define LOADER_INFO "/sys/firmware/efi/efivars/LoaderInfo-4a67b082-0a4c-41cf-b6c7-440b29bb8c4f"

static const char *first_of(const struct root *root, const char *const *paths)
{
	for (; *paths; paths++) {
		if (root_exists(root, *paths))
			return *paths;
	}
	return NULL;
}

static const char *detect_systemd_boot(const struct root *root)
{
	static const char *const paths[] = {"/boot/loader/loader.conf", "/efi/loader/loader.conf",
	        "/boot/efi/loader/loader.conf", NULL};
	static const char name[] = "systemd-boot";
	size_t size = 0;
	cleanup_free char *info = root_read_bytes(root, LOADER_INFO, &size);

	/* Four bytes of attributes, then characters of two bytes each. */
	for (size_t i = 0; info && i < sizeof(name) - 1; i++) {
		if (size < 4 + 2 * sizeof(name) || info[4 + 2 * i] != name[i])
			break;
		if (i == sizeof(name) - 2)
			return LOADER_INFO;
	}
	/* Where GRUB's own configuration is there too, only the variable tells. */
	return root_exists(root, "/boot/grub/grub.cfg") ? NULL : first_of(root, paths);
}

static const char *detect_grub_of_fedora(const struct root *root)
{
	static const char *const paths[] = {"/boot/grub2/grub.cfg", NULL};

	return first_of(root, paths);
}

static const char *detect_refind(const struct root *root)
{
	static const char *const paths[] = {"/boot/efi/EFI/refind/refind.conf",
	        "/efi/EFI/refind/refind.conf", "/boot/EFI/refind/refind.conf", NULL};

	return root_exists(root, "/boot/grub/grub.cfg") ? NULL : first_of(root, paths);
}

static const char *detect_syslinux(const struct root *root)
{
	static const char *const paths[] = {
	        "/boot/syslinux/syslinux.cfg", "/boot/extlinux/extlinux.conf", NULL};

	return root_exists(root, "/boot/grub/grub.cfg") ? NULL : first_of(root, paths);
}

static const struct loader systemd_boot = {.name = "systemd-boot", .detect = detect_systemd_boot};
static const struct loader grub_of_fedora = {
        .name = "GRUB with Boot Loader Specification entries", .detect = detect_grub_of_fedora};
static const struct loader refind = {.name = "rEFInd", .detect = detect_refind};
static const struct loader syslinux = {.name = "SYSLINUX", .detect = detect_syslinux};

/* The first that is found counts. */
static const struct loader *const loaders[] = {
        &systemd_boot,
        &refind,
        &syslinux,
        &loader_grub,
        &grub_of_fedora,
};

const struct loader *loader_detect(const struct root *root, const char **where, struct err *err)
{
	for (size_t i = 0; i < ARRAY_SIZE(loaders); i++) {
		*where = loaders[i]->detect(root);
		if (!*where)
			continue;
		if (loaders[i]->refresh)
			return loaders[i];
		err_set(err, -ENOTSUP, _("the boot loader is %s (found: %s)"), loaders[i]->name,
		        *where);
		err_hint(err, _("Playthrough can set up GRUB with update-grub only; nothing was "
		                "changed"));
		err_code(err, CODE_BOOT_LOADER);
		return NULL;
	}
	err_set(err, -ENOTSUP,
	        _("no boot loader found (looked for /boot/grub/grub.cfg, /boot/loader/loader.conf "
	          "and "
	          "others)"));
	err_hint(err, _("Playthrough can set up GRUB with update-grub; is /boot mounted?"));
	err_code(err, CODE_BOOT_LOADER);
	return NULL;
}
