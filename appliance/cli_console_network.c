/* SPDX-License-Identifier: GPL-2.0-or-later */
/* playthrough console enable, disable, status, ticket: the console on the network. */
#include "base/i18n.h"
#include "base/root.h"
#include "bus/console_settings.h"
#include "cli.h"
#include "cli_console.h"

#include <errno.h>
#include <stdio.h>
#include <time.h>

#define VIEWER "remote-viewer"
#define LABEL  16u /* columns */

/* --- what is said --- */

static const char *first_of(const json_t *status, const char *key)
{
	return json_string_value(json_array_get(json_object_get(status, key), 0));
}

/* Aligned, in any language. */
static void print_label(const char *label)
{
	size_t columns = utf8_columns(label, strlen(label));

	printf("  %s%*s ", label, columns < LABEL ? (int)(LABEL - columns) : 0, "");
}

static void print_line(const char *label, const char *text)
{
	print_label(label);
	puts(text);
}

static void print_urls(const char *label, const json_t *list)
{
	const json_t *url;
	size_t i;

	json_array_foreach (list, i, url) {
		print_label(i ? "" : label);
		cli_put(json_string_value(url));
		putchar('\n');
	}
}

static void print_fingerprint(const json_t *status)
{
	cleanup_free char *fingerprint = cli_member(status, "fingerprint");

	print_line(_("fingerprint:"), fingerprint);
}

void cli_console_print_network(const json_t *status)
{
	if (!json_is_true(json_object_get(status, "enabled")))
		return;
	print_urls(_("on the network:"), json_object_get(status, "urls"));
	print_urls(_("in a browser:"), json_object_get(status, "web_urls"));
	print_fingerprint(status);
}

static char *when(json_int_t seconds)
{
	time_t at = (time_t)seconds;
	char text[64] = "";
	struct tm local;

	if (localtime_r(&at, &local))
		strftime(text, sizeof(text), "%F %R", &local);
	return xstrdup(text);
}

static char *ticket_words(const json_t *status)
{
	const json_t *ticket = json_object_get(status, "ticket");
	json_int_t expires = json_integer_value(json_object_get(ticket, "expires"));
	cleanup_free char *text = when(expires);

	if (json_is_true(json_object_get(ticket, "set")))
		return expires ? xasprintf(_("valid until %s"), text)
		               : xstrdup(_("valid until there is another"));
	return expires ? xasprintf(_("expired at %s; playthrough console ticket makes a new one"),
	                         text)
	               : xstrdup(_("none; playthrough console ticket makes one"));
}

static char *viewer_words(const json_t *status)
{
	const json_t *viewer = json_object_get(status, "viewer");
	const char *from = json_string_value(json_object_get(viewer, "from"));

	if (!json_is_true(json_object_get(viewer, "connected")))
		return xstrdup(_("nobody"));
	return from && streq(from, "this PC") ? xstrdup(_("this PC")) : cli_member(viewer, "from");
}

static void print_how(const json_t *status)
{
	if (!first_of(status, "urls"))
		return;
	printf(_("From another PC or a tablet, compare the fingerprint, and type the ticket:\n"
	         "  playthrough console status --vv >console.vv   here, and there %s console.vv\n"),
	        VIEWER);
}

static void print_status(const json_t *status)
{
	cleanup_free char *ticket = ticket_words(status), *viewer = viewer_words(status);
	const char *problem = json_string_value(json_object_get(status, "problem"));
	bool enabled = json_is_true(json_object_get(status, "enabled"));

	puts(enabled ? _("The console is on the network.")
	             : _("The console is not on the network: playthrough console enable"));
	if (problem && *problem) {
		fputs(_("But nobody can reach it: "), stdout);
		cli_put(problem);
		putchar('\n');
	}
	cli_console_print_network(status);
	if (enabled)
		print_line(_("ticket:"), ticket);
	print_line(_("viewer now:"), viewer);
	print_how(status);
}

static void print_ticket(const char *ticket)
{
	printf(_("The ticket, which is not shown again: %s\n"), ticket);
}

/* --- a file for remote-viewer --- */

static char *read_certificate(const struct cli *cli, struct err *err)
{
	cleanup_free char *path =
	        xasprintf("%s/" CONSOLE_CERTIFICATE_FILE, cli->paths.console_state);
	cleanup(root_close) struct root root = {.fd = -1};
	char *text = NULL;

	if (root_open(&root, "/", err) < 0)
		return NULL;
	text = root_read(&root, path);
	if (!text) {
		err_errno(err, -errno, "%s", path);
		err_hint(err, _("the console makes it when it starts"));
		err_code(err, CODE_CONSOLE_CERTIFICATE);
	}
	return text;
}

/* One line, with "\n" for the ends of lines. */
static void put_certificate(const char *pem)
{
	const char *begin = strstr(pem, "-----BEGIN CERTIFICATE-----");

	fputs("ca=", stdout);
	for (const char *c = begin ? begin : ""; *c; c++)
		if (*c == '\n')
			fputs("\\n", stdout);
		else if (*c > '\0' && *c != '\r')
			putchar(*c);
	fputs("\\n\n", stdout);
}

static void put_subject(const char *pem)
{
	size_t n = strlen(CONSOLE_CERTIFICATE_SUBJECT);

	if (strncmp(pem, CONSOLE_CERTIFICATE_SUBJECT, n) == 0)
		printf("host-subject=%.*s\n", (int)strcspn(pem + n, "\r\n"), pem + n);
}

/* @ticket may be NULL: the viewer asks. */
static int print_vv(
        const struct cli *cli, const json_t *status, const char *ticket, struct err *err)
{
	const char *host =
	        json_string_value(json_array_get(json_object_get(status, "addresses"), 0));
	const char *listen = json_string_value(json_object_get(status, "listen"));
	cleanup_free char *pem = NULL;

	if (!first_of(status, "urls") || !host || !listen) {
		err_set(err, -ENOTCONN, _("the console is not on the network, or this PC is not"));
		err_hint(err, "playthrough console enable");
		err_code(err, CODE_CONSOLE_NETWORK);
		return -ENOTCONN;
	}
	pem = read_certificate(cli, err);
	if (!pem)
		return err->number;
	printf("[virt-viewer]\ntype=spice\ntitle=Playthrough\nhost=%s\ntls-port=%s\n", host,
	        strrchr(listen, ':') + 1);
	if (ticket)
		printf("password=%s\n", ticket);
	put_subject(pem);
	put_certificate(pem);
	return 0;
}

/* --- what is done --- */

static int call(
        struct cli *cli, const char *member, const char *listen, const char *web, struct err *err)
{
	cleanup(sd_bus_message_unrefp) sd_bus_message *m = NULL;
	int r = client_new_call(&cli->client, member, &m, err);

	if (r < 0)
		return r;
	if (listen)
		r = sd_bus_message_append(m, "ss", listen, web);
	return client_send(&cli->client, r, m, NULL, err);
}

json_t *cli_console_status(struct cli *cli, struct err *err)
{
	return cli_call_json(cli, "ConsoleStatus", NULL, err);
}

static int minutes_of(const struct cli *cli, unsigned *out, struct err *err)
{
	uint64_t number = 0;

	*out = 0;
	if (cli->minutes && parse_u64(cli->minutes, 10, CONSOLE_MINUTES_MAX, &number) < 0) {
		err_set(err, -EINVAL, _("--minutes %s: not a number from 0 to %u"), cli->minutes,
		        CONSOLE_MINUTES_MAX);
		err_hint(err, _("0 minutes: until there is another ticket"));
		err_code(err, CODE_USAGE);
		return -EINVAL;
	}
	*out = (unsigned)number;
	return 0;
}

static char *new_ticket(struct cli *cli, struct err *err)
{
	char *ticket = NULL;
	unsigned minutes;

	if (minutes_of(cli, &minutes, err) < 0 ||
	        client_text(&cli->client, &ticket, err, "ConsoleTicket", "u", minutes) < 0)
		return NULL;
	return ticket;
}

/* Somebody who enables it wants to come in: where no ticket would let them, there is a new one. */
static char *ticket_if_none(struct cli *cli, struct err *err)
{
	json_t *status = cli_console_status(cli, err);
	bool set = json_is_true(json_object_get(json_object_get(status, "ticket"), "set"));
	bool failed = !status;

	json_decref(status);
	return failed || (set && !cli->minutes) ? NULL : new_ticket(cli, err);
}

/* The certificate is told once the console runs, which takes it a moment. */
static json_t *await_fingerprint(struct cli *cli, struct err *err)
{
	const struct timespec step = {.tv_nsec = 100 * 1000000};
	json_t *status = cli_console_status(cli, err);

	for (unsigned i = 0; status && i < 50; i++) {
		const char *text = json_string_value(json_object_get(status, "fingerprint"));

		if (text && *text)
			break;
		clock_nanosleep(CLOCK_MONOTONIC, 0, &step, NULL);
		json_decref(status);
		status = cli_console_status(cli, err);
	}
	return status;
}

int command_console_enable(struct cli *cli, struct err *err)
{
	cleanup_free char *ticket = NULL;
	unsigned minutes;
	json_t *status;
	int r = minutes_of(cli, &minutes, err);

	r = r < 0 ? r : cli_connect(cli, err);
	r = r < 0 ? r
	          : call(cli, "ConsoleEnable", cli->listen ? cli->listen : "",
	                    cli->web ? cli->web : "", err);
	if (r < 0)
		return r;
	ticket = ticket_if_none(cli, err);
	if (!ticket && err->number)
		return err->number;
	status = await_fingerprint(cli, err);
	if (!status)
		return err->number;
	print_status(status);
	if (ticket)
		print_ticket(ticket);
	json_decref(status);
	return 0;
}

int command_console_disable(struct cli *cli, struct err *err)
{
	int r = cli_connect(cli, err);

	return r < 0 ? r : call(cli, "ConsoleDisable", NULL, NULL, err);
}

int command_console_status(struct cli *cli, struct err *err)
{
	json_t *status = NULL;
	int r = cli_connect(cli, err);

	if (r == 0)
		status = cli_console_status(cli, err);
	if (!status)
		return err->number;
	if (cli->vv)
		r = print_vv(cli, status, NULL, err);
	else if (cli->json)
		cli_print_json(status);
	else
		print_status(status);
	json_decref(status);
	return r;
}

int command_console_ticket(struct cli *cli, struct err *err)
{
	cleanup_free char *ticket = NULL;
	json_t *status = NULL;
	int r = cli_connect(cli, err);

	ticket = r < 0 ? NULL : new_ticket(cli, err);
	if (!ticket)
		return err->number;
	if (!cli->vv) {
		print_ticket(ticket);
		return 0;
	}
	status = await_fingerprint(cli, err);
	r = status ? print_vv(cli, status, ticket, err) : err->number;
	json_decref(status);
	return r;
}
