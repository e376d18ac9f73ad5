/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "draw/picture.h"

#include <png.h>

/* --- sizes --- */

/* @side of one picture in the ratio of two sides; never nothing. */
static int ratio(int side, int of, int to)
{
	int64_t n = (int64_t)side * to / of;

	return n < 1 ? 1 : (int)n;
}

void picture_fit(int from_width, int from_height, enum picture_fit fit, int *width, int *height)
{
	int w = *width, h = *height;

	if (fit == PICTURE_FILL)
		return;
	if (from_width <= w && from_height <= h) {
		*width = from_width;
		*height = from_height;
		return;
	}
	if ((int64_t)from_width * h >= (int64_t)from_height * w)
		*height = ratio(from_height, from_width, w);
	else
		*width = ratio(from_width, from_height, h);
}

/* --- scaling: rows of three bytes a pixel, blue first, or of four --- */

struct source {
	const uint8_t *bytes;
	size_t pixel, stride; /* in bytes */
	int x, y, w, h;       /* the part that is used */
};

/* The middle part that has the shape of @width x @height. */
static void cut(struct source *s, int width, int height)
{
	int w = s->w, h = s->h;

	if ((int64_t)w * height > (int64_t)h * width)
		s->w = ratio(h, height, width);
	else
		s->h = ratio(w, width, height);
	s->x += (w - s->w) / 2;
	s->y += (h - s->h) / 2;
}

/* The mean of the pixels from (x0, y0) to before (x1, y1); at least one. */
static uint32_t mean(const struct source *s, int x0, int y0, int x1, int y1)
{
	uint64_t sum[3] = {0}, n;

	x1 = x1 > x0 ? x1 : x0 + 1;
	y1 = y1 > y0 ? y1 : y0 + 1;
	n = (uint64_t)(x1 - x0) * (uint64_t)(y1 - y0);
	for (int y = y0; y < y1; y++) {
		const uint8_t *at =
		        s->bytes + (size_t)(s->y + y) * s->stride + (size_t)(s->x + x0) * s->pixel;

		for (int x = x0; x < x1; x++, at += s->pixel) {
			sum[0] += at[0];
			sum[1] += at[1];
			sum[2] += at[2];
		}
	}
	return 0xff000000u | (uint32_t)((sum[2] + n / 2) / n) << 16 |
	       (uint32_t)((sum[1] + n / 2) / n) << 8 | (uint32_t)((sum[0] + n / 2) / n);
}

static uint8_t channel(const struct source *s, int x, int y, int c)
{
	return s->bytes[(size_t)(s->y + y) * s->stride + (size_t)(s->x + x) * s->pixel + (size_t)c];
}

/* Where the middle of pixel @at of @to lies between two of @from: the first, and the share of the second in 1/256. */
static int between(int at, int from, int to, int *share)
{
	int64_t middle = ((int64_t)(2 * at + 1) * from * 128) / to - 128;
	int first = middle < 0 ? 0 : (int)(middle >> 8);

	*share = middle < 0 || first >= from - 1 ? 0 : (int)(middle & 255);
	return first < from ? first : from - 1;
}

/* Enlarged: between four pixels. */
static uint32_t blend(const struct source *s, int x, int y, int width, int height)
{
	int right, below, x0 = between(x, s->w, width, &right),
	                  y0 = between(y, s->h, height, &below);
	int x1 = right ? x0 + 1 : x0, y1 = below ? y0 + 1 : y0;
	uint32_t pixel = 0xff;

	for (int c = 2; c >= 0; c--) {
		int top = channel(s, x0, y0, c) * (256 - right) + channel(s, x1, y0, c) * right;
		int bottom = channel(s, x0, y1, c) * (256 - right) + channel(s, x1, y1, c) * right;

		pixel = pixel << 8 | (uint32_t)(top * (256 - below) + bottom * below) >> 16;
	}
	return pixel;
}

static void enlarge(const struct source *s, uint32_t *pixels, int width, int height)
{
	for (int y = 0; y < height; y++)
		for (int x = 0; x < width; x++)
			*pixels++ = blend(s, x, y, width, height);
}

static void scale(const struct source *s, uint32_t *pixels, int width, int height)
{
	if (width >= s->w && height >= s->h) {
		enlarge(s, pixels, width, height);
		return;
	}
	for (int y = 0; y < height; y++) {
		int y0 = (int)((int64_t)y * s->h / height);
		int y1 = (int)((int64_t)(y + 1) * s->h / height);

		for (int x = 0; x < width; x++)
			*pixels++ = mean(s, (int)((int64_t)x * s->w / width), y0,
			        (int)((int64_t)(x + 1) * s->w / width), y1);
	}
}

struct image picture_scale(const struct image *from, int width, int height)
{
	struct image to = {
	        xcalloc((size_t)width * (size_t)height, sizeof(uint32_t)), width, height};
	struct source s = {.bytes = (const uint8_t *)from->pixels,
	        .pixel = 4,
	        .stride = (size_t)from->width * 4,
	        .w = from->width,
	        .h = from->height};

	cut(&s, width, height);
	scale(&s, to.pixels, width, height);
	return to;
}

/* --- PNG --- */

static enum picture_fault read_png(
        png_image *png, enum picture_fit fit, uint32_t *pixels, int *width, int *height)
{
	const png_color dark = {0x12, 0x16, 0x1c};
	size_t row = (size_t)png->width * 3;
	cleanup_free uint8_t *bytes = NULL;
	struct source s;

	if (png->width == 0 || png->height == 0)
		return PICTURE_BROKEN;
	if (png->width > PICTURE_PIXELS_MOST || png->height > PICTURE_PIXELS_MOST / png->width)
		return PICTURE_TOO_LARGE;
	png->format = PNG_FORMAT_BGR;
	bytes = xcalloc(png->height, row);
	if (!png_image_finish_read(png, &dark, bytes, (png_int_32)row, NULL))
		return PICTURE_BROKEN;
	s = (struct source){.bytes = bytes,
	        .pixel = 3,
	        .stride = row,
	        .w = (int)png->width,
	        .h = (int)png->height};
	picture_fit(s.w, s.h, fit, width, height);
	cut(&s, *width, *height);
	scale(&s, pixels, *width, *height);
	return PICTURE_GOOD;
}

enum picture_fault picture_decode(const void *bytes, size_t size, enum picture_fit fit,
        uint32_t *pixels, int *width, int *height)
{
	png_image png = {.version = PNG_IMAGE_VERSION};
	enum picture_fault fault = PICTURE_BROKEN;

	if (size > PICTURE_BYTES_MOST)
		return PICTURE_TOO_LARGE;
	if (png_image_begin_read_from_memory(&png, bytes, size))
		fault = read_png(&png, fit, pixels, width, height);
	png_image_free(&png);
	return fault;
}
