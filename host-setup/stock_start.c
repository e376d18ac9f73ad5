/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "stock_start.h"

#include "base/i18n.h"
#include "host/attr.h"
#include "host/mounts.h"

#include <errno.h>
#include <stdio.h>

static const char *const folders[] = {"/boot", "/efi", "/boot/efi"};

static int not_found(struct err *err, const char *fmt, const char *what)
{
	err_set(err, -ENOTSUP, fmt, what);
	err_hint(err, _("Playthrough cannot say which entry to add; nothing was changed. GRUB and "
	                "systemd-boot are set up without a person's help"));
	err_code(err, CODE_BOOT_LOADER);
	return -ENOTSUP;
}

/* Distributions name kernels by release, Arch and its children by package. */
static bool find_kernel(const struct root *root, struct stock_start *out)
{
	cleanup_free char *package = attr_text(root, "/usr/lib/modules/%s/pkgbase", out->release);
	const char *const names[] = {out->release, package};
	static const char *const kinds[] = {"vmlinuz", "kernel", "bzImage"};

	for (size_t i = 0; i < ARRAY_SIZE(folders) * ARRAY_SIZE(kinds) * 2; i++) {
		const char *folder = folders[i / 6], *kind = kinds[i / 2 % 3], *name = names[i % 2];
		cleanup_free char *path = name ? xasprintf("%s/%s-%s", folder, kind, name) : NULL;

		if (!path || !root_exists(root, path))
			continue;
		out->kernel = take_ptr(path);
		out->folder = xstrdup(folder);
		return true;
	}
	return false;
}

static void add_if_there(const struct root *root, struct stock_start *out, const char *name)
{
	cleanup_free char *path = xasprintf("%s/%s", out->folder, name);

	if (root_exists(root, path))
		strv_add(&out->initrds, path);
}

/* By the names that the initramfs systems give; processor microcode goes before. */
static bool find_initrds(const struct root *root, struct stock_start *out)
{
	static const char *const forms[] = {"initrd.img-%s", "initramfs-%s.img", "initrd-%s",
	        "initrd-%s.img", "booster-%s.img"};
	const char *name = strchr(strrchr(out->kernel, '/'), '-') + 1;
	size_t before;

	add_if_there(root, out, "amd-ucode.img");
	add_if_there(root, out, "intel-ucode.img");
	before = out->initrds.n;
	for (size_t i = 0; i < ARRAY_SIZE(forms) && out->initrds.n == before; i++) {
		const char *mark = strstr(forms[i], "%s");
		cleanup_free char *file =
		        xasprintf("%.*s%s%s", (int)(mark - forms[i]), forms[i], name, mark + 2);

		add_if_there(root, out, file);
	}
	return out->initrds.n > before;
}

/* What the loader put there itself, and what is of our own entry when that runs. */
static bool is_added(const char *word)
{
	static const char *const added[] = {
	        "BOOT_IMAGE=", "initrd=", "playthrough=", "rdinit=/usr/lib/playthrough/"};

	for (size_t i = 0; i < ARRAY_SIZE(added); i++) {
		if (starts_with(word, added[i]))
			return true;
	}
	return false;
}

static bool take_options(const char *cmdline, struct stock_start *out)
{
	struct strv cleanup_strv words = {0}, kept = {0};
	bool has_root = false;

	strv_split(&words, cmdline, " \t\n");
	strv_foreach (word, &words) {
		if (is_added(*word))
			continue;
		has_root |= starts_with(*word, "root=");
		strv_add(&kept, *word);
	}
	out->options = strv_join(&kept, " ");
	return has_root;
}

static bool take_mount(const struct root *root, struct stock_start *out)
{
	cleanup(mounts_finish) struct mounts mounts;
	const struct mount *mount;
	size_t n;

	mounts_take(root, "/proc/self/mountinfo", &mounts);
	mount = mounts_of(&mounts, out->folder);
	if (!mount)
		return false;
	n = streq(mount->point, "/") ? 0 : strlen(mount->point);
	out->prefix =
	        xasprintf("%s%s", streq(mount->inside, "/") ? "" : mount->inside, out->folder + n);
	out->device = xstrdup(mount->source);
	out->point = xstrdup(mount->point);
	out->fat = mount_is_fat(mount);
	return true;
}

static int take(const struct root *root, struct stock_start *out, struct err *err)
{
	cleanup_free char *cmdline = root_read(root, "/proc/cmdline");

	out->release = attr_text(root, "/proc/sys/kernel/osrelease");
	if (!out->release || !find_kernel(root, out))
		return not_found(err,
		        _("the file of the running kernel is not found in /boot, /efi "
		          "or /boot/efi (/proc/sys/kernel/osrelease: %s)"),
		        out->release ? out->release : "?");
	if (!find_initrds(root, out))
		return not_found(err, _("no initramfs lies beside %s"), out->kernel);
	if (!take_options(cmdline ? cmdline : "", out))
		return not_found(err,
		        _("the running command line names no root= (/proc/cmdline: %s), "
		          "and an entry without it might not start"),
		        cmdline ? cmdline : "");
	if (!take_mount(root, out))
		return not_found(
		        err, _("/proc/self/mountinfo does not tell where %s is"), out->folder);
	return 0;
}

int stock_start_take(const struct root *root, struct stock_start *out, struct err *err)
{
	int r;

	*out = (struct stock_start){0};
	r = take(root, out, err);
	if (r < 0)
		stock_start_finish(out);
	return r;
}

void stock_start_finish(struct stock_start *start)
{
	free(start->release);
	free(start->kernel);
	free(start->options);
	free(start->folder);
	free(start->prefix);
	free(start->device);
	free(start->point);
	strv_finish(&start->initrds);
	*start = (struct stock_start){0};
}

char *stock_start_path(const struct stock_start *start, const char *name)
{
	return xasprintf("%s/%s", start->prefix, name);
}
