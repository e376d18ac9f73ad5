/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "console/pixels.h"

/* pixman.h */
enum { TYPE_ARGB = 2, TYPE_ABGR = 3, TYPE_BGRA = 8, TYPE_RGBA = 9 };

struct channel {
	unsigned shift, bits;
};

struct layout {
	unsigned bytes;
	struct channel red, green, blue;
};

static bool read_layout(uint32_t format, struct layout *out)
{
	unsigned bpp = format >> 24, type = format >> 16 & 0xff;
	unsigned r = format >> 8 & 15, g = format >> 4 & 15, b = format & 15;

	*out = (struct layout){.bytes = bpp / 8};
	if ((bpp != 16 && bpp != 24 && bpp != 32) || !r || !g || !b || r > 8 || g > 8 || b > 8 ||
	        r + g + b > bpp)
		return false;
	switch (type) {
	case TYPE_ARGB:
		out->blue = (struct channel){0, b};
		out->green = (struct channel){b, g};
		out->red = (struct channel){b + g, r};
		return true;
	case TYPE_ABGR:
		out->red = (struct channel){0, r};
		out->green = (struct channel){r, g};
		out->blue = (struct channel){r + g, b};
		return true;
	case TYPE_BGRA:
		out->blue = (struct channel){bpp - b, b};
		out->green = (struct channel){bpp - b - g, g};
		out->red = (struct channel){bpp - b - g - r, r};
		return true;
	case TYPE_RGBA:
		out->red = (struct channel){bpp - r, r};
		out->green = (struct channel){bpp - r - g, g};
		out->blue = (struct channel){bpp - r - g - b, b};
		return true;
	default: /* grey, palettes, YUV: no display of QEMU's has them */
		return false;
	}
}

bool pixels_good(const struct pixels *p)
{
	struct layout layout;

	if (!read_layout(p->format, &layout) || !p->width || !p->height ||
	        p->width > PICTURE_WIDTH_MOST || p->height > PICTURE_HEIGHT_MOST)
		return false;
	return p->stride / layout.bytes >= p->width && p->stride <= UINT32_MAX &&
	       (p->height - 1) * p->stride + p->width * layout.bytes <= p->size;
}

/* A channel of fewer bits is widened by its own highest ones, so that white stays white. */
static uint32_t channel(uint32_t pixel, struct channel c)
{
	uint32_t value = pixel >> c.shift & ((1u << c.bits) - 1), wide = value << (8 - c.bits);

	for (unsigned have = c.bits; have < 8; have *= 2)
		wide |= wide >> have;
	return wide;
}

static void copy_row(const uint8_t *from, uint32_t *to, uint32_t width, const struct layout *layout)
{
	for (uint32_t i = 0; i < width; i++, from += layout->bytes) {
		uint32_t pixel = 0;

		memcpy(&pixel, from, layout->bytes);
		to[i] = channel(pixel, layout->red) << 16 | channel(pixel, layout->green) << 8 |
		        channel(pixel, layout->blue);
	}
}

/* What most displays have, with or without alpha. */
static void copy_row_xrgb(const uint8_t *from, uint32_t *to, uint32_t width)
{
	memcpy(to, from, width * sizeof(*to));
	for (uint32_t i = 0; i < width; i++)
		to[i] &= 0xffffff;
}

void pixels_copy(const struct pixels *from, uint32_t *to, size_t width, uint32_t x, uint32_t y)
{
	bool xrgb = (from->format & 0xffff0fff) == PIXELS_XRGB;
	struct layout layout;

	if (!read_layout(from->format, &layout))
		return;
	for (uint32_t row = 0; row < from->height; row++) {
		const uint8_t *bytes = from->bytes + row * from->stride;
		uint32_t *at = to + (y + row) * width + x;

		if (xrgb)
			copy_row_xrgb(bytes, at, from->width);
		else
			copy_row(bytes, at, from->width, &layout);
	}
}
