/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "console/agent.h"

#include <errno.h>

#define ANSWERS_MOST 4u

struct agent {
	SpiceCharDeviceInstance device; /* first: libspice's calls bring only this */
	struct agent_stream stream;
	uint8_t out[512];
	size_t n_out;
};

/* --- the stream --- */

/* Takes of @bytes what is missing of a head of @room bytes. Returns how many were taken. */
static size_t fill_head(void *head, uint32_t *have, size_t room, const uint8_t *bytes, size_t n)
{
	size_t more = room - *have < n ? room - *have : n;

	memcpy((uint8_t *)head + *have, bytes, more);
	*have += (uint32_t)more;
	return more;
}

static bool end_message(struct agent_stream *s)
{
	bool asked = s->message.type == VD_AGENT_ANNOUNCE_CAPABILITIES &&
	             s->request_bytes == sizeof(s->request) && s->request;

	s->message_head = s->request_bytes = s->request = 0;
	return asked;
}

static size_t take_body(struct agent_stream *s, const uint8_t *bytes, size_t n)
{
	size_t more = s->message_left < n ? s->message_left : n;

	if (s->request_bytes < sizeof(s->request))
		fill_head(&s->request, &s->request_bytes, sizeof(s->request), bytes, more);
	s->message_left -= (uint32_t)more;
	return more;
}

/* Of one chunk's content. */
static size_t take_content(struct agent_stream *s, const uint8_t *bytes, size_t n, unsigned *asked)
{
	size_t taken = 0;

	if (s->message_head < sizeof(s->message)) {
		taken = fill_head(&s->message, &s->message_head, sizeof(s->message), bytes, n);
		if (s->message_head < sizeof(s->message))
			return taken;
		s->message_left = s->message.size;
	} else {
		taken = take_body(s, bytes, n);
	}
	if (!s->message_left)
		*asked += end_message(s);
	return taken;
}

unsigned agent_stream_feed(struct agent_stream *s, const uint8_t *bytes, size_t n)
{
	unsigned asked = 0;

	while (n) {
		size_t taken, room;

		if (!s->chunk_left) {
			taken = fill_head(&s->chunk, &s->chunk_head, sizeof(s->chunk), bytes, n);
			if (s->chunk_head == sizeof(s->chunk)) {
				s->chunk_left = s->chunk.size;
				s->chunk_head = 0;
			}
		} else {
			room = s->chunk_left < n ? s->chunk_left : n;
			taken = take_content(s, bytes, room, &asked);
			s->chunk_left -= (uint32_t)taken;
		}
		bytes += taken;
		n -= taken;
	}
	return asked;
}

/* --- the device --- */

struct __attribute__((packed)) capabilities {
	VDIChunkHeader chunk;
	VDAgentMessage message;
	uint32_t request, caps;
};

static void answer(struct agent *a)
{
	const uint32_t words = 2 * sizeof(uint32_t);
	const struct capabilities m = {
	        .chunk = {VDP_CLIENT_PORT, sizeof(VDAgentMessage) + words},
	        .message = {.protocol = VD_AGENT_PROTOCOL,
	                .type = VD_AGENT_ANNOUNCE_CAPABILITIES,
	                .size = words},
	        .caps = 1u << VD_AGENT_CAP_MONITORS_CONFIG,
	};

	if (sizeof(a->out) - a->n_out < sizeof(m))
		return;
	memcpy(a->out + a->n_out, &m, sizeof(m));
	a->n_out += sizeof(m);
}

static int on_write(SpiceCharDeviceInstance *device, const uint8_t *bytes, int n)
{
	struct agent *a = (struct agent *)device;
	unsigned asked = n > 0 ? agent_stream_feed(&a->stream, bytes, (size_t)n) : 0;

	for (unsigned i = 0; i < asked && i < ANSWERS_MOST; i++)
		answer(a);
	if (asked)
		spice_server_char_device_wakeup(device);
	return n;
}

static int on_read(SpiceCharDeviceInstance *device, uint8_t *bytes, int room)
{
	struct agent *a = (struct agent *)device;
	size_t n = room > 0 ? (size_t)room : 0;

	n = n < a->n_out ? n : a->n_out;
	memcpy(bytes, a->out, n);
	memmove(a->out, a->out + n, a->n_out - n);
	a->n_out -= n;
	return (int)n;
}

/* Another viewer begins anew. */
static void on_state(SpiceCharDeviceInstance *device, int connected)
{
	struct agent *a = (struct agent *)device;

	(void)connected;
	a->stream = (struct agent_stream){0};
	a->n_out = 0;
}

static const SpiceCharDeviceInterface interface = {
        .base = {SPICE_INTERFACE_CHAR_DEVICE, "playthrough", SPICE_INTERFACE_CHAR_DEVICE_MAJOR,
                SPICE_INTERFACE_CHAR_DEVICE_MINOR},
        .state = on_state,
        .write = on_write,
        .read = on_read,
};

struct agent *agent_create(SpiceServer *server, struct err *err)
{
	struct agent *a = xcalloc(1, sizeof(*a));

	a->device.base.sif = &interface.base;
	a->device.subtype = "vdagent";
	if (spice_server_add_interface(server, &a->device.base) == 0)
		return a;
	err_set(err, -EIO, "libspice: vdagent");
	free(a);
	return NULL;
}

void agent_destroy(struct agent *a)
{
	free(a);
}
