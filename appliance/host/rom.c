/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "host/rom.h"
#include "base/i18n.h"

#include <errno.h>

enum {
	BLOCK = 512,        /* lengths are counted in these, and images begin at them */
	HEADER_SIZE = 0x1c, /* of an EFI image's header; the others are shorter */
	PCIR_SIZE = 0x18,   /* of the data structure's revision 0 */
	INDICATOR_LAST = 0x80,
	LIST_REVISION = 3, /* of the data structure: the first that has a list of devices */
	LIST_MAX = 256,    /* devices; more is garbage */
	EFI_SIGNATURE = 0x0ef1,
	VFCT_HEADER = 76,
	VFCT_IMAGE_HEADER = 28,
};

static uint16_t le16(const unsigned char *p)
{
	return (uint16_t)(p[0] | p[1] << 8);
}

static uint32_t le32(const unsigned char *p)
{
	return le16(p) | (uint32_t)le16(p + 2) << 16;
}

/* --- images --- */

/* Where the data structure of the image at @at is; 0 where there is no image. */
static size_t find_pcir(const unsigned char *bytes, size_t size, size_t at)
{
	size_t pcir;

	if (at > size || size - at < HEADER_SIZE || bytes[at] != 0x55 || bytes[at + 1] != 0xaa)
		return 0;
	pcir = at + le16(bytes + at + 0x18);
	if (pcir < at + HEADER_SIZE - 2 || pcir > size || size - pcir < PCIR_SIZE ||
	        memcmp(bytes + pcir, "PCIR", 4))
		return 0;
	return pcir;
}

static bool read_image(const unsigned char *bytes, size_t size, size_t at, struct rom_image *out)
{
	size_t pcir = find_pcir(bytes, size, at);
	size_t length = pcir ? (size_t)le16(bytes + pcir + 0x10) * BLOCK : 0;

	if (!length)
		return false;
	*out = (struct rom_image){
	        .offset = at,
	        .length = length < size - at ? length : size - at,
	        .said = length,
	        .vendor = le16(bytes + pcir + 4),
	        .device = le16(bytes + pcir + 6),
	        .code_type = bytes[pcir + 0x14],
	        .last = bytes[pcir + 0x15] & INDICATOR_LAST,
	};
	if (out->code_type == ROM_CODE_UEFI && le32(bytes + at + 4) == EFI_SIGNATURE)
		out->machine = le16(bytes + at + 0xa);
	return true;
}

static size_t find_first(const unsigned char *bytes, size_t size)
{
	size_t at = 0;

	while (at < size && at < ROM_MAX_LEAD && !find_pcir(bytes, size, at))
		at += BLOCK;
	return at;
}

int rom_parse(const void *bytes, size_t size, struct rom *out, struct err *err)
{
	struct rom_image image;
	size_t at = find_first(bytes, size);

	*out = (struct rom){0};
	while (!out->complete && out->n < ROM_MAX_IMAGES && read_image(bytes, size, at, &image)) {
		*list_append(out->list, out->n) = image;
		out->complete = image.last;
		at += image.length;
	}
	if (out->n)
		return 0;
	err_set(err, -EINVAL, _("%zu bytes without a ROM image (55 AA and \"PCIR\")"), size);
	return -EINVAL;
}

void rom_finish(struct rom *rom)
{
	free(rom->list);
	*rom = (struct rom){0};
}

const struct rom_image *rom_find_uefi(const struct rom *rom, uint16_t vendor)
{
	for (size_t i = 0; i < rom->n; i++) {
		const struct rom_image *image = &rom->list[i];

		if (image->code_type == ROM_CODE_UEFI && image->machine == ROM_MACHINE_X64 &&
		        image->vendor == vendor)
			return image;
	}
	return NULL;
}

const struct rom_image *rom_find_x86(const struct rom *rom)
{
	for (size_t i = 0; i < rom->n; i++) {
		if (rom->list[i].code_type == ROM_CODE_X86)
			return &rom->list[i];
	}
	return NULL;
}

/* --- whether it fits --- */

static bool is_listed(const unsigned char *bytes, size_t size, size_t pcir, uint16_t device)
{
	size_t at = pcir + le16(bytes + pcir + 8);

	if (at == pcir || bytes[pcir + 0xc] < LIST_REVISION)
		return false;
	for (size_t i = 0; i < LIST_MAX && at <= size && size - at >= 2; i++, at += 2) {
		if (le16(bytes + at) == 0)
			return false;
		if (le16(bytes + at) == device)
			return true;
	}
	return false;
}

bool rom_image_is_for(const void *bytes, size_t size, const struct rom_image *image,
        uint16_t vendor, uint16_t device)
{
	size_t pcir = find_pcir(bytes, size, image->offset);

	if (!pcir || image->vendor != vendor)
		return false;
	return image->device == device || is_listed(bytes, size, pcir, device);
}

uint8_t rom_image_sum(const void *bytes, size_t size, const struct rom_image *image)
{
	const unsigned char *at = (const unsigned char *)bytes + image->offset;
	size_t length = (size_t)at[2] * BLOCK;
	uint8_t sum = 0;

	if (!length || length > size - image->offset)
		length = image->length;
	for (size_t i = 0; i < length; i++)
		sum = (uint8_t)(sum + at[i]);
	return sum;
}

/* --- what a capture keeps --- */

static void keep(unsigned char *to, const unsigned char *from, size_t at, size_t n)
{
	memcpy(to + at, from + at, n);
}

void rom_blank(void *bytes, size_t size)
{
	cleanup_free unsigned char *kept = xcalloc(size ? size : 1, 1);
	struct rom rom;

	rom_parse(bytes, size, &rom, NULL);
	for (size_t i = 0; i < rom.n; i++) {
		size_t at = rom.list[i].offset;

		keep(kept, bytes, at, HEADER_SIZE);
		keep(kept, bytes, find_pcir(bytes, size, at), PCIR_SIZE);
	}
	memcpy(bytes, kept, size);
	rom_finish(&rom);
}

/* --- the firmware's copies --- */

bool rom_next_vfct(const void *table, size_t size, size_t *at, struct rom_copy *out)
{
	const unsigned char *bytes = table;
	uint32_t length;

	if (size < VFCT_HEADER || memcmp(bytes, "VFCT", 4))
		return false;
	if (*at == 0)
		*at = le32(bytes + 52);
	if (*at < VFCT_HEADER || *at > size || size - *at < VFCT_IMAGE_HEADER)
		return false;
	bytes += *at;
	length = le32(bytes + 24);
	if (length == 0 || length > size - *at - VFCT_IMAGE_HEADER)
		return false;
	*out = (struct rom_copy){
	        .bus = le32(bytes),
	        .device = le32(bytes + 4),
	        .function = le32(bytes + 8),
	        .vendor = le16(bytes + 12),
	        .device_id = le16(bytes + 14),
	        .offset = *at + VFCT_IMAGE_HEADER,
	        .size = length,
	};
	*at = out->offset + length;
	return true;
}
