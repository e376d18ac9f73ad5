/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An address and a port to listen at, as people write them. Names are not asked for: nothing here talks to a network. */
#ifndef BUS_NET_ADDRESS_H
#define BUS_NET_ADDRESS_H

#include "base/err.h"
#include "base/strv.h"

#include <netinet/in.h>

struct net_address {
	struct in6_addr host; /* IPv4 as ::ffff:0:0/96 */
	uint16_t port;        /* 0: no address */
};

#define NET_ADDRESS_TEXT 64u

/* "192.0.2.1:5930", "[2001:db8::1]:5930", or "5930" alone for every address of this PC. -EINVAL with @err. */
int net_address_parse(const char *text, struct net_address *out, struct err *err);
/* As it is parsed; "" where there is none. */
void net_address_format(const struct net_address *address, char out[NET_ADDRESS_TEXT]);
/* The host alone, IPv4 as such, without brackets. */
void net_host_format(const struct in6_addr *host, char out[NET_ADDRESS_TEXT]);
bool net_host_is_v4(const struct in6_addr *host);
bool net_host_is_any(const struct in6_addr *host);
bool net_host_is_loopback(const struct in6_addr *host);
bool net_address_same(const struct net_address *a, const struct net_address *b);
/* From an address of the kernel's, of either family. Whether it is one. */
bool net_host_of(const struct sockaddr *from, struct in6_addr *out);
/*
 * This PC's addresses that others may reach, each once: of interfaces that are up and have their cable, not those of the
 * loopback, nor those that mean nothing without an interface (169.254.0.0/16, fe80::/10).
 */
void net_hosts(bool v4_only, struct strv *out);

/*
 * A listening socket, CLOEXEC and not blocking, or -errno with @err. Every address means those of both families, where the
 * kernel has both.
 */
int net_listen(const struct net_address *address, int backlog, struct err *err);

#endif
