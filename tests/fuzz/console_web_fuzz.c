/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What browsers say to open a WebSocket, and what libspice's own answers might be. The first byte says which. */
#include "console/peers.h"
#include "console/web_opening.h"
#include "console/web_ticket.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

/* Lines, each a field; an empty one is none. */
static void try_opening(const char *text)
{
	cleanup_free char *copy = xstrdup(text);
	char *rest = copy, *fields[7] = {NULL};
	char accept[WEB_ACCEPT_SIZE];
	struct web_opening opening;
	unsigned status;

	for (unsigned i = 0; i < ARRAY_SIZE(fields); i++) {
		char *line = strsep(&rest, "\n");

		fields[i] = line && line[0] ? line : NULL;
	}
	opening = (struct web_opening){
	        fields[0], fields[1], fields[2], fields[3], fields[4], fields[5], fields[6]};
	status = web_opening_check(&opening);
	assert(status == 101 || status == 400 || status == 403 || status == 426);
	if (status != 101)
		return;
	assert(opening.host && strlen(opening.key) == 24);
	web_opening_accept(opening.key, accept);
	assert(strlen(accept) == WEB_ACCEPT_SIZE - 1);
}

/* In one piece and byte by byte it comes to the same. */
static void try_answer(const uint8_t *bytes, size_t n)
{
	struct web_answer whole = {0}, parts = {0};
	size_t used, one, sum = 0;
	int r = web_answer_take(&whole, bytes, n, &used), last = 0;

	assert(used <= n && whole.n < sizeof(whole.text));
	for (size_t i = 0; i < n && !last; i++) {
		last = web_answer_take(&parts, bytes + i, 1, &one);
		sum += one;
	}
	assert(last == r && sum == used);
}

static void try_ticket(const uint8_t *bytes, size_t n)
{
	struct web_ticket whole = {0}, parts = {0};

	web_ticket_watch(&whole, bytes, n);
	for (size_t i = 0; i < n; i++)
		web_ticket_watch(&parts, bytes + i, 1);
	assert(whole.verdict == parts.verdict && whole.at == parts.at);
}

/* Who comes and goes, and what happens to them: the table never has more than it may. */
static void try_peers(const uint8_t *bytes, size_t n)
{
	struct peers *peers = xcalloc(1, sizeof(*peers));
	uint64_t now_us = 0;

	for (size_t i = 0; i + 1 < n; i += 2) {
		struct peer_address a = {{bytes[i]}};

		now_us += bytes[i + 1] * 1000u;
		switch (bytes[i + 1] & 3) {
		case 0:
			peers_enter(peers, &a, 5, now_us);
			break;
		case 1:
			peers_leave(peers, &a);
			break;
		case 2:
			peers_wrong(peers, &a, now_us);
			break;
		default:
			peers_right(peers, &a);
		}
		assert(peers_may_try(peers, &a, now_us + 61000000));
	}
	for (unsigned i = 0; i < PEERS_MOST; i++)
		assert(peers->list[i].open <= 5);
	free(peers);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	cleanup_free char *text = NULL;

	if (!n)
		return 0;
	text = xstrndup((const char *)bytes + 1, n - 1);
	switch (bytes[0] & 3) {
	case 0:
		try_opening(text);
		break;
	case 1:
		try_answer(bytes + 1, n - 1);
		break;
	case 2:
		try_ticket(bytes + 1, n - 1);
		break;
	default:
		try_peers(bytes + 1, n - 1);
	}
	return 0;
}
