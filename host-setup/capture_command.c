/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `playthrough-setup capture FILE.tar.gz`: the facts of this PC for a bug report. */
#include "capture.h"
#include "commands.h"

#include "base/child.h"
#include "base/i18n.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <unistd.h>

#define TAR_TIMEOUT_MS 120000

static int remove_entry(const char *path, const struct stat *st, int type, struct FTW *where)
{
	(void)st;
	(void)where;
	return type == FTW_DP ? rmdir(path) : unlink(path);
}

static void remove_folder(char **path)
{
	if (*path)
		nftw(*path, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
	free(*path);
}

/* Reserves the name: refuses a file that is there, and gives it to its owner alone. */
static int reserve(const char *file, struct err *err)
{
	int fd = open(file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd < 0) {
		err_errno(err, -errno, _("capture: %s cannot be created"), file);
		if (err->number == -EEXIST)
			err_hint(err, _("nothing is overwritten: remove it or name another file"));
		return err->number;
	}
	close_fd(&fd);
	return 0;
}

static int pack(const char *folder, const char *file, struct err *err)
{
	char *argv[] = {"tar", "--force-local", "--owner=0", "--group=0", "--numeric-owner",
	        "--sort=name", "-czf", (char *)file, "-C", (char *)folder, ".", NULL};

	return child_check(argv, NULL, TAR_TIMEOUT_MS, err);
}

static int capture(const char *file, const char *root_path, size_t *n, struct err *err)
{
	const char *tmp = getenv("TMPDIR");
	cleanup(remove_folder) char *folder =
	        xasprintf("%s/playthrough-capture-XXXXXX", tmp && *tmp ? tmp : "/tmp");
	struct root root;
	int r;

	if (!mkdtemp(folder)) {
		r = err_errno(err, -errno, "%s", folder);
		free(take_ptr(folder));
		return r;
	}
	r = root_open(&root, root_path, err);
	if (r < 0)
		return r;
	r = capture_tree(&root, folder, n, err);
	root_close(&root);
	return r < 0 ? r : pack(folder, file, err);
}

static int usage_error(struct err *err, const char *message)
{
	err_set(err, -EINVAL, "%s", message);
	err_code(err, CODE_USAGE);
	err_hint(err, "playthrough-setup capture FILE.tar.gz");
	return -EINVAL;
}

int command_capture(int argc, char **argv, struct err *err)
{
	size_t n = 0;
	int r;

	if (argc < 2)
		return usage_error(err, _("capture: no file named"));
	if (argc > 2)
		return usage_error(err, _("capture: more than one argument"));
	if (argv[1][0] == '-')
		return usage_error(err, _("capture: it takes no options"));
	r = reserve(argv[1], err);
	if (r < 0)
		return r;
	r = capture(argv[1], "/", &n, err);
	if (r < 0) {
		unlink(argv[1]);
		return err_prefix(err, "capture");
	}
	printf(_("%s: %zu facts. Serial numbers, MAC addresses and UUIDs are replaced; look "
	         "through it before you publish it."),
	        argv[1], n);
	putchar('\n');
	if (geteuid() != 0)
		puts(_("Without root, the kernel log and the ACPI tables may be missing; sudo adds "
		       "them."));
	printf(_("To look at it: mkdir pc && tar -xzf %s -C pc && playthrough-setup check --root "
	         "pc"),
	        argv[1]);
	putchar('\n');
	return 0;
}
