/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The opening of a WebSocket (RFC 6455, section 4), on both sides of the console's web server: what a browser asks, whose
 * words go no further than this, and what libspice is asked in its stead. Pure.
 */
#ifndef CONSOLE_WEB_OPENING_H
#define CONSOLE_WEB_OPENING_H

#include "base/util.h"

/* Header fields as they came; NULL: there is none. */
struct web_opening {
	const char *host, *origin, *upgrade, *connection, *version, *key, *protocol;
};

/* The status to answer with: 101, 400 not understood, 403 a page of somebody else's asks, 426 another version. */
unsigned web_opening_check(const struct web_opening *opening);

#define WEB_ACCEPT_SIZE 29u

/* Sec-WebSocket-Accept of a key that was checked. */
void web_opening_accept(const char *key, char accept[WEB_ACCEPT_SIZE]);

/* What libspice is asked: always the same, in one piece, since it reads only once (websocket_new()). */
extern const char web_opening_to_spice[];

/* libspice's answer, which is for us alone. */
struct web_answer {
	char text[512];
	size_t n;
};

/*
 * Takes as much of @bytes as belongs to the answer, and tells in @used how much that is. 1: it is whole, and says yes; 0: more
 * is to come; -EPROTO: it says anything else, or too much.
 */
int web_answer_take(struct web_answer *answer, const void *bytes, size_t n, size_t *used);

#endif
