/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whatever a viewer may send from its first byte on, to the real libspice. The first byte of an input chooses: bytes in
 * place of a link, or, after a good link, messages on one channel.
 */
#include "console_server.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static void try_raw(struct server *s, const uint8_t *bytes, size_t n)
{
	int fd = server_connect(s);

	server_send(s, fd, bytes, n);
	server_hang_up(s, fd);
}

/* What a display's channel has to begin with: until then libspice's worker waits for it, and does nothing else. */
static void say_init(struct server *s, int fd)
{
	const struct __attribute__((packed)) {
		uint8_t cache;
		int64_t size;
		uint8_t dictionary;
		int32_t window;
	} init = {1, 1 << 20, 1, 1 << 16};

	server_say(s, fd, SPICE_MSGC_DISPLAY_INIT, &init, sizeof(init));
}

static void try_channel(
        struct server *s, uint8_t type, uint8_t caps, const uint8_t *bytes, size_t n)
{
	uint32_t connection;
	int other = -1, first = server_open_main(s, &connection);

	if (first < 0)
		return;
	if (type == SPICE_CHANNEL_MAIN) {
		server_send(s, first, bytes, n);
	} else if ((other = server_open(s, connection, type, 0, caps)) >= 0) {
		if (type == SPICE_CHANNEL_DISPLAY)
			say_init(s, other);
		server_send(s, other, bytes, n);
	}
	server_hang_up(s, other);
	server_hang_up(s, first);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	struct server *s = server_get();

	if (n < 3)
		return 0;
	if (bytes[0] & 1)
		try_channel(s, bytes[1] % 5, bytes[2], bytes + 3, n - 3);
	else
		try_raw(s, bytes + 1, n - 1);
	return 0;
}
