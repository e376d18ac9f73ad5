/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "undo.h"
#include "edited.h"

#include "base/i18n.h"

#include <errno.h>

struct undo {
	const struct root *root;
	struct journal *journal;
	const struct apply_watch *watch;
	const struct loader *loader;
};

static int begin(struct undo *u, const char *step, struct err *err)
{
	int r = journal_set(u->root, u->journal, JOURNAL_UNDOING, step, err);
	cleanup_free char *words = journal_step_words(step);
	enum apply_go go = APPLY_GO_ON;

	if (r < 0)
		return r;
	if (u->watch && u->watch->step)
		go = u->watch->step(u->watch->data, step);
	return go == APPLY_GO_ON ? 0 : err_set(err, -EINTR, _("interrupted before: %s"), words);
}

/* A person's work since apply is put beside the file before that is written over. */
static int keep_edited(struct undo *u, const struct journal_file *file, struct err *err)
{
	cleanup_free char *step = xasprintf("keep %s", file->path), *kept = NULL;
	int r;

	if (!edited_since(u->root, file))
		return 0;
	r = begin(u, step, err);
	return r < 0 ? r : edited_keep(u->root, file, &kept, err);
}

/* The files of the loader, or all others, last written first. */
static int restore_files(struct undo *u, bool loaders, struct err *err)
{
	for (size_t i = u->journal->n_files; i > 0; i--) {
		const struct journal_file *file = &u->journal->files[i - 1];
		cleanup_free char *step = xasprintf("restore %s", file->path);
		int r;

		if (u->loader->owns(file->path) != loaders)
			continue;
		r = keep_edited(u, file, err);
		if (r == 0)
			r = begin(u, step, err);
		if (r == 0)
			r = journal_restore(u->root, file, err);
		if (r < 0)
			return r;
	}
	return 0;
}

static bool has_traces(const struct undo *u)
{
	const struct loader *loader = u->loader;

	return loader->has_traces ? loader->has_traces(u->root) : loader->has_entry(u->root);
}

/* The boot menu is renewed by its own tool, from what is installed now; never from a copy. */
static int remove_entry(struct undo *u, struct err *err)
{
	int r;

	if (u->loader->instructions && u->loader->has_entry(u->root)) {
		err_set(err, -EBUSY, _("%s still has the entry that was added by hand"),
		        u->loader->name);
		err_hint(err, _("remove that entry, then run playthrough-setup undo again: without "
		                "our files it would not start"));
		err_code(err, CODE_BOOT_LOADER);
		return -EBUSY;
	}
	r = begin(u, N_("let the loader forget our entry"), err);
	if (r == 0)
		r = u->loader->forget(u->root, u->journal->choice, err);
	if (r == 0)
		r = restore_files(u, true, err);
	if (r < 0 || !has_traces(u))
		return r;
	r = begin(u, N_("renew the boot menu"), err);
	if (r == 0)
		r = u->loader->refresh(u->root, err);
	if (r == 0 && u->loader->has_entry(u->root))
		r = err_set(err, -EIO, _("the boot menu still holds our entry after %s"),
		        u->loader->refresh_tool);
	return r;
}

static int remove_memory(struct undo *u, struct err *err)
{
	if (u->journal->memory_existed || !u->loader->memory)
		return 0;
	return root_remove(u->root, u->loader->memory, err);
}

static int do_steps(struct undo *u, struct err *err)
{
	int r = remove_entry(u, err);

	if (r == 0)
		r = restore_files(u, false, err);
	if (r == 0)
		r = remove_memory(u, err);
	return r == 0 ? journal_remove(u->root, u->journal, err) : r;
}

int undo_run(const struct root *root, struct journal *journal, const struct apply_watch *watch,
        struct err *err)
{
	struct undo u = {
	        .root = root,
	        .journal = journal,
	        .watch = watch,
	        .loader = journal_loader(root, journal, err),
	};
	/* Without its boot loader (is /boot mounted?) half of what is to be undone is out of sight. */
	int r = u.loader ? do_steps(&u, err) : -ENOTSUP;

	if (r == 0)
		return 0;
	err_prefix(err, _("undo"));
	if (!err || !err->hint[0])
		err_hint(err, _("nothing is lost: mend the cause, then run playthrough-setup undo "
		                "again"));
	if (!err || !err->code[0])
		err_code(err, CODE_SETUP_HALF_WAY);
	return r;
}
