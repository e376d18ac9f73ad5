/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "host/ask.h"

#include "base/socket.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>

#define STEP ((size_t)64 << 10)

char *host_ask(const char *socket, size_t most, uint64_t us, size_t *size)
{
	cleanup_close int fd = socket_connect(socket, NULL);
	uint64_t deadline = monotonic_us() + us;
	char *text = NULL;
	size_t n = 0, room = 0;

	while (fd >= 0 && n < most) {
		struct pollfd p = {.fd = fd, .events = POLLIN};
		uint64_t now = monotonic_us();
		ssize_t got;

		if (now >= deadline || poll(&p, 1, (int)((deadline - now) / 1000) + 1) <= 0)
			break;
		if (n == room)
			text = xrealloc(text, (room += STEP) + 1, 1);
		got = read(fd, text + n, room - n);
		if (got == 0) {
			text[n] = '\0';
			if (size)
				*size = n;
			return text;
		}
		if (got < 0 && errno != EAGAIN && errno != EINTR)
			break;
		n += got > 0 ? (size_t)got : 0;
	}
	free(text);
	return NULL;
}
