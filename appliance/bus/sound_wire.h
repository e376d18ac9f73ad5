/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How the sound of a game VM gets from the console to the front end at the seat, whose user the PC's own sound server
 * serves, and a microphone's from there. One packet of a SOCK_SEQPACKET socket is one message; numbers are those of this
 * machine, since both ends are on it. Neither end waits for the other: what a full socket does not take is lost.
 *
 * All samples are signed 16-bit numbers, left then right, SOUND_RATE of such frames a second.
 *
 * The console begins with SOUND_STATE and sends it anew whenever something in it is different. SOUND_PLAYED comes while
 * `playing` is set, and the front end sends SOUND_RECORDED while `recording` is set only: then a guest records, and its
 * profile gives it a microphone. Either end ends it by closing, also where a message is wrong in length or content.
 *
 * SOUND_REPLACED, a head alone, is the last word to a front end in whose place another one came. Were it to ask anew at
 * once, the two would take the sound from each other without end.
 */
#ifndef BUS_SOUND_WIRE_H
#define BUS_SOUND_WIRE_H

#include "base/err.h"

#define SOUND_VERSION     1u
#define SOUND_RATE        48000u
#define SOUND_FRAMES_MOST 1024u /* in one packet */
#define SOUND_VOLUME_FULL 255u
/* The most that waits anywhere on the way. The guest's clock and that of a loudspeaker are never quite alike. */
#define SOUND_LATE_FRAMES (SOUND_RATE / 10)

enum sound_kind {
	/* from the console */
	SOUND_STATE = 1,
	SOUND_PLAYED = 2,
	SOUND_REPLACED = 3,
	/* from the front end */
	SOUND_RECORDED = 16
};

struct sound_head {
	uint16_t version; /* SOUND_VERSION */
	uint16_t kind;
};

/* How loud a guest wants it to be: by its own sound settings. */
struct sound_level {
	uint8_t mute;      /* 0, 1 */
	uint8_t volume[2]; /* left, right; linear, to SOUND_VOLUME_FULL */
};

struct sound_state {
	struct sound_head head;
	uint8_t playing, recording; /* 0, 1 */
	struct sound_level out, in;
};

/* The packet ends with the last frame. */
struct sound_samples {
	struct sound_head head;
	uint32_t frames[SOUND_FRAMES_MOST]; /* left in the lower half */
};

union sound_message {
	struct sound_head head;
	struct sound_state state;
	struct sound_samples samples;
};

size_t sound_samples_size(size_t n_frames);

/* Judge a packet of @n bytes. Return 0, or -EPROTO and what is wrong with it; @n_frames is 0 for all but samples. */
int sound_read_console(
        const void *packet, size_t n, union sound_message *out, size_t *n_frames, struct err *err);
int sound_read_seat(
        const void *packet, size_t n, union sound_message *out, size_t *n_frames, struct err *err);

/* As loud as @level says; in place. */
void sound_scale(uint32_t *frames, size_t n, const struct sound_level *level);

#endif
