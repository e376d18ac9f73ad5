/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * GRUB 2 as Debian and its children set it up: grub.cfg made by grub-mkconfig from /etc/grub.d.
 *
 * update-grub is `grub-mkconfig -o /boot/grub/grub.cfg`, and that ends in `cat grub.cfg.new > grub.cfg`:
 * a cut of power in that moment leaves half a menu. So the same tool writes another file here, which
 * takes grub.cfg's place by a rename that GRUB's own reading of the disk cannot see half of.
 */
#include "loader.h"
#include "settle.h"

#include "base/child.h"
#include "base/i18n.h"

#include <errno.h>
#include <stdio.h>
#include <sys/sysmacros.h>

#define GRUB_FOLDER        "/boot/grub"
#define GRUB_CFG           GRUB_FOLDER "/grub.cfg"
#define GRUB_CFG_MADE      GRUB_CFG ".playthrough"
#define GRUB_SCRIPT        "/etc/grub.d/42_playthrough"
#define GRUB_ENV           GRUB_FOLDER "/grubenv"
#define READY              ".playthrough-next" /* beside what it is to replace */
#define KEPT               ".playthrough-old"
#define TRIES_MAX          3
#define NEXT               "playthrough_next"
#define GOOD               "playthrough_good"
#define REFRESH_TIMEOUT_MS (15u * 60 * 1000) /* os-prober looks at every disk */

static const struct boot_file files[] = {
        {GRUB_SCRIPT, "grub-42_playthrough", 0755},
};

static const char *detect(const struct root *root)
{
	if (!root_exists(root, "/usr/sbin/grub-mkconfig") || !root_exists(root, "/etc/grub.d"))
		return NULL;
	return root_exists(root, GRUB_CFG) ? GRUB_CFG : NULL;
}

/* A file beside the one that @path leads to: a symbolic link to grub.cfg or grubenv stays one. Caller frees. */
static char *beside(const struct root *root, const char *path, const char *suffix)
{
	cleanup_free char *real = root_real_path(root, path);

	return xasprintf("%s%s", real ? real : path, suffix);
}

static int replace(const struct root *root, const char *path, struct err *err)
{
	cleanup_free char *real = beside(root, path, "");
	cleanup_free char *ready = beside(root, path, READY);
	cleanup_free char *kept = beside(root, path, KEPT);

	return settle_replace(root, real, ready, kept, err);
}

/* Puts what grub-mkconfig wrote in place of grub.cfg. */
static int replace_config(const struct root *root, struct err *err)
{
	size_t size = 0;
	cleanup_free char *bytes = root_read_bytes(root, GRUB_CFG_MADE, &size);
	cleanup_free char *ready = beside(root, GRUB_CFG, READY);
	int r;

	if (!bytes)
		return err_errno(err, -errno, "%s" GRUB_CFG_MADE, root->path);
	if (!strstr(bytes, "menuentry "))
		return err_set(err, -EIO, _("grub-mkconfig made a menu without an entry"));
	r = root_write(root, ready, bytes, size, 0444, err);
	return r < 0 ? r : replace(root, GRUB_CFG, err);
}

/* What refresh() or edit_env() left, now or before a cut of power. */
static void remove_leftovers(const struct root *root)
{
	static const char *const replaced[] = {GRUB_CFG, GRUB_ENV};
	/* The second is grub-editenv's own, which makes a new file beside it first. */
	static const char *const suffixes[] = {READY, READY ".new", KEPT};

	root_remove(root, GRUB_CFG_MADE, NULL);
	root_remove(root, GRUB_CFG_MADE ".new", NULL);
	for (size_t i = 0; i < ARRAY_SIZE(replaced); i++) {
		for (size_t j = 0; j < ARRAY_SIZE(suffixes); j++) {
			cleanup_free char *path = beside(root, replaced[i], suffixes[j]);

			root_remove(root, path, NULL);
		}
	}
}

static bool same_file(const struct stat *a, const struct stat *b)
{
	return a->st_ino == b->st_ino && a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
	       a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

/* Makes the new menu, again while somebody else (a kernel that is installed now) makes one meanwhile. */
static int make_config(const struct root *root, struct err *err)
{
	cleanup_free char *next = root_full_path(root, GRUB_CFG_MADE);
	cleanup_free char *path = initramfs_path_env();
	char *argv[] = {(char *)"grub-mkconfig", (char *)"-o", next, NULL};
	char *env[] = {path, NULL};

	for (int tries = 0; tries < TRIES_MAX; tries++) {
		struct stat before = {0}, after = {0};
		int r;

		root_stat(root, GRUB_CFG, &before);
		r = child_check(argv, env, REFRESH_TIMEOUT_MS, err);
		root_stat(root, GRUB_CFG, &after);
		if (r < 0 || same_file(&before, &after))
			return r;
	}
	err_set(err, -EBUSY, _("%s%s: somebody else makes it anew all the time"), root->path,
	        GRUB_CFG);
	err_hint(err, _("wait until the system's update has ended, then try again"));
	return -EBUSY;
}

static int refresh(const struct root *root, struct err *err)
{
	int r;

	remove_leftovers(root);
	r = make_config(root, err);
	if (r == 0)
		r = replace_config(root, err);
	remove_leftovers(root);
	return r < 0 ? err_prefix(err, _("GRUB's menu was not renewed")) : 0;
}

/*
 * What our script added to @config, as grub-mkconfig marks it: another system's entries may look alike. NULL when
 * that is nothing; caller frees.
 */
static char *own_part(const char *config)
{
	const char *begin = config ? strstr(config, "### BEGIN " GRUB_SCRIPT " ###") : NULL;
	const char *end = begin ? strstr(begin, "### END " GRUB_SCRIPT " ###") : NULL;

	return end ? xstrndup(begin, (size_t)(end - begin)) : NULL;
}

static int check(const struct root *root, const char *id, struct err *err)
{
	cleanup_free char *whole = root_read(root, GRUB_CFG), *config = own_part(whole);
	cleanup_free char *token = xasprintf(" playthrough=%s ", id);
	const char *entry = config ? strstr(config, "'playthrough' {") : NULL;

	if (entry && strstr(entry, token))
		return 0;
	err_set(err, -EIO, _("%s%s: holds no entry of ours after grub-mkconfig"), root->path,
	        GRUB_CFG);
	err_hint(err, _("is /etc/grub.d/42_playthrough executable, and does grub-mkconfig run?"));
	err_code(err, CODE_BOOT_MENU);
	return -EIO;
}

/* A menu that this user may not read is taken at the journal's word. */
static bool has_entry(const struct root *root)
{
	cleanup_free char *whole = root_read(root, GRUB_CFG), *config = NULL;

	if (!whole)
		return errno == EACCES;
	config = own_part(whole);
	return config && strstr(config, "'playthrough' {");
}

/* Our script has run, also where it found nothing to add an entry for. */
static bool has_traces(const struct root *root)
{
	static const char begin[] = "### BEGIN " GRUB_SCRIPT " ###";
	cleanup_free char *whole = root_read(root, GRUB_CFG), *config = own_part(whole);

	return has_entry(root) ||
	       (config && !config[sizeof(begin) - 1 + strspn(config + sizeof(begin) - 1, "\n")]);
}

/* The line of mountinfo for the file system that holds @path: the longest mount point in front of it. */
static bool find_mount(const struct root *root, const char *path, char *type, unsigned dev[2])
{
	cleanup_free char *info = root_read(root, "/proc/self/mountinfo");
	char *rest = NULL;
	size_t best = 0;

	for (char *line = strtok_r(info ? info : (char[]){""}, "\n", &rest); line;
	        line = strtok_r(NULL, "\n", &rest)) {
		char point[1024], kind[64];
		const char *dash = strstr(line, " - ");
		unsigned major, minor;
		size_t n;

		if (!dash || sscanf(dash, " - %63s", kind) != 1 ||
		        sscanf(line, "%*u %*u %u:%u %*s %1023s", &major, &minor, point) != 3)
			continue;
		n = streq(point, "/") ? 1 : strlen(point);
		if (strncmp(path, point, n) || (n > 1 && path[n] != '/' && path[n]) || n < best)
			continue;
		best = n;
		strcpy(type, kind);
		dev[0] = major;
		dev[1] = minor;
	}
	return best > 0;
}

/* GRUB writes only into blocks of a plain partition (its manual, "Environment block"). */
static bool remembers(const struct root *root, char **why)
{
	static const char *const writable[] = {"ext2", "ext3", "ext4", "xfs", "vfat"};
	cleanup_free char *link = NULL, *real = NULL;
	unsigned dev[2] = {0, 0};
	char type[64] = "";

	*why = NULL;
	if (!find_mount(root, "/boot/grub", type, dev)) {
		*why = xstrdup(_("/proc/self/mountinfo does not tell where /boot/grub is"));
		return false;
	}
	link = xasprintf("/sys/dev/block/%u:%u", dev[0], dev[1]);
	real = root_real_path(root, link);
	if (!real || strstr(real, "/devices/virtual/")) {
		*why = xasprintf(_("GRUB cannot write to /boot/grub: %s is no plain partition"),
		        real ? strrchr(real, '/') + 1 : link);
		return false;
	}
	for (size_t i = 0; i < ARRAY_SIZE(writable); i++) {
		if (streq(type, writable[i]))
			return true;
	}
	*why = xasprintf(_("GRUB cannot write to /boot/grub: its file system is %s"), type);
	return false;
}

/* A copy of grubenv for grub-editenv to work on; where there is none it makes one. */
static int copy_env(const struct root *root, const char *ready, struct err *err)
{
	size_t size = 0;
	cleanup_free char *block = root_read_bytes(root, GRUB_ENV, &size);

	if (block)
		return root_write(root, ready, block, size, 0600, err);
	if (errno != ENOENT)
		return err_errno(err, -errno, "%s" GRUB_ENV, root->path);
	return 0;
}

/*
 * grub-editenv knows the block's form. It cuts the file to nothing before it writes: a cut of power there would
 * lose what a person has had saved in it, and the block itself. So it works on a copy that takes grubenv's place.
 */
static int edit_env(
        const struct root *root, const char *verb, char *what, char *more, struct err *err)
{
	cleanup_free char *ready = beside(root, GRUB_ENV, READY);
	cleanup_free char *file = root_full_path(root, ready);
	cleanup_free char *path = initramfs_path_env();
	char *argv[] = {(char *)"grub-editenv", file, (char *)verb, what, more, NULL};
	char *env[] = {path, NULL};
	int r;

	remove_leftovers(root);
	r = copy_env(root, ready, err);
	if (r == 0)
		r = child_check(argv, env, 60 * 1000, err);
	if (r == 0)
		r = replace(root, GRUB_ENV, err);
	remove_leftovers(root);
	return r;
}

static int try_once(const struct root *root, const char *id, struct err *err)
{
	cleanup_free char *next = xasprintf(NEXT "=%s", id);

	return edit_env(root, "set", next, NULL, err);
}

/* Our first entry, which GOOD makes the default, starts the newest kernel; it must be the one that was tried. */
static int check_kernel(const struct root *root, const char *kernel, struct err *err)
{
	cleanup_free char *whole = root_read(root, GRUB_CFG), *config = own_part(whole);
	cleanup_free char *title_end = xasprintf(", Linux %s' ", kernel);
	const char *id = config ? strstr(config, "'playthrough' {") : NULL;
	const char *title = id ? strstr(config, title_end) : NULL;

	if (title && title < id)
		return 0;
	err_set(err, -EINVAL,
	        _("this start took kernel %s, and the entry \"Playthrough\" that would become the "
	          "default starts another one"),
	        kernel);
	err_hint(err, _("start that entry and run verify there; until then the stock entry is the "
	                "default"));
	err_code(err, CODE_BOOT_KERNEL);
	return -EINVAL;
}

static int keep(const struct root *root, const char *id, const char *kernel, struct err *err)
{
	cleanup_free char *good = xasprintf(GOOD "=%s", id);
	int r = check_kernel(root, kernel, err);

	if (r == 0)
		r = edit_env(root, "set", good, NULL, err);
	return r < 0 ? r : edit_env(root, "unset", (char *)NEXT, NULL, err);
}

static bool is_kept(const struct root *root, const char *id)
{
	cleanup_free char *block = root_read(root, GRUB_ENV);
	cleanup_free char *line = xasprintf("\n" GOOD "=%s\n", id);

	return block && strstr(block, line);
}

static int forget(const struct root *root, struct err *err)
{
	cleanup_free char *block = root_read(root, GRUB_ENV);

	remove_leftovers(root);
	if (!block || (!strstr(block, "\n" NEXT "=") && !strstr(block, "\n" GOOD "=")))
		return 0;
	return edit_env(root, "unset", (char *)NEXT, (char *)GOOD, err);
}

const struct loader loader_grub = {
        .name = "GRUB",
        .detect = detect,
        .files = files,
        .n_files = ARRAY_SIZE(files),
        .refresh_tool = "update-grub",
        .refresh = refresh,
        .check = check,
        .has_entry = has_entry,
        .has_traces = has_traces,
        .remembers = remembers,
        .try_once = try_once,
        .keep = keep,
        .is_kept = is_kept,
        .forget = forget,
        .memory = GRUB_ENV,
};
