/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who is at the other end on a network: how many connections one address has, and how long it has to wait after wrong
 * tickets. Bounded, whoever comes; time is told. Pure.
 */
#ifndef CONSOLE_PEERS_H
#define CONSOLE_PEERS_H

#include "base/util.h"

#include <sys/socket.h>

/* IPv4 as in ::ffff:192.0.2.1; of IPv6 the first 64 bits, since one house has all of the rest. */
struct peer_address {
	uint8_t bytes[16];
};

#define PEERS_MOST 128u

struct peer {
	struct peer_address address;
	unsigned open;  /* connections */
	unsigned wrong; /* tickets, one after the other */
	uint64_t wrong_us, until_us, seen_us;
	bool used;
};

struct peers {
	struct peer list[PEERS_MOST];
};

/* false: neither IPv4 nor IPv6. */
bool peer_address_read(const struct sockaddr *from, socklen_t length, struct peer_address *address);

/* Another connection; false: it has @most already, or there are too many others. */
bool peers_enter(
        struct peers *peers, const struct peer_address *address, unsigned most, uint64_t now_us);
void peers_leave(struct peers *peers, const struct peer_address *address);

/* A ticket was wrong: from the fourth on, the next may come after 2, 4, 8... seconds, at most a minute. */
void peers_wrong(struct peers *peers, const struct peer_address *address, uint64_t now_us);
void peers_right(struct peers *peers, const struct peer_address *address);
/* Whether it may show a ticket now. */
bool peers_may_try(const struct peers *peers, const struct peer_address *address, uint64_t now_us);

#endif
