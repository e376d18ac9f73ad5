/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `playthrough-setup check`: takes the facts, judges them, and says so. */
#include "checks.h"
#include "commands.h"
#include "host/usb_names.h"

#include <errno.h>
#include <getopt.h>
#include <locale.h>
#include <unistd.h>

struct options {
	bool json;
	const char *root;
};

static int usage_error(struct err *err, const char *fmt, const char *what)
{
	err_set(err, -EINVAL, fmt, what);
	err_code(err, CODE_USAGE);
	err_hint(err, "playthrough-setup check [--json] [--root DIR]");
	return -EINVAL;
}

static int parse(int argc, char **argv, struct options *options, struct err *err)
{
	static const struct option known[] = {
	        {"json", no_argument, NULL, 'j'}, {"root", required_argument, NULL, 'r'}, {0}};
	int option;

	*options = (struct options){.root = "/"};
	optind = 0;
	opterr = 0;
	while ((option = getopt_long(argc, argv, "", known, NULL)) != -1) {
		if (option == 'j')
			options->json = true;
		else if (option == 'r')
			options->root = optarg;
		else
			return usage_error(err, _("check: unknown option or missing value: %s"),
			        argv[optind - 1]);
	}
	if (optind < argc)
		return usage_error(err, _("check: unexpected argument: %s"), argv[optind]);
	return 0;
}

static int show(
        const struct host *host, const struct check_report *report, bool json, struct err *err)
{
	bool colour = isatty(STDOUT_FILENO) && !getenv("NO_COLOR");

	if (json) {
		json_t *document = check_json(host, report);

		json_dumpf(document, stdout, JSON_INDENT(2));
		putchar('\n');
		json_decref(document);
	} else {
		check_print(host, report, colour, stdout);
	}
	if (fflush(stdout) < 0)
		return err_errno(err, -errno, _("standard output cannot be written"));
	return check_exit_code(report);
}

static int check_root(const struct root *root, bool json, struct err *err)
{
	struct check_report report;
	struct facts facts;
	struct host host;
	int r = host_take(root, &host, err);

	if (r < 0) {
		err_prefix(err, _("check: the facts of this PC"));
		return r;
	}
	if (host.live)
		usb_names_fill(&host.usb);
	facts_take(root, &facts);
	check_run_with(&host, &facts, &report);
	r = show(&host, &report, json, err);
	check_report_finish(&report);
	facts_finish(&facts);
	host_finish(&host);
	return r;
}

int command_check(int argc, char **argv, struct err *err)
{
	struct options options;
	struct root root;
	int r = parse(argc, argv, &options, err);

	if (r < 0)
		return r;
	/* JSON is for programs: its sentences stay untranslated. */
	if (options.json)
		setlocale(LC_ALL, "C");
	r = root_open(&root, options.root, err);
	if (r < 0) {
		err_hint(err, _("--root takes the folder a capture was unpacked into"));
		return r;
	}
	r = check_root(&root, options.json, err);
	root_close(&root);
	return r;
}
