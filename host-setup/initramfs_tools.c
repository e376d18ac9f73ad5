/* SPDX-License-Identifier: GPL-2.0-or-later */
/* initramfs-tools, as Debian, Ubuntu and their children have it. */
#include "initramfs.h"

#include "base/child.h"
#include "base/i18n.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/statvfs.h>

#define POST_UPDATE      "/etc/initramfs/post-update.d/playthrough"
#define SUFFIX           ".playthrough"
#define BUILD_TIMEOUT_MS (20u * 60 * 1000)

static const struct boot_file files[] = {
        {"/etc/initramfs-tools/hooks/playthrough", "initramfs-hook", 0755},
        {POST_UPDATE, "initramfs-post-update", 0755},
};

static const char *detect(const struct root *root)
{
	if (!root_exists(root, "/etc/initramfs-tools/initramfs.conf"))
		return NULL;
	return root_exists(root, "/usr/sbin/mkinitramfs") ? "/usr/sbin/mkinitramfs" : NULL;
}

static char *image(const char *kernel)
{
	return xasprintf("/boot/initrd.img-%s" SUFFIX, kernel);
}

/* Two images' room: for ours, and for the next one that the system makes of its own. */
static int prepare(const struct root *root, const char *kernel, struct err *err)
{
	cleanup_free char *stock = xasprintf("/boot/initrd.img-%s", kernel);
	cleanup_close int fd = root_openat(root, "/boot", O_RDONLY | O_DIRECTORY, 0);
	struct statvfs vfs;
	struct stat st;
	uint64_t need, have;
	int r = root_stat(root, stock, &st);

	if (r < 0) {
		err_errno(err, r, _("%s%s: the running kernel's own initramfs"), root->path, stock);
		err_hint(err, _("make it with: update-initramfs -c -k %s"), kernel);
		return err_code(err, CODE_BOOT_STOCK), r;
	}
	if (fd < 0 || fstatvfs(fd, &vfs) < 0)
		return err_errno(err, -errno, "%s/boot", root->path);
	need = (uint64_t)st.st_size * 2;
	have = (uint64_t)vfs.f_bavail * vfs.f_frsize;
	if (have >= need)
		return 0;
	err_set(err, -ENOSPC, _("/boot has %llu MiB free, a second initramfs needs %llu MiB"),
	        (unsigned long long)have >> 20, (unsigned long long)need >> 20);
	err_hint(err, _("remove kernels you no longer use (apt autoremove), then try again"));
	return err_code(err, CODE_BOOT_ROOM), -ENOSPC;
}

static int build(const struct root *root, const char *kernel, struct err *err)
{
	cleanup_free char *script = root_full_path(root, POST_UPDATE);
	cleanup_free char *inside = xasprintf("/boot/initrd.img-%s", kernel);
	cleanup_free char *stock = root_full_path(root, inside);
	cleanup_free char *path = initramfs_path_env();
	char *argv[] = {script, (char *)kernel, stock, NULL};
	char *env[] = {path, (char *)"PLAYTHROUGH_APPLY=1", NULL};
	int r = child_check(argv, env, BUILD_TIMEOUT_MS, err);

	if (r < 0) {
		err_prefix(err, _("the second initramfs was not built"));
		err_code(err, CODE_BOOT_BUILD);
	}
	return r;
}

static bool holds(const char *listing, const char *path)
{
	const char *at = listing;
	size_t n = strlen(path);

	while ((at = strstr(at, path))) {
		if ((at == listing || at[-1] == '\n' || at[-1] == '/') &&
		        (at[n] == '\n' || at[n] == '\0' || at[n] == '.'))
			return true;
		at += n;
	}
	return false;
}

/* vfio-pci is in the image, or in the kernel itself. */
static bool has_vfio(const struct root *root, const char *kernel, const char *listing)
{
	cleanup_free char *builtin = root_readf(root, "/lib/modules/%s/modules.builtin", kernel);

	return holds(listing, "vfio-pci.ko") || (builtin && strstr(builtin, "/vfio-pci.ko"));
}

static int check(const struct root *root, const char *kernel, const char *id, struct err *err)
{
	cleanup_free char *inside = image(kernel);
	cleanup_free char *full = root_full_path(root, inside);
	cleanup_free char *path = initramfs_path_env();
	cleanup_free char *mark = xasprintf("etc/playthrough/id.%s", id);
	cleanup_free char *program = xasprintf("%s/playthrough-bind", &LIBEXECDIR[1]);
	const char *needed[] = {
	        program, "etc/playthrough/bind.conf", "conf/conf.d/playthrough", mark};
	char *argv[] = {(char *)"lsinitramfs", full, NULL};
	char *env[] = {path, NULL};
	struct child_result result;
	int r = child_run(argv, env, 5 * 60 * 1000, &result, err);
	cleanup_free char *listing = result.output;
	const char *missing = NULL;

	if (r < 0)
		return r;
	for (size_t i = 0; i < ARRAY_SIZE(needed) && !missing; i++)
		missing = holds(listing ? listing : "", needed[i]) ? NULL : needed[i];
	if (!missing && !has_vfio(root, kernel, listing))
		missing = "vfio-pci.ko";
	if (!missing && result.status == 0)
		return 0;
	err_set(err, -EIO, _("%s: does not hold %s"), full,
	        missing ? missing : _("a whole archive"));
	return err_code(err, CODE_BOOT_BUILD), -EIO;
}

static void images(const struct root *root, struct strv *paths)
{
	struct strv names = {0};

	root_list(root, "/boot", &names);
	strv_foreach (name, &names) {
		if (starts_with(*name, "initrd.img-") &&
		        (ends_with(*name, SUFFIX) || ends_with(*name, SUFFIX ".new")))
			strv_addf(paths, "/boot/%s", *name);
	}
	strv_finish(&names);
}

static int remove_images(const struct root *root, struct err *err)
{
	struct strv paths = {0};
	int r = 0;

	images(root, &paths);
	strv_foreach (path, &paths) {
		if (r == 0)
			r = root_remove(root, *path, err);
	}
	strv_finish(&paths);
	return r;
}

const struct initramfs initramfs_tools = {
        .name = "initramfs-tools",
        .detect = detect,
        .files = files,
        .n_files = ARRAY_SIZE(files),
        .image = image,
        .prepare = prepare,
        .build = build,
        .check = check,
        .remove = remove_images,
        .images = images,
};
