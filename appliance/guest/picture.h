/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The picture that is drawn on each screen: a pattern that a program can check, and text.
 *
 * The pattern starts at (0,0): 16 x 4 cells of 16 x 16 pixels, one bit of the nonce per cell, row
 * by row, most significant bit first; 1 is white, 0 is blue. Right of it stands a red bar, 16
 * pixels wide and 64 high. It is never scaled, so that a checker needs to know nothing else.
 */
#pragma once

#include <stdint.h>

#include "base/font.h"

#define PICTURE_CELL       16
#define PICTURE_COLUMNS    16
#define PICTURE_ROWS       4
#define PICTURE_WHITE      0xffffffu
#define PICTURE_BLUE       0x0000a0u
#define PICTURE_RED        0xc80000u
#define PICTURE_BACKGROUND 0x101418u

/* The first byte of a line of text says how it looks. */
#define PICTURE_TITLE  '\x01'
#define PICTURE_PLAIN  '\x02'
#define PICTURE_GOOD   '\x03'
#define PICTURE_BAD    '\x04'
#define PICTURE_UNSURE '\x05'

/* Pixels are 0x00RRGGBB, width to a row. */
struct picture {
	uint32_t *pixels;
	uint32_t width, height;
};

/* Draws the whole picture; text is lines that each start with one of the bytes above. */
void picture_draw(
        struct picture *picture, uint64_t nonce, const char *text, const struct font *font);
