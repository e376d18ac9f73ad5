/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli_disk_call.h"

#include "cli_secret.h"

#include <limits.h>
#include <unistd.h>

void disk_call_say(struct disk_call *call, const char *key, const char *value)
{
	if (!value)
		return;
	call->texts[call->n_texts].key = key;
	call->texts[call->n_texts++].value = value;
}

void disk_call_flag(struct disk_call *call, const char *key, bool on)
{
	if (on)
		call->flags[call->n_flags++] = key;
}

/* The daemon is elsewhere: names are whole for it. */
void disk_call_path(struct disk_call *call, const char *key, const char *path)
{
	strv_take(&call->owned, cli_whole_path(path));
	disk_call_say(call, key, call->owned.list[call->owned.n - 1]);
}

/* The image: one word is a file, two are a VM and its disk; @rest words follow. Returns the first of these. */
char **disk_call_image(struct disk_call *call, struct cli *cli, size_t rest)
{
	size_t n = 0;

	while (cli->args[n])
		n++;
	if (n == rest + 1) {
		disk_call_path(call, "file", cli->args[0]);
		disk_call_say(call, "format", cli->format);
		disk_call_say(call, "backing", cli->backing);
		return cli->args + 1;
	}
	disk_call_say(call, "vm", cli->args[0]);
	disk_call_say(call, "disk", cli->args[1]);
	return cli->args + 2;
}

static int append(sd_bus_message *m, const struct disk_call *call)
{
	int r = sd_bus_message_append(m, "s", call->verb);

	r = r < 0 ? r : sd_bus_message_open_container(m, 'a', "{sv}");
	for (size_t i = 0; i < call->n_texts; i++)
		r = r < 0 ? r
		          : sd_bus_message_append(
		                    m, "{sv}", call->texts[i].key, "s", call->texts[i].value);
	for (size_t i = 0; i < call->n_flags; i++)
		r = r < 0 ? r : sd_bus_message_append(m, "{sv}", call->flags[i], "b", 1);
	if (call->secret >= 0)
		r = r < 0 ? r : sd_bus_message_append(m, "{sv}", "passphrase", "h", call->secret);
	return r < 0 ? r : sd_bus_message_close_container(m);
}

static int start(struct cli *cli, const struct disk_call *call, char **path, struct err *err)
{
	sd_bus_message *m = NULL, *reply = NULL;
	const char *job;
	int r = cli_connect(cli, err);

	r = r < 0 ? r : client_new_call(&cli->client, "DiskAct", &m, err);
	r = r < 0 ? r : client_send(&cli->client, append(m, call), m, &reply, err);
	if (r >= 0) {
		r = sd_bus_message_read(reply, "o", &job);
		if (r < 0)
			err_errno(err, r, "DiskAct");
		else
			*path = xstrdup(job);
	}
	sd_bus_message_unref(m);
	sd_bus_message_unref(reply);
	return r < 0 ? r : 0;
}

void disk_call_finish(struct disk_call *call)
{
	close_fd(&call->secret);
	strv_finish(&call->owned);
}

/* Runs it to its end; @call may be run again. The answer, or NULL with @err; caller unrefs. */
static json_t *run_once(struct cli *cli, const struct disk_call *call, struct err *err)
{
	struct client_job job = {0};
	cleanup_free char *path = NULL;
	json_t *json = NULL;

	if (start(cli, call, &path, err) < 0)
		return NULL;
	if (cli_follow_job(cli, path, &job, err) == 0)
		json = cli_parse_json(job.result, "DiskAct", err);
	client_job_finish(&job);
	return json;
}

json_t *disk_call_run(struct cli *cli, struct disk_call *call, struct err *err)
{
	json_t *json = run_once(cli, call, err);

	disk_call_finish(call);
	return json;
}

int disk_call_secret(struct cli *cli, struct disk_call *call, bool twice, struct err *err)
{
	if (!cli->passphrase_file && !twice)
		return 0;
	return cli_secret_read(cli->passphrase_file, twice, &call->secret, err);
}

/* An image may turn out to be encrypted only when it is looked at: then who sits there is asked. */
json_t *disk_call_run_asking(struct cli *cli, struct disk_call *call, struct err *err)
{
	json_t *json = run_once(cli, call, err);
	bool ask = !json && err_is(err, CODE_IMAGE_SECRET) && call->secret < 0 &&
	           !cli->passphrase_file && isatty(STDIN_FILENO);

	if (ask) {
		*err = (struct err){0};
		if (cli_secret_read(NULL, false, &call->secret, err) == 0)
			json = run_once(cli, call, err);
	}
	disk_call_finish(call);
	return json;
}
