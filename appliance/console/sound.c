/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "console/sound.h"

#include "base/log.h"
#include "console/seat.h"

#include <errno.h>
#include <time.h>

#define MS_US      1000u
#define SILENCE_US (100 * MS_US) /* for so long a microphone may say nothing */

struct sound {
	sd_event *event;
	SpicePlaybackInstance playback;
	SpiceRecordInstance record;
	bool stopped;
	struct source_sound now;
	/* To the viewer: what does not fill one of libspice's frames yet, or finds no room there. */
	struct sound_ring waiting;
	uint32_t *frame; /* libspice's, which is being filled; NULL: none */
	uint32_t frame_room, frame_n;
	uint64_t recorded_us; /* when there last was something of a microphone */
	struct seat seat;
};

static const SpicePlaybackInterface playback_interface = {
        .base = {SPICE_INTERFACE_PLAYBACK, "playthrough", SPICE_INTERFACE_PLAYBACK_MAJOR,
                SPICE_INTERFACE_PLAYBACK_MINOR}};
static const SpiceRecordInterface record_interface = {
        .base = {SPICE_INTERFACE_RECORD, "playthrough", SPICE_INTERFACE_RECORD_MAJOR,
                SPICE_INTERFACE_RECORD_MINOR}};

static uint64_t now_us(const struct sound *s)
{
	uint64_t now = 0;

	sd_event_now(s->event, CLOCK_MONOTONIC, &now);
	return now;
}

/* --- to the viewer --- */

static void put_frame(struct sound *s)
{
	if (s->frame)
		spice_server_playback_put_samples(&s->playback, take_ptr(s->frame));
}

/*
 * As much as libspice has room for: it has three frames, none without a viewer, and none while one does not take what was
 * sent. A frame may be kept for as long as it takes to fill it; that of a viewer who is gone goes nowhere.
 */
static void send_waiting(struct sound *s)
{
	while (s->waiting.n) {
		if (!s->frame) {
			spice_server_playback_get_buffer(&s->playback, &s->frame, &s->frame_room);
			s->frame_n = 0;
		}
		if (!s->frame)
			return;
		s->frame_n += (uint32_t)sound_ring_take(
		        &s->waiting, s->frame + s->frame_n, s->frame_room - s->frame_n);
		if (s->frame_n == s->frame_room)
			put_frame(s);
	}
}

static void begin_playback(struct sound *s)
{
	spice_server_playback_start(&s->playback);
}

static void end_playback(struct sound *s)
{
	if (s->frame)
		memset(s->frame + s->frame_n, 0, (s->frame_room - s->frame_n) * sizeof(*s->frame));
	put_frame(s);
	sound_ring_clear(&s->waiting);
	spice_server_playback_stop(&s->playback);
}

/* SPICE counts from 0 to 65535. */
static void tell_levels(struct sound *s)
{
	const struct sound_level *out = &s->now.out, *in = &s->now.in;
	uint16_t volume[2] = {(uint16_t)(out->volume[0] * 257), (uint16_t)(out->volume[1] * 257)};

	spice_server_playback_set_volume(&s->playback, 2, volume);
	spice_server_playback_set_mute(&s->playback, out->mute);
	volume[0] = (uint16_t)(in->volume[0] * 257);
	volume[1] = (uint16_t)(in->volume[1] * 257);
	spice_server_record_set_volume(&s->record, 2, volume);
	spice_server_record_set_mute(&s->record, in->mute);
}

/* --- what is to be heard --- */

static bool levels_equal(const struct sound_level *a, const struct sound_level *b)
{
	return a->mute == b->mute && a->volume[0] == b->volume[0] && a->volume[1] == b->volume[1];
}

static struct sound_state state_of(const struct sound *s)
{
	return (struct sound_state){.head = {SOUND_VERSION, SOUND_STATE},
	        .playing = s->now.playing,
	        .recording = s->now.recording,
	        .out = s->now.out,
	        .in = s->now.in};
}

void sound_set(struct sound *s, const struct source_sound *next, bool anew)
{
	static const struct sound_level full = {0, {SOUND_VOLUME_FULL, SOUND_VOLUME_FULL}};
	const struct source_sound none = {.out = full, .in = full}, before = s->now;
	struct sound_state state;

	if (s->stopped)
		return;
	s->now = next ? *next : none;
	if (before.playing && (anew || !s->now.playing))
		end_playback(s);
	if (s->now.playing && (anew || !before.playing))
		begin_playback(s);
	if (!levels_equal(&before.out, &s->now.out) || !levels_equal(&before.in, &s->now.in))
		tell_levels(s);
	if (s->now.recording && !before.recording) {
		s->recorded_us = now_us(s);
		spice_server_record_start(&s->record);
	} else if (!s->now.recording && before.recording) {
		spice_server_record_stop(&s->record);
	}
	state = state_of(s);
	seat_tell(&s->seat, &state);
}

void sound_play(struct sound *s, const uint32_t *frames, size_t n)
{
	if (s->stopped || !s->now.playing)
		return;
	sound_ring_put(&s->waiting, frames, n);
	send_waiting(s);
	seat_play(&s->seat, frames, n);
}

/* --- from a microphone --- */

static size_t silence(struct sound *s, uint32_t *frames, size_t n)
{
	uint64_t now = now_us(s), since = s->recorded_us + SILENCE_US, due;

	if (now <= since)
		return 0;
	due = (now - since) * (SOUND_RATE / 1000) / MS_US;
	n = due < n ? (size_t)due : n;
	memset(frames, 0, n * sizeof(*frames));
	s->recorded_us += n * MS_US / (SOUND_RATE / 1000);
	return n;
}

size_t sound_record(struct sound *s, uint32_t *frames, size_t n)
{
	size_t got;

	if (s->stopped || !s->now.recording || !n)
		return 0;
	got = spice_server_record_get_samples(&s->record, frames, (uint32_t)n);
	if (!got)
		got = sound_ring_take(&s->seat.microphone, frames, n);
	if (!got)
		return silence(s, frames, n);
	s->recorded_us = now_us(s);
	return got;
}

/* --- the seat --- */

void sound_seat(struct sound *s, int fd)
{
	const struct sound_state state = state_of(s);

	if (seat_open(&s->seat, s->event, fd, &state) < 0)
		log_warning("seat: sd-event");
}

bool sound_has_seat(const struct sound *s)
{
	return s->seat.fd >= 0;
}

/* --- life --- */

struct sound *sound_create(sd_event *event, SpiceServer *server, struct err *err)
{
	struct sound *s = xcalloc(1, sizeof(*s));

	*s = (struct sound){.event = event, .seat = {.fd = -1}};
	s->playback.base.sif = &playback_interface.base;
	s->record.base.sif = &record_interface.base;
	if (spice_server_add_interface(server, &s->playback.base) < 0 ||
	        spice_server_add_interface(server, &s->record.base) < 0) {
		s->stopped = true;
		err_set(err, -EIO, "libspice: sound");
		sound_destroy(s);
		return NULL;
	}
	spice_server_set_playback_rate(&s->playback, SOUND_RATE);
	spice_server_set_record_rate(&s->record, SOUND_RATE);
	sound_set(s, NULL, false);
	return s;
}

void sound_stop(struct sound *s)
{
	if (!s || s->stopped)
		return;
	sound_set(s, NULL, false);
	s->stopped = true;
	seat_close(&s->seat);
}

void sound_destroy(struct sound *s)
{
	if (!s)
		return;
	seat_close(&s->seat);
	free(s);
}
