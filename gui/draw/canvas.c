/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "draw/canvas.h"

#include <math.h>

struct canvas canvas_of(uint32_t *pixels, int width, int height, int stride)
{
	return (struct canvas){pixels, width, height, stride, {0, 0, width, height}};
}

struct rect rect_cut(struct rect a, struct rect b)
{
	int x = a.x > b.x ? a.x : b.x, y = a.y > b.y ? a.y : b.y;
	int right = a.x + a.w < b.x + b.w ? a.x + a.w : b.x + b.w;
	int bottom = a.y + a.h < b.y + b.h ? a.y + a.h : b.y + b.h;

	return (struct rect){x, y, right > x ? right - x : 0, bottom > y ? bottom - y : 0};
}

struct rect rect_inset(struct rect r, int by)
{
	return (struct rect){r.x + by, r.y + by, r.w - 2 * by, r.h - 2 * by};
}

bool rect_has(struct rect r, int x, int y)
{
	return x >= r.x && y >= r.y && x < r.x + r.w && y < r.y + r.h;
}

bool rect_empty(struct rect r)
{
	return r.w <= 0 || r.h <= 0;
}

struct rect canvas_clip(struct canvas *canvas, struct rect r)
{
	struct rect old = canvas->clip;

	canvas->clip = rect_cut(old, r);
	return old;
}

static uint32_t channel_mix(uint32_t a, uint32_t b, unsigned share)
{
	return (a * (255 - share) + b * share + 127) / 255;
}

color color_mix(color a, color b, unsigned share)
{
	uint32_t mixed = 0;

	for (int shift = 0; shift < 32; shift += 8)
		mixed |= channel_mix(a >> shift & 0xff, b >> shift & 0xff, share) << shift;
	return mixed;
}

color color_alpha(color c, unsigned alpha)
{
	return (c & 0xffffff) | alpha << 24;
}

static inline void blend(uint32_t *to, color c, unsigned coverage)
{
	unsigned a = (c >> 24) * coverage / 255, rest = 255 - a;
	uint32_t rb = *to & 0xff00ff, g = *to & 0x00ff00;

	if (a == 255) {
		*to = c | 0xff000000;
		return;
	}
	if (a == 0)
		return;
	rb = ((c & 0xff00ff) * a + rb * rest + 0x800080) >> 8 & 0xff00ff;
	g = ((c & 0x00ff00) * a + g * rest + 0x008000) >> 8 & 0x00ff00;
	*to = 0xff000000 | rb | g;
}

static inline uint32_t *row_of(const struct canvas *canvas, int y)
{
	return canvas->pixels + (size_t)y * (size_t)canvas->stride;
}

static void fill_span(struct canvas *canvas, int x0, int x1, int y, color c)
{
	struct rect clip = canvas->clip;
	uint32_t *row;

	if (y < clip.y || y >= clip.y + clip.h)
		return;
	x0 = x0 < clip.x ? clip.x : x0;
	x1 = x1 > clip.x + clip.w ? clip.x + clip.w : x1;
	row = row_of(canvas, y);
	/* Most of what is filled hides what was there. */
	if (c >> 24 == 255)
		for (int x = x0; x < x1; x++)
			row[x] = c;
	else
		for (int x = x0; x < x1; x++)
			blend(&row[x], c, 255);
}

void canvas_fill(struct canvas *canvas, struct rect r, color c)
{
	r = rect_cut(r, canvas->clip);
	for (int y = r.y; y < r.y + r.h; y++)
		fill_span(canvas, r.x, r.x + r.w, y, c);
}

void canvas_gradient(struct canvas *canvas, struct rect r, color top, color bottom)
{
	struct rect seen = rect_cut(r, canvas->clip);

	for (int y = seen.y; y < seen.y + seen.h; y++) {
		unsigned share = (unsigned)((int64_t)(y - r.y) * 255 / (r.h > 1 ? r.h - 1 : 1));

		fill_span(canvas, seen.x, seen.x + seen.w, y, color_mix(top, bottom, share));
	}
}

/* How much of the pixel whose middle is @distance away from an edge lies inside; 0-255. */
static inline unsigned coverage_of(float distance)
{
	float inside = 0.5f - distance;

	return inside <= 0 ? 0 : inside >= 1 ? 255 : (unsigned)(inside * 255 + 0.5f);
}

/* Distance of a pixel's middle to the edge of a round rectangle, negative inside. */
static float round_distance(struct rect r, float radius, int x, int y)
{
	float half_w = (float)r.w / 2, half_h = (float)r.h / 2;
	float dx = fabsf((float)(x - r.x) + 0.5f - half_w) - (half_w - radius);
	float dy = fabsf((float)(y - r.y) + 0.5f - half_h) - (half_h - radius);
	float outside = sqrtf((dx > 0 ? dx * dx : 0) + (dy > 0 ? dy * dy : 0));
	float inside = dx > dy ? dx : dy;

	return outside + (inside < 0 ? inside : 0) - radius;
}

static int limit_radius(struct rect r, int radius)
{
	int most = (r.w < r.h ? r.w : r.h) / 2;

	return radius > most ? most : radius;
}

static void blend_at(struct canvas *canvas, int x, int y, color c, unsigned coverage)
{
	blend(&row_of(canvas, y)[x], c, coverage);
}

void canvas_round(struct canvas *canvas, struct rect r, int radius, color c)
{
	struct rect seen = rect_cut(r, canvas->clip);

	radius = limit_radius(r, radius);
	for (int y = seen.y; y < seen.y + seen.h; y++) {
		bool corner = y < r.y + radius || y >= r.y + r.h - radius;

		if (!corner) {
			fill_span(canvas, seen.x, seen.x + seen.w, y, c);
			continue;
		}
		fill_span(canvas, r.x + radius, r.x + r.w - radius, y, c);
		for (int x = seen.x; x < seen.x + seen.w; x++) {
			if (x >= r.x + radius && x < r.x + r.w - radius)
				x = r.x + r.w - radius;
			if (x < seen.x + seen.w)
				blend_at(canvas, x, y, c,
				        coverage_of(round_distance(r, (float)radius, x, y)));
		}
	}
}

void canvas_ring(struct canvas *canvas, struct rect r, int radius, int thickness, color c)
{
	struct rect seen = rect_cut(r, canvas->clip), hole = rect_inset(r, thickness);
	int corner = radius > thickness ? radius : thickness;

	radius = limit_radius(r, radius);
	for (int y = seen.y; y < seen.y + seen.h; y++) {
		bool edge = y < r.y + corner || y >= r.y + r.h - corner;

		for (int x = seen.x; x < seen.x + seen.w; x++) {
			float d;
			unsigned outer, inner;

			if (!edge && x >= r.x + thickness && x < r.x + r.w - thickness) {
				x = r.x + r.w - thickness - 1;
				continue;
			}
			d = round_distance(r, (float)radius, x, y);
			outer = coverage_of(d);
			inner = rect_empty(hole) ? 0 : coverage_of(d + (float)thickness);
			if (outer > inner)
				blend_at(canvas, x, y, c, outer - inner);
		}
	}
}

/* 0-1, clockwise from the top. */
static double turn_of(float dx, float dy)
{
	double turn = atan2(dx, -dy) / (2 * M_PI);

	return turn < 0 ? turn + 1 : turn;
}

void canvas_arc(
        struct canvas *canvas, int cx, int cy, int radius, int thickness, double share, color c)
{
	struct rect r = {cx - radius, cy - radius, 2 * radius, 2 * radius};
	struct rect seen = rect_cut(r, canvas->clip);

	float most = (float)radius + 1, least = (float)(radius - thickness) - 1;

	for (int y = seen.y; y < seen.y + seen.h; y++) {
		for (int x = seen.x; x < seen.x + seen.w; x++) {
			float dx = (float)(x - cx) + 0.5f, dy = (float)(y - cy) + 0.5f;
			float square = dx * dx + dy * dy, d;
			unsigned cover;

			if (square > most * most)
				continue;
			if (least > 0 &&
			        square < least * least) { /* to the other side of the hole */
				int across = (int)sqrtf(least * least - dy * dy);

				if (cx + across - 1 > x)
					x = cx + across - 1;
				continue;
			}
			d = sqrtf(square) - (float)radius;
			cover = coverage_of(d) - coverage_of(d + (float)thickness);
			if (cover && (share >= 1 || turn_of(dx, dy) <= share))
				blend_at(canvas, x, y, c, cover);
		}
	}
}

void canvas_line(struct canvas *canvas, double x0, double y0, double x1, double y1,
        double thickness, color c)
{
	double reach = thickness / 2 + 1, dx = x1 - x0, dy = y1 - y0, length2 = dx * dx + dy * dy;
	int left = (int)floor(fmin(x0, x1) - reach), top = (int)floor(fmin(y0, y1) - reach);
	struct rect r = {left, top, (int)ceil(fmax(x0, x1) + reach) - left,
	        (int)ceil(fmax(y0, y1) + reach) - top};

	r = rect_cut(r, canvas->clip);
	for (int y = r.y; y < r.y + r.h; y++) {
		for (int x = r.x; x < r.x + r.w; x++) {
			double px = x + 0.5 - x0, py = y + 0.5 - y0;
			double t = length2 > 0 ? (px * dx + py * dy) / length2 : 0;
			double ex, ey;

			t = t < 0 ? 0 : t > 1 ? 1 : t;
			ex = px - t * dx;
			ey = py - t * dy;
			blend_at(canvas, x, y, c,
			        coverage_of((float)(sqrt(ex * ex + ey * ey) - thickness / 2)));
		}
	}
}

void canvas_image(struct canvas *canvas, int left, int top, int radius, const struct image *image)
{
	struct rect r = {left, top, image->width, image->height};
	struct rect seen = rect_cut(r, canvas->clip);

	radius = limit_radius(r, radius);
	for (int y = seen.y; y < seen.y + seen.h; y++) {
		const uint32_t *from = image->pixels + (size_t)(y - top) * (size_t)image->width;
		bool corner = y < top + radius || y >= top + r.h - radius;

		for (int x = seen.x; x < seen.x + seen.w; x++) {
			bool inner = !corner || (x >= left + radius && x < left + r.w - radius);

			blend_at(canvas, x, y, from[x - left],
			        inner ? 255 : coverage_of(round_distance(r, (float)radius, x, y)));
		}
	}
}

void canvas_mask(
        struct canvas *canvas, int left, int top, const uint8_t *mask, int w, int h, color c)
{
	struct rect seen = rect_cut((struct rect){left, top, w, h}, canvas->clip);

	for (int y = seen.y; y < seen.y + seen.h; y++) {
		const uint8_t *from = mask + (size_t)(y - top) * (size_t)w;
		uint32_t *row = row_of(canvas, y);

		for (int x = seen.x; x < seen.x + seen.w; x++)
			if (from[x - left])
				blend(&row[x], c, from[x - left]);
	}
}
