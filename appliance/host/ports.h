/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who listens on ports of this PC: /proc/net/tcp, tcp6, udp and udp6, and the processes that have their sockets open. */
#ifndef HOST_PORTS_H
#define HOST_PORTS_H

#include "base/root.h"

/* A port that somebody wants to know about. */
struct port_range {
	bool udp;
	unsigned first, count;
};

/* One that is taken: TCP that listens, UDP that is bound, be it for a moment. */
struct port {
	bool udp;
	char address[48]; /* it is bound to; "" : all of this PC's that IPv4 reaches */
	unsigned number;
	const char *source; /* "/proc/net/tcp" */
	unsigned uid;       /* whose it is */
	int pid;            /* who has it open; 0: nobody whom we may look at */
	char *program;      /* its name; NULL */
};

struct ports {
	struct port *list;
	size_t n;
	unsigned
	        unprivileged_from; /* below it only root listens; 0: not known, or everybody may on all */
};

/*
 * Of the ports in @ranges alone. Files that are not there hold none. IPv6 sockets that stand in the way of IPv4 are in the
 * list: those of all addresses, which mostly take IPv4 too (ipv6(7), IPV6_V6ONLY), and of mapped ones.
 */
void ports_take(
        const struct root *root, const struct port_range *ranges, size_t n, struct ports *out);
void ports_finish(struct ports *ports);

#endif
