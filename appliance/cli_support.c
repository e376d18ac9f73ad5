/* SPDX-License-Identifier: GPL-2.0-or-later */
/* support: all that is known of this PC and its VMs, as one file for whoever is to help. */
#include "base/i18n.h"
#include "base/page.h"
#include "base/root.h"
#include "bus/text.h"
#include "cli_report.h"

#define LONG_MS    120000u
#define MOST_BYTES ((size_t)256 << 10)

/* An answer of the daemon's that has no argument, as it is. */
static void add_answer(
        struct cli *cli, struct problem *problem, const char *title, const char *member)
{
	cleanup(json_decrefp) json_t *json = NULL;
	cleanup_free char *text = NULL;
	struct err err = {0};

	json = cli_call_json(cli, member, NULL, &err);
	if (!json) {
		problem_add_err(problem, title, &err);
		return;
	}
	report_learn(problem, json);
	text = json_dumps(json, JSON_INDENT(1) | JSON_ENSURE_ASCII);
	problem_add(problem, title, text);
}

/* What a profile says of single devices is what a capture would mask. */
static void learn_profile(struct problem *problem, const char *text)
{
	cleanup_strv struct strv lines = {0};

	strv_split(&lines, text, "\n");
	strv_foreach (line, &lines) {
		char *value = strchr(*line, '='), *key;

		if (!value)
			continue;
		*value++ = '\0';
		key = strip(*line);
		if (key && streq(key, "serial"))
			mask_learn_serial(&problem->mask, value);
	}
}

static void add_profile(struct cli *cli, struct problem *problem, const char *name)
{
	cleanup_free char *title = xasprintf(_("Profile %s"), name);
	cleanup_free char *text = NULL, *harmless = NULL;
	struct err err = {0};

	text = cli_profile_text(cli, name, NULL, &err);
	if (!text) {
		problem_add_err(problem, title, &err);
		return;
	}
	learn_profile(problem, text);
	harmless = text_harmless(text, true);
	problem_add(problem, title, harmless);
}

static void add_status(struct cli *cli, struct problem *problem, const char *name)
{
	cleanup_free char *title = xasprintf(_("VM %s"), name), *text = NULL;
	cleanup(json_decrefp) json_t *status = NULL;
	struct err err = {0};

	status = cli_call_json(cli, "Status", name, &err);
	if (!status) {
		problem_add_err(problem, title, &err);
		return;
	}
	report_learn(problem, status);
	text = json_dumps(status, JSON_INDENT(1) | JSON_ENSURE_ASCII);
	problem_add(problem, title, text);
}

static void add_vms(struct cli *cli, struct problem *problem)
{
	cleanup(json_decrefp) json_t *vms = cli_call_json(cli, "ListVMs", NULL, NULL);
	const json_t *vm;
	size_t i;

	json_array_foreach (vms, i, vm) {
		const char *name = json_string_value(json_object_get(vm, "name"));

		if (!name)
			continue;
		add_status(cli, problem, name);
		add_profile(cli, problem, name);
	}
}

static void add_check(struct problem *problem)
{
	char *const check[] = {
	        (char *)"playthrough-setup", (char *)"check", (char *)"--json", NULL};
	char *const verify[] = {(char *)"playthrough-setup", (char *)"verify", (char *)"--json",
	        (char *)"--look", NULL};
	cleanup_free char *text = report_output_of(check, LONG_MS);
	cleanup_free char *verified = report_output_of(verify, LONG_MS);
	cleanup(json_decrefp) json_t *json = json_loads(text, 0, NULL);

	report_learn(problem, json);
	problem_add(problem, _("This PC"), text);
	problem_add(problem, _("Its setup"), verified);
}

/* The journal of our units; of a session, what its daemon wrote. */
static void add_log(const struct cli *cli, struct problem *problem)
{
	char *const journal[] = {(char *)"journalctl", (char *)"--no-pager",
	        (char *)"--no-hostname", (char *)"--output=short-iso", (char *)"--lines=2000",
	        (char *)"--unit=playthrough*", NULL};
	cleanup_free char *text = NULL, *harmless = NULL;
	struct root root;

	if (!cli->paths.session) {
		text = report_output_of(journal, LONG_MS);
	} else if (root_open(&root, "/", NULL) == 0) {
		text = root_readf(&root, "%s/daemon.log", cli->paths.run_dir);
		root_close(&root);
	}
	harmless = text ? text_harmless(text, true) : NULL;
	problem_add(problem, _("Log"), harmless);
}

int command_support(struct cli *cli, struct err *err)
{
	cleanup(problem_finish) struct problem problem = {.most_bytes = MOST_BYTES};

	problem_learn_people(&problem);
	report_add_versions(&problem);
	add_check(&problem);
	add_vms(cli, &problem);
	add_answer(cli, &problem, _("USB devices"), "UsbList");
	add_answer(cli, &problem, _("Disks"), "DiskList");
	add_answer(cli, &problem, _("Console"), "ConsoleStatus");
	add_log(cli, &problem);
	return report_put(&problem, cli->args[0], "support", err);
}
