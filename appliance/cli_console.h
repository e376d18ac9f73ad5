/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the commands of the console share. */
#ifndef CLI_CONSOLE_H
#define CLI_CONSOLE_H

#include "cli.h"

/* ConsoleStatus's answer. NULL with @err. Caller unrefs. */
json_t *cli_console_status(struct cli *cli, struct err *err);
/* Where it is enabled: the addresses and the fingerprint, a line each. */
void cli_console_print_network(const json_t *status);

#endif
