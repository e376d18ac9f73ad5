/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The chords that give every USB device back to the host, and how long they are held. Pure.
 *
 * Both Shift keys with left Ctrl and left Alt: modifiers, which every keyboard has (many lack a right Ctrl), which each
 * have a wire or a bit of their own and so are seen together, and of which no game asks both Shifts. QEMU's own
 * grab-toggle (both Ctrl) and the like are one or two keys, which a hand can hit in a game.
 */
#ifndef CHORD_CHORD_H
#define CHORD_CHORD_H

#include <stdbool.h>
#include <stdint.h>

enum chord_key {
	CHORD_LEFT_SHIFT = 1 << 0,
	CHORD_RIGHT_SHIFT = 1 << 1,
	CHORD_LEFT_CTRL = 1 << 2,
	CHORD_LEFT_ALT = 1 << 3,
	CHORD_GUIDE = 1 << 4,  /* Xbox, PS, Home */
	CHORD_START = 1 << 5,  /* Menu, Options, + */
	CHORD_SELECT = 1 << 6, /* Back, View, Share, Create, - */
	CHORD_L1 = 1 << 7,
	CHORD_R1 = 1 << 8,
};

enum chord_kind { CHORD_NONE, CHORD_KEYBOARD, CHORD_PAD };

#define CHORD_COUNT 3

/* One keyboard's or pad's. All zero is nothing held. */
struct chord_watch {
	bool held[CHORD_COUNT], told[CHORD_COUNT];
	uint64_t since_ms[CHORD_COUNT];
};

/* @down: the keys that are down now; any others may be too. @now_ms never goes back. */
void chord_update(struct chord_watch *watch, unsigned down, uint64_t now_ms);
/* What has been held its time; each holding is told once. */
enum chord_kind chord_due(struct chord_watch *watch, uint64_t now_ms);
/* When chord_due() is to be asked again; UINT64_MAX: not before the next update. */
uint64_t chord_next_ms(const struct chord_watch *watch);
/* Whether a device that has these keys can have a chord held on it. */
enum chord_kind chord_possible(unsigned keys);

#endif
