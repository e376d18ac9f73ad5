/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "console/keys.h"

#include <linux/input-event-codes.h>

#define BREAK    0x80u
#define EXTENDED 0x80u /* in QEMU's number */
#define PAUSE    0xc6u

/* Down, then up: they come as one. */
static const uint8_t pause_sequence[] = {0xe1, 0x1d, 0x45, 0xe1, 0x9d, 0xc5};

static bool decode_pause(struct key_decoder *d, uint8_t byte, struct key_event *out)
{
	if (byte != pause_sequence[d->pause]) {
		d->pause = byte == 0xe1;
		return false;
	}
	d->pause++;
	if (d->pause % 3)
		return false;
	*out = (struct key_event){PAUSE, d->pause == 3};
	d->pause %= sizeof(pause_sequence);
	return true;
}

bool key_decode(struct key_decoder *d, uint8_t byte, struct key_event *out)
{
	bool extended = d->extended;

	/* After the half that says that it is down, another key may come first. */
	if (byte == 0xe1 || d->pause % 3)
		return decode_pause(d, byte, out);
	d->extended = byte == 0xe0;
	if (d->extended)
		return false;
	/* E0 2A and its like are shifts that keyboards make up around the keys of the arrows. */
	if (extended && ((byte & 0x7f) == 0x2a || (byte & 0x7f) == 0x36))
		return false;
	out->number = (uint8_t)((byte & 0x7f) | (extended ? EXTENDED : 0));
	out->down = !(byte & BREAK);
	return out->number != 0;
}

static const uint8_t plain[0x80] = {
        [0x59] = KEY_KPEQUAL,
        [0x5c] = KEY_KPCOMMA,
        [0x64] = KEY_F13,
        [0x65] = KEY_F14,
        [0x66] = KEY_F15,
        [0x70] = KEY_KATAKANAHIRAGANA,
        [0x73] = KEY_RO,
        [0x76] = KEY_F24,
        [0x79] = KEY_HENKAN,
        [0x7b] = KEY_MUHENKAN,
        [0x7d] = KEY_YEN,
        [0x7e] = KEY_KPCOMMA,
};

static const uint8_t extended_keys[0x80] = {
        [0x10] = KEY_PREVIOUSSONG,
        [0x19] = KEY_NEXTSONG,
        [0x1c] = KEY_KPENTER,
        [0x1d] = KEY_RIGHTCTRL,
        [0x20] = KEY_MUTE,
        [0x21] = KEY_CALC,
        [0x22] = KEY_PLAYPAUSE,
        [0x24] = KEY_STOPCD,
        [0x2e] = KEY_VOLUMEDOWN,
        [0x30] = KEY_VOLUMEUP,
        [0x32] = KEY_HOMEPAGE,
        [0x35] = KEY_KPSLASH,
        [0x37] = KEY_SYSRQ,
        [0x38] = KEY_RIGHTALT,
        [0x46] = KEY_PAUSE,
        [0x47] = KEY_HOME,
        [0x48] = KEY_UP,
        [0x49] = KEY_PAGEUP,
        [0x4b] = KEY_LEFT,
        [0x4d] = KEY_RIGHT,
        [0x4f] = KEY_END,
        [0x50] = KEY_DOWN,
        [0x51] = KEY_PAGEDOWN,
        [0x52] = KEY_INSERT,
        [0x53] = KEY_DELETE,
        [0x5b] = KEY_LEFTMETA,
        [0x5c] = KEY_RIGHTMETA,
        [0x5d] = KEY_COMPOSE,
        [0x5e] = KEY_POWER,
        [0x5f] = KEY_SLEEP,
        [0x63] = KEY_WAKEUP,
        [0x65] = KEY_SEARCH,
        [0x66] = KEY_BOOKMARKS,
        [0x67] = KEY_REFRESH,
        [0x68] = KEY_STOP,
        [0x69] = KEY_FORWARD,
        [0x6a] = KEY_BACK,
        [0x6b] = KEY_COMPUTER,
        [0x6c] = KEY_MAIL,
};

/* evdev took set 1 for its first numbers, as far as F12. */
unsigned key_evdev(uint8_t number)
{
	uint8_t code = number & 0x7f;

	if (number & EXTENDED)
		return extended_keys[code];
	return code <= KEY_F12 ? (code == 0x54 ? KEY_SYSRQ : code) : plain[code];
}

bool keys_note(struct keys_held *held, const struct key_event *event)
{
	bool was = held->down[event->number];

	held->down[event->number] = event->down;
	return event->down || was;
}

bool keys_is_switch(const struct keys_held *held, const struct key_event *event)
{
	const bool *down = held->down;
	enum { CTRL = 0x1d, ALT = 0x38, HOME = 0xc7, KEYPAD_HOME = 0x47 };

	return event->down && (event->number == HOME || event->number == KEYPAD_HOME) &&
	       (down[CTRL] || down[CTRL | EXTENDED]) && (down[ALT] || down[ALT | EXTENDED]);
}

bool keys_release_one(struct keys_held *held, uint8_t *number)
{
	for (unsigned i = 0; i < KEYS_MOST; i++) {
		if (!held->down[i])
			continue;
		held->down[i] = false;
		*number = (uint8_t)i;
		return true;
	}
	return false;
}
