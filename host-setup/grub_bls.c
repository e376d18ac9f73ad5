/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * GRUB 2 as Fedora, RHEL and their children set it up: grub.cfg says `blscfg`, and the menu is what lies in
 * /boot/loader/entries.
 *
 * Ours are further files there, made from the stock ones and made anew through the plugin for kernel-install, as with
 * systemd-boot. Which entry is taken is told by grubenv: next_entry once (grub.cfg clears it before it is
 * taken), saved_entry for good. Differences from systemd-boot's reading of the same files, all in Fedora's
 * grub-core/commands/blscfg.c: only the first line "options" counts; the name without ".conf" is the entry's id.
 */
#include "grub_env.h"
#include "loader.h"
#include "loader_entry.h"
#include "overlay.h"
#include "own_entries.h"
#include "settle.h"

#include "base/child.h"
#include "base/i18n.h"
#include "host/attr.h"

#include <errno.h>
#include <stdio.h>

#define GRUB_FOLDER     "/boot/grub2"
#define GRUB_CFG        GRUB_FOLDER "/grub.cfg"
#define GRUB_ENV        GRUB_FOLDER "/grubenv"
#define ENTRIES         "/boot/loader/entries"
#define OVERLAY         "/boot/" OVERLAY_NAME
#define TOOL_TIMEOUT_MS (60u * 1000)

static const char *detect(const struct root *root)
{
	cleanup_free char *config = root_read(root, GRUB_CFG);

	/* A menu that this user may not read: the folder of entries tells. */
	if (!config && errno != EACCES)
		return NULL;
	if (config && !strstr(config, "\nblscfg") && !starts_with(config, "blscfg"))
		return NULL;
	return root_exists(root, ENTRIES) ? GRUB_CFG : NULL;
}

/* --- grubenv --- */

/* Caller frees; NULL where it is not set. */
static char *env_get(const struct root *root, const char *name)
{
	cleanup_free char *block = root_read(root, GRUB_ENV);
	cleanup_free char *mark = xasprintf("\n%s=", name);
	const char *at = block ? strstr(block, mark) : NULL;

	if (!at)
		return NULL;
	at += strlen(mark);
	return *at == '\n' || !*at ? NULL : xstrndup(at, strcspn(at, "\n"));
}

static int env_edit(const struct root *root, const char *verb, char *what, struct err *err)
{
	return grub_env_edit(
	        root, "grub2-editenv", GRUB_ENV, (char *[]){(char *)verb, what, NULL}, err);
}

static int env_set(const struct root *root, const char *name, const char *value, struct err *err)
{
	cleanup_free char *word = xasprintf("%s=%s", name, value);

	return env_edit(root, "set", word, err);
}

static bool is_own_id(const char *id)
{
	return id && id[0] == '~' && ends_with(id, "~playthrough");
}

/* --- entries --- */

/* The rescue entry is for the day when nothing else starts: it stays alone. */
static bool is_stock(const struct root *root, const char *name)
{
	cleanup_free char *machine = root_read(root, "/etc/machine-id");
	size_t n = machine ? strlen(machine) : 0;

	return loader_entry_is_entry(name) && !loader_entry_is_own(name) && n &&
	       starts_with(name, machine) && name[n] == '-' && !starts_with(name + n, "-0-rescue");
}

/* Where GRUB finds our archive: beside the kernel, by the words that the entry has for its folder. Caller frees. */
static char *overlay_path(const struct loader_entry *stock)
{
	const char *kernel = loader_entry_get(stock, "linux");
	const char *slash = kernel ? strrchr(kernel, '/') : NULL;

	return xasprintf(
	        "%.*s/" OVERLAY_NAME, slash ? (int)(slash - kernel) : 0, kernel ? kernel : "");
}

/* Without its options, which go into one line with ours. */
static void copy_without_options(const struct loader_entry *from, struct loader_entry *to)
{
	*to = (struct loader_entry){0};
	for (size_t i = 0; i < from->keys.n; i++) {
		if (streq(from->keys.list[i], "options"))
			continue;
		loader_entry_add(to, from->keys.list[i], from->values.list[i]);
	}
}

/* The first line alone: what GRUB takes of the stock entry. Without any it takes $default_kernelopts. Caller frees. */
static char *stock_options(const struct loader_entry *stock)
{
	for (size_t i = 0; i < stock->keys.n; i++) {
		if (streq(stock->keys.list[i], "options"))
			return xstrdup(stock->values.list[i]);
	}
	return xstrdup("$default_kernelopts");
}

static char *derive(const char *text, const char *name, const char *arguments)
{
	cleanup_free char *overlay = NULL, *options = NULL, *all = NULL;
	struct loader_entry stock, rest;
	char *own;

	loader_entry_parse(text, &stock);
	copy_without_options(&stock, &rest);
	overlay = overlay_path(&stock);
	options = stock_options(&stock);
	all = xasprintf("%s %s", options, arguments);
	own = loader_entry_derive(&rest, name, overlay, all);
	loader_entry_finish(&stock);
	loader_entry_finish(&rest);
	return own;
}

static int refuse(struct err *err, const char *fmt, const char *what, const char *more)
{
	err_set(err, -ENOTSUP, fmt, what, more);
	err_hint(err, _("Playthrough adds an entry beside the stock one; nothing was changed"));
	err_code(err, CODE_BOOT_LOADER);
	return -ENOTSUP;
}

static int add_entry(const struct root *root, const char *name, const char *arguments,
        struct edits *out, struct err *err)
{
	cleanup_free char *text = root_readf(root, ENTRIES "/%s", name);
	cleanup_free char *own_name = loader_entry_own_name(name);
	cleanup_free char *path = xasprintf(ENTRIES "/%s", own_name);
	char *own = text ? derive(text, name, arguments) : NULL;
	int r;

	if (!own)
		return 0;
	r = edits_add(out, root, path, grub_file_mode(root, path, 0644), err);
	if (r == 0)
		edit_set(&out->list[out->n - 1], take_ptr(own), strlen(own));
	free(own);
	return r;
}

static int make_entries(
        const struct root *root, const char *arguments, struct edits *out, struct err *err)
{
	struct strv cleanup_strv names = {0};
	size_t before = out->n;
	int r = root_list(root, ENTRIES, &names);

	if (r < 0)
		return err_errno(err, r, "%s" ENTRIES, root->path);
	strv_foreach (name, &names) {
		if (r == 0 && is_stock(root, *name))
			r = add_entry(root, *name, arguments, out, err);
	}
	if (r == 0 && out->n == before)
		return refuse(err,
		        _("%s holds no entry of this system that names a kernel and an initramfs"),
		        ENTRIES, NULL);
	return r;
}

static int entries(const struct root *root, struct edits *out, struct err *err)
{
	return make_entries(root, "@ARGUMENTS@", out, err);
}

/* "/boot/loader/entries/ID.conf" -> "ID"; caller frees. */
static char *entry_id(const char *path)
{
	const char *name = strrchr(path, '/') + 1;

	return xstrndup(name, strlen(name) - strlen(".conf"));
}

static int refresh(const struct root *root, struct err *err)
{
	cleanup_free char *arguments = own_entries_arguments(root);
	struct edits wanted = {0};
	int r = arguments ? make_entries(root, arguments, &wanted, err) : 0;

	if (r == 0)
		r = own_entries_make(root, ENTRIES, &wanted, err);
	edits_finish(&wanted);
	return r == 0 ? settle(root, "/boot", err) : r;
}

static int check(const struct root *root, const char *id, struct err *err)
{
	return own_entries_check(root, ENTRIES, id, err);
}

static bool has_entry(const struct root *root)
{
	return own_entries_has(root, ENTRIES);
}

static bool has_traces(const struct root *root)
{
	return own_entries_has_traces(root, ENTRIES);
}

/* --- files --- */

/* A default by its place in the menu would be another entry when ours stands among them. */
static int check_default(const struct root *root, struct err *err)
{
	cleanup_free char *saved = env_get(root, "saved_entry");
	uint64_t number;

	if (!saved || parse_u64(saved, 10, UINT32_MAX, &number) < 0 || number == 0)
		return 0;
	refuse(err,
	        _("GRUB's default is an entry by its place in the menu (%s: saved_entry=%s), and a "
	          "further entry would shift it"),
	        GRUB_ENV, saved);
	err_hint(err,
	        _("choose it by its name: grubby --set-default /boot/vmlinuz-..., then try again"));
	return -ENOTSUP;
}

static int files(const struct root *root, struct edits *out, struct err *err)
{
	int r = check_default(root, err);

	if (r == 0)
		r = edits_add(out, root, OVERLAY, grub_file_mode(root, OVERLAY, 0644), err);
	return r < 0 ? r
	             : loader_add_template(root, out, OWN_ENTRIES_PLUGIN,
	                       "kernel-install-95-playthrough.install", 0755, err);
}

static bool owns(const char *path)
{
	return streq(path, OWN_ENTRIES_PLUGIN);
}

/* --- once, and for good --- */

static bool remembers(const struct root *root, char **why)
{
	cleanup_free char *config = root_read(root, GRUB_CFG);

	*why = NULL;
	if (!config || strstr(config, "next_entry"))
		return grub_env_writable(root, GRUB_FOLDER, why);
	*why = xasprintf(_("%s knows no next_entry"), GRUB_CFG);
	return false;
}

/* Our entry of the newest kernel; caller frees. */
static char *newest_own(const struct root *root)
{
	cleanup_free char *name = own_entries_newest(root, ENTRIES, NULL);

	return name ? xstrndup(name, strlen(name) - strlen(".conf")) : NULL;
}

/* Our counterpart of the default entry, else the one of the newest kernel; caller frees. */
static char *own_of_default(const struct root *root)
{
	cleanup_free char *saved = env_get(root, "saved_entry");
	cleanup_free char *wanted = is_own_id(saved)
	                                    ? xstrdup(saved)
	                                    : xasprintf("~%s~playthrough", saved ? saved : "");
	struct strv cleanup_strv paths = {0};

	own_entries_list(root, ENTRIES, &paths);
	strv_foreach (path, &paths) {
		cleanup_free char *id = entry_id(*path);

		if (streq(id, wanted))
			return take_ptr(id);
	}
	return newest_own(root);
}

static int try_once(const struct root *root, const char *id, struct err *err)
{
	cleanup_free char *own = own_of_default(root);

	(void)id; /* check() has seen that all of ours are of this plan */
	if (!own)
		return err_set(err, -ENOENT, _("there is no entry of ours to be tried"));
	return env_set(root, "next_entry", own, err);
}

/* The id of our entry for @kernel; caller frees. */
static char *own_of_kernel(const struct root *root, const char *kernel)
{
	struct strv cleanup_strv paths = {0};

	own_entries_list(root, ENTRIES, &paths);
	strv_foreach (path, &paths) {
		cleanup_free char *text = root_read(root, *path);
		struct loader_entry entry;
		const char *version;
		bool is;

		loader_entry_parse(text ? text : "", &entry);
		version = loader_entry_get(&entry, "version");
		is = version && streq(version, kernel);
		loader_entry_finish(&entry);
		if (is)
			return entry_id(*path);
	}
	return NULL;
}

static int keep(const struct root *root, const char *id, const char *kernel, struct err *err)
{
	cleanup_free char *own = own_of_kernel(root, kernel);
	int r = check(root, id, err);

	if (r < 0)
		return r;
	if (own)
		return env_set(root, "saved_entry", own, err);
	err_set(err, -EINVAL,
	        _("this start took kernel %s, and the entry \"Playthrough\" that would become the "
	          "default starts another one"),
	        kernel);
	err_hint(err, _("start that entry and run verify there; until then the stock entry is the "
	                "default"));
	err_code(err, CODE_BOOT_KERNEL);
	return -EINVAL;
}

static bool is_kept(const struct root *root, const char *id)
{
	cleanup_free char *saved = env_get(root, "saved_entry");
	cleanup_free char *release = attr_text(root, "/proc/sys/kernel/osrelease");
	cleanup_free char *runs = release ? own_of_kernel(root, release) : NULL;
	bool newer = saved && runs && loader_entry_compare(runs, saved) > 0;

	return is_own_id(saved) && !newer && check(root, id, NULL) == 0;
}

static int try_new(const struct root *root, struct err *err)
{
	cleanup_free char *kept = env_get(root, "saved_entry"), *newest = newest_own(root);
	cleanup_free char *why = NULL;

	if (!is_own_id(kept) || !newest || streq(kept, newest) || !remembers(root, &why))
		return 0;
	return env_set(root, "next_entry", newest, err);
}

static char *choice(const struct root *root)
{
	char *saved = env_get(root, "saved_entry");

	if (!is_own_id(saved))
		return saved;
	free(saved);
	return NULL;
}

static int forget(const struct root *root, const char *before, struct err *err)
{
	cleanup_free char *next = env_get(root, "next_entry");
	cleanup_free char *saved = env_get(root, "saved_entry");
	int r = 0;

	if (is_own_id(next))
		r = env_edit(root, "unset", (char *)"next_entry", err);
	if (r == 0 && is_own_id(saved))
		r = before ? env_set(root, "saved_entry", before, err)
		           : env_edit(root, "unset", (char *)"saved_entry", err);
	return r;
}

const struct loader loader_grub_bls = {
        .name = "GRUB with Boot Loader Specification entries",
        .detect = detect,
        .files = files,
        .owns = owns,
        .entries = entries,
        .refresh_tool = "playthrough-setup renew",
        .refresh = refresh,
        .check = check,
        .has_entry = has_entry,
        .has_traces = has_traces,
        .remembers = remembers,
        .try_once = try_once,
        .keep = keep,
        .is_kept = is_kept,
        .try_new = try_new,
        .choice = choice,
        .forget = forget,
        .memory = GRUB_ENV,
};
