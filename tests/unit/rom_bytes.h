/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ROM images for tests, of 1002:73bf. */
#ifndef TEST_ROM_BYTES_H
#define TEST_ROM_BYTES_H

#include "host/rom.h"

enum { BLOCK = 512 };

static inline void put16(unsigned char *p, unsigned value)
{
	p[0] = (unsigned char)value;
	p[1] = (unsigned char)(value >> 8);
}

/* One image of one block at @at. */
static inline void put_image(unsigned char *at, uint8_t code_type, bool last)
{
	memset(at, 0, 0x34);
	put16(at, 0xaa55);
	put16(at + 0x18, 0x1c);
	if (code_type == ROM_CODE_UEFI) {
		put16(at + 4, 0x0ef1);
		put16(at + 0xa, ROM_MACHINE_X64);
	}
	memcpy(at + 0x1c, "PCIR", 4);
	put16(at + 0x20, 0x1002);
	put16(at + 0x22, 0x73bf);
	put16(at + 0x2c, 1);
	at[0x30] = code_type;
	at[0x31] = last ? 0x80 : 0;
}

/* Makes its bytes add up to 0. */
static inline void put_sum(unsigned char *image, size_t size)
{
	uint8_t sum = 0;

	image[2] = (unsigned char)(size / BLOCK);
	image[size - 1] = 0;
	for (size_t i = 0; i < size; i++)
		sum = (uint8_t)(sum + image[i]);
	image[size - 1] = (unsigned char)-sum;
}

#endif
