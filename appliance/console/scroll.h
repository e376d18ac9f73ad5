/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Finds what has only moved up or down between two pictures of the same size, as text that scrolls does: a viewer has those
 * pixels, and need not be sent them again. Pure.
 */
#ifndef CONSOLE_SCROLL_H
#define CONSOLE_SCROLL_H

#include "console/tiles.h"

/* @to has now what was @dy rows below it. */
struct scroll {
	struct rect to;
	int32_t dy;
};

/*
 * Looks within @where, a part of both pictures. True: each pixel of @out->to is what it says, and most of them would have to
 * be sent else. What is too small for it to be worth the while is not found, nor is more than one such place.
 */
bool scroll_find(const uint32_t *before, const uint32_t *after, uint32_t width,
        const struct rect *where, struct scroll *out);

#endif
