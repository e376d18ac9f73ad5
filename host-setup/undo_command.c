/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `playthrough-setup undo`: takes everything back that apply did. */
#include "commands.h"
#include "edited.h"
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

/* --- files that somebody edited --- */

/* The boot entry is made from these: while one stays, the entry stays. */
static bool must_go(const char *path)
{
	return !streq(path, PLAN_BIND_CONF);
}

static char ask(const char *path)
{
	char answer[64] = "";

	if (must_go(path))
		printf("%s ", _("[r] restore what was before, your version stays beside it; [s] "
		                "stop, nothing is undone:"));
	else
		printf("%s ", _("[r] restore what was before, your version stays beside it; [k] "
		                "keep your version in its place; [s] stop, nothing is undone:"));
	fflush(stdout);
	if (!fgets(answer, sizeof(answer), stdin))
		return 's';
	return answer[0];
}

/* Whatever is not one of the answers offered stops: nothing was undone yet. */
static int settle_edited(struct journal *journal, const char *path, struct err *err)
{
	char answer = ask(path);

	if (answer == 'r')
		return 0;
	if (answer == 'k' && !must_go(path)) {
		journal_disown(journal, path);
		return 0;
	}
	err_set(err, -ECANCELED, _("undo: stopped at %s, nothing was undone"), path);
	err_hint(err, _("run undo again when you have decided about your version"));
	err_code(err, CODE_SETUP_EDITED);
	return -ECANCELED;
}

static void show_edited(const struct root *root, const struct journal_file *file)
{
	cleanup_free char *diff = edited_diff(root, file);

	printf(_("%s was edited since apply wrote it:\n"), file->path);
	printf("%s\n", diff);
}

/* Before anything is undone. From the end: an answer may take a file out of the list. */
static int settle_all(const struct root *root, struct journal *journal,
        const struct options *options, struct err *err)
{
	bool asks = !options->yes && isatty(STDIN_FILENO);
	int r = 0;

	if (options->progress || journal->state != JOURNAL_APPLIED)
		return 0;
	for (size_t i = journal->n_files; r == 0 && i > 0; i--) {
		cleanup_free char *path = xstrdup(journal->files[i - 1].path);

		if (!edited_since(root, &journal->files[i - 1]))
			continue;
		show_edited(root, &journal->files[i - 1]);
		if (asks)
			r = settle_edited(journal, path, err);
	}
	return r;
}

/* --- the act --- */

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
	r = settle_all(root, journal, options, err);
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
