/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Presses, repeats and sticks, with a clock that the test steps. */
#include "input/sdl.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void feed(struct input *input, enum input_kind kind, enum action action, uint64_t now_ms)
{
	const struct input_event event = {.kind = kind, .action = action, .device = INPUT_XBOX};

	input_feed(input, &event, now_ms);
}

/* How many events there are; all are taken. */
static unsigned take_all(struct input *input)
{
	struct input_event event;
	unsigned n = 0;

	while (input_next(input, &event))
		n++;
	return n;
}

static void a_held_direction_repeats_ever_faster(void **state)
{
	struct input input = {0};
	uint64_t at[64];
	unsigned n = 0;

	(void)state;
	feed(&input, INPUT_PRESS, ACTION_RIGHT, 1000);
	assert_int_equal(take_all(&input), 1);
	assert_int_equal(input_deadline(&input), 1350);
	for (uint64_t now = 1000; now <= 2600; now++) {
		input_tick(&input, now);
		if (take_all(&input))
			at[n++] = now;
	}
	assert_int_equal(at[0], 1350);
	assert_int_equal(at[1], 1450);
	for (unsigned i = 1; i < n; i++)
		assert_int_equal(at[i] - at[i - 1], at[i - 1] >= 2200 ? 40 : 100);
	feed(&input, INPUT_RELEASE, ACTION_RIGHT, 2601);
	assert_int_equal(input_deadline(&input), UINT64_MAX);
}

static void a_late_loop_repeats_once(void **state)
{
	struct input input = {0};

	(void)state;
	feed(&input, INPUT_PRESS, ACTION_DOWN, 0);
	take_all(&input);
	input_tick(&input, 60000);
	assert_int_equal(take_all(&input), 1);
}

static void confirm_does_not_repeat(void **state)
{
	struct input input = {0};

	(void)state;
	feed(&input, INPUT_PRESS, ACTION_CONFIRM, 0);
	feed(&input, INPUT_PRESS, ACTION_CONFIRM, 400);
	input_tick(&input, 5000);
	assert_int_equal(take_all(&input), 1);
}

static void the_device_used_last_is_known(void **state)
{
	const struct input_event move = {.kind = INPUT_MOVE, .device = INPUT_POINTER};
	struct input input = {0};

	(void)state;
	feed(&input, INPUT_PRESS, ACTION_UP, 0);
	assert_int_equal(input.device, INPUT_XBOX);
	input_feed(&input, &move, 1);
	assert_int_equal(input.device, INPUT_POINTER);
	feed(&input, INPUT_RELEASE, ACTION_UP, 2);
	assert_int_equal(input.device, INPUT_POINTER);
}

static void an_unplugged_pad_holds_nothing(void **state)
{
	struct input input = {0};

	(void)state;
	feed(&input, INPUT_PRESS, ACTION_LEFT, 0);
	feed(&input, INPUT_PRESS, ACTION_CONFIRM, 0);
	input_release_all(&input, 10);
	assert_int_equal(take_all(&input), 4);
	assert_int_equal(input_deadline(&input), UINT64_MAX);
}

static void a_full_queue_loses_the_oldest(void **state)
{
	struct input_event event, last = {0};
	struct input input = {0};

	(void)state;
	for (int i = 0; i < 200; i++) {
		const struct input_event move = {.kind = INPUT_MOVE, .x = i};

		input_feed(&input, &move, 0);
	}
	while (input_next(&input, &event))
		last = event;
	assert_int_equal(last.x, 199);
}

static void a_stick_has_a_threshold_and_holds(void **state)
{
	struct stick stick = {0};

	(void)state;
	assert_int_equal(stick_move(&stick, 19000, 0), ACTION_NONE);
	assert_int_equal(stick_move(&stick, 20000, 0), ACTION_RIGHT);
	assert_int_equal(stick_move(&stick, 14000, 0), ACTION_RIGHT);
	assert_int_equal(stick_move(&stick, 12000, 0), ACTION_NONE);
	assert_int_equal(stick_move(&stick, 0, -32768), ACTION_UP);
	assert_int_equal(stick_move(&stick, -32768, -20000), ACTION_LEFT);
}

/* --- what SDL tells --- */

static struct input_event take(struct sdl_input *sdl, const SDL_Event *event)
{
	struct input_event out = {.action = ACTION_NONE, .kind = INPUT_TEXT};

	sdl_input_take(sdl, event, 0);
	input_next(sdl->input, &out);
	return out;
}

static void keys_and_buttons_are_actions(void **state)
{
	struct input input = {0};
	struct sdl_input sdl = {.input = &input};
	SDL_Event event = {.type = SDL_KEYDOWN};

	(void)state;
	event.key.state = SDL_PRESSED;
	event.key.keysym.sym = SDLK_RETURN;
	assert_int_equal(take(&sdl, &event).action, ACTION_CONFIRM);
	assert_int_equal(input.device, INPUT_KEYBOARD);
	event.key.repeat = 1; /* the keyboard's own repeat is not ours */
	assert_int_equal(take(&sdl, &event).action, ACTION_NONE);
	event = (SDL_Event){.type = SDL_CONTROLLERBUTTONDOWN};
	event.cbutton.state = SDL_PRESSED;
	event.cbutton.button = SDL_CONTROLLER_BUTTON_B;
	assert_int_equal(take(&sdl, &event).action, ACTION_BACK);
	assert_int_equal(input.device, INPUT_XBOX);
}

static void sticks_mice_and_fingers_are_events(void **state)
{
	struct input input = {0};
	struct sdl_input sdl = {.input = &input, .width = 1000, .height = 500};
	SDL_Event event = {.type = SDL_CONTROLLERAXISMOTION};
	struct input_event got;

	(void)state;
	event.caxis.axis = SDL_CONTROLLER_AXIS_LEFTY;
	event.caxis.value = 30000;
	assert_int_equal(take(&sdl, &event).action, ACTION_DOWN);
	event.caxis.value = 0;
	got = take(&sdl, &event);
	assert_int_equal(got.action, ACTION_DOWN);
	assert_int_equal(got.kind, INPUT_RELEASE);
	event = (SDL_Event){.type = SDL_FINGERDOWN};
	event.tfinger.x = 0.5f;
	event.tfinger.y = 0.5f;
	got = take(&sdl, &event);
	assert_int_equal(got.kind, INPUT_DOWN);
	assert_int_equal(got.x, 500);
	assert_int_equal(got.y, 250);
	event = (SDL_Event){.type = SDL_MOUSEBUTTONDOWN};
	event.button.button = SDL_BUTTON_RIGHT;
	assert_int_equal(take(&sdl, &event).action, ACTION_BACK);
	event.button.which = SDL_TOUCH_MOUSEID; /* what SDL makes of a finger is told already */
	assert_int_equal(take(&sdl, &event).action, ACTION_NONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(a_held_direction_repeats_ever_faster),
	        cmocka_unit_test(a_late_loop_repeats_once),
	        cmocka_unit_test(confirm_does_not_repeat),
	        cmocka_unit_test(the_device_used_last_is_known),
	        cmocka_unit_test(an_unplugged_pad_holds_nothing),
	        cmocka_unit_test(a_full_queue_loses_the_oldest),
	        cmocka_unit_test(a_stick_has_a_threshold_and_holds),
	        cmocka_unit_test(keys_and_buttons_are_actions),
	        cmocka_unit_test(sticks_mice_and_fingers_are_events),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
