/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Starts a session's own console, where nobody else does: systemd starts that of a PC. */
#ifndef BUS_CONSOLE_RUN_H
#define BUS_CONSOLE_RUN_H

#include "base/err.h"
#include "bus/paths.h"

enum console_run_for {
	CONSOLE_RUN_VIEWER,
	/* It shows its own front end only once somebody looks, and ends soon after the last sound. */
	CONSOLE_RUN_SEAT
};

/*
 * It outlives whoever starts it, and its last words go to a file in the run directory, which must be there. That it listens
 * is not waited for. Returns 0 or -errno.
 */
int console_run(const struct paths *paths, enum console_run_for what, struct err *err);

#endif
