/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "input/input.h"

#define STICK_ON  (32767 * 6 / 10)
#define STICK_OFF (32767 * 4 / 10)

static void put(struct input *input, const struct input_event *event)
{
	/* Nobody means the 65th event of one frame; releases must not be lost, so the oldest goes. */
	if (input->n == INPUT_QUEUE_MOST) {
		input->first = (input->first + 1) % INPUT_QUEUE_MOST;
		input->n--;
	}
	input->queue[(input->first + input->n++) % INPUT_QUEUE_MOST] = *event;
}

/* The last three for whoever types: everybody else takes no press that is repeated. */
static bool repeats(enum action action)
{
	return (action >= ACTION_UP && action <= ACTION_RIGHT) || action == ACTION_X ||
	       action == ACTION_L1 || action == ACTION_R1;
}

static void press(struct input *input, const struct input_event *event, uint64_t now_ms)
{
	if (input->down[event->action])
		return;
	input->down[event->action] = true;
	put(input, event);
	if (!repeats(event->action))
		return;
	input->held = event->action;
	input->held_device = event->device;
	input->held_ms = now_ms;
	input->next_ms = now_ms + INPUT_REPEAT_FIRST_MS;
}

static void release(struct input *input, const struct input_event *event)
{
	if (!input->down[event->action])
		return;
	input->down[event->action] = false;
	if (input->held == event->action)
		input->held = ACTION_NONE;
	put(input, event);
}

void input_feed(struct input *input, const struct input_event *event, uint64_t now_ms)
{
	if ((unsigned)event->action >= ACTION_COUNT)
		return;
	/* Letting go is no use of a device: the other hand may be at another one. */
	if (event->kind != INPUT_RELEASE && event->kind != INPUT_UP)
		input->device = event->device;
	if (event->kind == INPUT_PRESS)
		press(input, event, now_ms);
	else if (event->kind == INPUT_RELEASE)
		release(input, event);
	else
		put(input, event);
}

/* A loop that was late by many steps makes one of them: focus must not run away. */
void input_tick(struct input *input, uint64_t now_ms)
{
	struct input_event event = {.kind = INPUT_PRESS,
	        .action = input->held,
	        .device = input->held_device,
	        .repeated = true};

	if (input->held == ACTION_NONE || now_ms < input->next_ms)
		return;
	put(input, &event);
	input->next_ms =
	        now_ms + (now_ms - input->held_ms >= INPUT_FAST_AFTER_MS ? INPUT_REPEAT_FAST_MS
	                                                                 : INPUT_REPEAT_MS);
}

uint64_t input_deadline(const struct input *input)
{
	return input->held == ACTION_NONE ? UINT64_MAX : input->next_ms;
}

bool input_next(struct input *input, struct input_event *out)
{
	if (input->n == 0)
		return false;
	*out = input->queue[input->first];
	input->first = (input->first + 1) % INPUT_QUEUE_MOST;
	input->n--;
	return true;
}

void input_release_all(struct input *input, uint64_t now_ms)
{
	for (int action = ACTION_NONE + 1; action < ACTION_COUNT; action++) {
		const struct input_event event = {.kind = INPUT_RELEASE,
		        .action = (enum action)action,
		        .device = input->device};

		input_feed(input, &event, now_ms);
	}
}

/* --- the stick --- */

static enum action direction(int x, int y, int least)
{
	bool across = abs(x) > abs(y);

	if (abs(x) < least && abs(y) < least)
		return ACTION_NONE;
	if (across)
		return x < 0 ? ACTION_LEFT : ACTION_RIGHT;
	return y < 0 ? ACTION_UP : ACTION_DOWN;
}

enum action stick_move(struct stick *stick, int x, int y)
{
	stick->x = x;
	stick->y = y;
	/* A direction holds until it is let go of, or another one is meant as clearly. */
	if (direction(x, y, STICK_ON) != ACTION_NONE)
		stick->now = direction(x, y, STICK_ON);
	else if (direction(x, y, STICK_OFF) == ACTION_NONE)
		stick->now = ACTION_NONE;
	return stick->now;
}
