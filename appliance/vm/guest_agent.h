/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * QEMU's agent in the guest (qemu-guest-agent), asked for two things alone: to shut the guest down, or to have it sleep.
 *
 * Whatever answers is the guest's, and may be anything. No JSON of it is parsed: an answer is compared with the one that is
 * awaited, line by line, and what comes is bounded. QEMU: docs/interop/qemu-ga-ref, guest-sync-delimited,
 * guest-shutdown and guest-suspend-ram.
 */
#ifndef VM_GUEST_AGENT_H
#define VM_GUEST_AGENT_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <systemd/sd-event.h>

#define GUEST_AGENT_LINE_MOST  256u
#define GUEST_AGENT_BYTES_MOST 65536u /* of one conversation: more is a flood */

/* --- what it says; pure --- */

enum guest_agent_news {
	GUEST_AGENT_NOTHING, /* more is to come */
	GUEST_AGENT_SYNCED,  /* it has answered this very question, and hears */
	GUEST_AGENT_REFUSED, /* an error, of what was asked after that */
	GUEST_AGENT_FLOOD
};

struct guest_agent_reader {
	uint32_t id; /* of the question, that nobody can have answered before */
	bool begun;  /* the mark between all that is old and the answer has come */
	bool synced;
	bool too_long; /* the line is no answer, until its end */
	char line[GUEST_AGENT_LINE_MOST];
	size_t used, bytes;
};

/* One byte after the other; GUEST_AGENT_SYNCED and the two after it are told as they come. */
enum guest_agent_news guest_agent_read(struct guest_agent_reader *reader, unsigned char byte);

/* --- the conversation --- */

enum guest_agent_wish { GUEST_AGENT_SHUTDOWN, GUEST_AGENT_SLEEP };

struct guest_agent;

/*
 * Connects to the Unix socket @path of its port, and says and reads nothing: an agent at a port that nobody has open asks
 * again and again whether somebody has. What it says meanwhile waits in QEMU, and is no concern of anybody.
 */
int guest_agent_connect(
        sd_event *event, const char *path, struct guest_agent **out, struct err *err);
/*
 * Asks whether it hears, and then for @wish; once. Nothing waits. @refused is called at most once, from the loop, when it
 * cannot be done or nobody has answered in time; a guest that obeys says nothing more, and ends or sleeps.
 */
int guest_agent_ask(struct guest_agent *agent, enum guest_agent_wish wish,
        void (*refused)(void *user, const struct err *why), void *user, struct err *err);
void guest_agent_destroy(struct guest_agent *agent); /* takes NULL; also from within @refused */

#endif
