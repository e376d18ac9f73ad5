/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Several listings of groups, in one text or in several: before and after a change in the firmware setup, or of two
 * PCs.
 *
 * Where other words stand between, or a listing tells a function again, another one begins. As long as they agree
 * they are one. Where they contradict each other, the later one counts, unless it is a mere excerpt beside a whole listing.
 */
#ifndef SETUP_LISTING_PARTS_H
#define SETUP_LISTING_PARTS_H

#include "listing.h"

/* Takes out what does not count. */
void listing_settle_parts(struct listing *listing);

#endif
