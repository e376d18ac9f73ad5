/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A console font (PSF, version 1 or 2) with its Unicode table, read from memory. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FONT_CODES 0x2600 /* Latin to box drawing; other characters show as '?' */

struct font {
	const uint8_t *glyphs; /* points into the caller's data */
	uint32_t count, width, height, bytes_per_glyph;
	uint16_t glyph_of[FONT_CODES]; /* 0xffff: the font has none */
};

/* Reads the font; data must outlive it. Returns false where data is no such font. */
bool font_init(struct font *font, const void *data, size_t size);

/* The rows of a character's picture, most significant bit left, rows padded to bytes. */
const uint8_t *font_glyph(const struct font *font, uint32_t code);

/* Takes the next UTF-8 character off *text; a bad byte counts as '?'. 0 at the end. */
uint32_t font_next_character(const char **text);
