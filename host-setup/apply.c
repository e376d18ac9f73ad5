/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "apply.h"
#include "edited.h"
#include "undo.h"

#include "base/i18n.h"

#include <errno.h>

struct apply {
	const struct root *root;
	const struct plan *plan;
	const struct boot *boot;
	const struct apply_watch *watch;
	struct journal journal;
	bool died; /* the watcher wants no taking back */
};

/* The journal knows of a step before it is begun. */
static int begin(struct apply *a, const char *step, struct err *err)
{
	int r = journal_set(a->root, &a->journal, JOURNAL_APPLYING, step, err);
	cleanup_free char *words = journal_step_words(step);
	enum apply_go go = APPLY_GO_ON;

	if (r < 0)
		return r;
	if (a->watch && a->watch->step)
		go = a->watch->step(a->watch->data, step);
	a->died = go == APPLY_DIE;
	return go == APPLY_GO_ON ? 0 : err_set(err, -EINTR, _("interrupted before: %s"), words);
}

/* The person saw the edit in the plan's diff and agreed; its bytes stay beside the file all the same. */
static int keep_edited(struct apply *a, const struct edit *edit, struct err *err)
{
	const struct journal_file *file = journal_find(&a->journal, edit->path);
	cleanup_free char *step = xasprintf("keep %s", edit->path), *kept = NULL;
	int r;

	if (!file || !edited_since(a->root, file))
		return 0;
	r = begin(a, step, err);
	return r < 0 ? r : edited_keep(a->root, file, &kept, err);
}

static int write_files(struct apply *a, struct err *err)
{
	for (size_t i = 0; i < a->plan->edits.n; i++) {
		const struct edit *edit = &a->plan->edits.list[i];
		cleanup_free char *step = xasprintf("write %s", edit->path);
		int r = keep_edited(a, edit, err);

		if (r == 0)
			r = begin(a, step, err);
		if (r == 0 && edit_changes(edit))
			r = root_write(a->root, edit->path, edit->new_bytes, edit->new_size,
			        edit->mode, err);
		if (r < 0)
			return r;
	}
	return 0;
}

static int add_entry(struct apply *a, struct err *err)
{
	const struct loader *loader = a->boot->loader;
	int r = begin(a, N_("renew the boot menu"), err);

	if (r == 0)
		r = loader->refresh(a->root, err);
	if (r == 0)
		r = begin(a, N_("look into the boot menu"), err);
	if (r == 0)
		r = loader->check(a->root, a->plan->id, err);
	return r;
}

static int try_once(struct apply *a, struct err *err)
{
	const struct loader *loader = a->boot->loader;
	int r;

	if (!a->boot->remembers)
		return 0;
	r = begin(a, N_("have the entry tried once"), err);
	return r < 0 ? r : loader->try_once(a->root, a->plan->id, err);
}

/*
 * Until all is written anew, and tried, the stock entry is what starts: also where an earlier plan, or this one
 * with other bytes, had become the default.
 */
static int forget(struct apply *a, struct err *err)
{
	int r = begin(a, N_("let the loader forget our entry"), err);

	return r < 0 ? r : a->boot->loader->forget(a->root, a->journal.choice, err);
}

static int do_steps(struct apply *a, struct err *err)
{
	int r = forget(a, err);

	if (r == 0)
		r = write_files(a, err);
	if (r == 0)
		r = add_entry(a, err);
	if (r == 0)
		r = try_once(a, err);
	if (r == 0)
		r = journal_set(a->root, &a->journal, JOURNAL_APPLIED, "done", err);
	return r;
}

/* Says what failed, and that all of it was taken back, or that it was not. */
static int take_back(struct apply *a, struct err *err)
{
	struct err why = {0};
	int r = undo_run(a->root, &a->journal, NULL, &why);

	if (r == 0) {
		err_prefix(err, _("apply failed and was taken back"));
		if (!err || !err->hint[0])
			err_hint(err, _("this PC boots as before; mend the cause and try again"));
		if (!err || !err->code[0])
			err_code(err, CODE_SETUP_TAKEN_BACK);
		return err ? err->number : -EIO;
	}
	err_prefix(err, _("apply failed (%s) and could not be taken back"), why.message);
	err_hint(err, _("the stock boot entry is as it was; mend the cause, then run "
	                "playthrough-setup undo"));
	err_code(err, CODE_SETUP_HALF_WAY);
	return r;
}

bool apply_in_force(const struct root *root, const struct journal *journal, const struct plan *plan,
        const struct boot *boot)
{
	return journal->state == JOURNAL_APPLIED && streq(journal->id, plan->id) &&
	       !plan_changes(plan) && boot->loader->has_entry(root);
}

int apply_recover(const struct root *root, bool *done, struct err *err)
{
	struct journal journal;
	int r = journal_load(root, &journal, err);

	*done = false;
	if (r < 0)
		return r;
	if (journal.state == JOURNAL_APPLYING || journal.state == JOURNAL_UNDOING) {
		r = undo_run(root, &journal, NULL, err);
		*done = r == 0;
	}
	journal_finish(&journal);
	return r;
}

/* Two loaders with an entry each are more than one journal can take back. */
static int check_loader(const struct journal *journal, const struct boot *boot, struct err *err)
{
	if (journal->state == JOURNAL_NONE || !journal->loader ||
	        streq(journal->loader, boot->loader->name))
		return 0;
	err_set(err, -EBUSY, _("plan %s was applied to %s, and this PC is now started by %s"),
	        journal->id, journal->loader, boot->loader->name);
	err_hint(err, _("run playthrough-setup undo first, then apply again; nothing was changed"));
	err_code(err, CODE_BOOT_LOADER);
	return -EBUSY;
}

int apply_run(const struct root *root, const struct plan *plan, const struct boot *boot,
        const struct apply_watch *watch, struct err *err)
{
	struct apply a = {.root = root, .plan = plan, .boot = boot, .watch = watch};
	int r = journal_load(root, &a.journal, err);

	if (r < 0)
		return r;
	r = check_loader(&a.journal, boot, err);
	if (r == 0 && boot->loader->ready)
		r = boot->loader->ready(root, err);
	if (r == 0)
		r = journal_begin(root, &a.journal, plan, boot, err);
	if (r == 0) {
		r = do_steps(&a, err);
		if (r < 0 && !a.died)
			r = take_back(&a, err);
	}
	journal_finish(&a.journal);
	return r;
}
