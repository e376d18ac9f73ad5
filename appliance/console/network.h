/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Viewers on a network, off unless it is asked for: never without a ticket, and outside of this PC never without TLS.
 * Here libspice listens itself, since it takes TLS connections only so.
 */
#ifndef CONSOLE_NETWORK_H
#define CONSOLE_NETWORK_H

#include "base/err.h"

#include <spice.h>

struct network_options {
	const char *listen; /* "5930", "192.0.2.1:5930", "[::1]:5930"; NULL: no network */
	const char *ticket; /* file whose first line is the password */
	const char *tls;    /* folder with server-cert.pem and server-key.pem; NULL: plain text */
	const char *web;    /* as listen, for browsers, by HTTPS; NULL: none */
};

#define NETWORK_TICKET_LEAST 8u
#define NETWORK_TICKET_MOST  60u /* SPICE_MAX_PASSWORD_LENGTH */

struct network_address {
	char host[64]; /* without brackets */
	int port;
	bool loopback;
};

/* Pure. -EINVAL with @err. Without a host it is this PC alone: 127.0.0.1. */
int network_address_read(const char *text, struct network_address *out, struct err *err);

/* Before spice_server_init(), which begins to listen and fails where the port is taken. */
int network_configure(SpiceServer *server, const struct network_options *options, struct err *err);

#endif
