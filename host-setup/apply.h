/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Apply: does a plan, so that a cut of power at any instant leaves a PC that boots.
 *
 * The order is what makes that true. First files that nothing reads yet, the second initramfs among them; only
 * then the boot entry that names it; and last the wish to take that entry once. A failure on the way takes
 * everything back.
 */
#ifndef SETUP_APPLY_H
#define SETUP_APPLY_H

#include "journal.h"

/* What a watcher says before each step. */
enum apply_go {
	APPLY_GO_ON,
	APPLY_STOP, /* as if the step had failed: everything is taken back */
	APPLY_DIE   /* leave everything as it is at this instant, as a cut of power would */
};

struct apply_watch {
	/* @step is untranslated, as in the journal; after the journal was written. May be NULL. */
	enum apply_go (*step)(void *data, const char *step);
	void *data;
};

/* The journal says that this very plan is in force, and its files are as it wants them. */
bool apply_in_force(const struct root *root, const struct journal *journal, const struct plan *plan,
        const struct boot *boot);
/* What an apply or undo that was interrupted left is taken back. @done: there was such a thing. */
int apply_recover(const struct root *root, bool *done, struct err *err);
/*
 * Does the plan. On failure all is as it was before Playthrough's first apply and @err says which step
 * failed (PT-SETUP-14), or, where taking back failed too, what remains to be done (PT-SETUP-17).
 */
int apply_run(const struct root *root, const struct plan *plan, const struct boot *boot,
        const struct apply_watch *watch, struct err *err);

#endif
