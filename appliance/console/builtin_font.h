/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The font that is built in: this program reads no file of fonts. */
#ifndef CONSOLE_BUILTIN_FONT_H
#define CONSOLE_BUILTIN_FONT_H

#include "base/font.h"

bool console_font_read(struct font *font);

#endif
