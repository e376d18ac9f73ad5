/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The little that has to answer as an agent, so that viewers tell the size of their window: they do only where there is
 * one. Everything else that they send it is passed over. spice/vd_agent.h.
 */
#ifndef CONSOLE_AGENT_H
#define CONSOLE_AGENT_H

#include "base/err.h"

#include <spice.h>

/* Cuts the stream into messages: chunks of any size, in which messages lie end to end. Pure. */
struct agent_stream {
	VDIChunkHeader chunk;
	VDAgentMessage message;
	uint32_t chunk_head, message_head; /* bytes of each that have come */
	uint32_t chunk_left, message_left; /* bytes that are still to come */
	uint32_t request, request_bytes;   /* the first word of an announcement */
};

/* How often a viewer asked, in these bytes, what the agent can do. */
unsigned agent_stream_feed(struct agent_stream *stream, const uint8_t *bytes, size_t n);

struct agent;

struct agent *agent_create(SpiceServer *server, struct err *err);
void agent_destroy(struct agent *agent); /* after spice_server_destroy(); takes NULL */

#endif
