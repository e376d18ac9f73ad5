/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "input/keys.h"

#include <linux/input-event-codes.h>

/* The same as those of a window, input/sdl.c. */
static const struct {
	unsigned key;
	enum action action;
} keys[] = {
        {KEY_UP, ACTION_UP},
        {KEY_DOWN, ACTION_DOWN},
        {KEY_LEFT, ACTION_LEFT},
        {KEY_RIGHT, ACTION_RIGHT},
        {KEY_ENTER, ACTION_CONFIRM},
        {KEY_KPENTER, ACTION_CONFIRM},
        {KEY_SPACE, ACTION_CONFIRM},
        {KEY_ESC, ACTION_BACK},
        {KEY_BACKSPACE, ACTION_BACK},
        {KEY_F10, ACTION_MENU},
        {KEY_COMPOSE, ACTION_MENU},
        {KEY_X, ACTION_X},
        {KEY_Y, ACTION_Y},
        {KEY_PAGEUP, ACTION_L1},
        {KEY_PAGEDOWN, ACTION_R1},
};

enum action action_of_key(unsigned key)
{
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		if (keys[i].key == key)
			return keys[i].action;
	return ACTION_NONE;
}
