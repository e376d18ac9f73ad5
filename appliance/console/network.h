/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Viewers on the network, as far as the daemon says: it hands over the listening socket and tells the ticket. All of them
 * come by TLS and with the ticket; how much strangers can ask for is bounded (console/gate.h). Also knows who looks, from
 * wherever, since there is one viewer at a time: whoever comes is handed to libspice here.
 */
#ifndef CONSOLE_NETWORK_H
#define CONSOLE_NETWORK_H

#include "bus/console_wire.h"

#include <netinet/in.h>
#include <spice.h>
#include <systemd/sd-event.h>

struct certificate;
struct network;

struct network_handler {
	/* What network_report() says is not what it was. */
	void (*changed)(void *user);
	/* A viewer has taken the place of one that was @there: an address, or NULL for this PC. */
	void (*took_over)(void *user, const char *there);
	void *user;
};

/*
 * Lets @server make ready for TLS with this certificate, between network_prepare() and network_prepared() of one
 * spice_server_init(). libspice does so only where it listens itself: it is given a local socket in a folder of our own, which
 * then is taken out of the world, so that nobody can connect to it.
 */
struct network_door {
	char folder[32];
	char *socket;
};
int network_prepare(struct network_door *door, SpiceServer *server,
        const struct certificate *certificate, struct err *err);
void network_prepared(struct network_door *door);

/* @certificate, NULL: nobody can be served; must outlive it. */
struct network *network_create(sd_event *event, SpiceServer *server,
        const struct certificate *certificate, struct err *err);
/* Before spice_server_destroy(). Takes NULL. */
void network_destroy(struct network *network);
void network_set_handler(struct network *network, const struct network_handler *handler);

/* Listens at @fd from now on, which it owns; -1: nobody new comes, and whoever is there may stay. */
void network_listen(struct network *network, int fd);
/* The same as with -1, and whoever came by the network is let go at once. */
void network_close(struct network *network);
/* @expires: seconds since 1970, 0 never; "": nobody may in. */
void network_ticket(struct network *network, const char *ticket, uint64_t expires);
/* As access_pause(). */
void network_pause(struct network *network, bool pause);
/* Whether somebody could come. */
bool network_is_open(const struct network *network);

/*
 * One that was accepted elsewhere, such as by a web server; @fd is owned. @tls: the other end begins with TLS. Refused where
 * network_may_come() would say no.
 */
void network_take(struct network *network, int fd, const struct in6_addr *from, bool tls);
bool network_may_come(const struct network *network, const struct in6_addr *from);
/* One whom the kernel knows: no ticket is asked. @fd is owned. */
void network_take_local(struct network *network, int fd);

/*
 * Whether one of them does not take what it was sent. libspice's worker waits for such a one where the picture gets another
 * size, for 15 s, and whoever takes its place has the main thread wait for the worker.
 */
bool network_behind(const struct network *network);

void network_report(const struct network *network, struct console_report *out);
/* NULL: there is none. */
const struct certificate *network_certificate(const struct network *network);

#endif
