/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A canvas as a PNG file (W3C Portable Network Graphics, second edition): RGB, 8 bits. */
#include "draw/canvas.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <zlib.h>

static bool put_chunk(FILE *file, const char *type, const void *bytes, size_t size)
{
	uint32_t length = htonl((uint32_t)size);
	uLong sum = crc32(crc32(0, (const Bytef *)type, 4), bytes, (uInt)size);
	uint32_t check = htonl((uint32_t)sum);

	return fwrite(&length, 4, 1, file) == 1 && fwrite(type, 4, 1, file) == 1 &&
	       (size == 0 || fwrite(bytes, size, 1, file) == 1) && fwrite(&check, 4, 1, file) == 1;
}

/* Rows of a filter byte (Up: flat areas become zeros) and RGB. Caller frees. */
static uint8_t *make_rows(const struct canvas *canvas, size_t *size)
{
	size_t row = (size_t)canvas->width * 3 + 1;
	uint8_t *rows = xcalloc((size_t)canvas->height, row);

	for (int y = 0; y < canvas->height; y++) {
		const uint32_t *from = canvas->pixels + (size_t)y * (size_t)canvas->stride;
		const uint32_t *above = from - (y ? canvas->stride : 0);
		uint8_t *to = rows + (size_t)y * row;

		*to++ = y ? 2 : 0;
		for (int x = 0; x < canvas->width; x++) {
			for (int shift = 16; shift >= 0; shift -= 8)
				*to++ = (uint8_t)((from[x] >> shift) - (y ? above[x] >> shift : 0));
		}
	}
	*size = row * (size_t)canvas->height;
	return rows;
}

static bool put_all(const struct canvas *canvas, FILE *file)
{
	struct {
		uint32_t width, height;
		uint8_t depth, color, compression, filter, interlace;
	} __attribute__((packed))
	head = {htonl((uint32_t)canvas->width), htonl((uint32_t)canvas->height), 8, 2, 0, 0, 0};
	size_t size;
	cleanup_free uint8_t *rows = make_rows(canvas, &size);
	uLongf packed_size = compressBound(size);
	cleanup_free uint8_t *packed = xcalloc(1, packed_size);

	return compress2(packed, &packed_size, rows, size, 9) == Z_OK &&
	       fwrite("\x89PNG\r\n\x1a\n", 8, 1, file) == 1 &&
	       put_chunk(file, "IHDR", &head, sizeof(head)) &&
	       put_chunk(file, "IDAT", packed, packed_size) && put_chunk(file, "IEND", "", 0);
}

bool canvas_write_png(const struct canvas *canvas, const char *name)
{
	FILE *file = fopen(name, "we");
	bool good;

	if (!file)
		return false;
	good = put_all(canvas, file);
	return fclose(file) == 0 && good;
}
