/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a viewer may send on a channel after a good link, to the real libspice: the first byte of an input chooses the
 * channel, the second what it says that it can do, the others are messages. libspice 0.15.1 ends its process at some
 * (known_end()); those are passed over, and whatever else ends it is found here.
 */
#include "console_server.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

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
	/*
	 * Until it answers. Where what follows is bad and comes in the same breath, libspice 0.15.1 lets the viewer go within its
	 * wait for the beginning, and then asks the freed channel whether it is connected
	 * (dcc.cpp: display_channel_client_wait_for_init()).
	 */
	for (unsigned i = 0; i < 500 && poll(&(struct pollfd){fd, POLLIN, 0}, 1, 0) == 0; i++)
		server_run(s, 1);
}

/*
 * A second beginning of a display's channel (dcc.cpp, dcc_handle_init()), and a mark of a migration on any channel where none
 * is under way (red-channel-client.cpp, handle_message()), have libspice abort, and no setting changes that.
 */
static bool known_end(uint8_t channel, const uint8_t *bytes, size_t n)
{
	SpiceMiniDataHeader head;

	for (; n >= sizeof(head);
	        bytes += sizeof(head) + head.size, n -= sizeof(head) + head.size) {
		memcpy(&head, bytes, sizeof(head));
		if (head.type == SPICE_MSGC_MIGRATE_FLUSH_MARK ||
		        (channel == SPICE_CHANNEL_DISPLAY && head.type == SPICE_MSGC_DISPLAY_INIT))
			return true;
		if (head.size > n - sizeof(head))
			break;
	}
	return false;
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
	uint8_t type;

	if (n < 3)
		return 0;
	type = (uint8_t)(SPICE_CHANNEL_MAIN + bytes[0] % SPICE_CHANNEL_CURSOR);
	if (!known_end(type, bytes + 2, n - 2))
		try_channel(server_get(), type, bytes[1], bytes + 2, n - 2);
	return 0;
}
