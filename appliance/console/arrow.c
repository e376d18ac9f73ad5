/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "console/arrow.h"

#define o 0u          /* through */
#define B 0xff000000u /* black */
#define W 0xffffffffu /* white */

#define SIDE 12

static const uint32_t pixels[SIDE * SIDE] = {
        /* clang-format off */
	B, o, o, o, o, o, o, o, o, o, o, o,
	B, B, o, o, o, o, o, o, o, o, o, o,
	B, W, B, o, o, o, o, o, o, o, o, o,
	B, W, W, B, o, o, o, o, o, o, o, o,
	B, W, W, W, B, o, o, o, o, o, o, o,
	B, W, W, W, W, B, o, o, o, o, o, o,
	B, W, W, W, W, W, B, o, o, o, o, o,
	B, W, W, W, W, W, W, B, o, o, o, o,
	B, W, W, W, W, B, B, B, B, o, o, o,
	B, W, B, B, W, W, B, o, o, o, o, o,
	B, B, o, o, B, W, W, B, o, o, o, o,
	B, o, o, o, o, B, B, o, o, o, o, o,
        /* clang-format on */
};

const struct cursor arrow_cursor = {.width = SIDE, .height = SIDE, .pixels = pixels};
