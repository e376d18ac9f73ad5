/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "own_entries.h"
#include "efi_boot.h"

#include "base/i18n.h"

#include <errno.h>
#include <strings.h>

static int list(const struct root *root, const char *folder, bool (*wanted)(const char *name),
        struct strv *paths)
{
	struct strv cleanup_strv names = {0};
	int r = folder ? root_list(root, folder, &names) : -ENOENT;

	strv_foreach (name, &names) {
		if (wanted(*name))
			strv_addf(paths, "%s/%s", folder, *name);
	}
	return r;
}

int own_entries_list(const struct root *root, const char *folder, struct strv *paths)
{
	return list(root, folder, loader_entry_is_own, paths);
}

bool own_entries_has(const struct root *root, const char *folder)
{
	struct strv cleanup_strv paths = {0};
	int r = own_entries_list(root, folder, &paths);

	return paths.n || r == -EACCES;
}

bool own_entries_has_traces(const struct root *root, const char *folder)
{
	struct strv cleanup_strv paths = {0};

	list(root, folder, loader_entry_is_trace, &paths);
	return paths.n;
}

char *own_entries_newest(const struct root *root, const char *folder, const char *like)
{
	struct strv cleanup_strv paths = {0};
	const char *newest = NULL;

	own_entries_list(root, folder, &paths);
	strv_foreach (path, &paths) {
		const char *name = strrchr(*path, '/') + 1;

		if (like && !loader_entry_same_line(name, like))
			continue;
		if (!newest || loader_entry_compare(name, newest) > 0)
			newest = name;
	}
	return xstrdup(newest);
}

bool own_entries_holds(const struct root *root, const char *folder, const char *name)
{
	struct strv cleanup_strv paths = {0};

	own_entries_list(root, folder, &paths);
	strv_foreach (path, &paths) {
		if (!strcasecmp(strrchr(*path, '/') + 1, name))
			return true;
	}
	return false;
}

/* The value of NAME= among the words of @line, caller frees; NULL: not there. */
static char *word_value(const char *line, const char *name)
{
	struct strv words = {0};
	char *value = NULL;

	strv_split(&words, line, " ");
	strv_foreach (word, &words) {
		if (starts_with(*word, name)) {
			free(value);
			value = xstrdup(*word + strlen(name));
		}
	}
	strv_finish(&words);
	return value;
}

bool own_entries_are_of_this_system(const struct root *root, const char *name, const char *own_name,
        const struct loader_entry *entry)
{
	cleanup_free char *booted = efivar_text(root, EFIVAR_BOOTED);
	const char *machine = loader_entry_get(entry, "machine-id");
	cleanup_free char *own = root_read(root, "/etc/machine-id");
	cleanup_free char *cmdline = root_read(root, "/proc/cmdline");
	cleanup_free char *options = loader_entry_options(entry);
	cleanup_free char *theirs = word_value(options, "root=");
	cleanup_free char *ours = word_value(cmdline ? cmdline : "", "root=");

	if (machine && own)
		return streq(machine, own);
	if (theirs && ours)
		return streq(theirs, ours);
	/* Where the root file system is found by itself, only what has started this system is surely its own. */
	return !theirs && !ours && booted &&
	       (!strcasecmp(booted, name) || !strcasecmp(booted, own_name));
}

char *own_entries_arguments(const struct root *root)
{
	return own_entries_arguments_in(root, OWN_ENTRIES_PLUGIN);
}

char *own_entries_arguments_in(const struct root *root, const char *hook)
{
	static const char mark[] = "\n# arguments: ";
	cleanup_free char *text = root_read(root, hook);
	const char *at = text ? strstr(text, mark) : NULL;

	return at ? xstrndup(at + strlen(mark), strcspn(at + strlen(mark), "\n")) : NULL;
}

static bool is_wanted(const struct edits *wanted, const char *path)
{
	for (size_t i = 0; i < wanted->n; i++) {
		if (streq(wanted->list[i].path, path))
			return true;
	}
	return false;
}

/* Entries of ours whose kernel is gone, or all when we are. */
static int remove_others(
        const struct root *root, const char *folder, const struct edits *wanted, struct err *err)
{
	struct strv cleanup_strv paths = {0};
	int r = 0;

	list(root, folder, loader_entry_is_trace, &paths);
	strv_foreach (path, &paths) {
		if (r == 0 && !is_wanted(wanted, *path))
			r = root_remove(root, *path, err);
	}
	return r;
}

int own_entries_make(
        const struct root *root, const char *folder, const struct edits *wanted, struct err *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < wanted->n; i++) {
		const struct edit *e = &wanted->list[i];

		if (edit_changes(e))
			r = root_write(root, e->path, e->new_bytes, e->new_size, e->mode, err);
	}
	return r == 0 ? remove_others(root, folder, wanted, err) : r;
}

static bool is_in_force(const struct edits *wanted, const char *path)
{
	for (size_t i = 0; i < wanted->n; i++) {
		if (streq(wanted->list[i].path, path))
			return !edit_changes(&wanted->list[i]);
	}
	return false;
}

int own_entries_drop_copied(
        const struct root *root, const char *folder, const struct edits *wanted, struct err *err)
{
	struct strv cleanup_strv paths = {0};
	int r = 0;

	own_entries_list(root, folder, &paths);
	strv_foreach (path, &paths) {
		if (r == 0 && loader_entry_is_copied(strrchr(*path, '/') + 1) &&
		        !is_in_force(wanted, *path))
			r = root_remove(root, *path, err);
	}
	return r;
}

int own_entries_check(const struct root *root, const char *folder, const char *id, struct err *err)
{
	cleanup_free char *token = xasprintf(" playthrough=%s ", id);
	struct strv cleanup_strv paths = {0};
	bool found = false;

	own_entries_list(root, folder, &paths);
	strv_foreach (path, &paths) {
		cleanup_free char *text = root_read(root, *path);

		found = text && strstr(text, token);
		if (!found)
			break;
	}
	if (found)
		return 0;
	err_set(err, -EIO, _("%s: holds no entry of ours, or one of another plan"),
	        folder ? folder : "loader/entries");
	err_hint(err, _("run playthrough-setup apply again"));
	err_code(err, CODE_BOOT_MENU);
	return -EIO;
}
