/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How much strangers may ask of the console at once. Pure: time is given.
 *
 * A link is a connection of a viewer's: half open until its ticket was right. Of those there are a bounded number, all
 * together and from one address; one more takes the place of the one that has said least, so that whoever keeps many open
 * keeps nobody out who means it. Addresses whose tickets were wrong wait longer each time.
 */
#ifndef CONSOLE_GATE_H
#define CONSOLE_GATE_H

#include "base/util.h"

#include <netinet/in.h>

#define GATE_LINKS          128u
#define GATE_HALF_OPEN_MOST 64u
#define GATE_HALF_OPEN_FROM \
	24u /* one address; a viewer opens a dozen, one for each of its channels */
#define GATE_LINK_TIME_US  10000000u
#define GATE_ADDRESSES     64u
#define GATE_FAILURES_FREE 4u /* a person mistypes */
#define GATE_WAIT_US       1000000u
#define GATE_WAIT_MOST_US  60000000u
#define GATE_FORGOTTEN_US  600000000u
#define GATE_TICKET_BYTES \
	256u /* fewer hold no ticket: one is 128 bytes, after TLS's own and the header's */

enum gate_state { GATE_FREE, GATE_HALF_OPEN, GATE_OPEN, GATE_CUT };

struct gate_link {
	enum gate_state state;
	struct in6_addr from;
	uint64_t since_us;
	uint64_t heard; /* bytes of it, as of gate_victim() */
	const void *id; /* libspice's name of it */
	int fd;         /* a copy of our own, by which it is cut */
};

/* In place of an address: whoever comes by this PC's local socket. Nobody has one of these (RFC 6666). */
extern const struct in6_addr gate_local;

struct gate_address {
	struct in6_addr from;
	unsigned failures; /* 0: the place is free */
	uint64_t last_us;  /* the newest of them */
};

struct gate {
	struct gate_link links[GATE_LINKS];
	struct gate_address addresses[GATE_ADDRESSES];
};

bool gate_is_local(const struct gate_link *link);

void gate_init(struct gate *gate);
/* A place for one more; NULL: none, until one that was cut is gone. */
struct gate_link *gate_place(struct gate *gate);
/* Which link has to go before one more from @from is half open; NULL: none has to. */
struct gate_link *gate_victim(struct gate *gate, const struct in6_addr *from);
struct gate_link *gate_find(struct gate *gate, const void *id);
/* A half open one whose time is over; NULL: none. */
struct gate_link *gate_overdue(struct gate *gate, uint64_t now_us);
/* When the next one will be; UINT64_MAX: none is half open. */
uint64_t gate_deadline(const struct gate *gate);

/* The same address; of IPv6, in the same /64. */
bool gate_same_place(const struct in6_addr *a, const struct in6_addr *b);
/* How long @from has to wait; 0: it may come. An IPv6 address stands for its /64, which one customer has as a whole. */
uint64_t gate_wait(const struct gate *gate, const struct in6_addr *from, uint64_t now_us);
/* Returns how often by now. */
unsigned gate_failed(struct gate *gate, const struct in6_addr *from, uint64_t now_us);
void gate_passed(struct gate *gate, const struct in6_addr *from);

#endif
