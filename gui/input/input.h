/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a person does, whatever they do it with: actions, the pointer, typed text. Keys, pads, mouse and touch
 * of a window come in here (input/sdl.c), and so will those of a remote console.
 *
 * The clock is given with each event, in milliseconds: repeat of held directions comes 350 ms after the
 * press, then each 100 ms, and each 40 ms once it was held for 1.2 s.
 */
#ifndef INPUT_INPUT_H
#define INPUT_INPUT_H

#include "base/util.h"

#define INPUT_REPEAT_FIRST_MS 350u
#define INPUT_REPEAT_MS       100u
#define INPUT_REPEAT_FAST_MS  40u
#define INPUT_FAST_AFTER_MS   1200u
#define INPUT_QUEUE_MOST      64u

enum action {
	ACTION_NONE,
	ACTION_UP,
	ACTION_DOWN,
	ACTION_LEFT,
	ACTION_RIGHT,
	ACTION_CONFIRM,
	ACTION_BACK,
	ACTION_MENU,
	ACTION_X,
	ACTION_Y,
	ACTION_L1,
	ACTION_R1,
	ACTION_COUNT
};

/* What was touched last: the hints show its glyphs. */
enum input_device {
	INPUT_KEYBOARD,
	INPUT_XBOX,
	INPUT_PLAYSTATION,
	INPUT_NINTENDO,
	INPUT_POINTER /* mouse, finger */
};

enum input_kind {
	INPUT_PRESS,   /* of an action; @repeated: by being held */
	INPUT_RELEASE, /* of an action */
	INPUT_MOVE,    /* of the pointer */
	INPUT_DOWN,    /* of the pointer */
	INPUT_UP,
	INPUT_WHEEL, /* @y: steps up */
	INPUT_TEXT
};

struct input_event {
	enum input_kind kind;
	enum action action;
	enum input_device device;
	bool repeated;
	int x, y;      /* pixels of the picture; of a wheel: steps */
	char text[32]; /* UTF-8 */
};

struct input {
	enum input_device device;
	struct input_event queue[INPUT_QUEUE_MOST];
	unsigned first, n;
	enum action held; /* the one that repeats: the direction pressed last */
	enum input_device held_device;
	uint64_t held_ms, next_ms;
	bool down[ACTION_COUNT];
};

/* Takes an event; a press of what is down already, as a keyboard's own repeat, is nothing new. */
void input_feed(struct input *input, const struct input_event *event, uint64_t now_ms);
/* Adds the repeats that are due. */
void input_tick(struct input *input, uint64_t now_ms);
/* When input_tick() has something to do; UINT64_MAX: nothing is held. */
uint64_t input_deadline(const struct input *input);
/* Takes the next event; false: there is none. */
bool input_next(struct input *input, struct input_event *out);
/* Everything that is down is let go: the window lost the keyboard, or a pad was unplugged. */
void input_release_all(struct input *input, uint64_t now_ms);

/* A stick as four directions: on at 0.6 of its way, off at 0.4. -32768 to 32767. */
struct stick {
	int x, y;
	enum action now;
};
/* Returns the direction it points to now. */
enum action stick_move(struct stick *stick, int x, int y);

#endif
