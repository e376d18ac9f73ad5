/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Unified kernel images for tests: the table of sections and what they hold, and nothing that could be started. */
#ifndef TEST_UKI_IMAGE_H
#define TEST_UKI_IMAGE_H

#include "base/util.h"

#include <stdio.h>

enum { UKI_IMAGE_PE = 0x80, UKI_IMAGE_OPTIONAL = 0xf0, UKI_IMAGE_ALIGN = 512 };

struct uki_image {
	unsigned char bytes[64 << 10];
	size_t n, sections;
};

static inline void uki_image_put(unsigned char *p, size_t size, uint64_t value)
{
	for (size_t i = 0; i < size; i++)
		p[i] = (unsigned char)(value >> (8 * i));
}

static inline void uki_image_init(struct uki_image *image)
{
	*image = (struct uki_image){.n = 4096};
	memcpy(image->bytes, "MZ", 2);
	uki_image_put(image->bytes + 0x3c, 4, UKI_IMAGE_PE);
	memcpy(image->bytes + UKI_IMAGE_PE, "PE\0\0", 4);
	uki_image_put(image->bytes + UKI_IMAGE_PE + 4, 2, 0x8664);
	uki_image_put(image->bytes + UKI_IMAGE_PE + 20, 2, UKI_IMAGE_OPTIONAL);
}

static inline unsigned char *uki_image_row(struct uki_image *image, size_t i)
{
	return image->bytes + UKI_IMAGE_PE + 24 + UKI_IMAGE_OPTIONAL + 40 * i;
}

static inline void uki_image_add(
        struct uki_image *image, const char *name, const void *content, size_t size)
{
	size_t padded = (size + UKI_IMAGE_ALIGN - 1) / UKI_IMAGE_ALIGN * UKI_IMAGE_ALIGN;
	unsigned char *row = uki_image_row(image, image->sections++);

	if (image->n + padded > sizeof(image->bytes))
		abort();
	memcpy(row, name, strnlen(name, 8));
	uki_image_put(row + 8, 4, size);
	uki_image_put(row + 12, 4, 0x10000 * image->sections);
	uki_image_put(row + 16, 4, padded);
	uki_image_put(row + 20, 4, image->n);
	memcpy(image->bytes + image->n, content, size);
	image->n += padded;
	uki_image_put(image->bytes + UKI_IMAGE_PE + 6, 2, image->sections);
}

static inline void uki_image_text(struct uki_image *image, const char *name, const char *text)
{
	uki_image_add(image, name, text, strlen(text));
}

/* What says that it is a kernel for x86, of this release. */
static inline void uki_image_kernel(struct uki_image *image, const char *release)
{
	unsigned char kernel[2000] = "MZ";

	memcpy(kernel + 0x202, "HdrS", 4);
	uki_image_put(kernel + 0x20e, 2, 0x300);
	snprintf((char *)kernel + 0x500, 200, "%s (builder@host) #1 SMP", release);
	uki_image_add(image, ".linux", kernel, sizeof(kernel));
}

/* As a distribution makes it. */
static inline void uki_image_whole(
        struct uki_image *image, const char *release, const char *cmdline, const char *initrd)
{
	uki_image_init(image);
	uki_image_text(image, ".text", "the stub");
	uki_image_text(image, ".osrel", "NAME=Arch\nPRETTY_NAME=\"Arch Linux\"\nID=arch\n");
	uki_image_text(image, ".cmdline", cmdline);
	uki_image_text(image, ".uname", release);
	uki_image_text(image, ".initrd", initrd);
	uki_image_kernel(image, release);
}

#endif
