/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who may look: the local socket, whose own permissions say so. systemd makes it for this PC and hands it over; in a
 * session it is made here, for its user alone. On a network nothing listens unless the options say so.
 */
#ifndef CONSOLE_ACCESS_H
#define CONSOLE_ACCESS_H

#include "base/err.h"
#include "bus/paths.h"

#include <spice.h>
#include <systemd/sd-event.h>

struct access;

/* @paths must outlive it. NULL with @err; -EALREADY: another console of this session has the socket. */
struct access *access_create(
        sd_event *event, SpiceServer *server, const struct paths *paths, struct err *err);
/*
 * Lets those who connect wait. Whoever takes another's place has libspice's main thread wait for its worker, which must not
 * be while the worker waits for that other one. It gives one that takes nothing up by itself after 15 s; cutting it off
 * ourselves meanwhile has libspice 0.15.1 read freed memory (tried).
 */
void access_pause(struct access *access, bool pause);
/* Whether a viewer does not take what it was sent, so that the worker would wait for it: links_behind(). */
bool access_behind(const struct access *access);
void access_destroy(struct access *access); /* takes NULL */

#endif
