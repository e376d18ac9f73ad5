/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Keys as SPICE sends them (scancodes of set 1, byte by byte), as QEMU numbers them and as evdev does. Pure.
 *
 * QEMU's number of a key is its scancode, with the highest bit set where E0 goes before it; Pause, which has a sequence
 * of its own, is that of Break: 0xc6. QEMU: ui/input-keymap.c, and keycodemapdb's "qnum".
 */
#ifndef CONSOLE_KEYS_H
#define CONSOLE_KEYS_H

#include "base/util.h"

#define KEYS_MOST 256u

struct key_decoder {
	unsigned pause; /* bytes of its sequence that were seen */
	bool extended;
};

struct key_event {
	uint8_t number; /* QEMU's */
	bool down;
};

/* Whether @byte ends a key's sequence, which then is in @out. Nonsense is no key. */
bool key_decode(struct key_decoder *decoder, uint8_t byte, struct key_event *out);
/* KEY_* of linux/input-event-codes.h; 0: there is none. */
unsigned key_evdev(uint8_t number);

/* The keys that are down. */
struct keys_held {
	bool down[KEYS_MOST];
};

/* Notes an event. Whether it changes anything, but for a repeat, which is one too. */
bool keys_note(struct keys_held *held, const struct key_event *event);
/* Whether this, noted already, is Ctrl+Alt+Home: what is seen changes between the game and the front end. */
bool keys_is_switch(const struct keys_held *held, const struct key_event *event);
/* Takes one key that is down out of them; false: there is none. */
bool keys_release_one(struct keys_held *held, uint8_t *number);

#endif
