/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `playthrough-setup plan`: shows what apply would do, and changes nothing. */
#include "apply.h"
#include "commands.h"
#include "plan_options.h"

#include "base/i18n.h"

#include <errno.h>
#include <locale.h>

static int show(const struct root *root, const struct planned *planned,
        const struct plan_options *options, struct err *err)
{
	struct journal journal;
	bool in_force;
	int r = journal_load(root, &journal, err);

	if (r < 0)
		return r;
	in_force = apply_in_force(root, &journal, &planned->plan, &planned->boot);
	journal_finish(&journal);
	if (options->json) {
		json_t *document = plan_json(&planned->plan, &planned->boot, in_force);

		json_dumpf(document, stdout, JSON_INDENT(2));
		putchar('\n');
		json_decref(document);
	} else {
		plan_print(&planned->plan, &planned->boot, in_force, stdout);
	}
	if (fflush(stdout) < 0)
		return err_errno(err, -errno, _("standard output cannot be written"));
	return planned_is(planned, options->id, err);
}

/* A refusal is a result too: programs that read JSON get it as JSON. */
static void print_refusal(const struct err *err)
{
	json_t *document = json_pack("{s:i, s:{s:s, s:s, s:s}}", "schema", 1, "refused", "code",
	        err->code, "message", err->message, "hint", err->hint);

	json_dumpf(document, stdout, JSON_INDENT(2));
	putchar('\n');
	json_decref(document);
}

int command_plan(int argc, char **argv, struct err *err)
{
	struct plan_options options;
	struct planned planned = {0};
	struct root root;
	int r = plan_options_parse(argc, argv, false, &options, err);

	if (r < 0)
		return r;
	/* JSON is for programs: its sentences stay untranslated. */
	if (options.json)
		setlocale(LC_ALL, "C");
	r = root_open(&root, "/", err);
	if (r == 0) {
		r = planned_make(&root, &options.wishes, &planned, err);
		if (r == 0) {
			r = show(&root, &planned, &options, err);
			planned_finish(&planned);
		} else if (options.json) {
			print_refusal(err);
		}
		root_close(&root);
	}
	plan_options_finish(&options);
	return plan_failed(r, err);
}
