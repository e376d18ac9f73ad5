/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Kernel mode setting on one card, by its plain ioctls: dumb buffers, one mode per connector. */
#pragma once

#include "screen.h"

/* Opens the card of this PCI function; -1 where no DRM driver drives it. */
int drm_open_card(const char *address, char *driver, size_t size);

/*
 * Sets the preferred mode on each connected connector and maps its buffer; fills count, how,
 * problem. Returns false where something is connected and could not be used.
 */
bool drm_open_screens(struct screens *screens);

/* Tells the card that a buffer changed; cards that scan memory out themselves need no telling. */
void drm_flush(const struct screens *screens, const struct screen *screen);
