/* SPDX-License-Identifier: GPL-2.0-or-later */
/* report: what is known of a VM, this PC and what went wrong, as a file that can be passed on. */
#include "base/child.h"
#include "base/i18n.h"
#include "bus/text.h"
#include "cli_report.h"

#include <errno.h>
#include <time.h>

#define CHECK_MS   120000u
#define VERSION_MS 5000u

char *report_output_of(char *const *argv, unsigned timeout_ms)
{
	cleanup_free char *path = child_path_env();
	char *env[] = {path, NULL};
	struct child_result result = {0};
	struct err err = {0};
	char *text;

	if (child_run(argv, env, timeout_ms, &result, &err) < 0)
		return xstrdup(err.message);
	text = text_harmless(result.output, true);
	free(result.output);
	return text;
}

void report_add_versions(struct problem *problem)
{
	char *const argv[] = {(char *)"qemu-system-x86_64", (char *)"--version", NULL};
	cleanup_free char *qemu = report_output_of(argv, VERSION_MS);
	cleanup_free char *system = problem_versions();
	cleanup_free char *all =
	        xasprintf("Playthrough %s\n%s%s", PLAYTHROUGH_VERSION, system, qemu);

	problem_add(problem, _("Versions"), all);
}

/* What the daemon says of the last thing that went wrong, the newest first. */
static void add_what(struct problem *problem, const json_t *status)
{
	const json_t *end = json_object_get(status, "last_end");
	const struct {
		const json_t *object;
		const char *key;
	} facts[] = {{status, "error"}, {status, "pause_reason"}, {end, "lost"}, {end, "reason"}};
	cleanup_strv struct strv lines = {0};
	cleanup_free char *all = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(facts); i++) {
		cleanup_free char *text = cli_member(facts[i].object, facts[i].key);

		if (!streq(text, "-"))
			strv_addf(&lines, "%s\n", text);
	}
	all = strv_join(&lines, "");
	problem_add(problem, _("What happened"), all);
}

static void add_status(struct cli *cli, struct problem *problem)
{
	struct err err = {0};
	cleanup(json_decrefp) json_t *status = cli_call_json(cli, "Status", cli->args[0], &err);
	cleanup_free char *text = NULL;

	if (!status) {
		problem_add_err(problem, _("What happened"), &err);
		return;
	}
	add_what(problem, status);
	text = json_dumps(status, JSON_INDENT(1) | JSON_ENSURE_ASCII);
	problem_add(problem, _("State"), text);
}

static void add_log(struct cli *cli, struct problem *problem)
{
	cleanup_free char *text = NULL, *harmless = NULL;
	struct err err = {0};
	int r = cli_connect(cli, &err);

	if (r == 0)
		r = client_text(&cli->client, &text, &err, "Log", "s", cli->args[0]);
	if (r < 0) {
		problem_add_err(problem, _("Console"), &err);
		return;
	}
	harmless = text_harmless(text, true);
	problem_add(problem, _("Console"), harmless);
}

static bool names_one(const char *key)
{
	return ends_with(key, "serial") || streq(key, "wwid") || streq(key, "wwn");
}

void report_learn(struct problem *problem, json_t *json)
{
	const char *key;
	json_t *value;
	size_t i;

	json_array_foreach (json, i, value)
		report_learn(problem, value);
	json_object_foreach (json, key, value) {
		const char *text = json_string_value(value);

		if (text && names_one(key) && *text && !mask_is_secret(text))
			json_object_set_new(json, key, json_string("SERIAL"));
		else if (text && names_one(key))
			mask_learn_serial(&problem->mask, text);
		else
			report_learn(problem, value);
	}
}

/* Serial numbers of USB devices are in no message of ours, but a guest may well have said them. */
static void learn_serials(struct cli *cli, struct problem *problem)
{
	cleanup(json_decrefp) json_t *devices = cli_call_json(cli, "UsbList", NULL, NULL);

	report_learn(problem, devices);
}

int report_put(struct problem *problem, const char *file, const char *name, struct err *err)
{
	cleanup_free char *text = problem_text(problem), *path = NULL;
	int r;

	if (file && streq(file, "-")) {
		fputs(text, stdout);
		return 0;
	}
	r = problem_write(file, name, text, time(NULL), &path, err);
	if (r == -EEXIST)
		err_hint(err, _("name another file: nothing is overwritten"));
	if (r == 0)
		cli_put(path);
	if (r == 0)
		putchar('\n');
	return r;
}

int command_report(struct cli *cli, struct err *err)
{
	char *const check_argv[] = {(char *)"playthrough-setup", (char *)"check", NULL};
	cleanup(problem_finish) struct problem problem = {0};
	cleanup_free char *check = NULL;

	learn_serials(cli, &problem);
	add_status(cli, &problem);
	add_log(cli, &problem);
	check = report_output_of(check_argv, CHECK_MS);
	problem_add(&problem, _("This PC"), check);
	report_add_versions(&problem);
	return report_put(&problem, cli->args[1], cli->args[0], err);
}
