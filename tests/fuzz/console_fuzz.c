/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What strangers send the console beside SPICE itself: scancodes, messages to its agent, pixels of any
 * format, the daemon's words.
 */
#include "bus/console_wire.h"
#include "bus/sound_wire.h"
#include "console/agent.h"
#include "console/keys.h"
#include "console/pixels.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static void try_keys(const uint8_t *bytes, size_t n)
{
	struct key_decoder decoder = {0};
	struct keys_held held = {0};
	struct key_event event;
	uint8_t number;

	for (size_t i = 0; i < n; i++) {
		if (!key_decode(&decoder, bytes[i], &event))
			continue;
		keys_note(&held, &event);
		assert(key_evdev(event.number) < 0x300);
	}
	while (keys_release_one(&held, &number))
		;
}

static void try_pixels(const uint8_t *bytes, size_t n)
{
	struct {
		uint32_t format, width, height, stride;
	} head;
	struct pixels p;
	uint32_t *to;

	if (n < sizeof(head))
		return;
	memcpy(&head, bytes, sizeof(head));
	p = (struct pixels){bytes + sizeof(head), n - sizeof(head), head.stride, head.format,
	        head.width, head.height};
	if (!pixels_good(&p))
		return;
	to = xcalloc((size_t)p.width * p.height, sizeof(*to));
	pixels_copy(&p, to, p.width, 0, 0);
	for (size_t i = 0; i < (size_t)p.width * p.height; i++)
		assert(to[i] <= 0xffffff);
	free(to);
}

static void try_message(const uint8_t *bytes, size_t n)
{
	struct console_message m = {0};

	memcpy(&m, bytes, n < sizeof(m) ? n : sizeof(m));
	if (console_message_good(&m, n, m.display))
		assert(strlen(m.vm) < sizeof(m.vm) && strlen(m.why) < sizeof(m.why));
}

static void on_text(void *user, const char *text, size_t n)
{
	(void)user;
	assert(n <= AGENT_TEXT_MOST && agent_text_good(text, n));
}

/* As one that has text, waits for text, and is told in pieces of @step bytes. Returns how much it said. */
static size_t talk(const uint8_t *bytes, size_t n, size_t step)
{
	const struct agent_talk_handler handler = {on_text, NULL};
	struct agent_talk t = {.clipboard = true, .selection = n & 1, .offered = true};
	size_t said;

	agent_talk_offer(&t, "text", 4);
	t.offered = true;
	agent_talk_ask(&t, &handler);
	for (size_t at = 0; at < n; at += step)
		agent_talk_hear(&t, bytes + at, n - at < step ? n - at : step, &handler);
	said = t.n_out;
	assert(said <= AGENT_OUT_MOST);
	agent_talk_finish(&t);
	return said;
}

static void try_agent(const uint8_t *bytes, size_t n)
{
	struct agent_stream whole = {0}, pieces = {0};

	talk(bytes, n, 5);
	talk(bytes, n, n ? n : 1);
	agent_stream_feed(&whole, bytes, n, NULL, NULL);
	for (size_t at = 0; at < n; at += 5)
		agent_stream_feed(&pieces, bytes + at, n - at < 5 ? n - at : 5, NULL, NULL);
	assert(agent_stream_is_between(&whole) == agent_stream_is_between(&pieces));
	agent_stream_reset(&whole);
	agent_stream_reset(&pieces);
}

static void try_sound(const uint8_t *bytes, size_t n)
{
	union sound_message m;
	struct err err;
	size_t frames;

	if (sound_read_console(bytes, n, &m, &frames, &err) == 0)
		sound_scale(m.samples.frames, frames, &(struct sound_level){0, {bytes[0], 9}});
	assert(frames <= SOUND_FRAMES_MOST);
	if (sound_read_seat(bytes, n, &m, &frames, &err) == 0)
		assert(frames && frames <= SOUND_FRAMES_MOST);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	try_agent(bytes, n);
	try_keys(bytes, n);
	try_pixels(bytes, n);
	try_message(bytes, n);
	try_sound(bytes, n);
	return 0;
}
