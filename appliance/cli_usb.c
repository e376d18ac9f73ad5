/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The commands about USB devices: usb attach, detach, give-back. Others: cli_usb_list.c, cli_usb_assign.c */
#include "base/i18n.h"
#include "cli.h"

#include <errno.h>

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
