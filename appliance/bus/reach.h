/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How a running VM is reached from elsewhere: the ports that the daemon says lead to it, and this PC's own addresses, which
 * the programs of people look up themselves. Whether something in the guest listens there, nobody here knows.
 */
#ifndef BUS_REACH_H
#define BUS_REACH_H

#include "base/strv.h"

#include <jansson.h>

/* What to type where: {"RDP", {"192.0.2.7:3389", "198.51.100.2:3389"}}. */
struct reach {
	char *name;
	struct strv at; /* none: this PC is on no network */
};

struct reaches {
	struct reach *list;
	size_t n;
};

/* "forwards" of Status, which may be anything; addresses of net_hosts(): QEMU forwards from IPv4 alone. */
void reaches_make(const json_t *forwards, const struct strv *addresses, struct reaches *out);
void reaches_finish(struct reaches *reaches);
/* "192.0.2.7:3389, 198.51.100.2:3389"; caller frees. */
char *reach_text(const struct reach *reach);

#endif
