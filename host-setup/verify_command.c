/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `playthrough-setup verify`: judges this start, and makes our entry the default when all is well. */
#include "commands.h"
#include "health.h"
#include "verify_start.h"

#include "base/i18n.h"

#include <errno.h>
#include <locale.h>
#include <stdio.h>
#include <unistd.h>

struct options {
	bool json, look, at_boot, give_up;
};

static int parse(int argc, char **argv, struct options *out, struct err *err)
{
	const struct {
		const char *name;
		bool *value;
	} known[] = {{"--json", &out->json}, {"--look", &out->look}, {"--at-boot", &out->at_boot},
	        {"--give-up", &out->give_up}};

	*out = (struct options){0};
	for (int i = 1; i < argc; i++) {
		size_t k = 0;

		while (k < ARRAY_SIZE(known) && !streq(known[k].name, argv[i]))
			k++;
		if (k < ARRAY_SIZE(known)) {
			*known[k].value = true;
			continue;
		}
		err_set(err, -EINVAL, _("verify: unexpected argument: %s"), argv[i]);
		err_hint(err, "playthrough-setup verify [--json] [--look]");
		err_code(err, CODE_USAGE);
		return -EINVAL;
	}
	return 0;
}

/* As root, a start that is all well makes our entry the default. */
static int make_permanent(const struct root *root, const struct start *start,
        const struct options *options, bool *kept, bool *by_hand, struct err *err)
{
	int r;

	*by_hand = start_by_hand(root);
	if (*by_hand)
		return 0;
	if (!start_kept(root, start->report.id, kept))
		return loader_detect(root, &(const char *){NULL}, err) ? 0 : -ENOTSUP;
	if (*kept || options->look || verify_exit_code(&start->report) || geteuid())
		return 0;
	r = start_keep(root, start, err);
	*kept = r == 0;
	return r;
}

static void say_end(const struct verify_report *report, bool kept, bool by_hand)
{
	if (verify_exit_code(report))
		return;
	if (by_hand)
		printf("\n%s\n",
		        _("All is well. Which entry is the default is yours to say, in the boot "
		          "loader's own configuration."));
	else if (kept)
		printf("\n%s\n",
		        _("All is well, and the entry is the default from now on; the stock entry "
		          "stays in the menu."));
	else
		printf("\n%s\n",
		        _("All is well. Run verify as root to make the entry the default."));
}

static int show(const struct root *root, const struct options *options, struct err *err)
{
	struct start start;
	bool kept = false, by_hand = false;
	int r = start_take(root, &start, err), code;

	if (r < 0)
		return r;
	if (start.report.state == VERIFY_BOOTED)
		r = make_permanent(root, &start, options, &kept, &by_hand, err);
	if (r == 0 && verify_exit_code(&start.report) == 0 && !options->look && (kept || by_hand))
		health_note_verified(root);
	if (options->json) {
		json_t *document = verify_json(&start.report, kept, r < 0 ? err : &(struct err){0});

		json_dumpf(document, stdout, JSON_INDENT(2));
		putchar('\n');
		json_decref(document);
	} else {
		verify_print(&start.report, stdout);
		say_end(&start.report, kept, by_hand);
	}
	code = verify_exit_code(&start.report);
	start_finish(&start);
	return r < 0 ? r : code;
}

int command_verify(int argc, char **argv, struct err *err)
{
	struct options options;
	struct root root;
	int r = parse(argc, argv, &options, err);

	/* JSON is for programs: its sentences stay untranslated. */
	if (options.json)
		setlocale(LC_ALL, "C");
	if (r == 0)
		r = root_open(&root, "/", err);
	if (r < 0)
		return r;
	if (options.at_boot || options.give_up) {
		r = options.at_boot ? health_at_boot(&root, err) : health_give_up(&root, err);
		r = r < 0 ? r : 0;
	} else {
		if (!options.look)
			health_note_person(&root);
		r = show(&root, &options, err);
	}
	root_close(&root);
	return r;
}
