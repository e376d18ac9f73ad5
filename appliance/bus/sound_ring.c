/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bus/sound_ring.h"

void sound_ring_clear(struct sound_ring *ring)
{
	ring->first = ring->n = 0;
}

static void drop(struct sound_ring *ring, size_t n)
{
	ring->first = (ring->first + n) % SOUND_LATE_FRAMES;
	ring->n -= n;
	ring->dropped += n;
}

void sound_ring_put(struct sound_ring *ring, const uint32_t *frames, size_t n)
{
	size_t at, part;

	if (n > SOUND_LATE_FRAMES) {
		ring->dropped += n - SOUND_LATE_FRAMES;
		frames += n - SOUND_LATE_FRAMES;
		n = SOUND_LATE_FRAMES;
	}
	if (ring->n + n > SOUND_LATE_FRAMES)
		drop(ring, ring->n + n - SOUND_LATE_FRAMES);
	at = (ring->first + ring->n) % SOUND_LATE_FRAMES;
	part = n < SOUND_LATE_FRAMES - at ? n : SOUND_LATE_FRAMES - at;
	memcpy(ring->frames + at, frames, part * sizeof(*frames));
	memcpy(ring->frames, frames + part, (n - part) * sizeof(*frames));
	ring->n += n;
}

size_t sound_ring_take(struct sound_ring *ring, uint32_t *frames, size_t n)
{
	size_t part;

	n = n < ring->n ? n : ring->n;
	part = n < SOUND_LATE_FRAMES - ring->first ? n : SOUND_LATE_FRAMES - ring->first;
	memcpy(frames, ring->frames + ring->first, part * sizeof(*frames));
	memcpy(frames + part, ring->frames, (n - part) * sizeof(*frames));
	ring->first = (ring->first + n) % SOUND_LATE_FRAMES;
	ring->n -= n;
	return n;
}
