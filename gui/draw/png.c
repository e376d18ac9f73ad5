/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A canvas as a PNG file: RGB, 8 bits. */
#include "draw/canvas.h"

#include <png.h>
#include <stdio.h>

/* Caller frees. */
static uint8_t *make_rows(const struct canvas *canvas)
{
	size_t n = (size_t)canvas->width * (size_t)canvas->height;
	uint8_t *rows = xcalloc(n, 3), *to = rows;

	for (int y = 0; y < canvas->height; y++) {
		const uint32_t *from = canvas->pixels + (size_t)y * (size_t)canvas->stride;

		for (int x = 0; x < canvas->width; x++)
			for (int shift = 16; shift >= 0; shift -= 8)
				*to++ = (uint8_t)(from[x] >> shift);
	}
	return rows;
}

bool canvas_write_png(const struct canvas *canvas, const char *name)
{
	png_image png = {.version = PNG_IMAGE_VERSION,
	        .width = (png_uint_32)canvas->width,
	        .height = (png_uint_32)canvas->height,
	        .format = PNG_FORMAT_RGB};
	cleanup_free uint8_t *rows = make_rows(canvas);
	FILE *file = fopen(name, "we");
	bool good;

	if (!file)
		return false;
	good = png_image_write_to_stdio(&png, file, 0, rows, 0, NULL);
	return fclose(file) == 0 && good;
}
