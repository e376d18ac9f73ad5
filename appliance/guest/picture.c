/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The picture that is drawn on each screen: a pattern that a program can check, and text. */
#include "picture.h"

#include <string.h>

#define PATTERN_HEIGHT (PICTURE_ROWS * PICTURE_CELL)
#define PATTERN_WIDTH  (PICTURE_COLUMNS * PICTURE_CELL)
#define MARGIN         16

struct area {
	uint32_t x, y, width, height;
};

static void fill(struct picture *picture, struct area area, uint32_t colour)
{
	for (uint32_t y = area.y; y < area.y + area.height && y < picture->height; y++)
		for (uint32_t x = area.x; x < area.x + area.width && x < picture->width; x++)
			picture->pixels[(size_t)y * picture->width + x] = colour;
}

static void draw_pattern(struct picture *picture, uint64_t nonce)
{
	for (uint32_t i = 0; i < PICTURE_COLUMNS * PICTURE_ROWS; i++) {
		struct area cell = {i % PICTURE_COLUMNS * PICTURE_CELL,
		        i / PICTURE_COLUMNS * PICTURE_CELL, PICTURE_CELL, PICTURE_CELL};

		fill(picture, cell, nonce >> (63 - i) & 1 ? PICTURE_WHITE : PICTURE_BLUE);
	}
	fill(picture, (struct area){PATTERN_WIDTH, 0, PICTURE_CELL, PATTERN_HEIGHT}, PICTURE_RED);
}

static uint32_t line_colour(char look)
{
	switch (look) {
	case PICTURE_TITLE:
		return 0xffffff;
	case PICTURE_GOOD:
		return 0x60d060;
	case PICTURE_BAD:
		return 0xff6050;
	case PICTURE_UNSURE:
		return 0xd0b050;
	}
	return 0xc0c8d0;
}

static void draw_glyph(struct picture *picture, struct area area, const uint8_t *rows,
        const struct font *font, uint32_t colour)
{
	uint32_t scale = area.height / font->height;
	uint32_t row_bytes = (font->width + 7) / 8;

	for (uint32_t y = 0; y < font->height; y++)
		for (uint32_t x = 0; x < font->width; x++)
			if (rows[y * row_bytes + x / 8] >> (7 - x % 8) & 1)
				fill(picture,
				        (struct area){area.x + x * scale, area.y + y * scale, scale,
				                scale},
				        colour);
}

/* Draws one line and returns where the next begins in the text. */
static const char *draw_line(struct picture *picture, const char *text, const struct font *font,
        uint32_t scale, uint32_t top)
{
	struct area area = {MARGIN, top, font->width * scale, font->height * scale};
	uint32_t colour = line_colour(*text);

	if (*text > 0 && *text < ' ' && *text != '\n')
		text++;
	while (*text != '\0' && *text != '\n') {
		uint32_t code = font_next_character(&text);

		if (area.x + area.width <= picture->width)
			draw_glyph(picture, area, font_glyph(font, code), font, colour);
		area.x += area.width;
	}
	return *text == '\n' ? text + 1 : text;
}

void picture_draw(
        struct picture *picture, uint64_t nonce, const char *text, const struct font *font)
{
	uint32_t scale = picture->width >= 2560 ? 2 : 1;
	uint32_t line_height = (font->height + 2) * scale;
	uint32_t top = PATTERN_HEIGHT + MARGIN;

	fill(picture, (struct area){0, 0, picture->width, picture->height}, PICTURE_BACKGROUND);
	while (*text != '\0' && top + line_height <= picture->height) {
		text = draw_line(picture, text, font, scale, top);
		top += line_height;
	}
	draw_pattern(picture, nonce);
}
