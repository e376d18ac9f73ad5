/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Cuts what goes to or comes from an agent into messages: chunks of any size, each for one of two ports, in which the
 * port's messages lie end to end (spice/vd_agent.h). Also whether text is such that one may take it. Pure but for memory.
 */
#ifndef CONSOLE_AGENT_STREAM_H
#define CONSOLE_AGENT_STREAM_H

#include "base/util.h"

#include <spice/vd_agent.h>

/* The text of a clipboard; what is longer is passed over. */
#define AGENT_TEXT_MOST (64u << 10)
/* Of a message that is kept: a text, and what goes before it. */
#define AGENT_BODY_MOST (AGENT_TEXT_MOST + 16u)

struct agent_stream {
	VDIChunkHeader chunk;
	uint32_t chunk_head, chunk_left; /* bytes that have come; that are still to come */
	struct agent_part {
		VDAgentMessage message;
		uint32_t head, left;
		uint8_t *body; /* NULL: nothing of it is kept */
		size_t n;
	} parts[2]; /* of VDP_CLIENT_PORT, VDP_SERVER_PORT */
};

/*
 * A message is whole. @n bytes of @body were kept: all of them, or none of one that is longer than AGENT_BODY_MOST, or
 * where nothing is to be kept.
 */
typedef void (*agent_take)(
        void *user, uint32_t port, const VDAgentMessage *message, const uint8_t *body, size_t n);

/* @take NULL: nothing is kept, and only where messages begin is followed. */
void agent_stream_feed(
        struct agent_stream *stream, const uint8_t *bytes, size_t n, agent_take take, void *user);
/* Whether the last message and its chunk are whole, on both ports. */
bool agent_stream_is_between(const struct agent_stream *stream);
/* Forgets what has come; also its end. */
void agent_stream_reset(struct agent_stream *stream);

/* Whether it is UTF-8 without zero bytes and control characters, but for tabs and ends of lines. */
bool agent_text_good(const char *text, size_t n);
/* As much of @n bytes of good text as has room in @most, cut between characters. */
size_t agent_text_cut(const char *text, size_t n, size_t most);

#endif
