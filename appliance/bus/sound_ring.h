/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Samples between two clocks. What would come later than SOUND_LATE_FRAMES is not heard at all: the oldest go, so that the
 * sound stays with the picture however long one end is a little faster than the other, or stands still.
 */
#ifndef BUS_SOUND_RING_H
#define BUS_SOUND_RING_H

#include "bus/sound_wire.h"

struct sound_ring {
	uint32_t frames[SOUND_LATE_FRAMES];
	size_t first, n;
	uint64_t dropped; /* ever */
};

void sound_ring_clear(struct sound_ring *ring);
void sound_ring_put(struct sound_ring *ring, const uint32_t *frames, size_t n);
/* At most @n of the oldest; returns how many. */
size_t sound_ring_take(struct sound_ring *ring, uint32_t *frames, size_t n);

#endif
