/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whether libspice took a ticket, read from what it sends through a WebSocket: its answer to the link message, and the result
 * after it (SpiceLinkHeader, SpiceLinkReply, SpiceLinkAuthReply of spice/protocol.h). Nobody else says so. Pure.
 */
#ifndef CONSOLE_WEB_TICKET_H
#define CONSOLE_WEB_TICKET_H

#include "base/util.h"

enum web_verdict {
	WEB_OPEN,  /* not known yet */
	WEB_TAKEN, /* the ticket was right */
	WEB_WRONG, /* it was not */
	WEB_ODD    /* something else was said, such as that the versions differ */
};

struct web_ticket {
	enum web_verdict verdict;
	/* of the WebSocket */
	uint8_t head[10];
	unsigned head_n;
	uint64_t left; /* bytes of this frame's content */
	/* of the link */
	uint8_t bytes[20]; /* its header, then the result */
	size_t at;         /* bytes of the link that were seen */
	size_t reply;      /* the length of the reply */
};

/* All zero at first. Reads on until there is a verdict. */
void web_ticket_watch(struct web_ticket *ticket, const uint8_t *bytes, size_t n);

#endif
