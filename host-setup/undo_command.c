/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `playthrough-setup undo`: takes everything back that apply did. */
#include "commands.h"
#include "undo.h"

#include "base/i18n.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

static int check_arguments(int argc, char **argv, struct err *err)
{
	if (argc > 1) {
		err_set(err, -EINVAL, _("undo: unexpected argument: %s"), argv[1]);
		err_hint(err, "playthrough-setup undo");
		err_code(err, CODE_USAGE);
		return -EINVAL;
	}
	if (geteuid() == 0)
		return 0;
	err_set(err, -EPERM, _("undo: changing how this PC starts needs root"));
	err_hint(err, _("run it as root, e.g. with sudo"));
	err_code(err, CODE_SETUP_ROOT);
	return -EPERM;
}

static enum apply_go say_step(void *data, const char *step)
{
	cleanup_free char *words = journal_step_words(step);

	(void)data;
	printf("  %s\n", words);
	fflush(stdout);
	return APPLY_GO_ON;
}

static void say_done(const struct root *root, const char *id)
{
	cleanup_free char *token = xasprintf("playthrough=%s", id);
	cleanup_free char *cmdline = root_read(root, "/proc/cmdline");

	printf("\n%s\n", _("Undone: the files are what they were before apply."));
	if (cmdline && strstr(cmdline, token))
		printf("%s\n",
		        _("This system was started with our entry: its devices stay on vfio-pci "
		          "until it is restarted."));
}

static int undo_locked(const struct root *root, struct err *err)
{
	struct apply_watch watch = {.step = say_step};
	struct journal journal;
	sigset_t set;
	char id[9];
	int r = journal_load(root, &journal, err);

	if (r < 0)
		return r;
	if (journal.state == JOURNAL_NONE) {
		printf(_("Nothing to undo: no plan is applied (no %s).\n"), JOURNAL_FILE);
		return 0;
	}
	memcpy(id, journal.id, sizeof(id));
	/* A reader of our output that went away is no reason to stop half-way. */
	sigemptyset(&set);
	sigaddset(&set, SIGPIPE);
	sigprocmask(SIG_BLOCK, &set, NULL);
	r = undo_run(root, &journal, &watch, err);
	journal_finish(&journal);
	if (r == 0)
		say_done(root, id);
	return r;
}

int command_undo(int argc, char **argv, struct err *err)
{
	struct root root;
	int r = check_arguments(argc, argv, err), lock;

	if (r == 0)
		r = root_open(&root, "/", err);
	if (r < 0)
		return r;
	lock = journal_lock(&root, err);
	r = lock < 0 ? lock : undo_locked(&root, err);
	if (lock >= 0)
		journal_unlock(&root, lock);
	root_close(&root);
	return r;
}
