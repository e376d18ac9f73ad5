/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "console/idle.h"

#include "console/network.h"

#include <time.h>

#define LOOKS 10u /* in the time that is waited */

/* Deprecated without anything in its place: libspice's channel events come from several threads. */
bool idle_has_viewer(SpiceServer *server)
{
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
	return spice_server_get_num_clients(server) > 0;
#pragma GCC diagnostic pop
}

static int on_look(sd_event_source *source, uint64_t usec, void *user)
{
	struct idle *idle = user;
	bool awaited = idle->network && network_is_open(idle->network);

	(void)usec;
	if (!awaited && !idle_has_viewer(idle->server) && !(idle->busy && idle->busy(idle->user)))
		idle->quiet++;
	else
		idle->quiet = 0;
	if (idle->quiet > LOOKS)
		return sd_event_exit(sd_event_source_get_event(source), 0);
	sd_event_source_set_time_relative(source, idle->step_us);
	return sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
}

int idle_init(
        struct idle *idle, sd_event *event, SpiceServer *server, unsigned seconds, struct err *err)
{
	int r;

	*idle = (struct idle){.server = server, .step_us = seconds * 1000000ull / LOOKS};
	if (!seconds)
		return 0;
	r = sd_event_add_time_relative(
	        event, &idle->timer, CLOCK_MONOTONIC, idle->step_us, 0, on_look, idle);
	return r < 0 ? err_errno(err, r, "sd-event") : 0;
}

void idle_finish(struct idle *idle)
{
	idle->timer = sd_event_source_disable_unref(idle->timer);
}
