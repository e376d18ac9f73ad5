/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A QR code (ISO/IEC 18004) of an address, for the camera of a phone or a tablet. */
#ifndef DRAW_QR_H
#define DRAW_QR_H

#include "draw/canvas.h"

struct qr {
	int width;      /* modules on a side; 0: there is none */
	uint8_t *black; /* width * width, 0 or 1 */
};

/* Of at most a few hundred bytes; "" and what is too long have none. */
struct qr qr_of(const char *text);
void qr_finish(struct qr *qr);
/*
 * As large as whole pixels a module allow within @room, from its top in the middle, with the quiet zone around it that readers need; black
 * on white whatever the theme is. Returns what it covers; nothing where even one pixel is too much.
 */
struct rect qr_draw(const struct qr *qr, struct canvas *canvas, struct rect room);

#endif
