/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whatever anybody may send who has no ticket: bytes in place of a link, from the first one on, to the real libspice. Here
 * not even an assertion may fail.
 */
#include "console_server.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	struct server *s = server_get();
	int fd = server_connect(s);

	server_send(s, fd, bytes, n);
	server_hang_up(s, fd);
	return 0;
}
