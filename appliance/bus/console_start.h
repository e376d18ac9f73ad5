/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Starts a session's own console, by whoever needs one first; on this PC systemd does. */
#ifndef BUS_CONSOLE_START_H
#define BUS_CONSOLE_START_H

#include "bus/paths.h"

enum console_start_for {
	CONSOLE_FOR_VIEWER,
	/* Its own front end is shown only once somebody looks, and it ends soon after the last sound. */
	CONSOLE_FOR_SEAT
};

/*
 * It outlives the caller, writes into run_dir/console.log, and ends at once where another one serves the session. Waits for
 * nothing but the fork. A failure of its own is told there, not here.
 */
int console_start(const struct paths *paths, enum console_start_for what, struct err *err);
char *console_log_path(const struct paths *paths); /* caller frees */

#endif
