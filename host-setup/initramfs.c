/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "initramfs.h"

#include "base/i18n.h"

#include <errno.h>

static const char *detect_dracut(const struct root *root)
{
	return root_exists(root, "/usr/bin/dracut") ? "/usr/bin/dracut" : NULL;
}

static const char *detect_mkinitcpio(const struct root *root)
{
	return root_exists(root, "/etc/mkinitcpio.conf") ? "/etc/mkinitcpio.conf" : NULL;
}

static const char *detect_booster(const struct root *root)
{
	return root_exists(root, "/usr/bin/booster") ? "/usr/bin/booster" : NULL;
}

static const struct initramfs dracut = {.name = "dracut", .detect = detect_dracut};
static const struct initramfs mkinitcpio = {.name = "mkinitcpio", .detect = detect_mkinitcpio};
static const struct initramfs booster = {.name = "booster", .detect = detect_booster};

/* The first that is found counts. */
static const struct initramfs *const systems[] = {
        &initramfs_tools,
        &dracut,
        &mkinitcpio,
        &booster,
};

const struct initramfs *initramfs_detect(
        const struct root *root, const char **where, struct err *err)
{
	for (size_t i = 0; i < ARRAY_SIZE(systems); i++) {
		*where = systems[i]->detect(root);
		if (!*where)
			continue;
		if (systems[i]->build)
			return systems[i];
		err_set(err, -ENOTSUP, _("the initramfs is made by %s (found: %s)"),
		        systems[i]->name, *where);
		err_hint(
		        err, _("Playthrough can set up initramfs-tools only; nothing was changed"));
		err_code(err, CODE_BOOT_INITRAMFS);
		return NULL;
	}
	err_set(err, -ENOTSUP,
	        _("no initramfs system found (looked for /usr/sbin/mkinitramfs, /usr/bin/dracut, "
	          "/etc/mkinitcpio.conf)"));
	err_hint(err, _("install initramfs-tools, the one Playthrough can set up"));
	err_code(err, CODE_BOOT_INITRAMFS);
	return NULL;
}

char *initramfs_path_env(void)
{
	const char *path = getenv("PATH");

	return xasprintf("PATH=%s%s/usr/local/sbin:/usr/sbin:/sbin:/usr/bin:/bin", path ? path : "",
	        path ? ":" : "");
}
