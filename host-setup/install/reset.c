/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "reset.h"

#include "base/child.h"
#include "base/i18n.h"
#include "forget.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#define MARK      "/var/lib/playthrough-first-boot.done"
#define JOURNAL   "/var/lib/playthrough/setup/journal.json"
#define HOME      "/home/"
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
        /* ways in for who was here before */
        {"/root/.ssh", NULL},
        {"/etc/sudoers.d", "README"},
        {"/var/lib/systemd/linger", NULL},
        {"/var/spool/cron/crontabs", NULL},
};

/* Of people: field @field of their lines in passwd(5). */
static void read_people(const char *passwd, size_t field, struct strv *out)
{
	cleanup_strv struct strv lines = {0};

	strv_split(&lines, passwd, "\n");
	strv_foreach (line, &lines) {
		cleanup_free char *copy = xstrdup(*line);
		char *rest = copy, *fields[7];
		size_t n = 0;
		uint64_t uid;

		while (n < ARRAY_SIZE(fields) && (fields[n] = strsep(&rest, ":")))
			n++;
		if (n == ARRAY_SIZE(fields) && parse_u64(fields[2], 10, UID_MOST, &uid) == 0 &&
		        uid >= UID_LEAST)
			strv_add(out, fields[field]);
	}
}

void reset_people(const char *passwd, struct strv *names)
{
	read_people(passwd, 0, names);
}

static bool is_home(const char *path)
{
	return starts_with(path, HOME) && path[strlen(HOME)] && path[strlen(HOME)] != '.' &&
	       !strchr(path + strlen(HOME), '/');
}

void reset_homes(const char *passwd, struct strv *paths)
{
	cleanup_strv struct strv all = {0};

	read_people(passwd, 5, &all);
	strv_foreach (path, &all) {
		if (is_home(*path))
			strv_add(paths, *path);
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

/* find(1) walks by descriptors and enters no link, whoever puts one there meanwhile. */
static int clear(const struct root *root, const char *folder, const char *keep, struct err *err)
{
	cleanup_free char *path = root_full_path(root, folder);
	cleanup_free char *kept = xasprintf("%s/%s", path, keep ? keep : "");
	cleanup_free char *below = xasprintf("%s/*", kept);
	char *argv[] = {"find", "-P", path, "-xdev", "-mindepth", "1", "!", "-path", kept, "!",
	        "-path", below, "-delete", NULL};

	if (!keep) {
		argv[6] = "-delete";
		argv[7] = NULL;
	}
	return root_exists(root, folder) ? run(argv, SHORT_MS, err) : 0;
}

int reset_clear(const struct root *root, struct err *err)
{
	for (size_t i = 0; i < ARRAY_SIZE(folders); i++) {
		if (clear(root, folders[i].folder, folders[i].keep, err) < 0)
			return err->number;
	}
	return 0;
}

/* The next person gets the number that the last one had, and must not come by what that number owns. */
static int close_home(const struct root *root, const char *path, struct err *err)
{
	cleanup_close int fd = root_openat(root, path, O_RDONLY | O_DIRECTORY, 0);

	if (fd == -ENOENT)
		return 0;
	if (fd < 0 || fchown(fd, 0, 0) < 0 || fchmod(fd, 0700) < 0 || fsync(fd) < 0)
		return err_errno(err, fd < 0 ? fd : -errno, "%s%s", root->path, path);
	return 0;
}

int reset_close_homes(const struct root *root, struct err *err)
{
	cleanup_free char *passwd = root_read(root, "/etc/passwd");
	cleanup_strv struct strv homes = {0};

	reset_homes(passwd ? passwd : "", &homes);
	strv_foreach (home, &homes) {
		if (close_home(root, *home, err) < 0)
			return err->number;
	}
	return 0;
}

static int remove_people(const struct root *root, struct err *err)
{
	cleanup_free char *passwd = root_read(root, "/etc/passwd");
	char *no_root[] = {"usermod", "--password", "*", "root", NULL};
	cleanup_strv struct strv names = {0};

	if (reset_close_homes(root, err) < 0)
		return err->number;
	reset_people(passwd ? passwd : "", &names);
	strv_foreach (name, &names) {
		char *argv[] = {"userdel", "--force", *name, NULL};

		if (run(argv, SHORT_MS, err) < 0)
			return err->number;
	}
	return run(no_root, SHORT_MS, err);
}

/* The mark goes before people do: whatever is cut off from here on, the next start asks. */
int reset_do(const struct root *root, void (*stage)(const char *what), struct err *err)
{
	stage(_("undoing the setup of this PC"));
	if (undo_setup(root, err) < 0 || root_remove(root, MARK, err) < 0)
		return err->number;
	stage(_("removing people"));
	if (remove_people(root, err) < 0)
		return err->number;
	stage(_("removing settings"));
	if (reset_clear(root, err) < 0 || forget(root, err) < 0)
		return err->number;
	sync();
	return 0;
}
