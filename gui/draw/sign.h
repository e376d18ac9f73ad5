/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Small signs for kinds of USB devices, drawn with a few strokes so that they are sharp at any size. */
#ifndef DRAW_SIGN_H
#define DRAW_SIGN_H

#include "draw/canvas.h"

/* @kind: the daemon's word, "gamepad"...; one that has no sign gets that of a plug. Square, @size wide. */
void sign_draw(struct canvas *canvas, const char *kind, int x, int y, int size, color c);

#endif
