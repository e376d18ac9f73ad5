/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The console's end of bus/sound_wire.h. One that hangs loses samples, and holds nobody up. */
#ifndef CONSOLE_SEAT_H
#define CONSOLE_SEAT_H

#include "bus/sound_ring.h"

#include <systemd/sd-event.h>

struct seat {
	int fd; /* -1: nobody is there */
	sd_event_source *io;
	struct sound_state state; /* as it should be known there */
	bool told;
	struct sound_ring microphone;
};

/* In the place of one that was there. Owns @fd. Returns 0 or -errno, and is empty then. */
int seat_open(struct seat *seat, sd_event *event, int fd, const struct sound_state *state);
void seat_close(struct seat *seat);
void seat_tell(struct seat *seat, const struct sound_state *state);
void seat_play(struct seat *seat, const uint32_t *frames, size_t n);

#endif
