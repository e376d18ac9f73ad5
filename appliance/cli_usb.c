/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The commands about USB devices: usb list, attach, detach, give-back. */
#include "base/i18n.h"
#include "cli.h"

#include <errno.h>

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

	if (!devices)
		return err->number;
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

int command_usb_give_back(struct cli *cli, struct err *err)
{
	sd_bus_message *call = NULL, *reply = NULL;
	unsigned n = 0;
	int r = cli_connect(cli, err);

	r = r < 0 ? r : client_new_call(&cli->client, "UsbGiveBack", &call, err);
	r = r < 0 ? r : client_send(&cli->client, r, call, &reply, err);
	if (r >= 0 && sd_bus_message_read(reply, "u", &n) < 0)
		r = err_set(err, -EBADMSG, _("playthroughd answered what is not understood"));
	sd_bus_message_unref(reply);
	if (r < 0)
		return r;
	if (n)
		printf(_("USB devices on their way back to the host: %u\n"), n);
	else
		puts(_("No VM has a USB device."));
	return 0;
}
