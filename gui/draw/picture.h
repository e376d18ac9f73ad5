/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * PNG pictures that others made (W3C Portable Network Graphics, read by libpng), made smaller or larger. Where a picture
 * may come from anywhere, picture_decode() is called in a process of its own (decode.h).
 */
#ifndef DRAW_PICTURE_H
#define DRAW_PICTURE_H

#include "draw/canvas.h"

/* A 5K screen has 14.7 million; libpng wants three bytes for each. */
#define PICTURE_PIXELS_MOST ((size_t)16 << 20)
#define PICTURE_BYTES_MOST  ((size_t)32 << 20)

enum picture_fault { PICTURE_GOOD, PICTURE_BROKEN, PICTURE_TOO_LARGE };

enum picture_fit {
	PICTURE_FILL, /* exactly the size that is wanted: what is too much of one side is cut off */
	PICTURE_FIT   /* the whole of it, at most of that size; never larger than it is */
};

/* How large it becomes in @width x @height. */
void picture_fit(int from_width, int from_height, enum picture_fit fit, int *width, int *height);

/*
 * The picture in @bytes into @pixels, which has room for @width x @height; both become the size that it has there. What
 * is transparent becomes dark.
 */
enum picture_fault picture_decode(const void *bytes, size_t size, enum picture_fit fit,
        uint32_t *pixels, int *width, int *height);

/* @from in another size, smaller ones by the mean of what a pixel stands for; cut as of PICTURE_FILL. Caller frees the pixels. */
struct image picture_scale(const struct image *from, int width, int height);

#endif
