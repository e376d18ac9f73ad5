/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "grub_env.h"
#include "edits.h"
#include "settle.h"

#include "base/child.h"
#include "base/i18n.h"
#include "host/mounts.h"

#include <errno.h>
#include <stdio.h>

#define MOUNTS          "/proc/self/mountinfo"
#define KEPT            ".playthrough-old"
#define WORDS_MAX       5
#define TOOL_TIMEOUT_MS (60u * 1000)

char *grub_beside(const struct root *root, const char *path, const char *suffix)
{
	cleanup_free char *real = root_real_path(root, path);

	return xasprintf("%s%s", real ? real : path, suffix);
}

int grub_replace(const struct root *root, const char *path, struct err *err)
{
	cleanup_free char *real = grub_beside(root, path, "");
	cleanup_free char *ready = grub_beside(root, path, GRUB_READY);
	cleanup_free char *kept = grub_beside(root, path, KEPT);

	return settle_replace(root, real, ready, kept, err);
}

void grub_remove_beside(const struct root *root, const char *path)
{
	/* The second is grub-editenv's own, which makes a new file beside it first. */
	static const char *const suffixes[] = {GRUB_READY, GRUB_READY ".new", KEPT};

	for (size_t i = 0; i < ARRAY_SIZE(suffixes); i++) {
		cleanup_free char *left = grub_beside(root, path, suffixes[i]);

		root_remove(root, left, NULL);
	}
}

/* GRUB writes only into blocks of a plain partition (its manual, "Environment block"). */
bool grub_env_writable(const struct root *root, const char *folder, char **why)
{
	static const char *const writable[] = {"ext2", "ext3", "ext4", "xfs", "vfat"};
	cleanup(mounts_finish) struct mounts mounts;
	cleanup_free char *link = NULL, *real = NULL;
	const struct mount *mount;

	*why = NULL;
	mounts_take(root, MOUNTS, &mounts);
	mount = mounts_of(&mounts, folder);
	if (!mount) {
		*why = xasprintf(_("/proc/self/mountinfo does not tell where %s is"), folder);
		return false;
	}
	link = xasprintf("/sys/dev/block/%u:%u", mount->major, mount->minor);
	real = root_real_path(root, link);
	if (!real || strstr(real, "/devices/virtual/")) {
		*why = xasprintf(_("GRUB cannot write to %s: %s is no plain partition"), folder,
		        real ? strrchr(real, '/') + 1 : link);
		return false;
	}
	for (size_t i = 0; i < ARRAY_SIZE(writable); i++) {
		if (streq(mount->type, writable[i]))
			return true;
	}
	*why = xasprintf(_("GRUB cannot write to %s: its file system is %s"), folder, mount->type);
	return false;
}

/* There chmod(2) is refused but for the mode that all files have by the mount's own options. */
mode_t grub_file_mode(const struct root *root, const char *path, mode_t mode)
{
	cleanup(mounts_finish) struct mounts mounts;
	const struct mount *mount;

	mounts_take(root, MOUNTS, &mounts);
	mount = mounts_of(&mounts, path);
	return mount && mount_is_fat(mount) ? EDIT_MODE_ANY : mode;
}

/* A copy of grubenv for grub-editenv to work on; where there is none it makes one. */
static int copy_env(const struct root *root, const char *path, const char *ready, struct err *err)
{
	size_t size = 0;
	cleanup_free char *block = root_read_bytes(root, path, &size);

	if (block)
		return root_write(root, ready, block, size, grub_file_mode(root, path, 0600), err);
	if (errno != ENOENT)
		return err_errno(err, -errno, "%s%s", root->path, path);
	return 0;
}

/*
 * The tool knows the block's form. It cuts the file to nothing before it writes: a cut of power there would lose
 * what a person has had saved in it, and the block itself. So it works on a copy that takes grubenv's place.
 */
int grub_env_edit(const struct root *root, const char *tool, const char *path, char *const *words,
        struct err *err)
{
	cleanup_free char *ready = grub_beside(root, path, GRUB_READY);
	cleanup_free char *file = root_full_path(root, ready);
	cleanup_free char *path_env = child_path_env();
	char *argv[WORDS_MAX + 3] = {(char *)tool, file}, *env[] = {path_env, NULL};
	int r;

	for (size_t i = 0; i < WORDS_MAX && words[i]; i++)
		argv[i + 2] = words[i];
	grub_remove_beside(root, path);
	r = copy_env(root, path, ready, err);
	if (r == 0)
		r = child_check(argv, env, TOOL_TIMEOUT_MS, err);
	if (r == 0)
		r = grub_replace(root, path, err);
	grub_remove_beside(root, path);
	return r;
}
