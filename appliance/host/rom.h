/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A card's expansion ROM: which images it holds, and whether one of them draws before the guest's own driver does.
 *
 * PCI Firmware Specification 3.0, 5.1 (image header 55 AA, data structure "PCIR"); UEFI 2.9, 14.4.2 (EFI images).
 * The bytes are a stranger's: every offset is checked, and a ROM that leads out of itself ends there.
 */
#ifndef HOST_ROM_H
#define HOST_ROM_H

#include "base/err.h"

enum { ROM_CODE_X86 = 0, ROM_CODE_UEFI = 3 };       /* others: Open Firmware 1, PA-RISC 2 */
enum { ROM_MACHINE_X64 = 0x8664 };                  /* PE/COFF */
enum { ROM_MAX_IMAGES = 64, ROM_MAX_LEAD = 65536 }; /* more is garbage */

struct rom_image {
	size_t offset, length; /* bytes; the length is cut where the ROM ends */
	size_t said;           /* the length that it says it has */
	uint8_t code_type;
	uint16_t vendor, device;
	uint16_t machine; /* UEFI images: PE machine type; 0 elsewhere */
	bool last;        /* the indicator of its data structure says so */
};

struct rom {
	struct rom_image *list;
	size_t n;
	bool complete; /* ends with an image that says it is the last */
};

/*
 * Reads the images. Some tools put a header of their own before the first one (NVIDIA's "NVGI"): skipped. Returns 0,
 * or -EINVAL where the bytes hold no image at all.
 */
int rom_parse(const void *bytes, size_t size, struct rom *out, struct err *err);
void rom_finish(struct rom *rom);

/* The UEFI image for x86-64 PCs of a card of @vendor, which brings its Graphics Output Protocol; or NULL. */
const struct rom_image *rom_find_uefi(const struct rom *rom, uint16_t vendor);
const struct rom_image *rom_find_x86(const struct rom *rom);

/*
 * Whether the image is for this device: its own, or one of the list that revision 3 of the data structure may have (PCI
 * Firmware Specification 3.0, 5.1.2). @bytes are those that were parsed.
 */
bool rom_image_is_for(const void *bytes, size_t size, const struct rom_image *image,
        uint16_t vendor, uint16_t device);
/*
 * What the bytes of an x86 image add up to, modulo 256; a firmware runs it only where that is 0 (the same, 5.2.1.1). They
 * are as many as its header says: it may be shorter than the image by then.
 */
uint8_t rom_image_sum(const void *bytes, size_t size, const struct rom_image *image);

/* Blanks all but the headers that rom_parse() reads: a capture needs no more, and the rest is the vendor's. */
void rom_blank(void *bytes, size_t size);

/*
 * The firmware's copy of an AMD card's ROM: ACPI table VFCT (Linux: drivers/gpu/drm/amd/amdgpu/amdgpu_bios.c). It may
 * hold fewer images than the card. Steps through the copies; *@at starts at 0. False at the end.
 */
struct rom_copy {
	uint32_t bus, device, function;
	uint16_t vendor, device_id;
	size_t offset, size; /* of the ROM in the table */
};
bool rom_next_vfct(const void *table, size_t size, size_t *at, struct rom_copy *out);

#endif
