/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The font that is built in: a console font with Latin and Cyrillic, as the build found it. */
#include "draw/builtin_font.h"

__asm__(".section .rodata\n"
        ".global builtin_font\n"
        "builtin_font:\n"
        ".incbin \"" BUILTIN_FONT "\"\n"
        ".global builtin_font_end\n"
        "builtin_font_end:\n"
        ".byte 0\n"
        ".previous\n");

extern const unsigned char builtin_font[], builtin_font_end[];

bool builtin_font_read(struct font *font)
{
	return font_init(font, builtin_font, (size_t)(builtin_font_end - builtin_font));
}
