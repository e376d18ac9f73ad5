/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "chord/chord.h"

static const struct {
	unsigned keys, ms;
	enum chord_kind kind;
} chords[CHORD_COUNT] = {
        {CHORD_LEFT_SHIFT | CHORD_RIGHT_SHIFT | CHORD_LEFT_CTRL | CHORD_LEFT_ALT, 1000,
                CHORD_KEYBOARD},
        {CHORD_GUIDE | CHORD_START | CHORD_SELECT, 2000, CHORD_PAD},
        /* For pads without a guide button, or whose guide button is not known. */
        {CHORD_START | CHORD_SELECT | CHORD_L1 | CHORD_R1, 3000, CHORD_PAD},
};

void chord_update(struct chord_watch *watch, unsigned down, uint64_t now_ms)
{
	for (unsigned i = 0; i < CHORD_COUNT; i++) {
		bool held = (down & chords[i].keys) == chords[i].keys;

		if (held && !watch->held[i]) {
			watch->since_ms[i] = now_ms;
			watch->told[i] = false;
		}
		watch->held[i] = held;
	}
}

enum chord_kind chord_due(struct chord_watch *watch, uint64_t now_ms)
{
	for (unsigned i = 0; i < CHORD_COUNT; i++) {
		if (!watch->held[i] || watch->told[i] || now_ms - watch->since_ms[i] < chords[i].ms)
			continue;
		watch->told[i] = true;
		return chords[i].kind;
	}
	return CHORD_NONE;
}

uint64_t chord_next_ms(const struct chord_watch *watch)
{
	uint64_t next = UINT64_MAX;

	for (unsigned i = 0; i < CHORD_COUNT; i++) {
		uint64_t due = watch->since_ms[i] + chords[i].ms;

		if (watch->held[i] && !watch->told[i] && due < next)
			next = due;
	}
	return next;
}

enum chord_kind chord_possible(unsigned keys)
{
	for (unsigned i = 0; i < CHORD_COUNT; i++) {
		if ((keys & chords[i].keys) == chords[i].keys)
			return chords[i].kind;
	}
	return CHORD_NONE;
}
