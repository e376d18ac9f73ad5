/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-drive: what our own small guest could really do with each device. */
#include "base/i18n.h"
#include "bus/text.h"
#include "cli.h"
#include "cli_picture.h"

#include <errno.h>

/* Starts the job. Caller frees @path. */
static int send_call(struct cli *cli, int picture, char **path, struct err *err)
{
	cleanup(sd_bus_message_unrefp) sd_bus_message *call = NULL, *reply = NULL;
	const char *job;
	int r = client_new_call(&cli->client, "TestDrive", &call, err);

	if (r < 0)
		return r;
	r = sd_bus_message_append(call, "s", cli->args[0]);
	if (r >= 0)
		r = sd_bus_message_open_container(call, 'a', "{sv}");
	if (r >= 0)
		r = sd_bus_message_append(call, "{sv}", "keep", "b", (int)cli->keep);
	if (r >= 0 && picture >= 0)
		r = sd_bus_message_append(call, "{sv}", "picture", "h", picture);
	if (r >= 0)
		r = sd_bus_message_close_container(call);
	r = client_send(&cli->client, r, call, &reply, err);
	if (r < 0)
		return r;
	r = sd_bus_message_read(reply, "o", &job);
	if (r < 0)
		return err_errno(err, r, "TestDrive");
	*path = xstrdup(job);
	return 0;
}

/* Moves a line of the report into the lists of the document, without what only carried it. */
static void take_line(json_t *document, json_t *line)
{
	static const struct {
		const char *event, *list;
	} lists[] = {{"result", "results"}, {"usb", "usb"}, {"problem", "problems"}};
	const char *event = json_string_value(json_object_get(line, "event"));

	if (event && streq(event, "done"))
		json_object_set_new(document, "complete", json_true());
	for (size_t i = 0; event && i < ARRAY_SIZE(lists); i++) {
		json_t *copy;

		if (!streq(event, lists[i].event))
			continue;
		copy = json_copy(line);
		json_object_del(copy, "event");
		json_object_del(copy, "seq");
		json_array_append_new(json_object_get(document, lists[i].list), copy);
	}
}

static void count(json_t *document, const char *key, const char *status)
{
	const json_t *result;
	int n = 0;
	size_t i;

	json_array_foreach (json_object_get(document, "results"), i, result) {
		const char *is = json_string_value(json_object_get(result, "status"));

		n += is && streq(is, status);
	}
	json_object_set_new(document, key, json_integer(n));
}

/* What the guest reported, as one document. @result is the job's. */
static json_t *make_document(const char *vm, const char *result)
{
	cleanup(json_decrefp) json_t *job = json_loads(result, 0, NULL);
	json_t *document = cli_document(), *line;
	const char *nonce = json_string_value(json_object_get(job, "nonce"));
	size_t i;

	json_object_set_new(document, "vm", json_string(vm));
	json_object_set_new(document, "nonce", json_string(nonce ? nonce : ""));
	json_object_set_new(document, "passed", json_integer(0));
	json_object_set_new(document, "failed", json_integer(0));
	json_object_set_new(document, "not_testable", json_integer(0));
	json_object_set_new(document, "complete", json_false());
	json_object_set_new(document, "results", json_array());
	json_object_set_new(document, "usb", json_array());
	json_object_set_new(document, "problems", json_array());
	json_array_foreach (json_object_get(job, "lines"), i, line)
		take_line(document, line);
	count(document, "passed", "pass");
	count(document, "failed", "fail");
	count(document, "not_testable", "not-testable");
	return document;
}

static const char *status_words(const char *status)
{
	if (streq(status, "pass"))
		return _("pass");
	if (streq(status, "fail"))
		return _("FAIL");
	return _("not testable");
}

static void print_results(const json_t *document)
{
	struct cli_table table = {.columns = 5};
	const json_t *result;
	size_t i;

	json_array_foreach (json_object_get(document, "results"), i, result) {
		cleanup_free char *status = cli_member(result, "status");

		cli_table_add(&table, cli_member(result, "device"));
		cli_table_add(&table, cli_member(result, "kind"));
		cli_table_add(&table, cli_member(result, "capability"));
		cli_table_add(&table, xstrdup(status_words(status)));
		cli_table_add(&table, cli_member(result, "detail"));
	}
	cli_table_print(&table, stdout);
}

static void print_usb(const json_t *document)
{
	const json_t *device;
	size_t i;

	json_array_foreach (json_object_get(document, "usb"), i, device) {
		cleanup_free char *action = cli_member(device, "action");
		cleanup_free char *port = cli_member(device, "port");
		cleanup_free char *id = cli_member(device, "id");
		cleanup_free char *product = cli_member(device, "product");

		printf("usb %s: %s %s (%s)\n", port, id, product, action);
	}
}

static void print_report(const json_t *document)
{
	const json_t *problem;
	size_t i;

	print_results(document);
	print_usb(document);
	json_array_foreach (json_object_get(document, "problems"), i, problem) {
		cleanup_free char *detail = cli_member(problem, "detail");

		printf(_("the guest had a problem: %s\n"), detail);
	}
	printf(_("%d passed, %d failed, %d not testable\n"),
	        (int)json_integer_value(json_object_get(document, "passed")),
	        (int)json_integer_value(json_object_get(document, "failed")),
	        (int)json_integer_value(json_object_get(document, "not_testable")));
}

/* The verdict: only a whole report without a failure is good. */
static int judge(const json_t *document, struct err *err)
{
	json_int_t failed = json_integer_value(json_object_get(document, "failed"));

	if (!json_is_true(json_object_get(document, "complete")))
		return err_set(err, -ENODATA,
		        _("the report is not complete: the guest stopped before its end"));
	return failed ? 1 : 0;
}

int command_test_drive(struct cli *cli, struct err *err)
{
	cleanup(cli_picture_finish) struct cli_picture picture = {.fd = -1};
	cleanup(client_job_finish) struct client_job job = {0};
	cleanup(json_decrefp) json_t *document = NULL;
	cleanup_free char *path = NULL;
	int r = cli_connect(cli, err);

	if (r == 0)
		r = cli_picture_open(cli->picture, &picture, err);
	if (r == 0)
		r = send_call(cli, picture.fd, &path, err);
	if (r < 0)
		return r;
	r = cli_follow_job(cli, path, &job, err);
	if (r < 0 && (!job.result || !*job.result))
		return r;
	document = make_document(cli->args[0], job.result);
	if (cli->json)
		cli_print_json(document);
	else
		print_report(document);
	if (r == 0)
		r = cli_picture_keep(&picture, cli->picture, err);
	return r < 0 ? r : judge(document, err);
}
