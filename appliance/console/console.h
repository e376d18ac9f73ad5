/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Ties what can be seen (VMs, the front end, a card) to the one SPICE session. A change of what is seen never drops the
 * viewer: another picture comes, of another size where need be, and input goes there.
 */
#ifndef CONSOLE_CONSOLE_H
#define CONSOLE_CONSOLE_H

#include "base/err.h"
#include "bus/paths.h"

#include <spice.h>
#include <systemd/sd-event.h>

struct console;

struct access;

enum console_front {
	CONSOLE_FRONT_NONE,
	CONSOLE_FRONT_NOW,
	CONSOLE_FRONT_LATE /* once there is a viewer */
};

/* @access and @paths must outlive it. @front: the front end that is shown while no VM is. */
struct console *console_create(sd_event *event, SpiceServer *server, struct access *access,
        const struct paths *paths, enum console_front front, struct err *err);
/* Whether a front end at the seat listens. */
bool console_has_seat(const struct console *console);
/* Before spice_server_destroy(): nothing moves any more. */
void console_stop(struct console *console);
/* After it. Takes NULL. */
void console_destroy(struct console *console);

#endif
