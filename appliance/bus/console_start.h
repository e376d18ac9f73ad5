/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Starts a session's own console, by whoever needs one first; on this PC systemd does. */
#ifndef BUS_CONSOLE_START_H
#define BUS_CONSOLE_START_H

#include "bus/paths.h"

/*
 * It outlives the caller, writes into run_dir/console.log, and ends at once where another one serves the session. Waits for
 * nothing but the fork. A failure of its own is told there, not here.
 */
int console_start(const struct paths *paths, struct err *err);
char *console_log_path(const struct paths *paths); /* caller frees */

#endif
