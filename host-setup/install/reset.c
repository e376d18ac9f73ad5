/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "reset.h"

#include "base/child.h"
#include "base/i18n.h"

#include <errno.h>

#define MARK      "/var/lib/playthrough-first-boot.done"
#define JOURNAL   "/var/lib/playthrough/setup/journal.json"
#define UID_LEAST 1000
#define UID_MOST  59999
#define SHORT_MS  300000u
#define UNDO_MS   1800000u

static const struct {
	const char *folder;
	const char *keep; /* a name in it that stays, or NULL */
} folders[] = {
        {"/etc/playthrough", "profiles"},
        {"/etc/NetworkManager/system-connections", NULL},
        {"/var/lib/playthrough-seat", NULL},
        {"/var/lib/playthrough-front", NULL},
        {"/var/lib/playthrough-console", NULL},
};

static void add_files(
        const struct root *root, const char *folder, const char *keep, struct strv *out)
{
	cleanup_strv struct strv names = {0};

	root_list(root, folder, &names);
	strv_foreach (name, &names) {
		cleanup_free char *path = xasprintf("%s/%s", folder, *name);
		struct stat st;

		if ((keep && streq(*name, keep)) || root_stat(root, path, &st) < 0)
			continue;
		if (S_ISDIR(st.st_mode))
			add_files(root, path, NULL, out);
		else
			strv_add(out, path);
	}
}

void reset_list(const struct root *root, struct strv *paths)
{
	for (size_t i = 0; i < ARRAY_SIZE(folders); i++)
		add_files(root, folders[i].folder, folders[i].keep, paths);
	if (root_exists(root, MARK))
		strv_add(paths, MARK);
}

void reset_people(const char *passwd, struct strv *names)
{
	cleanup_strv struct strv lines = {0};

	strv_split(&lines, passwd, "\n");
	strv_foreach (line, &lines) {
		cleanup_strv struct strv fields = {0};
		uint64_t uid;

		strv_split(&fields, *line, ":");
		if (fields.n >= 4 && parse_u64(fields.list[2], 10, UID_MOST, &uid) == 0 &&
		        uid >= UID_LEAST)
			strv_add(names, fields.list[0]);
	}
}

static int run(char *const *argv, unsigned timeout_ms, struct err *err)
{
	cleanup_free char *path = child_path_env();

	return child_check(argv, (char *[]){path, NULL}, timeout_ms, err);
}

static int undo_setup(const struct root *root, struct err *err)
{
	char *argv[] = {SBINDIR "/playthrough-setup", "undo", "--yes", NULL};

	return root_exists(root, JOURNAL) ? run(argv, UNDO_MS, err) : 0;
}

/* Their folders stay: disks of VMs may lie there. */
static int remove_people(const struct root *root, struct err *err)
{
	cleanup_free char *passwd = root_read(root, "/etc/passwd");
	cleanup_strv struct strv names = {0};

	reset_people(passwd ? passwd : "", &names);
	strv_foreach (name, &names) {
		char *argv[] = {"userdel", "--force", *name, NULL};

		if (run(argv, SHORT_MS, err) < 0)
			return err->number;
	}
	return 0;
}

int reset_do(const struct root *root, void (*stage)(const char *what), struct err *err)
{
	cleanup_strv struct strv paths = {0};

	stage(_("undoing the setup of this PC"));
	if (undo_setup(root, err) < 0)
		return err->number;
	stage(_("removing people"));
	if (remove_people(root, err) < 0)
		return err->number;
	stage(_("removing settings"));
	reset_list(root, &paths);
	strv_foreach (path, &paths) {
		if (root_remove(root, *path, err) < 0)
			return err->number;
	}
	return 0;
}
