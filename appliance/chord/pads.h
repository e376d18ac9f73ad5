/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Pads whose reports are known byte by byte: those that are no HID devices, and those of which a driver of the kernel
 * says what each bit is. Pure. A pad that is not in the table is not guessed at.
 */
#ifndef CHORD_PADS_H
#define CHORD_PADS_H

#include "chord/chord.h"

#include <stddef.h>

struct pad;

/* By its interface; NULL: not known. */
const struct pad *pad_find(
        uint16_t vendor, uint16_t product, uint8_t class, uint8_t subclass, uint8_t protocol);
/* Renews in @down the keys that this report tells of. */
void pad_read(const struct pad *pad, const uint8_t *report, size_t size, unsigned *down);
/* All keys it has. */
unsigned pad_keys(const struct pad *pad);

#endif
