/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Screens of one display card: through the kernel's mode setting where a DRM driver drives the
 * card, else through the framebuffer that the firmware left on it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "picture.h"

#define SCREENS_MAX 8

struct screen {
	uint32_t width, height;
	size_t stride, size; /* bytes */
	uint8_t *scanout;    /* what the card shows */
	off_t map_offset;
	/* How a pixel of 0x00RRGGBB is stored. */
	unsigned bytes_per_pixel, red_shift, green_shift, blue_shift, red_bits, green_bits,
	        blue_bits;
	uint32_t framebuffer, crtc, connector; /* DRM only */
};

struct screens {
	int fd; /* of the card or the framebuffer; the screens live as long as it is open */
	bool drm;
	size_t count;
	struct screen screens[SCREENS_MAX];
	char how[160];     /* driver and modes in words */
	char problem[200]; /* why there is none */
};

/*
 * Opens the card's screens and sets their modes. Returns how many there are; 0 with problem filled,
 * and *fatal true where a screen is connected and yet could not be used.
 */
size_t screens_open(const char *address, struct screens *screens, bool *fatal);

/*
 * Draws on each and reads the pixels back from the scan-out memory through a second mapping.
 * Returns true where all are equal to what was drawn; else problem tells the first difference.
 */
bool screens_show(
        struct screens *screens, uint64_t nonce, const char *text, const struct font *font);
