/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A console font (PSF, version 1 or 2) with its Unicode table, read from memory.
 * The formats are told in the kbd package's psffontop.c and psf.h.
 */
#include "base/font.h"

#include <string.h>

struct psf2_header {
	uint32_t magic, version, header_size, flags, length, glyph_size, height, width;
};

#define PSF1_MAGIC     0x0436
#define PSF1_512       0x01
#define PSF1_TABLE     0x06
#define PSF1_SEQUENCE  0xfffe
#define PSF1_SEPARATOR 0xffff
#define PSF2_MAGIC     0x864ab572
#define PSF2_TABLE     0x01
#define PSF2_SEQUENCE  0xfe
#define PSF2_SEPARATOR 0xff

static void map(struct font *font, uint32_t code, uint32_t glyph)
{
	if (code < FONT_CODES && font->glyph_of[code] == 0xffff)
		font->glyph_of[code] = (uint16_t)glyph;
}

static void read_table1(struct font *font, const uint8_t *at, const uint8_t *end)
{
	bool sequence = false;
	uint32_t glyph = 0;

	for (; at + 2 <= end && glyph < font->count; at += 2) {
		uint16_t code = (uint16_t)(at[0] | at[1] << 8);

		if (code == PSF1_SEPARATOR) {
			sequence = false;
			glyph++;
		} else if (code == PSF1_SEQUENCE) {
			sequence = true;
		} else if (!sequence) {
			map(font, code, glyph);
		}
	}
}

static void read_table2(struct font *font, const uint8_t *at, const uint8_t *end)
{
	bool sequence = false;
	uint32_t glyph = 0;

	while (at < end && glyph < font->count) {
		char text[5] = "";
		const char *next = text;

		if (*at == PSF2_SEPARATOR || *at == PSF2_SEQUENCE) {
			sequence = *at == PSF2_SEQUENCE;
			glyph += *at++ == PSF2_SEPARATOR;
			continue;
		}
		memcpy(text, at, (size_t)(end - at) < 4 ? (size_t)(end - at) : 4);
		if (!sequence)
			map(font, font_next_character(&next), glyph);
		else
			font_next_character(&next);
		at += next > text ? next - text : 1;
	}
}

static bool init1(struct font *font, const uint8_t *data, size_t size)
{
	size_t end;

	font->count = data[2] & PSF1_512 ? 512 : 256;
	font->width = 8;
	font->height = font->bytes_per_glyph = data[3];
	font->glyphs = data + 4;
	end = 4 + (size_t)font->count * font->bytes_per_glyph;
	if (font->height == 0 || end > size)
		return false;
	if (data[2] & PSF1_TABLE)
		read_table1(font, data + end, data + size);
	return true;
}

static bool init2(struct font *font, const uint8_t *data, size_t size)
{
	struct psf2_header header;
	uint64_t end;

	if (size < sizeof header)
		return false;
	memcpy(&header, data, sizeof header);
	font->count = header.length;
	font->width = header.width;
	font->height = header.height;
	font->bytes_per_glyph = header.glyph_size;
	font->glyphs = data + header.header_size;
	end = header.header_size + (uint64_t)header.length * header.glyph_size;
	if (header.length == 0 || header.length > 0xfffe || header.width > 64 || end > size ||
	        (uint64_t)(header.width + 7) / 8 * header.height != header.glyph_size)
		return false;
	if (header.flags & PSF2_TABLE)
		read_table2(font, data + end, data + size);
	return true;
}

bool font_init(struct font *font, const void *data, size_t size)
{
	const uint8_t *bytes = data;
	bool good = false;

	memset(font, 0, sizeof *font);
	memset(font->glyph_of, 0xff, sizeof font->glyph_of);
	if (size < 4)
		return false;
	if ((bytes[0] | bytes[1] << 8) == PSF1_MAGIC)
		good = init1(font, bytes, size);
	else if ((bytes[0] | bytes[1] << 8 | bytes[2] << 16 | (uint32_t)bytes[3] << 24) ==
	         PSF2_MAGIC)
		good = init2(font, bytes, size);
	for (uint32_t code = ' '; good && code < 127; code++)
		map(font, code, code < font->count ? code : 0);
	return good;
}

const uint8_t *font_glyph(const struct font *font, uint32_t code)
{
	uint32_t glyph = code < FONT_CODES ? font->glyph_of[code] : 0xffff;

	if (glyph >= font->count)
		glyph = font->glyph_of['?'] < font->count ? font->glyph_of['?'] : 0;
	return font->glyphs + (size_t)glyph * font->bytes_per_glyph;
}

uint32_t font_next_character(const char **text)
{
	const unsigned char *at = (const unsigned char *)*text;
	int more = at[0] >= 0xf0 ? 3 : at[0] >= 0xe0 ? 2 : at[0] >= 0xc0 ? 1 : 0;
	uint32_t code = more ? at[0] & (0x3fu >> more) : at[0];

	if (at[0] == 0)
		return 0;
	for (int i = 1; i <= more; i++) {
		if ((at[i] & 0xc0) != 0x80) {
			*text += i;
			return '?';
		}
		code = code << 6 | (at[i] & 0x3f);
	}
	*text += more + 1;
	return at[0] >= 0x80 && more == 0 ? '?' : code;
}
