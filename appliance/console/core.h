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

#endif
