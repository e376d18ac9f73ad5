/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Drawing into pixels in memory: a window's, or those of no window at all. Edges are anti-aliased,
 * nothing outside of the clip is touched, and no coordinate is too wild.
 */
#ifndef DRAW_CANVAS_H
#define DRAW_CANVAS_H

#include "base/util.h"

struct rect {
	int x, y, w, h;
};

typedef uint32_t color; /* 0xAARRGGBB, not premultiplied */

/* Pixels are 0xffRRGGBB; @stride pixels from row to row. */
struct canvas {
	uint32_t *pixels;
	int width, height, stride;
	struct rect clip;
};

/* A picture of its own. */
struct image {
	uint32_t *pixels; /* opaque */
	int width, height;
};

struct canvas canvas_of(uint32_t *pixels, int width, int height, int stride);
/* Narrows the clip to @r; returns the old one, to be put back by the caller. */
struct rect canvas_clip(struct canvas *canvas, struct rect r);

struct rect rect_inset(struct rect r, int by);
bool rect_has(struct rect r, int x, int y);
bool rect_empty(struct rect r);
struct rect rect_cut(struct rect a, struct rect b);
color color_mix(color a, color b, unsigned share_of_b); /* 0-255 */
color color_alpha(color c, unsigned alpha);

void canvas_fill(struct canvas *canvas, struct rect r, color c);
void canvas_gradient(struct canvas *canvas, struct rect r, color top, color bottom);
void canvas_round(struct canvas *canvas, struct rect r, int radius, color c);
void canvas_ring(struct canvas *canvas, struct rect r, int radius, int thickness, color c);
/* The part of a ring that starts at the top and goes round clockwise; @share 0-1. */
void canvas_arc(
        struct canvas *canvas, int x, int y, int radius, int thickness, double share, color c);
void canvas_line(struct canvas *canvas, double x0, double y0, double x1, double y1,
        double thickness, color c);
/* @image at its own size with round corners. */
void canvas_image(struct canvas *canvas, int x, int y, int radius, const struct image *image);
/* One byte of coverage a pixel: text. */
void canvas_mask(struct canvas *canvas, int x, int y, const uint8_t *mask, int w, int h, color c);

/* Writes the pixels as a PNG of RGB. */
bool canvas_write_png(const struct canvas *canvas, const char *file);

#endif
