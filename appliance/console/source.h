/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where a picture comes from and where input goes: a VM, the front end, or a card of ours. One of them is shown.
 *
 * All calls are made in the main thread. A source tells what happens to it through its handler, at any time, shown
 * or not; but not from within a call of ops.
 */
#ifndef CONSOLE_SOURCE_H
#define CONSOLE_SOURCE_H

#include "bus/sound_wire.h"
#include "console/tiles.h"

/* 0xAARRGGBB */
struct cursor {
	uint32_t width, height, hot_x, hot_y;
	const uint32_t *pixels;
};

#define CURSOR_SIDE_MOST 256u

/* Bits of the buttons that are down, by their numbers in QEMU (org.qemu.Display1.Mouse); 3 and 4 are its wheel. */
enum {
	BUTTON_LEFT = 1 << 0,
	BUTTON_MIDDLE = 1 << 1,
	BUTTON_RIGHT = 1 << 2,
	BUTTON_SIDE = 1 << 5,
	BUTTON_EXTRA = 1 << 6
};

/* What a VM does with its emulated sound card. */
struct source_sound {
	bool playing, recording;
	struct sound_level out, in;
};

struct ports;
struct source;

struct source_handler {
	/* source->picture is another one, in size or place; all of it is new. No pixels: there is none now. */
	void (*picture)(void *user, struct source *source);
	void (*damage)(void *user, struct source *source, const struct rect *rect);
	/* source->cursor is another one. */
	void (*cursor)(void *user, struct source *source);
	void (*leds)(void *user, struct source *source);
	/* What there is in source->ports is not what it was. */
	void (*ports)(void *user, struct source *source);
	/* A person copied @text there, which viewers may have; wants to paste there what a viewer has. */
	void (*copied)(void *user, struct source *source, const char *text, size_t n);
	void (*paste)(void *user, struct source *source);
	/* Sound, of those that have some; these three may be NULL. source->sound is another one. */
	void (*sound)(void *user, struct source *source);
	/* The next @n frames of a source that plays. */
	void (*played)(void *user, struct source *source, const uint32_t *frames, size_t n);
	/* It records: fills at most @n frames, and returns how many. */
	size_t (*record)(void *user, struct source *source, uint32_t *frames, size_t n);
	/* It has ended and will say nothing more; to be destroyed, though not from within this call's caller. */
	void (*gone)(void *user, struct source *source);
	void *user;
};

/* Any of these may be NULL: then nothing happens. */
struct source_ops {
	void (*show)(struct source *source, bool shown);
	void (*key)(struct source *source, uint8_t number, bool down);
	void (*pointer)(struct source *source, uint32_t x, uint32_t y);
	void (*motion)(struct source *source, int dx, int dy);
	void (*buttons)(struct source *source, unsigned down);
	void (*wheel)(struct source *source, int steps); /* up is positive */
	/* The viewer's window has this size: the picture would best have it, too. */
	void (*resize)(struct source *source, uint32_t width, uint32_t height);
	/* The picture that was told last has been copied: what it lies in may change again. */
	void (*taken)(struct source *source);
	/* What handler->paste asked for; "": there is none. */
	void (*pasted)(struct source *source, const char *text, size_t n);
	void (*destroy)(struct source *source);
};

struct source {
	const struct source_ops *ops;
	const struct source_handler *handler;
	struct picture picture; /* pixels NULL: none yet */
	struct cursor cursor;   /* pixels NULL: it has none of its own */
	struct ports *ports;    /* of a VM, to be given to viewers; NULL: none */
	bool no_size;           /* it cannot have its picture's size changed */
	unsigned leds;          /* SPICE_KEYBOARD_MODIFIER_FLAGS_*, which are QEMU's too */
	struct source_sound sound;
	bool blind; /* it is there for its sound alone: it will have no picture */
};

#endif
