/* SPDX-License-Identifier: GPL-2.0-or-later */
/* report: what is known of a VM, this PC and what went wrong, as a file that can be passed on. */
#include "base/child.h"
#include "base/i18n.h"
#include "base/problem.h"
#include "bus/text.h"
#include "cli.h"

#include <errno.h>
#include <time.h>

#define CHECK_MS   120000u
#define VERSION_MS 5000u

/* What one of our neighbours prints, harmless; how it failed where it did not run. Caller frees. */
static char *output_of(const char *program, const char *argument, unsigned timeout_ms)
{
	char *argv[] = {(char *)program, (char *)argument, NULL};
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

static void add_versions(struct problem *problem)
{
	cleanup_free char *qemu = output_of("qemu-system-x86_64", "--version", VERSION_MS);
	cleanup_free char *system = problem_versions();
	cleanup_free char *all = xasprintf("%s%s", system, qemu);

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

/* Serial numbers of USB devices are in no message of ours, but a guest may well have said them. */
static void learn_serials(struct cli *cli, struct problem *problem)
{
	cleanup(json_decrefp) json_t *devices = cli_call_json(cli, "UsbList", NULL, NULL);
	const json_t *device;
	size_t i;

	json_array_foreach (devices, i, device) {
		mask_learn_serial(
		        &problem->mask, json_string_value(json_object_get(device, "serial")));
	}
}

static char *make_report(struct cli *cli)
{
	cleanup(problem_finish) struct problem problem = {0};
	cleanup_free char *check = NULL;

	learn_serials(cli, &problem);
	add_status(cli, &problem);
	add_log(cli, &problem);
	check = output_of("playthrough-setup", "check", CHECK_MS);
	problem_add(&problem, _("This PC"), check);
	add_versions(&problem);
	return problem_text(&problem);
}

int command_report(struct cli *cli, struct err *err)
{
	const char *file = cli->args[1];
	cleanup_free char *text = make_report(cli), *path = NULL;
	int r;

	if (file && streq(file, "-")) {
		fputs(text, stdout);
		return 0;
	}
	r = problem_write(file, cli->args[0], text, time(NULL), &path, err);
	if (r == -EEXIST)
		err_hint(err, _("name another file: nothing is overwritten"));
	if (r == 0)
		cli_put(path);
	if (r == 0)
		putchar('\n');
	return r;
}
