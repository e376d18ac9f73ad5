/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The font of last resort; only text.c draws with it. */
#ifndef DRAW_BUILTIN_FONT_H
#define DRAW_BUILTIN_FONT_H

#include "base/font.h"

bool builtin_font_read(struct font *font);

#endif
