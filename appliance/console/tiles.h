/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which part of a picture a viewer has to be sent: damage is noted in tiles, and a damaged tile counts only where its
 * pixels differ from the mirror, which is what was sent before. Pure.
 */
#ifndef CONSOLE_TILES_H
#define CONSOLE_TILES_H

#include "base/util.h"

#define TILE_SIDE 32u
/* A viewer gets at most this often a new picture. */
#define PICTURE_INTERVAL_US 16667u

#define PICTURE_WIDTH_MOST  7680u
#define PICTURE_HEIGHT_MOST 4320u

/*
 * 0xXXRRGGBB, rows without padding. The pixels may be another process's, which changes them at any moment: what is to be the
 * same twice is read once.
 */
struct picture {
	uint32_t width, height;
	const uint32_t *pixels;
};

struct rect {
	uint32_t x, y, width, height;
};

enum tile {
	TILE_CLEAN,
	TILE_DIRTY,
	TILE_UNKNOWN, /* what the viewer has there is not what the mirror has */
};

struct tiles {
	uint32_t width, height, columns, rows;
	uint8_t *state; /* of each tile, enum tile */
	bool any;       /* one is not clean */
	uint32_t *mirror;
};

/* All of it is to be sent. */
void tiles_init(struct tiles *tiles, uint32_t width, uint32_t height);
void tiles_finish(struct tiles *tiles);
/* All of it is to be sent anew, even where it is as it was. */
void tiles_forget(struct tiles *tiles);
/* What is outside of the picture is not counted. */
void tiles_mark(struct tiles *tiles, const struct rect *rect);
/* What has moved up or down in what is dirty is moved in the mirror, too. False: there is no such thing. */
struct scroll;
bool tiles_scroll(struct tiles *tiles, const struct picture *picture, struct scroll *out);
/*
 * Compares what is dirty, which is nothing then. What differs is copied into the mirror and listed in @out, as closely as it is
 * worth the while: at most @room rectangles, unless more were needed: then the last one is large. @picture has the
 * tiles' size.
 */
size_t tiles_take(
        struct tiles *tiles, const struct picture *picture, struct rect *out, size_t room);

/* When the next picture may be sent that changed at @now_us, after one at @last_us (0: none). */
uint64_t picture_time_us(uint64_t now_us, uint64_t last_us);

#endif
