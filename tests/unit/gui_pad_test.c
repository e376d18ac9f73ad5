/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Pads as SDL has them, from virtual ones: what is pressed, whose glyphs, sticks, and one that is pulled out while held. */
#include "input/sdl.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define FULL 32767

struct pad {
	struct input input;
	struct sdl_input sdl;
	int device; /* its index */
	SDL_Joystick *joystick;
	uint64_t now_ms;
};

static void pump(struct pad *pad)
{
	SDL_Event event;

	while (SDL_PollEvent(&event))
		sdl_input_take(&pad->sdl, &event, pad->now_ms);
}

/* SDL knows the layout of some real ones; of the others its buttons are numbered as SDL_CONTROLLER_BUTTON_*. */
static void attach(struct pad *pad, uint16_t vendor, uint16_t product, const char *name)
{
	const SDL_VirtualJoystickDesc desc = {.version = SDL_VIRTUAL_JOYSTICK_DESC_VERSION,
	        .type = SDL_JOYSTICK_TYPE_GAMECONTROLLER,
	        .naxes = SDL_CONTROLLER_AXIS_MAX,
	        .nbuttons = SDL_CONTROLLER_BUTTON_DPAD_RIGHT + 1,
	        .vendor_id = vendor,
	        .product_id = product,
	        .button_mask = (1u << (SDL_CONTROLLER_BUTTON_DPAD_RIGHT + 1)) - 1,
	        .axis_mask = (1u << SDL_CONTROLLER_AXIS_MAX) - 1,
	        .name = name};

	*pad = (struct pad){.now_ms = 1000};
	pad->sdl.input = &pad->input;
	assert_int_equal(SDL_Init(SDL_INIT_GAMECONTROLLER), 0);
	pad->device = SDL_JoystickAttachVirtualEx(&desc);
	if (pad->device < 0)
		fail_msg("no virtual pad: %s", SDL_GetError());
	pump(pad);
	pad->joystick = SDL_JoystickOpen(pad->device);
	assert_non_null(pad->joystick);
}

static void finish(struct pad *pad)
{
	SDL_JoystickClose(pad->joystick);
	SDL_Quit();
}

static void press(struct pad *pad, int button, bool down)
{
	SDL_JoystickSetVirtualButton(pad->joystick, button, down);
	pump(pad);
}

static void push(struct pad *pad, int axis, int way)
{
	SDL_JoystickSetVirtualAxis(pad->joystick, axis, (Sint16)way);
	pump(pad);
}

/* The next thing that was done; ACTION_NONE: nothing. */
static enum action next(struct pad *pad, enum input_kind kind)
{
	struct input_event event;

	if (!input_next(&pad->input, &event))
		return ACTION_NONE;
	assert_int_equal(event.kind, kind);
	return event.action;
}

static enum action tap(struct pad *pad, int button)
{
	enum action action;

	press(pad, button, true);
	action = next(pad, INPUT_PRESS);
	press(pad, button, false);
	assert_int_equal(next(pad, INPUT_RELEASE), action);
	return action;
}

static void every_button_is_an_action(void **state)
{
	static const struct {
		int button;
		enum action action;
	} all[] = {{SDL_CONTROLLER_BUTTON_DPAD_UP, ACTION_UP},
	        {SDL_CONTROLLER_BUTTON_DPAD_DOWN, ACTION_DOWN},
	        {SDL_CONTROLLER_BUTTON_DPAD_LEFT, ACTION_LEFT},
	        {SDL_CONTROLLER_BUTTON_DPAD_RIGHT, ACTION_RIGHT},
	        {SDL_CONTROLLER_BUTTON_A, ACTION_CONFIRM}, {SDL_CONTROLLER_BUTTON_B, ACTION_BACK},
	        {SDL_CONTROLLER_BUTTON_X, ACTION_X}, {SDL_CONTROLLER_BUTTON_Y, ACTION_Y},
	        {SDL_CONTROLLER_BUTTON_START, ACTION_MENU},
	        {SDL_CONTROLLER_BUTTON_LEFTSHOULDER, ACTION_L1},
	        {SDL_CONTROLLER_BUTTON_RIGHTSHOULDER, ACTION_R1}};
	struct pad pad;

	(void)state;
	attach(&pad, 0x1234, 0x5678, "Pad");
	for (size_t i = 0; i < ARRAY_SIZE(all); i++)
		assert_int_equal(tap(&pad, all[i].button), all[i].action);
	finish(&pad);
}

static void glyphs_follow_the_maker(void **state)
{
	static const struct {
		uint16_t vendor, product;
		enum input_device device;
	} all[] = {{0x045e, 0x028e, INPUT_XBOX}, {0x045e, 0x02ea, INPUT_XBOX},
	        {0x054c, 0x0268, INPUT_PLAYSTATION}, {0x054c, 0x09cc, INPUT_PLAYSTATION},
	        {0x054c, 0x0ce6, INPUT_PLAYSTATION}, {0x057e, 0x2009, INPUT_NINTENDO},
	        {0x057e, 0x2006, INPUT_NINTENDO}, {0x1234, 0x5678, INPUT_XBOX}};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
		struct pad pad;

		attach(&pad, all[i].vendor, all[i].product, "Pad");
		assert_int_equal(pad.input.device, INPUT_KEYBOARD);
		tap(&pad, SDL_CONTROLLER_BUTTON_DPAD_UP);
		if (pad.input.device != all[i].device)
			fail_msg("%04x:%04x is shown as %d", all[i].vendor, all[i].product,
			        (int)pad.input.device);
		finish(&pad);
	}
}

/* As SDL's own table has it for Nintendo's pads: which button A is depends on the hint. */
static void map(struct pad *pad, const char *buttons, const char *hint)
{
	char guid[64], line[256];

	SDL_JoystickGetGUIDString(SDL_JoystickGetDeviceGUID(pad->device), guid, (int)sizeof(guid));
	snprintf(line, sizeof(line), "%s,Pad,%s,dpup:b11,hint:%s,", guid, buttons, hint);
	assert_true(SDL_GameControllerAddMapping(line) >= 0);
	pump(pad);
}

static void the_button_that_says_a_confirms(void **state)
{
	static const bool by_label[] = {true, false};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(by_label); i++) {
		struct pad pad;

		SDL_SetHint(SDL_HINT_GAMECONTROLLER_USE_BUTTON_LABELS, by_label[i] ? "1" : "0");
		attach(&pad, 0x057e, 0x2009, "Nintendo Switch Pro Controller");
		map(&pad, by_label[i] ? "a:b1,b:b0" : "a:b0,b:b1",
		        by_label[i] ? "SDL_GAMECONTROLLER_USE_BUTTON_LABELS:=1"
		                    : "!SDL_GAMECONTROLLER_USE_BUTTON_LABELS:=1");
		/* b0 is the lower button, which says B; b1 the right one, which says A. */
		assert_int_equal(tap(&pad, 0), by_label[i] ? ACTION_BACK : ACTION_CONFIRM);
		assert_int_equal(tap(&pad, 1), by_label[i] ? ACTION_CONFIRM : ACTION_BACK);
		finish(&pad);
	}
	SDL_ClearHints();
}

static void a_stick_is_four_directions(void **state)
{
	struct pad pad;

	(void)state;
	attach(&pad, 0x1234, 0x5678, "Pad");
	push(&pad, SDL_CONTROLLER_AXIS_LEFTX, FULL * 59 / 100);
	assert_int_equal(next(&pad, INPUT_PRESS), ACTION_NONE);
	push(&pad, SDL_CONTROLLER_AXIS_LEFTX, FULL * 61 / 100);
	assert_int_equal(next(&pad, INPUT_PRESS), ACTION_RIGHT);
	push(&pad, SDL_CONTROLLER_AXIS_LEFTX, FULL * 45 / 100); /* it trembles */
	assert_int_equal(next(&pad, INPUT_RELEASE), ACTION_NONE);
	push(&pad, SDL_CONTROLLER_AXIS_LEFTX, FULL * 39 / 100);
	assert_int_equal(next(&pad, INPUT_RELEASE), ACTION_RIGHT);
	push(&pad, SDL_CONTROLLER_AXIS_LEFTY, -FULL);
	assert_int_equal(next(&pad, INPUT_PRESS), ACTION_UP);
	push(&pad, SDL_CONTROLLER_AXIS_LEFTY, 0);
	assert_int_equal(next(&pad, INPUT_RELEASE), ACTION_UP);
	push(&pad, SDL_CONTROLLER_AXIS_RIGHTX, FULL); /* the other stick does nothing */
	assert_int_equal(next(&pad, INPUT_PRESS), ACTION_NONE);
	finish(&pad);
}

static void held_directions_repeat(void **state)
{
	struct pad pad;

	(void)state;
	attach(&pad, 0x1234, 0x5678, "Pad");
	press(&pad, SDL_CONTROLLER_BUTTON_DPAD_DOWN, true);
	assert_int_equal(next(&pad, INPUT_PRESS), ACTION_DOWN);
	assert_int_equal(input_deadline(&pad.input), pad.now_ms + INPUT_REPEAT_FIRST_MS);
	pad.now_ms += INPUT_REPEAT_FIRST_MS;
	input_tick(&pad.input, pad.now_ms);
	assert_int_equal(next(&pad, INPUT_PRESS), ACTION_DOWN);
	finish(&pad);
}

static void assert_nothing_is_held(struct pad *pad)
{
	bool released = false;
	struct input_event event;

	while (input_next(&pad->input, &event))
		released |= event.kind == INPUT_RELEASE && event.action == ACTION_DOWN;
	assert_true(released);
	assert_int_equal(input_deadline(&pad->input), UINT64_MAX);
	for (int i = 0; i < ACTION_COUNT; i++)
		assert_false(pad->input.down[i]);
}

static void a_pad_that_is_pulled_out_lets_go(void **state)
{
	struct pad pad;

	(void)state;
	attach(&pad, 0x054c, 0x09cc, "PS4 Controller");
	press(&pad, SDL_CONTROLLER_BUTTON_DPAD_DOWN, true);
	assert_int_equal(next(&pad, INPUT_PRESS), ACTION_DOWN);
	assert_int_equal(SDL_JoystickDetachVirtual(pad.device), 0);
	pump(&pad);
	assert_nothing_is_held(&pad);
	finish(&pad);

	attach(&pad, 0x054c, 0x09cc, "PS4 Controller");
	push(&pad, SDL_CONTROLLER_AXIS_LEFTY, FULL);
	assert_int_equal(next(&pad, INPUT_PRESS), ACTION_DOWN);
	assert_int_equal(SDL_JoystickDetachVirtual(pad.device), 0);
	pump(&pad);
	assert_nothing_is_held(&pad);
	assert_int_equal(pad.sdl.stick.now, ACTION_NONE);
	finish(&pad);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(every_button_is_an_action),
	        cmocka_unit_test(glyphs_follow_the_maker),
	        cmocka_unit_test(the_button_that_says_a_confirms),
	        cmocka_unit_test(a_stick_is_four_directions),
	        cmocka_unit_test(held_directions_repeat),
	        cmocka_unit_test(a_pad_that_is_pulled_out_lets_go),
	};

	SDL_SetHint(SDL_HINT_JOYSTICK_HIDAPI, "0");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
