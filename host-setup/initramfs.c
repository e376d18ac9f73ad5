/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "initramfs.h"

#include "base/cpio.h"
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
		if (systems[i]->check)
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

/* --- the archive --- */

#define CONF    "etc/playthrough/bind.conf"
#define PROGRAM "usr/lib/playthrough/playthrough-bind"

struct bytes {
	char *at;
	size_t n;
};

static int append(void *to, const void *data, size_t size)
{
	struct bytes *bytes = to;

	bytes->at = xrealloc(bytes->at, bytes->n + size, 1);
	memcpy(bytes->at + bytes->n, data, size);
	bytes->n += size;
	return 0;
}

/* The folders above @path, outermost first. One that the stock initramfs has too is no conflict. */
static void add_folders(struct cpio *cpio, const char *path)
{
	for (const char *slash = strchr(path, '/'); slash; slash = strchr(slash + 1, '/')) {
		cleanup_free char *folder = xstrndup(path, (size_t)(slash - path));

		cpio_folder(cpio, folder);
	}
}

static void add_file(
        struct cpio *cpio, const char *path, mode_t mode, const void *data, size_t size)
{
	add_folders(cpio, path);
	cpio_file(cpio, path, mode, data, size);
}

void *initramfs_overlay(
        const struct initramfs *initramfs, const struct overlay *overlay, size_t *size)
{
	/* The token is looked at here too: even this archive starts nothing of ours without it. */
	cleanup_free char *script = xasprintf("case \" $(cat /proc/cmdline) \" in\n"
	                                      "*\" playthrough=%s \"*) /" PROGRAM " || true ;;\n"
	                                      "esac\n",
	        overlay->id);
	struct bytes bytes = {0};
	struct cpio cpio;

	/* append() cannot fail, so the calls below cannot. */
	cpio_init(&cpio, append, &bytes);
	add_file(&cpio, initramfs->script, 0644, script, strlen(script));
	add_file(&cpio, CONF, 0644, overlay->bind_conf, strlen(overlay->bind_conf));
	add_file(&cpio, PROGRAM, 0755, overlay->program, overlay->program_size);
	cpio_end(&cpio);
	*size = bytes.n;
	return bytes.at;
}

char *initramfs_path_env(void)
{
	const char *path = getenv("PATH");

	return xasprintf("PATH=%s%s/usr/local/sbin:/usr/sbin:/sbin:/usr/bin:/bin", path ? path : "",
	        path ? ":" : "");
}
