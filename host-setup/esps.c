/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "esps.h"

#include "base/child.h"
#include "base/i18n.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <sys/mount.h>
#include <unistd.h>

static const struct root no_root = {.fd = -1};

#define FOLDER           "/run/playthrough-esp"
#define MOUNT_TIMEOUT_MS (60u * 1000)

/* "ABCD-0123": the volume id of a FAT file system. */
static bool is_uuid(const char *text)
{
	static const char digits[] = "0123456789abcdefABCDEF";

	return strlen(text) == 9 && strspn(text, digits) == 4 && text[4] == '-' &&
	       strspn(text + 5, digits) == 4;
}

int esps_list(const struct root *root, struct strv *uuids)
{
	cleanup_free char *text = root_read(root, ESPS_LIST);
	struct strv cleanup_strv lines = {0};

	strv_split(&lines, text ? text : "", "\n");
	strv_foreach (line, &lines) {
		const char *uuid = strip(*line);

		if (!*uuid)
			continue;
		if (!is_uuid(uuid))
			return -EINVAL;
		if (!strv_has(uuids, uuid))
			strv_add(uuids, uuid);
	}
	return uuids->n ? 0 : -EINVAL;
}

char *esps_device(const char *uuid)
{
	return xasprintf("/dev/disk/by-uuid/%s", uuid);
}

bool esps_may_open(const struct root *root)
{
	return !root_is_host(root) || geteuid() == 0;
}

/* Mounts of the system go on to appear here; ours do not appear there. An open descriptor stays in the namespace of before. */
static int own_namespace(const struct root *root, struct root *out, struct err *err)
{
	if (root_is_host(root) &&
	        (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL) < 0))
		return err_errno(err, -errno, _("no mount namespace of our own"));
	return root_open(out, root_is_host(root) ? "/" : root->path, err);
}

static void remove_folder(const struct root *root, const char *path)
{
	const char *slash = strrchr(path, '/');
	cleanup_free char *above = xstrndup(path, (size_t)(slash - path));
	cleanup_close int fd = root_openat(root, above, O_RDONLY | O_DIRECTORY, 0);

	if (fd >= 0)
		unlinkat(fd, slash + 1, AT_REMOVEDIR);
}

static int mount_one(struct esps *esps, const char *uuid, struct err *err)
{
	cleanup_free char *device = esps_device(uuid);
	cleanup_free char *point = xasprintf(FOLDER "/%s", uuid);
	cleanup_free char *from = root_full_path(&esps->root, device);
	cleanup_free char *to = root_full_path(&esps->root, point);
	cleanup_free char *path = child_path_env();
	char *argv[] = {(char *)"mount", (char *)"-t", (char *)"vfat", (char *)"-o",
	        (char *)"nosuid,nodev,noexec", from, to, NULL};
	char *env[] = {path, NULL};
	int r = root_make_folder(&esps->root, point, err);

	if (r == 0)
		r = child_check(argv, env, MOUNT_TIMEOUT_MS, err);
	if (r < 0) {
		remove_folder(&esps->root, point);
		return r;
	}
	strv_add(&esps->mounted, point);
	return 0;
}

/* As the tool itself tells a partition of systemd-boot's from one of GRUB's (zz-proxmox-boot). */
static bool is_of_use(const struct root *root, const char *point)
{
	cleanup_free char *grub = xasprintf("%s/EFI/proxmox/grubx64.efi", point);
	cleanup_free char *kernels = xasprintf("%s/EFI/proxmox", point);
	cleanup_free char *config = xasprintf("%s/loader/loader.conf", point);
	cleanup_free char *entries = xasprintf("%s/loader/entries", point);

	return !root_exists(root, grub) && root_exists(root, kernels) &&
	       root_exists(root, config) && root_exists(root, entries);
}

static int refuse(struct err *err, const char *why)
{
	err_set(err, -ENOENT, "%s: %s", ESPS_LIST, why);
	err_hint(err, _("look at `proxmox-boot-tool status`; `proxmox-boot-tool clean` takes "
	                "partitions that are gone off the list"));
	err_code(err, CODE_BOOT_LOADER);
	return -ENOENT;
}

static int mount_all(struct esps *esps, struct err *err)
{
	struct strv cleanup_strv uuids = {0}, failed = {0};
	cleanup_free char *words = NULL;
	int r = esps_list(&esps->root, &uuids);

	if (r < 0)
		return refuse(err, _("it holds something else than partitions, or is not there"));
	strv_foreach (uuid, &uuids) {
		cleanup_free char *device = esps_device(*uuid);
		struct err why = {0};

		/* The disk is not there, and nothing on it can start this PC. */
		if (!root_exists(&esps->root, device))
			continue;
		if (mount_one(esps, *uuid, &why) < 0)
			strv_addf(&failed, "%s: %s", device, why.message);
	}
	words = strv_join(&failed, "; ");
	if (failed.n)
		return refuse(err, words);
	strv_foreach (point, &esps->mounted) {
		if (is_of_use(&esps->root, *point))
			strv_add(&esps->points, *point);
	}
	if (esps->points.n)
		return 0;
	return refuse(err, _("none of the partitions holds systemd-boot and proxmox-boot-tool's "
	                     "kernels"));
}

int esps_open(const struct root *root, struct esps *out, struct err *err)
{
	int r;

	*out = (struct esps){.root = no_root};
	if (!esps_may_open(root)) {
		err_set(err, -EPERM, _("the partitions of %s can be mounted by root alone"),
		        ESPS_LIST);
		return -EPERM;
	}
	r = own_namespace(root, &out->root, err);
	if (r == 0)
		r = mount_all(out, err);
	if (r < 0)
		esps_close(out);
	return r;
}

/* What cannot be unmounted goes with us. */
void esps_close(struct esps *esps)
{
	cleanup_free char *path = child_path_env();
	char *env[] = {path, NULL};

	for (size_t i = esps->mounted.n; i > 0; i--) {
		const char *point = esps->mounted.list[i - 1];
		cleanup_free char *full = root_full_path(&esps->root, point);
		char *argv[] = {(char *)"umount", full, NULL};

		if (child_check(argv, env, MOUNT_TIMEOUT_MS, NULL) == 0)
			remove_folder(&esps->root, point);
	}
	/* Also where none could be mounted. */
	if (esps->root.fd >= 0)
		remove_folder(&esps->root, FOLDER);
	strv_finish(&esps->mounted);
	strv_finish(&esps->points);
	root_close(&esps->root);
	esps->root = no_root;
}
