/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The commands about USB devices: usb list, attach, detach. Others: cli_usb_assign.c, cli_usb_why.c */
#include "base/i18n.h"
#include "cli.h"

static const struct {
	const char *title, *key;
} columns[] = {
        {N_("PORT"), "port"},
        {N_("DEVICE"), "sysname"},
        {N_("ID"), "id"},
        {N_("VM"), "vm"},
        {N_("DRIVER"), "driver"},
        {N_("PRODUCT"), "product"},
        {N_("SERIAL"), "serial"},
};

static void print_devices(const json_t *devices)
{
	struct cli_table table = {.columns = ARRAY_SIZE(columns)};
	const json_t *device;
	size_t i;

	if (json_array_size(devices) == 0) {
		puts(_("There is no USB device."));
		return;
	}
	for (size_t c = 0; c < ARRAY_SIZE(columns); c++)
		cli_table_add(&table, xstrdup(_(columns[c].title)));
	json_array_foreach (devices, i, device) {
		for (size_t c = 0; c < ARRAY_SIZE(columns); c++)
			cli_table_add(&table, cli_member(device, columns[c].key));
	}
	cli_table_print(&table, stdout);
}

int command_usb_list(struct cli *cli, struct err *err)
{
	cleanup(json_decrefp) json_t *devices = cli_call_json(cli, "UsbList", NULL, err);
	cleanup(json_decrefp) json_t *document = NULL;

	if (!devices || (cli->why && cli_usb_why(cli, devices, err) < 0))
		return err->number;
	if (cli->why && !cli->json)
		return 0;
	if (!cli->json) {
		print_devices(devices);
		return 0;
	}
	document = cli_document();
	json_object_set(document, "devices", devices);
	cli_print_json(document);
	return 0;
}

int command_usb_attach(struct cli *cli, struct err *err)
{
	int r = cli_run_job(cli, "UsbAttach", cli->args[1], err);

	if (r == 0)
		printf(_("%s: %s is plugged in\n"), cli->args[0], cli->args[1]);
	return r;
}

int command_usb_detach(struct cli *cli, struct err *err)
{
	int r = cli_run_job(cli, "UsbDetach", cli->args[1], err);

	if (r == 0)
		printf(_("%s: %s is back with the host\n"), cli->args[0], cli->args[1]);
	return r;
}
