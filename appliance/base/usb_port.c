/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/usb_port.h"

#include "base/util.h"

#define DEPTH_MAX \
	7u /* USB 2.0 specification, 4.1.1: seven tiers, of which the root hub is the first */

/* 0: not a chain. */
static unsigned chain_depth(const char *s)
{
	if (starts_with(s, "ss"))
		s += 2;
	for (unsigned depth = 1; depth <= DEPTH_MAX; depth++) {
		size_t n = strspn(s, "0123456789");

		if (!n || n > 3 || *s == '0')
			return 0;
		if (!s[n])
			return depth;
		if (s[n] != '.')
			return 0;
		s += n + 1;
	}
	return 0;
}

bool usb_port_is_chain(const char *chain)
{
	return chain_depth(chain);
}

bool usb_port_is_behind(const char *port, const char *hub)
{
	size_t n = strlen(hub);

	return strncmp(port, hub, n) == 0 && port[n] == '.';
}

unsigned usb_port_depth(const char *port)
{
	const char *slash = strrchr(port, '/');

	return slash ? chain_depth(slash + 1) : 0;
}
