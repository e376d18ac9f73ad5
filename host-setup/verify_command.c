/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `playthrough-setup verify`: judges this start, and makes our entry the default when all is well. */
#include "commands.h"
#include "journal.h"
#include "verify.h"

#include "base/i18n.h"

#include <errno.h>
#include <locale.h>
#include <unistd.h>

static int parse(int argc, char **argv, bool *json, struct err *err)
{
	*json = false;
	for (int i = 1; i < argc; i++) {
		if (streq(argv[i], "--json")) {
			*json = true;
			continue;
		}
		err_set(err, -EINVAL, _("verify: unexpected argument: %s"), argv[i]);
		err_hint(err, "playthrough-setup verify [--json]");
		err_code(err, CODE_USAGE);
		return -EINVAL;
	}
	return 0;
}

/* As root, a start that is all well makes our entry the default. */
static int make_permanent(const struct root *root, const struct verify_report *report,
        const char *kernel, bool *kept, bool *by_hand, struct err *err)
{
	const char *where;
	const struct loader *loader = loader_detect(root, &where, err);
	int r;

	if (!loader)
		return -ENOTSUP;
	*kept = loader->is_kept(root, report->id);
	*by_hand = loader->instructions;
	if (*kept || *by_hand || verify_exit_code(report) || geteuid())
		return 0;
	r = loader->keep(root, report->id, kernel ? kernel : "", err);
	*kept = r == 0;
	return r < 0 ? err_prefix(err, _("verify: all is well, but the entry could not be made the "
	                                 "default"))
	             : 0;
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

static int show(const struct root *root, const struct host *host, bool json, struct err *err)
{
	cleanup_free char *conf = root_read(root, PLAN_BIND_CONF);
	struct verify_report report;
	struct journal journal;
	bool kept = false, by_hand = false;
	int r = journal_load(root, &journal, err), code;

	if (r < 0)
		return r;
	verify_run(host, journal.state == JOURNAL_APPLIED ? journal.id : "", conf, &report);
	journal_finish(&journal);
	if (report.state == VERIFY_BOOTED)
		r = make_permanent(
		        root, &report, host->firmware.kernel_release, &kept, &by_hand, err);
	if (json) {
		json_t *document = verify_json(&report, kept);

		json_dumpf(document, stdout, JSON_INDENT(2));
		putchar('\n');
		json_decref(document);
	} else {
		verify_print(&report, stdout);
		say_end(&report, kept, by_hand);
	}
	code = verify_exit_code(&report);
	verify_finish(&report);
	return r < 0 ? r : code;
}

int command_verify(int argc, char **argv, struct err *err)
{
	struct host host;
	struct root root;
	bool json;
	int r = parse(argc, argv, &json, err);

	/* JSON is for programs: its sentences stay untranslated. */
	if (json)
		setlocale(LC_ALL, "C");
	if (r == 0)
		r = root_open(&root, "/", err);
	if (r < 0)
		return r;
	r = host_take(&root, &host, err);
	if (r == 0) {
		r = show(&root, &host, json, err);
		host_finish(&host);
	}
	root_close(&root);
	return r;
}
