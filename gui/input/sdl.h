/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Keys, pads, mouse and touch as SDL tells them, made into input events. */
#ifndef INPUT_SDL_H
#define INPUT_SDL_H

#include "input/input.h"

#include <SDL.h>

struct sdl_input {
	struct input *input;
	struct stick stick;
	int width, height; /* of the picture, for touch */
	bool text;         /* somebody types a line: letters are letters */
};

/* Returns whether the event was one of a person. Opens and closes pads by itself. */
bool sdl_input_take(struct sdl_input *sdl, const SDL_Event *event, uint64_t now_ms);

#endif
