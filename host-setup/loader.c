/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "loader.h"

#include "base/i18n.h"

#include <errno.h>

static const char *first_of(const struct root *root, const char *const *paths)
{
	for (; *paths; paths++) {
		if (root_exists(root, *paths))
			return *paths;
	}
	return NULL;
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

static const struct loader grub_of_fedora = {
        .name = "GRUB with Boot Loader Specification entries", .detect = detect_grub_of_fedora};
static const struct loader refind = {.name = "rEFInd", .detect = detect_refind};
static const struct loader syslinux = {.name = "SYSLINUX", .detect = detect_syslinux};

/* The first that is found counts. */
static const struct loader *const loaders[] = {
        &loader_systemd_boot,
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
		err_hint(err, _("Playthrough can set up GRUB with grub-mkconfig and systemd-boot; "
		                "nothing was changed"));
		err_code(err, CODE_BOOT_LOADER);
		return NULL;
	}
	err_set(err, -ENOTSUP,
	        _("no boot loader found (looked for /boot/grub/grub.cfg, /boot/loader/loader.conf "
	          "and "
	          "others)"));
	err_hint(err, _("Playthrough can set up GRUB with grub-mkconfig and systemd-boot; is /boot "
	                "mounted?"));
	err_code(err, CODE_BOOT_LOADER);
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
