/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * GRUB 2 as Debian and its children set it up: grub.cfg made by grub-mkconfig from /etc/grub.d.
 *
 * update-grub is `grub-mkconfig -o /boot/grub/grub.cfg`, and that ends in `cat grub.cfg.new > grub.cfg`:
 * a cut of power in that moment leaves half a menu. So the same tool writes another file here, which
 * takes grub.cfg's place by a rename that GRUB's own reading of the disk cannot see half of.
 */
#include "loader.h"
#include "grub_env.h"
#include "overlay.h"
#include "settle.h"

#include "base/child.h"
#include "base/i18n.h"
#include "host/attr.h"

#include <errno.h>
#include <stdio.h>

#define GRUB_FOLDER        "/boot/grub"
#define GRUB_CFG           GRUB_FOLDER "/grub.cfg"
#define GRUB_CFG_MADE      GRUB_CFG ".playthrough"
#define GRUB_SCRIPT        "/etc/grub.d/42_playthrough"
#define OVERLAY            "/boot/" OVERLAY_NAME
#define GRUB_ENV           GRUB_FOLDER "/grubenv"
#define TRIES_MAX          3
#define NEXT               "playthrough_next"
#define GOOD               "playthrough_good"
#define GOOD_KERNEL        "playthrough_kernel"
#define TRIED              "playthrough_tried"
#define REFRESH_TIMEOUT_MS (15u * 60 * 1000) /* os-prober looks at every disk */

static const char *detect(const struct root *root)
{
	bool tool = root_exists(root, "/usr/sbin/grub-mkconfig") ||
	            root_exists(root, "/usr/bin/grub-mkconfig");

	if (!tool || !root_exists(root, "/etc/grub.d"))
		return NULL;
	return root_exists(root, GRUB_CFG) ? GRUB_CFG : NULL;
}

static int files(const struct root *root, struct edits *out, struct err *err)
{
	int r = edits_add(out, root, OVERLAY, grub_file_mode(root, OVERLAY, 0644), err);

	return r < 0 ? r
	             : loader_add_template(
	                       root, out, GRUB_SCRIPT, "grub-42_playthrough", 0755, err);
}

static bool owns(const char *path)
{
	return streq(path, GRUB_SCRIPT);
}

/* Puts what grub-mkconfig wrote in place of grub.cfg. */
static int replace_config(const struct root *root, struct err *err)
{
	size_t size = 0;
	cleanup_free char *bytes = root_read_bytes(root, GRUB_CFG_MADE, &size);
	cleanup_free char *ready = grub_beside(root, GRUB_CFG, GRUB_READY);
	int r;

	if (!bytes)
		return err_errno(err, -errno, "%s" GRUB_CFG_MADE, root->path);
	if (!strstr(bytes, "menuentry "))
		return err_set(err, -EIO, _("grub-mkconfig made a menu without an entry"));
	r = root_write(root, ready, bytes, size, grub_file_mode(root, GRUB_CFG, 0444), err);
	return r < 0 ? r : grub_replace(root, GRUB_CFG, err);
}

/* What refresh() or edit_env() left, now or before a cut of power. */
static void remove_leftovers(const struct root *root)
{
	root_remove(root, GRUB_CFG_MADE, NULL);
	root_remove(root, GRUB_CFG_MADE ".new", NULL);
	grub_remove_beside(root, GRUB_CFG);
	grub_remove_beside(root, GRUB_ENV);
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
	cleanup_free char *path = child_path_env();
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

static bool remembers(const struct root *root, char **why)
{
	return grub_env_writable(root, GRUB_FOLDER, why);
}

static int edit_env(
        const struct root *root, const char *verb, char *what, char *more, struct err *err)
{
	return grub_env_edit(
	        root, "grub-editenv", GRUB_ENV, (char *[]){(char *)verb, what, more, NULL}, err);
}

static int try_once(const struct root *root, const char *id, struct err *err)
{
	cleanup_free char *next = xasprintf(NEXT "=%s", id);

	return edit_env(root, "set", next, NULL, err);
}

/* Whether @config has an entry of ours for the kernel that its file names @name. */
static bool has_kernel(const char *config, const char *name)
{
	cleanup_free char *title_end = xasprintf(", Linux %s' ", name);

	return strstr(config, title_end);
}

/*
 * How our entries name the running kernel: by its release; Arch and its children name kernels by package (vmlinuz-linux),
 * whose release changes below the name. Caller frees; NULL: there is no entry for it.
 */
static char *kernel_name(const struct root *root, const char *release)
{
	cleanup_free char *whole = root_read(root, GRUB_CFG), *config = own_part(whole);
	cleanup_free char *package = attr_text(root, "/usr/lib/modules/%s/pkgbase", release);

	if (config && has_kernel(config, release))
		return xstrdup(release);
	return config && package && has_kernel(config, package) ? take_ptr(package) : NULL;
}

static int keep(const struct root *root, const char *id, const char *kernel, struct err *err)
{
	cleanup_free char *name = kernel_name(root, kernel);
	cleanup_free char *good = xasprintf(GOOD "=%s", id);
	cleanup_free char *which = xasprintf(GOOD_KERNEL "=%s", name ? name : "");
	int r;

	if (name) {
		r = edit_env(root, "set", good, which, err);
		return r < 0 ? r : edit_env(root, "unset", (char *)NEXT, (char *)TRIED, err);
	}
	err_set(err, -EINVAL,
	        _("this start took kernel %s, and the boot menu has no entry of ours for that one"),
	        kernel);
	err_hint(err, _("start an entry \"Playthrough\" and run verify there; until then the stock "
	                "entry is the default"));
	err_code(err, CODE_BOOT_KERNEL);
	return -EINVAL;
}

/* Whether grubenv's @block sets any variable of ours. */
static bool remembers_us(const char *block)
{
	return block && strstr(block, "\nplaythrough_");
}

/* Whether the running kernel is the newer one that the menu tries, and not yet the one that was found well. */
static bool is_trial(const struct root *root, const char *block)
{
	cleanup_free char *release = attr_text(root, "/proc/sys/kernel/osrelease");
	cleanup_free char *name = release ? kernel_name(root, release) : NULL;
	cleanup_free char *tried = name ? xasprintf("\n" TRIED "=%s\n", name) : NULL;
	cleanup_free char *good = name ? xasprintf("\n" GOOD_KERNEL "=%s\n", name) : NULL;

	return tried && strstr(block, tried) && !strstr(block, good);
}

static bool is_kept(const struct root *root, const char *id)
{
	cleanup_free char *block = root_read(root, GRUB_ENV);
	cleanup_free char *line = xasprintf("\n" GOOD "=%s\n", id);

	return block && strstr(block, line) && !is_trial(root, block);
}

static int forget(const struct root *root, const char *choice, struct err *err)
{
	cleanup_free char *block = root_read(root, GRUB_ENV);

	(void)choice; /* GRUB_DEFAULT is not touched: our script only goes before it */
	remove_leftovers(root);
	if (!remembers_us(block))
		return 0;
	return grub_env_edit(root, "grub-editenv", GRUB_ENV,
	        (char *[]){(char *)"unset", (char *)NEXT, (char *)GOOD, (char *)GOOD_KERNEL,
	                (char *)TRIED, NULL},
	        err);
}

const struct loader loader_grub = {
        .name = "GRUB",
        .detect = detect,
        .files = files,
        .owns = owns,
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
