/* SPDX-License-Identifier: GPL-2.0-or-later */
/* EFI variables for a test's PC, as firmware and boot loaders write them. */
#ifndef TEST_EFI_VARIABLES_H
#define TEST_EFI_VARIABLES_H

#include "host-setup/efi_boot.h"
#include "machine.h"

#define TEST_ESP_GUID "00112233-4455-6677-8899-aabbccddeeff"

struct bytes {
	unsigned char list[2048];
	size_t n;
};

static inline void put(struct bytes *b, const void *bytes, size_t n)
{
	if (b->n + n > sizeof(b->list))
		abort();
	memcpy(b->list + b->n, bytes, n);
	b->n += n;
}

static inline void put16(struct bytes *b, unsigned value)
{
	put(b, (unsigned char[]){(unsigned char)value, (unsigned char)(value >> 8)}, 2);
}

/* ASCII as UTF-16, with the NUL. */
static inline void put_utf16(struct bytes *b, const char *text)
{
	for (; *text; text++)
		put16(b, (unsigned char)*text);
	put16(b, 0);
}

/* A load option: the first partition of a GPT disk and the path of a file there; @arguments may be NULL. */
static inline void put_option(
        struct bytes *b, const char *description, const char *file, const char *arguments)
{
	static const unsigned char drive[42] = {4, 1, 42, 0, 1, [24] = 0x33, 0x22, 0x11, 0x00, 0x55,
	        0x44, 0x77, 0x66, 0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff, 2, 2};
	size_t file_size = 4 + 2 * (strlen(file) + 1);

	put16(b, 1);
	put16(b, 0);
	put16(b, (unsigned)(sizeof(drive) + file_size + 4));
	put_utf16(b, description);
	put(b, drive, sizeof(drive));
	put16(b, 0x0404);
	put16(b, (unsigned)file_size);
	put_utf16(b, file);
	put16(b, 0xff7f);
	put16(b, 4);
	if (arguments)
		put_utf16(b, arguments);
}

/* Writes /sys/firmware/efi/efivars/NAME-GUID with the attributes in front. */
static inline void efi_variable(
        const struct machine *m, const char *name, const char *guid, const struct bytes *value)
{
	cleanup_free char *path = xasprintf(EFI_VARIABLES "%s-%s", name, guid);
	cleanup_free char *full = machine_path(m, "", path);

	unlink(full);
	machine_put(full, "\6\0\0\0", 4);
	machine_put(full, value->list, value->n);
}

static inline void efi_string(const struct machine *m, const char *name, const char *text)
{
	struct bytes b = {0};

	put_utf16(&b, text);
	efi_variable(m, name, EFI_LOADER, &b);
}

/* The firmware started @file as Boot0001. */
static inline void efi_started(const struct machine *m, const char *file, const char *arguments)
{
	struct bytes option = {0}, current = {0};

	put_option(&option, "entry", file, arguments);
	put16(&current, 1);
	efi_variable(m, "Boot0001", EFI_GLOBAL, &option);
	efi_variable(m, "BootCurrent", EFI_GLOBAL, &current);
	efi_variable(m, "BootOrder", EFI_GLOBAL, &current);
}

/* The ESP is sda1 and mounted on @point. */
static inline void efi_mounted(const struct machine *m, const char *point)
{
	cleanup_free char *link = machine_path(m, "", "/dev/disk/by-partuuid/" TEST_ESP_GUID);
	cleanup_free char *info = xasprintf("22 1 8:2 / / rw shared:1 - ext4 /dev/sda2 rw\n"
	                                    "30 22 8:1 / %s rw - vfat /dev/sda1 rw\n",
	        point);

	unlink(link);
	if (symlink("../../sda1", link) < 0)
		machine_fail("symlink", link);
	machine_write(m, "/sys/class/block/sda1/dev", "8:1\n");
	machine_write(m, "/proc/self/mountinfo", info);
}

#endif
