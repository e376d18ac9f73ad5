/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The clipboard's part of the agent's protocol, and capabilities. */
#include "console/agent.h"

#define ANSWERS_MOST 4u
#define CAPS_WORDS   2u /* of a viewer's that are looked at */

/* --- to the viewer --- */

/* A viewer takes messages of any size, in chunks of at most this. */
static void say_bytes(struct agent_talk *t, const uint8_t *bytes, size_t n)
{
	while (n) {
		size_t piece = n < VD_AGENT_MAX_DATA_SIZE ? n : VD_AGENT_MAX_DATA_SIZE;
		const VDIChunkHeader chunk = {VDP_CLIENT_PORT, (uint32_t)piece};

		memcpy(t->out + t->n_out, &chunk, sizeof(chunk));
		memcpy(t->out + t->n_out + sizeof(chunk), bytes, piece);
		t->n_out += sizeof(chunk) + piece;
		bytes += piece;
		n -= piece;
	}
}

/* As far as there is room for it, which there is but for a viewer that takes nothing. */
static void say(struct agent_talk *t, uint32_t type, const void *head, size_t n_head,
        const void *body, size_t n_body)
{
	const VDAgentMessage m = {
	        .protocol = VD_AGENT_PROTOCOL, .type = type, .size = (uint32_t)(n_head + n_body)};
	size_t n = sizeof(m) + n_head + n_body;
	size_t all = n + (n / VD_AGENT_MAX_DATA_SIZE + 1) * sizeof(VDIChunkHeader);
	cleanup_free uint8_t *whole = NULL;

	if (t->n_out + all > AGENT_OUT_MOST)
		return;
	whole = xcalloc(n, 1);
	memcpy(whole, &m, sizeof(m));
	memcpy(whole + sizeof(m), head, n_head);
	if (n_body)
		memcpy(whole + sizeof(m) + n_head, body, n_body);
	t->out = xrealloc(t->out, t->n_out + all, 1);
	say_bytes(t, whole, n);
}

/* Which clipboard: the one that is pasted by a key, before what is said of it. */
static void say_of_clipboard(
        struct agent_talk *t, uint32_t type, const uint32_t *format, const char *text, size_t n)
{
	uint32_t words[2] = {VD_AGENT_CLIPBOARD_SELECTION_CLIPBOARD}; /* and zeroes */
	size_t begin = t->selection ? 0 : 1, end = format ? 2 : 1;

	words[1] = format ? *format : 0;
	say(t, type, words + begin, (end - begin) * sizeof(*words), text, n);
}

static const uint32_t text_format = VD_AGENT_CLIPBOARD_UTF8_TEXT,
                      no_format = VD_AGENT_CLIPBOARD_NONE;

static void say_caps(struct agent_talk *t)
{
	uint32_t words[2] = {0, 1u << VD_AGENT_CAP_MONITORS_CONFIG};

	if (t->clipboard)
		words[1] |= 1u << VD_AGENT_CAP_CLIPBOARD_BY_DEMAND |
		            1u << VD_AGENT_CAP_CLIPBOARD_SELECTION |
		            1u << VD_AGENT_CAP_GUEST_LINEEND_LF;
	say(t, VD_AGENT_ANNOUNCE_CAPABILITIES, words, sizeof(words), NULL, 0);
}

/* --- from the viewer --- */

struct hearing {
	struct agent_talk *talk;
	const struct agent_talk_handler *handler;
};

static uint32_t word_at(const uint8_t *body, size_t n, size_t at)
{
	uint32_t word = 0;

	if ((at + 1) * sizeof(word) <= n)
		memcpy(&word, body + at * sizeof(word), sizeof(word));
	return word;
}

static void hear_caps(struct agent_talk *t, const uint8_t *body, size_t n)
{
	if (n < sizeof(uint32_t))
		return;
	t->selection = word_at(body, n, 1) & 1u << VD_AGENT_CAP_CLIPBOARD_SELECTION;
	if (word_at(body, n, 0) && t->answers++ < ANSWERS_MOST)
		say_caps(t);
	/* What was copied while nobody could be told. */
	if (t->clipboard && t->own)
		say_of_clipboard(t, VD_AGENT_CLIPBOARD_GRAB, &text_format, NULL, 0);
}

static void answer(
        struct agent_talk *t, const struct agent_talk_handler *handler, const char *text, size_t n)
{
	t->awaited = false;
	handler->text(handler->user, text, n);
}

static void hear_grab(struct agent_talk *t, const uint8_t *body, size_t n)
{
	t->offered = false;
	for (size_t i = 0; i < n / sizeof(uint32_t); i++)
		t->offered |= word_at(body, n, i) == VD_AGENT_CLIPBOARD_UTF8_TEXT;
	/* The newest counts. */
	free(take_ptr(t->own));
	t->n_own = 0;
}

static void hear_request(struct agent_talk *t, const uint8_t *body, size_t n)
{
	bool text = word_at(body, n, 0) == VD_AGENT_CLIPBOARD_UTF8_TEXT && t->own;

	if (t->answers++ >= ANSWERS_MOST)
		return;
	say_of_clipboard(t, VD_AGENT_CLIPBOARD, text ? &text_format : &no_format,
	        text ? t->own : NULL, text ? t->n_own : 0);
}

static void hear_text(struct agent_talk *t, const struct agent_talk_handler *handler,
        const uint8_t *body, size_t n)
{
	const char *text = (const char *)body + sizeof(uint32_t);
	bool good = word_at(body, n, 0) == VD_AGENT_CLIPBOARD_UTF8_TEXT;

	if (!t->awaited)
		return; /* nobody asked */
	n = n > sizeof(uint32_t) ? n - sizeof(uint32_t) : 0;
	/* Some end it with a zero byte. */
	if (good && n && !text[n - 1])
		n--;
	good = good && n && n <= AGENT_TEXT_MOST && agent_text_good(text, n);
	answer(t, handler, good ? text : "", good ? n : 0);
}

/* Of one that names it, only the clipboard that is pasted by a key is meant. */
static void hear_of_clipboard(struct hearing *h, uint32_t type, const uint8_t *body, size_t n)
{
	struct agent_talk *t = h->talk;
	const size_t head = t->selection ? sizeof(uint32_t) : 0;

	if (n < head || (head && body[0] != VD_AGENT_CLIPBOARD_SELECTION_CLIPBOARD))
		return;
	body = n > head ? body + head : (const uint8_t *)"";
	n -= head;
	if (type == VD_AGENT_CLIPBOARD_GRAB)
		hear_grab(t, body, n);
	else if (type == VD_AGENT_CLIPBOARD_REQUEST)
		hear_request(t, body, n);
	else if (type == VD_AGENT_CLIPBOARD_RELEASE)
		t->offered = false;
	else
		hear_text(t, h->handler, body, n);
}

static void take(void *user, uint32_t port, const VDAgentMessage *m, const uint8_t *body, size_t n)
{
	struct hearing *h = user;

	if (port != VDP_CLIENT_PORT)
		return;
	switch (m->type) {
	case VD_AGENT_ANNOUNCE_CAPABILITIES:
		hear_caps(h->talk, body, n);
		break;
	case VD_AGENT_CLIPBOARD_GRAB:
	case VD_AGENT_CLIPBOARD_REQUEST:
	case VD_AGENT_CLIPBOARD_RELEASE:
	case VD_AGENT_CLIPBOARD:
		/* One that is too long was not kept, and ends the waiting all the same. */
		if (h->talk->clipboard && n == m->size)
			hear_of_clipboard(h, m->type, n ? body : (const uint8_t *)"", n);
		else if (h->talk->awaited && m->type == VD_AGENT_CLIPBOARD)
			answer(h->talk, h->handler, "", 0);
		break;
	default: /* what nobody here does anything with, or is none of the protocol's */
		break;
	}
}

void agent_talk_hear(struct agent_talk *t, const uint8_t *bytes, size_t n,
        const struct agent_talk_handler *handler)
{
	struct hearing h = {t, handler};

	t->answers = 0;
	agent_stream_feed(&t->stream, bytes, n, take, &h);
}

size_t agent_talk_take(struct agent_talk *t, uint8_t *bytes, size_t room)
{
	size_t n = room < t->n_out ? room : t->n_out;

	if (!n)
		return 0;
	memcpy(bytes, t->out, n);
	memmove(t->out, t->out + n, t->n_out - n);
	t->n_out -= n;
	if (!t->n_out)
		free(take_ptr(t->out));
	return n;
}

void agent_talk_offer(struct agent_talk *t, const char *text, size_t n)
{
	free(t->own);
	t->own = xcalloc(n + 1, 1);
	memcpy(t->own, text, n);
	t->n_own = n;
	t->offered = false;
	if (t->clipboard)
		say_of_clipboard(t, VD_AGENT_CLIPBOARD_GRAB, &text_format, NULL, 0);
}

void agent_talk_ask(struct agent_talk *t, const struct agent_talk_handler *handler)
{
	if (!t->clipboard || !t->offered) {
		handler->text(handler->user, t->own ? t->own : "", t->n_own);
		return;
	}
	t->awaited = true; /* once more where the viewer has not answered */
	say_of_clipboard(t, VD_AGENT_CLIPBOARD_REQUEST, &text_format, NULL, 0);
}

void agent_talk_reset(struct agent_talk *t)
{
	agent_stream_reset(&t->stream);
	free(take_ptr(t->out));
	t->n_out = 0;
	t->selection = t->offered = t->awaited = false;
}

void agent_talk_finish(struct agent_talk *t)
{
	agent_talk_reset(t);
	free(take_ptr(t->own));
}
