/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * forward= of [network]: ports of this PC that lead to the guest. Text to ports, and whether two want the same one.
 *
 * A value is one word or several with spaces between:
 *   tcp:PORTS, tcp:PORTS:GUESTPORTS, tcp:ADDRESS:PORTS, tcp:ADDRESS:PORTS:GUESTPORTS, and so with udp; PORTS is 3389 or 47998-48000
 *   rdp, sunshine, steam, ssh, each with :ADDRESS or without: the ports of that program
 */
#ifndef PROFILE_FORWARD_H
#define PROFILE_FORWARD_H

#include "base/err.h"

#define FORWARD_PORTS_MAX 64u /* of one VM: QEMU opens a socket for each */

struct forward {
	bool udp;
	char address[16];     /* of this PC, IPv4; "": all of them */
	unsigned port, guest; /* the first; both are from 1 to 65535 */
	unsigned count;       /* how many follow one another */
	const char *service;  /* "rdp"..., of the table; NULL: written as ports */
};

struct forwards {
	struct forward *list;
	size_t n;
};

/* NULL is no forwards. Errors say which word and why. Nothing of @out needs finishing after a failure. */
int forwards_parse(const char *text, struct forwards *out, struct err *err);
void forwards_finish(struct forwards *forwards);

/* The first port of this PC that both would listen on; 0: none. */
unsigned forward_meets(const struct forward *a, const struct forward *b);
/* "tcp:127.0.0.1:3389:3389", as one may write it; caller frees. */
char *forward_format(const struct forward *forward);

#endif
