/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a viewer tells the agent, by the real libspice: the input is cut into the messages of the main channel where a byte
 * says so, and those carry chunks that are as right or wrong as the input makes them.
 */
#include "console_server.h"

#define PIECE_MOST 2048u /* VD_AGENT_MAX_DATA_SIZE */

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	const uint32_t tokens = UINT32_MAX;
	struct server *s = server_get();
	uint32_t connection;
	int fd = server_open_main(s, &connection);

	if (fd < 0)
		return 0;
	server_say(s, fd, SPICE_MSGC_MAIN_ATTACH_CHANNELS, NULL, 0);
	server_say(s, fd, SPICE_MSGC_MAIN_AGENT_START, &tokens, sizeof(tokens));
	while (n > 2) {
		size_t piece = (size_t)(bytes[0] | bytes[1] << 8) % (PIECE_MOST + 2);

		bytes += 2;
		n -= 2;
		piece = piece < n ? piece : n;
		if (!server_say(s, fd, SPICE_MSGC_MAIN_AGENT_DATA, bytes, piece))
			break;
		server_drain(fd);
		bytes += piece;
		n -= piece;
	}
	server_hang_up(s, fd);
	return 0;
}
