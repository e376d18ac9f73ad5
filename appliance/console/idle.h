/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Ends the loop when no viewer has been there for a while: a session's console is started by whoever looks. */
#ifndef CONSOLE_IDLE_H
#define CONSOLE_IDLE_H

#include "base/err.h"

#include <spice.h>
#include <systemd/sd-event.h>

struct network;

struct idle {
	SpiceServer *server;
	sd_event_source *timer;
	uint64_t step_us;
	/* Somebody else who needs it; NULL: nobody. For whoever made it to set. */
	bool (*busy)(const void *user);
	const void *user;
	unsigned quiet;                /* looks in a row at which nobody was there */
	const struct network *network; /* NULL, or: where somebody could come by it, never */
};

bool idle_has_viewer(SpiceServer *server);
/* @seconds 0: never. */
int idle_init(
        struct idle *idle, sd_event *event, SpiceServer *server, unsigned seconds, struct err *err);
void idle_finish(struct idle *idle);

#endif
