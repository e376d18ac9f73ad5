/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "edited_ask.h"
#include "edited.h"

#include "base/i18n.h"

#include <errno.h>

/* The boot entry is made from all others: while one of them stays, the entry stays. */
static bool may_stay(const char *path)
{
	return streq(path, PLAN_BIND_CONF);
}

static char read_answer(const char *path, FILE *in, FILE *out)
{
	char answer[64] = "";

	fprintf(out, "%s ",
	        may_stay(path) ? _("[r] restore what was before, your version stays beside it; [k] "
	                           "keep your version in its place; [s] stop, nothing is undone:")
	                       : _("[r] restore what was before, your version stays beside it; [s] "
	                           "stop, nothing is undone:"));
	fflush(out);
	if (!fgets(answer, sizeof(answer), in) || strlen(strip(answer)) != 1)
		return 's';
	return strip(answer)[0];
}

static int ask(struct journal *journal, const char *path, FILE *in, FILE *out, struct err *err)
{
	char answer = read_answer(path, in, out);

	if (answer == 'r')
		return 0;
	if (answer == 'k' && may_stay(path)) {
		journal_disown(journal, path);
		return 0;
	}
	err_set(err, -ECANCELED, _("undo: stopped at %s, nothing was undone"), path);
	err_hint(err, _("run undo again when you have decided about your version"));
	err_code(err, CODE_SETUP_EDITED);
	return -ECANCELED;
}

static void show(const struct root *root, const struct journal_file *file, FILE *out)
{
	cleanup_free char *diff = edited_diff(root, file);

	fprintf(out, _("%s was edited since apply wrote it:\n"), file->path);
	fprintf(out, "%s\n", diff);
}

/* From the end: an answer may take a file out of the list. */
int edited_ask(
        const struct root *root, struct journal *journal, FILE *in, FILE *out, struct err *err)
{
	int r = 0;

	for (size_t i = journal->n_files; r == 0 && i > 0; i--) {
		const struct journal_file *file = &journal->files[i - 1];
		cleanup_free char *path = xstrdup(file->path);

		if (!edited_since(root, file))
			continue;
		show(root, file, out);
		if (in)
			r = ask(journal, path, in, out, err);
	}
	return r;
}
