/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "console/web_ticket.h"

#include <endian.h>
#include <spice/protocol.h>

#define OPCODE      0x0fu
#define CONTROL     0x08u /* of a ping, an answer to one, an end */
#define LENGTH      0x7fu
#define MASKED      0x80u /* only what a browser sends is */
#define HEADER_SIZE 16u   /* magic, major, minor, size */
#define REPLY_MOST  4096u

static uint32_t read_u32(const uint8_t *bytes)
{
	uint32_t value;

	memcpy(&value, bytes, sizeof(value));
	return le32toh(value);
}

/* --- the WebSocket's frames --- */

static unsigned head_length(const struct web_ticket *t)
{
	unsigned length = t->head_n < 2 ? 0 : t->head[1] & LENGTH;

	return length == 127 ? 10 : length == 126 ? 4 : 2;
}

static uint64_t frame_length(const struct web_ticket *t)
{
	unsigned n = head_length(t);
	uint64_t length = 0;

	if (n == 2)
		return t->head[1] & LENGTH;
	for (unsigned i = 2; i < n; i++)
		length = length << 8 | t->head[i];
	return length;
}

static void take_head(struct web_ticket *t, uint8_t byte)
{
	t->head[t->head_n++] = byte;
	if (t->head_n < head_length(t))
		return;
	t->left = frame_length(t);
	if (t->head[1] & MASKED)
		t->verdict = WEB_ODD;
	if (!t->left)
		t->head_n = 0;
}

/* --- the link in them --- */

static void take_header(struct web_ticket *t)
{
	t->reply = read_u32(t->bytes + 12);
	if (read_u32(t->bytes) != SPICE_MAGIC || t->reply > REPLY_MOST)
		t->verdict = WEB_ODD;
}

static void take_result(struct web_ticket *t)
{
	switch (read_u32(t->bytes + HEADER_SIZE)) {
	case SPICE_LINK_ERR_OK:
		t->verdict = WEB_TAKEN;
		break;
	case SPICE_LINK_ERR_PERMISSION_DENIED:
		t->verdict = WEB_WRONG;
		break;
	default:
		t->verdict = WEB_ODD;
	}
}

static void take_content(struct web_ticket *t, uint8_t byte)
{
	size_t end = HEADER_SIZE + t->reply, at = t->at++;

	if (at < HEADER_SIZE) {
		t->bytes[at] = byte;
		if (at == HEADER_SIZE - 1)
			take_header(t);
	} else if (at >= end) {
		t->bytes[HEADER_SIZE + at - end] = byte;
		if (at - end == 3)
			take_result(t);
	}
}

void web_ticket_watch(struct web_ticket *t, const uint8_t *bytes, size_t n)
{
	for (size_t i = 0; i < n && t->verdict == WEB_OPEN; i++) {
		if (!t->left) {
			take_head(t, bytes[i]);
			continue;
		}
		if (!(t->head[0] & OPCODE & CONTROL))
			take_content(t, bytes[i]);
		if (!--t->left)
			t->head_n = 0;
	}
}
