/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "input/sdl.h"

#include <stdio.h>

static const struct {
	SDL_Keycode key;
	enum action action;
} keys[] = {
        {SDLK_UP, ACTION_UP},
        {SDLK_DOWN, ACTION_DOWN},
        {SDLK_LEFT, ACTION_LEFT},
        {SDLK_RIGHT, ACTION_RIGHT},
        {SDLK_RETURN, ACTION_CONFIRM},
        {SDLK_KP_ENTER, ACTION_CONFIRM},
        {SDLK_SPACE, ACTION_CONFIRM},
        {SDLK_ESCAPE, ACTION_BACK},
        {SDLK_BACKSPACE, ACTION_BACK},
        {SDLK_F10, ACTION_MENU},
        {SDLK_MENU, ACTION_MENU},
        {SDLK_x, ACTION_X},
        {SDLK_y, ACTION_Y},
        {SDLK_PAGEUP, ACTION_L1},
        {SDLK_PAGEDOWN, ACTION_R1},
};

/*
 * SDL's A is the button that confirms: the lower one, or with SDL_GAMECONTROLLER_USE_BUTTON_LABELS (its
 * default) the one that says A. Either way it is the person's habit on that pad.
 */
static const struct {
	SDL_GameControllerButton button;
	enum action action;
} buttons[] = {
        {SDL_CONTROLLER_BUTTON_DPAD_UP, ACTION_UP},
        {SDL_CONTROLLER_BUTTON_DPAD_DOWN, ACTION_DOWN},
        {SDL_CONTROLLER_BUTTON_DPAD_LEFT, ACTION_LEFT},
        {SDL_CONTROLLER_BUTTON_DPAD_RIGHT, ACTION_RIGHT},
        {SDL_CONTROLLER_BUTTON_A, ACTION_CONFIRM},
        {SDL_CONTROLLER_BUTTON_B, ACTION_BACK},
        {SDL_CONTROLLER_BUTTON_X, ACTION_X},
        {SDL_CONTROLLER_BUTTON_Y, ACTION_Y},
        {SDL_CONTROLLER_BUTTON_START, ACTION_MENU},
        {SDL_CONTROLLER_BUTTON_LEFTSHOULDER, ACTION_L1},
        {SDL_CONTROLLER_BUTTON_RIGHTSHOULDER, ACTION_R1},
};

static void feed(struct sdl_input *sdl, enum input_kind kind, enum action action,
        enum input_device device, uint64_t now_ms)
{
	const struct input_event event = {.kind = kind, .action = action, .device = device};

	input_feed(sdl->input, &event, now_ms);
}

static void feed_pointer(struct sdl_input *sdl, enum input_kind kind, int x, int y, uint64_t now_ms)
{
	const struct input_event event = {.kind = kind, .device = INPUT_POINTER, .x = x, .y = y};

	input_feed(sdl->input, &event, now_ms);
}

static void feed_text(struct sdl_input *sdl, const char *text, uint64_t now_ms)
{
	struct input_event event = {.kind = INPUT_TEXT, .device = INPUT_KEYBOARD};

	snprintf(event.text, sizeof(event.text), "%s", text);
	input_feed(sdl->input, &event, now_ms);
}

/* While a line is typed: what deletes is text, too, and what comes as text as well is no action. */
static bool take_typing(struct sdl_input *sdl, const SDL_KeyboardEvent *key, uint64_t now_ms)
{
	SDL_Keycode sym = key->keysym.sym;

	if (!sdl->text || key->state != SDL_PRESSED)
		return false;
	if (sym == SDLK_BACKSPACE || sym == SDLK_DELETE) {
		feed_text(sdl, sym == SDLK_DELETE ? "\x7f" : "\b", now_ms);
		return true;
	}
	return sym == SDLK_SPACE || sym == SDLK_x || sym == SDLK_y;
}

static bool take_key(struct sdl_input *sdl, const SDL_KeyboardEvent *key, uint64_t now_ms)
{
	if (take_typing(sdl, key, now_ms))
		return true;
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		if (keys[i].key != key->keysym.sym)
			continue;
		if (!key->repeat)
			feed(sdl, key->state == SDL_PRESSED ? INPUT_PRESS : INPUT_RELEASE,
			        keys[i].action, INPUT_KEYBOARD, now_ms);
		return true;
	}
	return false;
}

static enum input_device kind_of_pad(SDL_JoystickID id)
{
	switch (SDL_GameControllerGetType(SDL_GameControllerFromInstanceID(id))) {
	case SDL_CONTROLLER_TYPE_PS3:
	case SDL_CONTROLLER_TYPE_PS4:
	case SDL_CONTROLLER_TYPE_PS5:
		return INPUT_PLAYSTATION;
	case SDL_CONTROLLER_TYPE_NINTENDO_SWITCH_PRO:
	case SDL_CONTROLLER_TYPE_NINTENDO_SWITCH_JOYCON_LEFT:
	case SDL_CONTROLLER_TYPE_NINTENDO_SWITCH_JOYCON_RIGHT:
	case SDL_CONTROLLER_TYPE_NINTENDO_SWITCH_JOYCON_PAIR:
		return INPUT_NINTENDO;
	case SDL_CONTROLLER_TYPE_UNKNOWN:
	case SDL_CONTROLLER_TYPE_XBOX360:
	case SDL_CONTROLLER_TYPE_XBOXONE:
	case SDL_CONTROLLER_TYPE_VIRTUAL:
	case SDL_CONTROLLER_TYPE_AMAZON_LUNA:
	case SDL_CONTROLLER_TYPE_GOOGLE_STADIA:
	case SDL_CONTROLLER_TYPE_NVIDIA_SHIELD:
		break;
	}
	return INPUT_XBOX;
}

static bool take_button(
        struct sdl_input *sdl, const SDL_ControllerButtonEvent *button, uint64_t now_ms)
{
	for (size_t i = 0; i < ARRAY_SIZE(buttons); i++) {
		if (buttons[i].button != (SDL_GameControllerButton)button->button)
			continue;
		feed(sdl, button->state == SDL_PRESSED ? INPUT_PRESS : INPUT_RELEASE,
		        buttons[i].action, kind_of_pad(button->which), now_ms);
		return true;
	}
	return false;
}

static bool take_axis(struct sdl_input *sdl, const SDL_ControllerAxisEvent *axis, uint64_t now_ms)
{
	enum action before = sdl->stick.now, now;
	bool across = axis->axis == SDL_CONTROLLER_AXIS_LEFTX;

	if (!across && axis->axis != SDL_CONTROLLER_AXIS_LEFTY)
		return false;
	now = stick_move(&sdl->stick, across ? axis->value : sdl->stick.x,
	        across ? sdl->stick.y : axis->value);
	if (now == before)
		return false;
	if (before != ACTION_NONE)
		feed(sdl, INPUT_RELEASE, before, kind_of_pad(axis->which), now_ms);
	if (now != ACTION_NONE)
		feed(sdl, INPUT_PRESS, now, kind_of_pad(axis->which), now_ms);
	return true;
}

static bool take_text(struct sdl_input *sdl, const SDL_TextInputEvent *text, uint64_t now_ms)
{
	if (!sdl->text)
		return false;
	feed_text(sdl, text->text, now_ms);
	return true;
}

static bool take_wheel(struct sdl_input *sdl, const SDL_MouseWheelEvent *wheel, uint64_t now_ms)
{
	feed_pointer(sdl, INPUT_WHEEL, wheel->x, wheel->y, now_ms);
	return true;
}

static bool take_touch(struct sdl_input *sdl, const SDL_TouchFingerEvent *finger, uint64_t now_ms)
{
	int x = (int)(finger->x * (float)sdl->width), y = (int)(finger->y * (float)sdl->height);

	feed_pointer(sdl,
	        finger->type == SDL_FINGERDOWN ? INPUT_DOWN
	        : finger->type == SDL_FINGERUP ? INPUT_UP
	                                       : INPUT_MOVE,
	        x, y, now_ms);
	return true;
}

bool sdl_input_take(struct sdl_input *sdl, const SDL_Event *event, uint64_t now_ms)
{
	switch (event->type) {
	case SDL_KEYDOWN:
	case SDL_KEYUP:
		return take_key(sdl, &event->key, now_ms);
	case SDL_TEXTINPUT:
		return take_text(sdl, &event->text, now_ms);
	case SDL_CONTROLLERBUTTONDOWN:
	case SDL_CONTROLLERBUTTONUP:
		return take_button(sdl, &event->cbutton, now_ms);
	case SDL_CONTROLLERAXISMOTION:
		return take_axis(sdl, &event->caxis, now_ms);
	case SDL_CONTROLLERDEVICEADDED:
		SDL_GameControllerOpen(event->cdevice.which);
		return false;
	case SDL_CONTROLLERDEVICEREMOVED:
		SDL_GameControllerClose(SDL_GameControllerFromInstanceID(event->cdevice.which));
		sdl->stick = (struct stick){0};
		input_release_all(sdl->input, now_ms);
		return true;
	case SDL_MOUSEMOTION:
		if (event->motion.which == SDL_TOUCH_MOUSEID)
			return false;
		feed_pointer(sdl, INPUT_MOVE, event->motion.x, event->motion.y, now_ms);
		return true;
	case SDL_MOUSEBUTTONDOWN:
	case SDL_MOUSEBUTTONUP:
		if (event->button.which == SDL_TOUCH_MOUSEID)
			return false;
		if (event->button.button == SDL_BUTTON_RIGHT) {
			feed(sdl, event->type == SDL_MOUSEBUTTONDOWN ? INPUT_PRESS : INPUT_RELEASE,
			        ACTION_BACK, INPUT_POINTER, now_ms);
			return true;
		}
		feed_pointer(sdl, event->type == SDL_MOUSEBUTTONDOWN ? INPUT_DOWN : INPUT_UP,
		        event->button.x, event->button.y, now_ms);
		return true;
	case SDL_MOUSEWHEEL:
		return take_wheel(sdl, &event->wheel, now_ms);
	case SDL_FINGERDOWN:
	case SDL_FINGERUP:
	case SDL_FINGERMOTION:
		return take_touch(sdl, &event->tfinger, now_ms);
	default: /* SDL has more types of events than its own header lists */
		return false;
	}
}
