/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Session mode's private socket, both ends: only this user listens and only this user is heard.
 *
 * A path in a socket address has room for 107 bytes; a longer run directory is refused by name.
 */
#ifndef BUS_SESSION_H
#define BUS_SESSION_H

#include "bus/paths.h"

#include <systemd/sd-bus.h>

/* Client: connects, after starting playthroughd --session when nobody listens. Waits up to 15 s for it. */
int session_connect(const struct paths *paths, sd_bus **out, struct err *err);

/*
 * The same in steps that do not wait. session_try() connects, or returns -ENOENT or -ECONNREFUSED where
 * nobody listens; session_start() starts the daemon and returns its process, to be waited for by the caller;
 * session_start_failed() makes the error from what that one wrote before it ended. @what: "ended at once".
 */
int session_try(const struct paths *paths, sd_bus **out, struct err *err);
pid_t session_start(const struct paths *paths, struct err *err);
int session_start_failed(const struct paths *paths, const char *what, struct err *err);

/*
 * Daemon: makes the run directory and takes its lock, which stays until the process ends. Returns the
 * listening socket, or -EALREADY when another daemon of this user has it.
 */
int session_listen(const struct paths *paths, struct err *err);
/* Daemon: takes one connection of the same user. Returns 0, or -errno when there is none to serve. */
int session_accept(int listener, sd_bus **out);

#endif
