/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * libspice's timers and watches on sd-event.
 *
 * libspice gives its callbacks no pointer of ours, so they find the loop as the thread's default one: the main
 * must have made it with sd_event_default(). The SPICE worker thread never calls them.
 */
#ifndef CONSOLE_CORE_H
#define CONSOLE_CORE_H

#include <spice.h>

/* For spice_server_init(); a constant, whatever libspice's prototype says. */
extern SpiceCoreInterface core_interface;

/*
 * Who hears of channels that connect (SPICE_CHANNEL_EVENT_...), from the main thread; NULL: nobody. libspice tells of a
 * channel by the same @info until it has gone.
 */
typedef void core_channel_event(void *user, int event, SpiceChannelEventInfo *info);
void core_listen(core_channel_event *call, void *user);

#endif
