/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "console/gate.h"

const struct in6_addr gate_local = {{{1}}};

bool gate_is_local(const struct gate_link *link)
{
	return gate_same_place(&link->from, &gate_local);
}

void gate_init(struct gate *gate)
{
	*gate = (struct gate){0};
	for (size_t i = 0; i < GATE_LINKS; i++)
		gate->links[i].fd = -1;
}

bool gate_same_place(const struct in6_addr *a, const struct in6_addr *b)
{
	bool whole = IN6_IS_ADDR_V4MAPPED(a) || IN6_IS_ADDR_LOOPBACK(a);

	return memcmp(a, b, whole ? sizeof(*a) : 8) == 0;
}

/* --- links --- */

struct gate_link *gate_place(struct gate *gate)
{
	for (size_t i = 0; i < GATE_LINKS; i++)
		if (gate->links[i].state == GATE_FREE)
			return &gate->links[i];
	return NULL;
}

static bool goes_before(const struct gate_link *a, const struct gate_link *b)
{
	return a->heard != b->heard ? a->heard < b->heard : a->since_us < b->since_us;
}

/* The half open one that has said least, and of those the oldest, from @from, or of all; @n gets how many there are. */
static struct gate_link *least(struct gate *gate, const struct in6_addr *from, unsigned *n)
{
	struct gate_link *found = NULL;

	*n = 0;
	for (size_t i = 0; i < GATE_LINKS; i++) {
		struct gate_link *link = &gate->links[i];

		if (link->state != GATE_HALF_OPEN || (from && !gate_same_place(&link->from, from)))
			continue;
		++*n;
		if (!found || goes_before(link, found))
			found = link;
	}
	return found;
}

struct gate_link *gate_victim(struct gate *gate, const struct in6_addr *from)
{
	unsigned n;
	struct gate_link *of_address = least(gate, from, &n);

	if (n >= GATE_HALF_OPEN_FROM)
		return of_address;
	of_address = least(gate, NULL, &n);
	return n >= GATE_HALF_OPEN_MOST ? of_address : NULL;
}

struct gate_link *gate_find(struct gate *gate, const void *id)
{
	for (size_t i = 0; i < GATE_LINKS; i++)
		if (gate->links[i].state != GATE_FREE && gate->links[i].id == id)
			return &gate->links[i];
	return NULL;
}

struct gate_link *gate_overdue(struct gate *gate, uint64_t now_us)
{
	for (size_t i = 0; i < GATE_LINKS; i++) {
		struct gate_link *link = &gate->links[i];

		if (link->state == GATE_HALF_OPEN && link->since_us + GATE_LINK_TIME_US <= now_us)
			return link;
	}
	return NULL;
}

uint64_t gate_deadline(const struct gate *gate)
{
	uint64_t first = UINT64_MAX;

	for (size_t i = 0; i < GATE_LINKS; i++) {
		const struct gate_link *link = &gate->links[i];

		if (link->state == GATE_HALF_OPEN && link->since_us + GATE_LINK_TIME_US < first)
			first = link->since_us + GATE_LINK_TIME_US;
	}
	return first;
}

/* --- addresses --- */

static struct gate_address *known(struct gate *gate, const struct in6_addr *from)
{
	for (size_t i = 0; i < GATE_ADDRESSES; i++)
		if (gate->addresses[i].failures && gate_same_place(&gate->addresses[i].from, from))
			return &gate->addresses[i];
	return NULL;
}

static uint64_t wait_after(unsigned failures)
{
	uint64_t wait = GATE_WAIT_US;

	if (failures <= GATE_FAILURES_FREE)
		return 0;
	for (unsigned i = GATE_FAILURES_FREE + 1; i < failures && wait < GATE_WAIT_MOST_US; i++)
		wait *= 2;
	return wait < GATE_WAIT_MOST_US ? wait : GATE_WAIT_MOST_US;
}

uint64_t gate_wait(const struct gate *gate, const struct in6_addr *from, uint64_t now_us)
{
	const struct gate_address *address = known((struct gate *)gate, from);
	uint64_t until = address ? address->last_us + wait_after(address->failures) : 0;

	return until > now_us ? until - now_us : 0;
}

/* A free place, or that of the one that is most easily forgotten. */
static struct gate_address *make_known(struct gate *gate, const struct in6_addr *from)
{
	struct gate_address *found = &gate->addresses[0];

	for (size_t i = 0; i < GATE_ADDRESSES && found->failures; i++) {
		struct gate_address *address = &gate->addresses[i];

		if (!address->failures || address->last_us < found->last_us)
			found = address;
	}
	*found = (struct gate_address){.from = *from};
	return found;
}

unsigned gate_failed(struct gate *gate, const struct in6_addr *from, uint64_t now_us)
{
	struct gate_address *address = known(gate, from);

	if (!address)
		address = make_known(gate, from);
	if (address->last_us + GATE_FORGOTTEN_US < now_us)
		address->failures = 0;
	address->last_us = now_us;
	return ++address->failures;
}

void gate_passed(struct gate *gate, const struct in6_addr *from)
{
	struct gate_address *address = known(gate, from);

	if (address)
		*address = (struct gate_address){0};
}
