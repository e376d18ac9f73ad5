/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bus/loop.h"

#include <signal.h>

int loop_ends_by_signals(sd_event *event, struct err *err)
{
	sigset_t set;
	int r;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	r = sd_event_add_signal(event, NULL, SIGTERM, NULL, NULL);
	if (r >= 0)
		r = sd_event_add_signal(event, NULL, SIGINT, NULL, NULL);
	return r < 0 ? err_errno(err, r, "sd-event") : 0;
}
