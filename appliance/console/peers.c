/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "console/peers.h"

#include <netinet/in.h>

#define SECOND_US   1000000ull
#define WRONG_FREE  3u /* a person mistypes */
#define WAIT_MOST   60u
#define FORGOTTEN_S 600u

bool peer_address_read(const struct sockaddr *from, socklen_t length, struct peer_address *address)
{
	const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)(const void *)from;
	const struct sockaddr_in *v4 = (const struct sockaddr_in *)(const void *)from;
	static const struct peer_address mapped = {{[10] = 0xff, [11] = 0xff}};

	*address = mapped;
	if (from->sa_family == AF_INET && length >= sizeof(*v4)) {
		memcpy(address->bytes + 12, &v4->sin_addr, 4);
		return true;
	}
	if (from->sa_family != AF_INET6 || length < sizeof(*v6))
		return false;
	memcpy(address->bytes, &v6->sin6_addr, 16);
	if (!IN6_IS_ADDR_V4MAPPED(&v6->sin6_addr))
		memset(address->bytes + 8, 0, 8);
	return true;
}

static bool same(const struct peer_address *a, const struct peer_address *b)
{
	return memcmp(a->bytes, b->bytes, sizeof(a->bytes)) == 0;
}

/* PEERS_MOST: it is not there. */
static unsigned index_of(const struct peers *peers, const struct peer_address *address)
{
	unsigned i = 0;

	while (i < PEERS_MOST && !(peers->list[i].used && same(&peers->list[i].address, address)))
		i++;
	return i;
}

static struct peer *find(struct peers *peers, const struct peer_address *address)
{
	unsigned i = index_of(peers, address);

	return i < PEERS_MOST ? &peers->list[i] : NULL;
}

/* A free one, or that of whoever was here longest ago; NULL: all are here. */
static struct peer *make(struct peers *peers, const struct peer_address *address)
{
	struct peer *oldest = NULL;

	for (unsigned i = 0; i < PEERS_MOST; i++) {
		struct peer *peer = &peers->list[i];

		if (!peer->used) {
			oldest = peer;
			break;
		}
		if (!peer->open && (!oldest || peer->seen_us < oldest->seen_us))
			oldest = peer;
	}
	if (oldest)
		*oldest = (struct peer){.address = *address, .used = true};
	return oldest;
}

bool peers_enter(
        struct peers *peers, const struct peer_address *address, unsigned most, uint64_t now_us)
{
	struct peer *peer = find(peers, address);

	if (!peer)
		peer = make(peers, address);
	if (!peer || peer->open >= most)
		return false;
	peer->open++;
	peer->seen_us = now_us;
	return true;
}

void peers_leave(struct peers *peers, const struct peer_address *address)
{
	struct peer *peer = find(peers, address);

	if (!peer || !peer->open)
		return;
	peer->open--;
	if (!peer->open && !peer->wrong)
		*peer = (struct peer){0};
}

void peers_wrong(struct peers *peers, const struct peer_address *address, uint64_t now_us)
{
	struct peer *peer = find(peers, address);
	unsigned wait_s;

	if (!peer)
		return;
	if (now_us - peer->wrong_us > FORGOTTEN_S * SECOND_US)
		peer->wrong = 0;
	peer->wrong_us = now_us;
	peer->wrong++;
	if (peer->wrong <= WRONG_FREE)
		return;
	wait_s = peer->wrong - WRONG_FREE < 6 ? 1u << (peer->wrong - WRONG_FREE) : WAIT_MOST;
	peer->until_us = now_us + wait_s * SECOND_US;
}

void peers_right(struct peers *peers, const struct peer_address *address)
{
	struct peer *peer = find(peers, address);

	if (peer)
		peer->wrong = 0;
}

bool peers_may_try(const struct peers *peers, const struct peer_address *address, uint64_t now_us)
{
	unsigned i = index_of(peers, address);

	return i == PEERS_MOST || now_us >= peers->list[i].until_us;
}
