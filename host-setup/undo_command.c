/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `playthrough-setup undo`: takes everything back that apply did. */
#include "commands.h"
#include "edited_ask.h"
#include "health.h"
#include "progress.h"
#include "undo.h"

#include "base/i18n.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

struct options {
	bool yes;      /* no questions: a person's version is put beside the file */
	bool progress; /* for a program that watches */
};

static int parse(int argc, char **argv, struct options *out, struct err *err)
{
	*out = (struct options){0};
	for (int i = 1; i < argc; i++) {
		if (streq(argv[i], "--yes")) {
			out->yes = true;
		} else if (streq(argv[i], "--progress")) {
			out->progress = true;
		} else {
			err_set(err, -EINVAL, _("undo: unexpected argument: %s"), argv[i]);
			err_hint(err, "playthrough-setup undo [--yes]");
			err_code(err, CODE_USAGE);
			return -EINVAL;
		}
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
	progress_step(data, step);
	return APPLY_GO_ON;
}

/* --- the act --- */

/* What was half undone before is simply ended: then nobody is asked any more. */
static int settle_edited(const struct root *root, struct journal *journal,
        const struct options *options, struct err *err)
{
	bool asks = !options->yes && isatty(STDIN_FILENO);

	if (options->progress || journal->state != JOURNAL_APPLIED)
		return 0;
	return edited_ask(root, journal, asks ? stdin : NULL, stdout, err);
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

static int undo_journal(const struct root *root, struct journal *journal,
        const struct options *options, struct err *err)
{
	/* forget, each file, menu */
	struct progress progress = {
	        .machine = options->progress, .total = (unsigned)journal->n_files + 2};
	struct apply_watch watch = {.step = say_step, .data = &progress};
	char id[sizeof(journal->id)];
	sigset_t set;
	int r;

	memcpy(id, journal->id, sizeof(id));
	r = settle_edited(root, journal, options, err);
	if (r < 0)
		return r;
	/* A reader of our output that went away is no reason to stop half-way. */
	sigemptyset(&set);
	sigaddset(&set, SIGPIPE);
	sigprocmask(SIG_BLOCK, &set, NULL);
	r = undo_run(root, journal, &watch, err);
	if (r == 0 && !options->progress)
		say_done(root, id);
	return r;
}

static int undo_locked(const struct root *root, const struct options *options, struct err *err)
{
	struct journal journal;
	int r = journal_load(root, &journal, err);

	if (r < 0)
		return r;
	if (journal.state != JOURNAL_NONE)
		r = undo_journal(root, &journal, options, err);
	else if (!options->progress)
		printf(_("Nothing to undo: no plan is applied (no %s).\n"), JOURNAL_FILE);
	journal_finish(&journal);
	return r;
}

int command_undo(int argc, char **argv, struct err *err)
{
	struct options options;
	struct root root;
	int r = parse(argc, argv, &options, err), lock;

	if (r == 0)
		r = root_open(&root, "/", err);
	if (r == 0) {
		health_note_person(&root);
		lock = journal_lock(&root, err);
		r = lock < 0 ? lock : undo_locked(&root, &options, err);
		if (lock >= 0)
			journal_unlock(&root, lock);
		root_close(&root);
	}
	if (options.progress)
		progress_end(r, err);
	return r;
}
