/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `playthrough-setup apply`: shows the plan, asks, does it. */
#include "apply.h"
#include "apply_rules.h"
#include "commands.h"
#include "health.h"
#include "plan_options.h"
#include "progress.h"

#include "base/i18n.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

static int require_root(struct err *err)
{
	if (geteuid() == 0)
		return 0;
	err_set(err, -EPERM, _("apply: changing how this PC starts needs root"));
	err_hint(err, _("run it as root, e.g. with sudo; playthrough-setup plan shows without root "
	                "what it would do"));
	err_code(err, CODE_SETUP_ROOT);
	return -EPERM;
}

/* Whole letters: the first byte alone of a Cyrillic one would take a no for a yes. */
static bool is_yes(const char *answer)
{
	static const char *const yes[] = {"y", "Y", "д", "Д"};

	for (size_t i = 0; i < ARRAY_SIZE(yes); i++) {
		if (starts_with(answer, yes[i]))
			return true;
	}
	return false;
}

/* A yes on the terminal; anything else is a no. */
static int confirm(bool yes, struct err *err)
{
	char answer[64] = "";

	if (yes)
		return 0;
	if (!isatty(STDIN_FILENO)) {
		err_set(err, -ECANCELED, _("apply: nobody to ask: standard input is no terminal"));
		err_hint(err, _("read the plan above, then: playthrough-setup apply --yes"));
		err_code(err, CODE_SETUP_UNCONFIRMED);
		return -ECANCELED;
	}
	printf("\n%s ", _("Do this? [y/N]"));
	fflush(stdout);
	if (fgets(answer, sizeof(answer), stdin) && is_yes(answer))
		return 0;
	err_set(err, -ECANCELED, _("apply: not confirmed, nothing was changed"));
	err_code(err, CODE_SETUP_UNCONFIRMED);
	return -ECANCELED;
}

/* --- signals: Ctrl-C stops before the next step, and what was done is taken back --- */

static void on_signal(int number)
{
	(void)number; /* it is only here to end the program's default; sigpending() tells */
}

/*
 * The signals are held back while apply works, so that nothing is cut in the middle; a reader of our output
 * that went away (SIGPIPE) is no reason to stop at all.
 */
static void hold_signals(sigset_t *before)
{
	struct sigaction action = {.sa_handler = on_signal};
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGPIPE);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGHUP, &action, NULL);
	sigprocmask(SIG_BLOCK, &set, before);
}

static enum apply_go say_step(void *data, const char *step)
{
	sigset_t pending;

	if (sigpending(&pending) == 0 &&
	        (sigismember(&pending, SIGINT) || sigismember(&pending, SIGTERM) ||
	                sigismember(&pending, SIGHUP)))
		return APPLY_STOP;
	progress_step(data, step);
	return APPLY_GO_ON;
}

static void say_next(const struct planned *planned)
{
	printf("\n%s\n", _("Applied. Nothing has changed for the running system."));
	if (planned->boot.loader->instructions) {
		printf("%s\n",
		        _("Now add the entry as the plan above says, restart, and choose it. Then: "
		          "playthrough-setup verify. Which entry is the default is yours to say."));
		return;
	}
	if (planned->boot.remembers)
		printf("%s\n",
		        _("Restart now: the next start takes the entry \"Playthrough\" once."));
	else
		printf(_("Restart, and choose the entry \"Playthrough\" in the boot menu (%s). "
		         "%s\n"),
		        planned->boot.remembers_why_not, code_text(CODE_BOOT_ONCE));
	printf("%s\n",
	        _("Then: playthrough-setup verify. It makes the entry the default when all is "
	          "well; until then every later start is the one you had."));
	printf("%s\n",
	        _("If within ten minutes nobody logs in and not all is well, the PC restarts by "
	          "itself into the entry you had."));
}

static int run_planned(const struct root *root, const struct planned *planned,
        struct progress *progress, struct err *err)
{
	struct apply_watch watch = {.step = say_step, .data = progress};
	sigset_t before;
	int r;

	/* forget, each file, menu made and looked into, tried once */
	progress->total = (unsigned)planned->plan.edits.n + 3 + planned->boot.remembers;
	hold_signals(&before);
	r = apply_run(root, &planned->plan, &planned->boot, &watch, err);
	sigprocmask(SIG_SETMASK, &before, NULL);
	return r;
}

static int apply_planned(const struct root *root, const struct planned *planned,
        const struct plan_options *options, struct err *err)
{
	struct progress progress = {.machine = options->progress};
	struct journal journal;
	bool in_force;
	int r = journal_load(root, &journal, err);

	if (r < 0)
		return r;
	in_force = apply_in_force(root, &journal, &planned->plan, &planned->boot);
	journal_finish(&journal);
	if (!options->progress)
		plan_print(&planned->plan, &planned->boot, in_force, stdout);
	r = planned_is(planned, options->id, err);
	if (r < 0 || in_force)
		return r;
	r = apply_require_way_in(&planned->plan, err);
	if (r == 0)
		r = confirm(options->yes, err);
	if (r < 0)
		return r;
	if (!options->progress)
		printf("\n");
	r = run_planned(root, planned, &progress, err);
	if (r == 0 && !options->progress)
		say_next(planned);
	return r;
}

static int apply_locked(const struct root *root, struct plan_options *options, struct err *err)
{
	struct planned planned = {0};
	bool recovered;
	int r = apply_recover(root, &recovered, err);

	if (r == 0 && options->same)
		r = apply_require_same(root, err);
	if (r < 0)
		return r;
	if (recovered && !options->progress)
		printf("%s\n\n",
		        _("An apply or undo that was interrupted has been taken back first."));
	r = planned_make(root, &options->wishes, &planned, err);
	if (r < 0)
		return r;
	r = apply_planned(root, &planned, options, err);
	planned_finish(&planned);
	return r;
}

int command_apply(int argc, char **argv, struct err *err)
{
	struct plan_options options;
	struct root root;
	int r = plan_options_parse(argc, argv, true, &options, err), lock;

	if (r < 0)
		return r;
	r = require_root(err);
	if (r == 0)
		r = root_open(&root, "/", err);
	if (r == 0) {
		health_note_person(&root);
		lock = journal_lock(&root, err);
		r = lock < 0 ? lock : apply_locked(&root, &options, err);
		if (lock >= 0)
			journal_unlock(&root, lock);
		root_close(&root);
	}
	if (options.progress)
		progress_end(r, err);
	plan_options_finish(&options);
	return plan_failed(r, err);
}
