/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The commands about USB devices: usb attach, detach. Others: cli_usb_list.c, cli_usb_assign.c */
#include "base/i18n.h"
#include "cli.h"

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
