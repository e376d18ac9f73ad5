/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One WebSocket between a browser, whose bytes the web server hands over in plain text on a local socket, and libspice,
 * which gets the other end of a socket pair. What either side sends waits in a buffer of a fixed size; when it is full, nothing
 * more is read from that side.
 */
#ifndef CONSOLE_WEB_RELAY_H
#define CONSOLE_WEB_RELAY_H

#include "base/util.h"
#include "console/web_ticket.h"

#include <systemd/sd-event.h>

struct web_relay;

struct web_relay_handler {
	/* Gives libspice its end, which it owns from then on; false: it did not take it, and it is still the caller's. */
	bool (*offer)(void *user, int fd);
	/* Whether the ticket was right is known now. The relay is not to be destroyed within this call. */
	void (*verdict)(void *user, enum web_verdict verdict);
	/* Either side has ended, and what it said has been passed on. The relay may be destroyed within this call. */
	void (*ended)(void *user);
	void *user;
};

/*
 * @browser stays the caller's and is to be open for as long as the relay is. @early: what the browser said before, at most
 * WEB_EARLY_MOST bytes. Nothing is offered before web_relay_begin(). NULL: the kernel has no more sockets.
 */
#define WEB_EARLY_MOST 32768u
struct web_relay *web_relay_create(sd_event *event, int browser, const void *early, size_t n,
        const struct web_relay_handler *handler);
/* Offers libspice its end, once. -errno: it is to be destroyed; ended() is not called then. */
int web_relay_begin(struct web_relay *relay);
/* Without telling. Takes NULL. */
void web_relay_destroy(struct web_relay *relay);

#endif
