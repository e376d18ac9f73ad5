/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A console font with Latin and Cyrillic, as the build found it. */
#include "console/builtin_font.h"

__asm__(".section .rodata\n"
        ".global console_font\n"
        "console_font:\n"
        ".incbin \"" BUILTIN_FONT "\"\n"
        ".global console_font_end\n"
        "console_font_end:\n"
        ".byte 0\n"
        ".previous\n");

extern const unsigned char console_font[], console_font_end[];

bool console_font_read(struct font *font)
{
	return font_init(font, console_font, (size_t)(console_font_end - console_font));
}
