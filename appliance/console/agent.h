/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The agent that answers viewers while none in a guest does: for the size of their window, which they tell only where
 * there is one, and for the front end's clipboard. Text only, in UTF-8, by demand: a viewer's clipboard comes when a person
 * pastes, and not before. Everything else that they send is passed over. spice/vd_agent.h.
 */
#ifndef CONSOLE_AGENT_H
#define CONSOLE_AGENT_H

#include "base/err.h"
#include "console/agent_stream.h"

#include <spice.h>

/* What is said to a viewer, and what was understood. Pure but for memory. */
struct agent_talk {
	struct agent_stream stream;
	bool clipboard; /* otherwise there is none to be had here */
	bool selection; /* the viewer names the clipboard that is meant */
	bool offered;   /* the viewer has text */
	bool awaited;   /* it was asked for it */
	char *own;      /* what was copied here; NULL: nothing, or it is not the newest */
	size_t n_own;
	unsigned answers; /* to this feed; more are not given */
	uint8_t *out;
	size_t n_out;
};

struct agent_talk_handler {
	/* What was asked for has come; "": it has none that can be taken. */
	void (*text)(void *user, const char *text, size_t n);
	void *user;
};

#define AGENT_OUT_MOST (256u << 10) /* bytes to a viewer that takes none */

void agent_talk_hear(struct agent_talk *talk, const uint8_t *bytes, size_t n,
        const struct agent_talk_handler *handler);
/* Takes what is to be said, at most @room bytes. */
size_t agent_talk_take(struct agent_talk *talk, uint8_t *bytes, size_t room);
/* A person copied this here: at most AGENT_TEXT_MOST bytes of good text. */
void agent_talk_offer(struct agent_talk *talk, const char *text, size_t n);
/* A person pastes here: handler->text comes, at once where nobody is to be asked. */
void agent_talk_ask(struct agent_talk *talk, const struct agent_talk_handler *handler);
/* Another viewer, or another place: only what was copied here is kept. */
void agent_talk_reset(struct agent_talk *talk);
void agent_talk_finish(struct agent_talk *talk);

struct agent;

/* Not attached yet. */
struct agent *agent_create(SpiceServer *server, const struct agent_talk_handler *handler);
void agent_destroy(struct agent *agent); /* after spice_server_destroy(); takes NULL */

/* Viewers have it, with or without a clipboard, or have it no more. */
int agent_attach(struct agent *agent, bool clipboard, struct err *err);
void agent_detach(struct agent *agent);
bool agent_is_attached(const struct agent *agent, bool clipboard);

void agent_copied(struct agent *agent, const char *text, size_t n);
void agent_paste(struct agent *agent);

#endif
