/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "console/agent_stream.h"

#include "bus/screen_wire.h"

/* Takes of @bytes what is missing of a head of @room bytes. Returns how many were taken. */
static size_t fill_head(void *head, uint32_t *have, size_t room, const uint8_t *bytes, size_t n)
{
	size_t more = room - *have < n ? room - *have : n;

	memcpy((uint8_t *)head + *have, bytes, more);
	*have += (uint32_t)more;
	return more;
}

static void end_message(struct agent_part *part, uint32_t port, agent_take take, void *user)
{
	if (take)
		take(user, port, &part->message, part->body, part->n);
	free(part->body);
	*part = (struct agent_part){0};
}

/* Memory comes with the bytes: who promises many and sends few gets little. */
static void keep(struct agent_part *part, const uint8_t *bytes, size_t n)
{
	if (part->message.size > AGENT_BODY_MOST)
		return;
	part->body = xrealloc(part->body, part->n + n, 1);
	memcpy(part->body + part->n, bytes, n);
	part->n += n;
}

/* Of one chunk's content. Returns how many bytes were taken. */
static size_t take_content(struct agent_part *part, uint32_t port, const uint8_t *bytes, size_t n,
        agent_take take, void *user)
{
	size_t taken;

	if (part->head < sizeof(part->message)) {
		taken = fill_head(&part->message, &part->head, sizeof(part->message), bytes, n);
		if (part->head < sizeof(part->message))
			return taken;
		part->left = part->message.size;
	} else {
		taken = part->left < n ? part->left : n;
		if (take)
			keep(part, bytes, taken);
		part->left -= (uint32_t)taken;
	}
	if (!part->left)
		end_message(part, port, take, user);
	return taken;
}

/* A chunk for a port that there is not is passed over. */
static struct agent_part *part_of(struct agent_stream *s)
{
	return s->chunk.port == VDP_CLIENT_PORT   ? &s->parts[0]
	       : s->chunk.port == VDP_SERVER_PORT ? &s->parts[1]
	                                          : NULL;
}

static size_t take_chunk(
        struct agent_stream *s, const uint8_t *bytes, size_t n, agent_take take, void *user)
{
	struct agent_part *part = part_of(s);
	size_t room = s->chunk_left < n ? s->chunk_left : n;
	size_t taken = part ? take_content(part, s->chunk.port, bytes, room, take, user) : room;

	s->chunk_left -= (uint32_t)taken;
	return taken;
}

void agent_stream_feed(
        struct agent_stream *s, const uint8_t *bytes, size_t n, agent_take take, void *user)
{
	while (n) {
		size_t taken;

		if (s->chunk_left) {
			taken = take_chunk(s, bytes, n, take, user);
		} else {
			taken = fill_head(&s->chunk, &s->chunk_head, sizeof(s->chunk), bytes, n);
			if (s->chunk_head == sizeof(s->chunk)) {
				s->chunk_left = s->chunk.size;
				s->chunk_head = 0;
			}
		}
		bytes += taken;
		n -= taken;
	}
}

bool agent_stream_is_between(const struct agent_stream *s)
{
	return !s->chunk_head && !s->chunk_left && !s->parts[0].head && !s->parts[1].head;
}

void agent_stream_reset(struct agent_stream *s)
{
	for (size_t i = 0; i < ARRAY_SIZE(s->parts); i++)
		free(s->parts[i].body);
	*s = (struct agent_stream){0};
}

bool agent_text_good(const char *text, size_t n)
{
	return screen_text_good(text, n, true);
}

size_t agent_text_cut(const char *text, size_t n, size_t most)
{
	if (n <= most)
		return n;
	n = most;
	while (n && ((unsigned char)text[n] & 0xc0) == 0x80)
		n--;
	return n;
}
