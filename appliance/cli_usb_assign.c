/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The commands that give USB devices away for good: usb assign, unassign. */
#include "base/i18n.h"
#include "bus/text.h"
#include "cli.h"

/* One of the daemon's sentences or lists, each on a line of its own below what was done. */
static void print_notes(const json_t *answer)
{
	const json_t *note;
	size_t i;

	json_array_foreach (json_object_get(answer, "notes"), i, note) {
		fputs("  ", stdout);
		cli_put(json_string_value(note));
		putchar('\n');
	}
}

static void print_document(const json_t *answer)
{
	cleanup(json_decrefp) json_t *document = cli_document();

	json_object_update_missing(document, (json_t *)answer);
	cli_print_json(document);
}

static void print_assigned(const json_t *answer)
{
	cleanup_free char *vm = cli_member(answer, "vm"), *section = cli_member(answer, "section");
	cleanup_free char *file = cli_member(answer, "file");

	if (json_is_true(json_object_get(answer, "changed")))
		printf(_("%s: [%s] is written into %s\n"), vm, section, file);
	else
		printf(_("%s: already so, by [%s] in %s\n"), vm, section, file);
	print_notes(answer);
}

int command_usb_assign(struct cli *cli, struct err *err)
{
	cleanup(json_decrefp) json_t *answer = NULL;
	const char *by = cli->by ? cli->by : "device";
	cleanup_free char *text = NULL;
	int r = cli_connect(cli, err);

	if (r == 0)
		r = client_text(&cli->client, &text, err, "UsbAssign", "ssa{sv}", cli->args[0],
		        cli->args[1], cli->as ? 2 : 1, "by", "s", by, "as", "s", cli->as);
	answer = r < 0 ? NULL : cli_parse_json(text, "UsbAssign", err);
	if (!answer)
		return err->number;
	if (cli->json)
		print_document(answer);
	else
		print_assigned(answer);
	return 0;
}

static void print_unassigned(const json_t *answer)
{
	cleanup_free char *vm = cli_member(answer, "vm");
	const json_t *section;
	size_t i;

	json_array_foreach (json_object_get(answer, "sections"), i, section) {
		cleanup_free char *harmless =
		        text_harmless(json_string_value(section) ?: "", false);

		printf(_("%s: [%s] is taken out\n"), vm, harmless);
	}
	print_notes(answer);
}

int command_usb_unassign(struct cli *cli, struct err *err)
{
	cleanup(json_decrefp) json_t *answer = NULL;
	cleanup_free char *text = NULL;
	int r = cli_connect(cli, err);

	if (r == 0)
		r = client_text(
		        &cli->client, &text, err, "UsbUnassign", "ss", cli->args[0], cli->args[1]);
	answer = r < 0 ? NULL : cli_parse_json(text, "UsbUnassign", err);
	if (!answer)
		return err->number;
	if (cli->json)
		print_document(answer);
	else
		print_unassigned(answer);
	return 0;
}
