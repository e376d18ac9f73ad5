/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/problem.h"

#include "base/i18n.h"
#include "base/root.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#define NAMES_MOST 100

/* --- what it says --- */

/* The end of a long text, from the beginning of a line. */
static const char *end_of(const char *text, size_t most_bytes)
{
	size_t n = strlen(text);
	const char *line;

	if (n <= most_bytes)
		return text;
	text += n - most_bytes;
	line = strchr(text, '\n');
	if (line)
		return line + 1;
	while ((*text & 0xc0) == 0x80)
		text++;
	return text;
}

void problem_add(struct problem *problem, const char *title, const char *text)
{
	struct problem_section *s = list_append(problem->sections, problem->n);
	size_t most = problem->most_bytes ? problem->most_bytes : PROBLEM_SECTION_MOST;

	s->title = xstrdup(title);
	s->text = xstrdup(text && *text ? end_of(text, most) : _("nothing is known"));
}

void problem_add_err(struct problem *problem, const char *title, const struct err *err)
{
	cleanup_free char *text = NULL;

	if (!err->number && !*err->message)
		return;
	text = xasprintf("%s%s%s%s\n%s", err->message, *err->code ? " (" : "", err->code,
	        *err->code ? ")" : "", err->hint);
	problem_add(problem, title, text);
}

/* A disk's name ends in its serial number: /dev/disk/by-id/ata-Maker_Model_SERIAL-part1. */
static void learn_disks(struct mask *mask, const char *text)
{
	static const char folder[] = "/dev/disk/by-id/";

	while ((text = strstr(text, folder))) {
		size_t n;
		cleanup_free char *name = NULL;
		char *part, *serial;

		text += strlen(folder);
		n = strcspn(text, " \t\n\"',;:)");
		name = xstrndup(text, n);
		part = strstr(name, "-part");
		if (part)
			*part = '\0';
		serial = strrchr(name, '_');
		if (!serial)
			serial = strrchr(name, '-');
		if (serial)
			mask_learn_serial(mask, serial + 1);
		text += n;
	}
}

char *problem_text(struct problem *problem)
{
	cleanup_strv struct strv lines = {0};
	cleanup_free char *all = NULL;

	strv_add(&lines,
	        _("A report of Playthrough's. Serial numbers and the names of people in paths are "
	          "replaced by stand-ins; read it before you pass it on.\n"));
	for (size_t i = 0; i < problem->n; i++) {
		const struct problem_section *s = &problem->sections[i];
		size_t n = strlen(s->text);

		learn_disks(&problem->mask, s->text);
		strv_addf(&lines, "\n== %s ==\n%s%s", s->title, s->text,
		        n && s->text[n - 1] == '\n' ? "" : "\n");
	}
	all = strv_join(&lines, "");
	return mask_text(&problem->mask, all, true);
}

void problem_finish(struct problem *problem)
{
	for (size_t i = 0; i < problem->n; i++) {
		free(problem->sections[i].title);
		free(problem->sections[i].text);
	}
	free(problem->sections);
	mask_finish(&problem->mask);
	*problem = (struct problem){0};
}

/* --- this PC --- */

static void learn_name(struct problem *problem, const char *name, const char *kind)
{
	struct mask *mask = &problem->mask;

	if (mask_is_secret(name) && !mask_find(mask, name, strlen(name)))
		mask_add(mask, name, strlen(name), xasprintf("%s%zu", kind, mask->n + 1));
}

/* People are who login.defs(5) of Debian has them; a name of a service says nothing of anybody. */
void problem_learn_people(struct problem *problem)
{
	struct utsname system;
	struct passwd *user;

	setpwent();
	while ((user = getpwent()))
		if (user->pw_uid >= 1000 && user->pw_uid < 60000)
			learn_name(problem, user->pw_name, "person");
	endpwent();
	if (uname(&system) == 0 && !streq(system.nodename, "localhost"))
		learn_name(problem, system.nodename, "host");
}

/* The value of KEY="value", a line of a file for shells, without its quotes; NULL. Caller frees. */
static char *shell_value(const char *text, const char *key)
{
	cleanup_strv struct strv lines = {0};

	strv_split(&lines, text ? text : "", "\n");
	strv_foreach (line, &lines) {
		char *value = strchr(*line, '=');

		if (!value || !starts_with(*line, key) || (size_t)(value - *line) != strlen(key))
			continue;
		value++;
		if (*value == '"' && ends_with(value + 1, "\"")) {
			value++;
			value[strlen(value) - 1] = '\0';
		}
		return xstrdup(value);
	}
	return NULL;
}

static char *read_text(const char *path)
{
	struct root root;
	char *text;

	if (root_open(&root, "/", NULL) < 0)
		return NULL;
	text = root_read(&root, path);
	root_close(&root);
	return text;
}

char *problem_versions(void)
{
	cleanup_free char *release = read_text("/etc/os-release");
	cleanup_free char *system = shell_value(release, "PRETTY_NAME");
	struct utsname kernel;

	if (uname(&kernel) < 0)
		return xstrdup(system ? system : "");
	return xasprintf("%s\n%s %s %s %s\n", system ? system : "?", kernel.sysname, kernel.release,
	        kernel.version, kernel.machine);
}

/* --- where it goes --- */

char *problem_choose_folder(const char *documents, const char *user_dirs, const char *home,
        bool (*is_folder)(const char *path))
{
	cleanup_free char *value = shell_value(user_dirs, "XDG_DOCUMENTS_DIR"), *path = NULL;

	if (documents && *documents == '/' && is_folder(documents))
		return xstrdup(documents);
	if (value && starts_with(value, "$HOME/") && home)
		path = xasprintf("%s%s", home, value + strlen("$HOME"));
	else if (value && *value == '/')
		path = xstrdup(value);
	if (path && is_folder(path))
		return take_ptr(path);
	return home && *home == '/' && is_folder(home) ? xstrdup(home) : NULL;
}

static bool is_folder(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

char *problem_folder(void)
{
	const char *home = getenv("HOME"), *config = getenv("XDG_CONFIG_HOME");
	cleanup_free char *file = config && *config == '/' ? xasprintf("%s/user-dirs.dirs", config)
	                          : home ? xasprintf("%s/.config/user-dirs.dirs", home)
	                                 : NULL;
	cleanup_free char *text = file ? read_text(file) : NULL;

	return problem_choose_folder(getenv("XDG_DOCUMENTS_DIR"), text, home, is_folder);
}

static int write_new(const char *file, const char *text, struct err *err)
{
	cleanup_close int fd =
	        open(file, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	size_t n = strlen(text);
	ssize_t written = 0;

	while (fd >= 0 && n && (written = write(fd, text, n)) > 0) {
		text += written;
		n -= (size_t)written;
	}
	if (fd >= 0 && n == 0)
		return 0;
	err_errno(err, written == 0 && fd >= 0 ? -EIO : -errno, _("the report %s"), file);
	if (fd >= 0)
		unlink(file);
	return err ? err->number : -EIO;
}

/* Of a name only what no file name minds. */
static char *stem_of(const char *name, int64_t wall_s)
{
	cleanup_free char *safe = xstrdup(name && *name ? name : "pc");
	time_t when = (time_t)wall_s;
	struct tm local = {0};
	char time[32] = "";

	for (char *c = safe; *c; c++)
		if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_", *c))
			*c = '_';
	if (localtime_r(&when, &local))
		strftime(time, sizeof(time), "%Y%m%d-%H%M%S", &local);
	return xasprintf("playthrough-report-%.60s-%s", safe, time);
}

static int write_free(
        const char *folder, const char *stem, const char *text, char **path, struct err *err)
{
	struct err last = {0};

	for (unsigned i = 1; i <= NAMES_MOST; i++) {
		cleanup_free char *file = i == 1 ? xasprintf("%s/%s.txt", folder, stem)
		                                 : xasprintf("%s/%s-%u.txt", folder, stem, i);

		if (write_new(file, text, &last) == 0) {
			*path = take_ptr(file);
			return 0;
		}
		if (last.number != -EEXIST)
			break;
	}
	if (err)
		*err = last;
	return last.number;
}

int problem_write(const char *file, const char *name, const char *text, int64_t wall_s, char **path,
        struct err *err)
{
	cleanup_free char *folder = file ? NULL : problem_folder(), *stem = NULL, *made = NULL;
	int r;

	if (!file && !folder)
		return err_set(err, -ENOENT, _("there is no home folder to put the report in"));
	stem = stem_of(name, wall_s);
	r = file ? write_new(file, text, err) : write_free(folder, stem, text, &made, err);
	if (r == 0 && path)
		*path = file ? xstrdup(file) : take_ptr(made);
	return r;
}
