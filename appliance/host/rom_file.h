/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A file that a VM is to get as a card's ROM: whether it is one, whole, of that card, and begins where QEMU looks.
 *
 * The one judgement behind `playthrough rom check`, the profile's editor and a start.
 */
#ifndef HOST_ROM_FILE_H
#define HOST_ROM_FILE_H

#include "host/rom.h"

#define ROM_FILE_MAX ((size_t)16 << 20) /* bytes: no card has more */

/* What it must be good for. */
struct rom_need {
	bool card; /* of this one: */
	uint16_t vendor, device;
	bool bios; /* the guest's firmware is a BIOS, which runs the x86 image and wants its checksum */
};

/*
 * Returns 0, or a negative errno with code, message and hint. @name is for the messages. @address, which may be NULL, is
 * where the card is.
 */
int rom_file_judge(const char *name, const void *bytes, size_t size, const struct rom_need *need,
        const char *address, struct err *err);

/* Of the bytes before the first image, "NVGI" or what else can be printed; "" for none of it. */
struct rom_lead {
	size_t size;
	char name[5];
};
struct rom_lead rom_file_lead(const void *bytes, const struct rom *rom);

/* "x86 image", "UEFI image for x86-64": what the code is for, in English words that are translated by whoever prints. */
const char *rom_image_kind(const struct rom_image *image);

#endif
