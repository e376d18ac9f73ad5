/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The commands about VMs: list, show, start, stop, log. */
#include "base/i18n.h"
#include "bus/text.h"
#include "cli.h"
#include "profile/profile.h"

#include <errno.h>

int cli_connect(struct cli *cli, struct err *err)
{
	return cli->client.bus ? 0 : client_open(&cli->paths, &cli->client, err);
}

json_t *cli_parse_json(const char *text, const char *member, struct err *err)
{
	json_error_t where;
	json_t *json = json_loads(text, 0, &where);

	if (!json)
		err_set(err, -EBADMSG, _("playthroughd's answer to %s is not JSON: %s"), member,
		        where.text);
	return json;
}

json_t *cli_call_json(struct cli *cli, const char *member, const char *vm, struct err *err)
{
	cleanup_free char *text = NULL;
	int r = cli_connect(cli, err);

	if (r == 0)
		r = vm ? client_text(&cli->client, &text, err, member, "s", vm)
		       : client_text(&cli->client, &text, err, member, "");
	return r < 0 ? NULL : cli_parse_json(text, member, err);
}

int cli_run_job(struct cli *cli, const char *member, const char *device, struct err *err)
{
	cleanup_free char *path = NULL;
	const char *vm = cli->args[0];
	int r = cli_connect(cli, err);

	if (r == 0)
		r = device ? client_start_job(&cli->client, &path, err, member, "ss", vm, device)
		           : client_start_job(&cli->client, &path, err, member, "s", vm);
	return r < 0 ? r : cli_follow_job(cli, path, NULL, err);
}

/* The names of vm/state.h, as a person reads them. */
char *cli_state(const json_t *vm)
{
	static const char *const states[] = {
	        N_("stopped"), N_("starting"), N_("running"), N_("stopping")};
	char *state = cli_member(vm, "state");

	if (streq(state, "running") && json_is_true(json_object_get(vm, "paused"))) {
		free(state);
		return xstrdup(_("paused"));
	}
	if (streq(state, "running") && json_is_true(json_object_get(vm, "asleep"))) {
		free(state);
		return xstrdup(_("asleep"));
	}
	for (size_t i = 0; i < ARRAY_SIZE(states); i++) {
		if (streq(state, states[i])) {
			free(state);
			return xstrdup(_(states[i]));
		}
	}
	return state;
}

static void print_list(const json_t *vms)
{
	struct cli_table table = {.columns = 3};
	const json_t *vm;
	size_t i;

	if (json_array_size(vms) == 0) {
		puts(_("There is no profile yet."));
		return;
	}
	cli_table_add(&table, xstrdup(_("NAME")));
	cli_table_add(&table, xstrdup(_("STATE")));
	cli_table_add(&table, xstrdup(_("TITLE")));
	json_array_foreach (vms, i, vm) {
		bool bad = json_string_length(json_object_get(vm, "error")) > 0;

		cli_table_add(&table, cli_member(vm, "name"));
		cli_table_add(&table, bad ? xstrdup(_("bad profile")) : cli_state(vm));
		cli_table_add(&table, cli_member(vm, bad ? "error" : "title"));
	}
	cli_table_print(&table, stdout);
}

int command_list(struct cli *cli, struct err *err)
{
	cleanup(json_decrefp) json_t *vms = cli_call_json(cli, "ListVMs", NULL, err);
	cleanup(json_decrefp) json_t *document = NULL;

	if (!vms)
		return err->number;
	if (!cli->json) {
		print_list(vms);
		return 0;
	}
	document = cli_document();
	json_object_set(document, "vms", vms);
	cli_print_json(document);
	return 0;
}

/* The daemon reads the same folders; a person may look at profiles without it. */
int command_show(struct cli *cli, struct err *err)
{
	cleanup_free char *text = NULL;
	cleanup_free char *harmless = NULL;
	struct profile profile;
	int r = profile_find(&cli->paths.profile_folders, cli->args[0], &profile, err);

	if (r < 0)
		return r;
	text = profile_write(&profile);
	harmless = text_harmless(text, true);
	fputs("# ", stdout);
	cli_put(profile.file);
	printf("\n%s", harmless);
	profile_finish(&profile);
	return 0;
}

int command_start(struct cli *cli, struct err *err)
{
	int r = cli_run_job(cli, "Start", NULL, err);

	if (r == 0)
		printf(_("%s: running\n"), cli->args[0]);
	return r;
}

int command_stop(struct cli *cli, struct err *err)
{
	cleanup_free char *path = NULL;
	int r = cli_connect(cli, err);

	if (r == 0)
		r = client_start_job(
		        &cli->client, &path, err, "Stop", "sb", cli->args[0], (int)cli->force);
	if (r == 0)
		r = cli_follow_job(cli, path, NULL, err);
	if (r == 0)
		printf(_("%s: stopped\n"), cli->args[0]);
	return r;
}

static int call_for_vm(struct cli *cli, const char *member, struct err *err)
{
	cleanup(sd_bus_message_unrefp) sd_bus_message *call = NULL;
	int r = cli_connect(cli, err);

	if (r == 0)
		r = client_new_call(&cli->client, member, &call, err);
	if (r < 0)
		return r;
	return client_send(
	        &cli->client, sd_bus_message_append(call, "s", cli->args[0]), call, NULL, err);
}

int command_pause(struct cli *cli, struct err *err)
{
	int r = call_for_vm(cli, "Pause", err);

	if (r == 0)
		printf(_("%s: paused\n"), cli->args[0]);
	return r;
}

int command_resume(struct cli *cli, struct err *err)
{
	int r = call_for_vm(cli, "Resume", err);

	if (r == 0)
		printf(_("%s: running\n"), cli->args[0]);
	return r;
}

int command_sleep(struct cli *cli, struct err *err)
{
	int r = call_for_vm(cli, "Sleep", err);

	if (r == 0)
		printf(_("%s: asleep\n"), cli->args[0]);
	return r;
}

int command_log(struct cli *cli, struct err *err)
{
	cleanup_free char *text = NULL;
	cleanup_free char *harmless = NULL;
	int r = cli_connect(cli, err);

	if (r == 0)
		r = client_text(&cli->client, &text, err, "Log", "s", cli->args[0]);
	if (r < 0)
		return r;
	harmless = text_harmless(text, true);
	fputs(harmless, stdout);
	return 0;
}
