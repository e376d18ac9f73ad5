/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Asks polkit whether the sender of a call may do what it asks for. Denies whatever is not a clear yes. */
#ifndef BUS_POLKIT_H
#define BUS_POLKIT_H

#include "base/err.h"

#include <systemd/sd-bus.h>

/* @denied is NULL where the sender may, else says why not. Called once, from the loop. */
typedef void (*polkit_reply)(void *user, sd_bus_message *call, const struct err *denied);

/*
 * Starts the question about @call's sender; the system bus only. Root may without polkit, since it
 * could do everything by itself. Returns 0 when @reply was or will be called; it is not called
 * any more once the bus was closed.
 */
int polkit_ask(
        sd_bus_message *call, const char *action, polkit_reply reply, void *user, struct err *err);

#endif
