/* SPDX-License-Identifier: GPL-2.0-or-later */
/* playthrough-install: a system that was started from Playthrough's image writes itself to a disk. */
#include "choose.h"
#include "reset.h"
#include "system.h"

#include "base/i18n.h"
#include "base/version.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <unistd.h>

#define PROGRAM "playthrough-install"

struct wish {
	const char *disk, *confirm;
};

static int usage(FILE *out)
{
	fprintf(out, _("usage: %s list | to DISK [--confirm NAME] | reset [--confirm reset]"),
	        PROGRAM);
	fputs("\n\n", out);
	fputs(_("  list   the disks of this PC, what is on them, and which of them can be taken\n"
	        "  to     writes this system to DISK, which it erases\n"
	        "  reset  removes people, networks and settings; VMs and their disks stay\n\n"
	        "Manual page: playthrough-install(8).\n"),
	        out);
	return out == stdout ? 0 : 2;
}

static void print_lines(const struct strv *lines, FILE *out)
{
	strv_foreach (line, lines)
		fprintf(out, "%s\n", *line);
}

/* --- list --- */

static void print_disk(const struct disk *d)
{
	cleanup_strv struct strv lines = {0};
	struct err why = {0};

	install_tell(d, &lines);
	print_lines(&lines, stdout);
	if (install_judge(d, &why) < 0)
		printf(_("  cannot be taken: %s\n"), why.message);
	else
		printf("  sudo %s to %s\n", PROGRAM, install_name(d));
	putchar('\n');
}

static int list(struct err *err)
{
	cleanup(root_close) struct root root = {.fd = -1};
	cleanup(disks_finish) struct disks disks = {0};

	if (root_open(&root, "/", err) < 0 || disks_take(&root, &disks, err) < 0)
		return err->number;
	for (size_t i = 0; i < disks.n; i++)
		print_disk(&disks.list[i]);
	return 0;
}

/* --- to --- */

static void stage(const char *what)
{
	fprintf(stderr, "%s\n", what);
}

static void tell(unsigned percent)
{
	if (isatty(STDERR_FILENO))
		fprintf(stderr, "\r%3u %%%s", percent, percent == 100 ? "\n" : "");
}

static int not_confirmed(const char *what, const char *name, struct err *err)
{
	err_set(err, -ECANCELED, "%s", what);
	err_hint(err, _("type the name when asked, or give --confirm %s"), name);
	err_code(err, CODE_INSTALL_CONFIRM);
	return -ECANCELED;
}

/* Whether the person types @name, or has given it. @lines is shown first; @what says that it was neither. */
static int confirm(const struct strv *lines, const char *what, const char *name, const char *given,
        struct err *err)
{
	cleanup_free char *line = NULL;
	size_t room = 0;

	if (given)
		return streq(given, name) ? 0 : not_confirmed(what, name, err);
	if (!isatty(STDIN_FILENO) || !isatty(STDERR_FILENO))
		return not_confirmed(what, name, err);
	print_lines(lines, stderr);
	fprintf(stderr, _("\nAll of this is erased. Type %s to go on: "), name);
	fflush(stderr);
	if (getline(&line, &room, stdin) < 0 || !streq(strip(line), name))
		return not_confirmed(what, name, err);
	return 0;
}

static int confirm_disk(const struct disk *d, const char *given, struct err *err)
{
	cleanup_strv struct strv lines = {0};

	install_tell(d, &lines);
	return confirm(
	        &lines, _("erasing the disk was not confirmed"), install_name(d), given, err);
}

static const struct disk *find(const struct disks *disks, const char *name, struct err *err)
{
	cleanup_free char *path =
	        strchr(name, '/') ? xstrdup(name) : xasprintf("/dev/disk/by-id/%s", name);
	const struct disk *d = disks_find(disks, path);

	if (d)
		return d;
	err_set(err, -ENODEV, _("there is no disk %s"), path);
	err_hint(err, _("%s list shows the disks of this PC"), PROGRAM);
	err_code(err, CODE_DISK_ABSENT);
	return NULL;
}

/* Of an image's system, by root. */
static int prepare(const struct root *root, struct identity *here, struct err *err)
{
	cleanup_free char *fstab = root_read(root, "/etc/fstab");

	if (identity_read(fstab ? fstab : "", here, err) < 0)
		return err->number;
	if (geteuid() == 0)
		return 0;
	err_set(err, -EPERM, _("this needs root"));
	err_hint(err, "sudo %s ...", PROGRAM);
	return -EPERM;
}

static int to(const struct wish *wish, struct err *err)
{
	struct install install = {.definitions = DATADIR "/install", .stage = stage, .tell = tell};
	cleanup(root_close) struct root root = {.fd = -1};
	cleanup(disks_finish) struct disks disks = {0};
	const struct disk *d;

	if (root_open(&root, "/", err) < 0 || disks_take(&root, &disks, err) < 0)
		return err->number;
	d = find(&disks, wish->disk, err);
	if (!d || install_judge(d, err) < 0 || prepare(&root, &install.here, err) < 0 ||
	        confirm_disk(d, wish->confirm, err) < 0 ||
	        install_system(&install, d->by_id, err) < 0)
		return err->number;
	puts(_("Done. Switch this PC off, take the stick out, and switch it on."));
	return 0;
}

/* --- reset --- */

static int reset(const struct wish *wish, struct err *err)
{
	cleanup(root_close) struct root root = {.fd = -1};
	cleanup_strv struct strv lines = {0};
	struct identity here;

	if (root_open(&root, "/", err) < 0 || prepare(&root, &here, err) < 0)
		return err->number;
	strv_add(&lines,
	        _("The people of this PC, its networks, the settings of front end and console"));
	if (confirm(&lines, _("the reset was not confirmed"), "reset", wish->confirm, err) < 0 ||
	        reset_do(&root, stage, err) < 0)
		return err->number;
	puts(_("Done. Restart this PC: it asks as it did at its first start. VMs and people's "
	       "folders are "
	       "still there."));
	return 0;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
	        {"confirm", required_argument, NULL, 'c'}, {"help", no_argument, NULL, 'h'}, {0}};
	struct wish wish = {0};
	struct err err = {0};
	int c, r;

	if (version_asked(argc, argv, PROGRAM))
		return 0;
	i18n_init();
	while ((c = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		if (c != 'c')
			return usage(c == 'h' ? stdout : stderr);
		wish.confirm = optarg;
	}
	argc -= optind;
	argv += optind;
	if (argc == 1 && streq(argv[0], "list") && !wish.confirm) {
		r = list(&err);
	} else if (argc == 1 && streq(argv[0], "reset")) {
		r = reset(&wish, &err);
	} else if (argc == 2 && streq(argv[0], "to")) {
		wish.disk = argv[1];
		r = to(&wish, &err);
	} else {
		return usage(stderr);
	}
	if (r == 0)
		return 0;
	err_print(&err, PROGRAM);
	return 1;
}
