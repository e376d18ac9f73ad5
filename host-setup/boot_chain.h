/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which boot loader started this PC: by what it says of itself, by the firmware's boot option, and only
 * where neither tells by the files that lie about.
 */
#ifndef SETUP_BOOT_CHAIN_H
#define SETUP_BOOT_CHAIN_H

#include "efi_boot.h"

enum boot_program {
	BOOT_PROGRAM_UNKNOWN,
	BOOT_PROGRAM_GRUB,
	BOOT_PROGRAM_SYSTEMD_BOOT,
	BOOT_PROGRAM_UKI,    /* a unified kernel image, started by the firmware itself */
	BOOT_PROGRAM_KERNEL, /* a kernel, started by the firmware itself (EFI stub) */
	BOOT_PROGRAM_REFIND,
	BOOT_PROGRAM_LIMINE,
	BOOT_PROGRAM_SYSLINUX,
	BOOT_PROGRAM_ELILO,
	BOOT_PROGRAM_CLOVER,
	BOOT_PROGRAM_OPENCORE,
	BOOT_PROGRAM_WINDOWS, /* Windows boot manager */
	BOOT_PROGRAM_COUNT
};

struct boot_chain {
	struct efi_boot efi;
	enum boot_program program;
	bool proven; /* what started this PC said so; else its files were all there is to go by */
	char *source, *value; /* where that was read; NULL when nothing was found */
	char *esp;    /* where the partition is mounted that the firmware started from; NULL */
	char *config; /* the loader's own configuration, "/boot/efi/EFI/refind/refind.conf"; NULL */
	struct strv others; /* configurations of loaders that are there and not in use */
	/* Files of several loaders, and nothing that tells which is in use: program is unknown. */
	bool ambiguous;
};

/* Never fails: program is unknown where nothing tells. */
void boot_chain_take(const struct root *root, struct boot_chain *out);
void boot_chain_finish(struct boot_chain *chain);

const char *boot_program_name(enum boot_program program); /* "GRUB", "rEFInd"; "unknown" */

/* The parts of boot_chain_take(). By LoaderInfo's text; by the path of an EFI program. */
enum boot_program boot_program_of_info(const char *loader_info);
enum boot_program boot_program_of_file(const char *file);
/* By the bytes of an EFI program: the words that loaders hold, the sections of unified images. */
enum boot_program boot_program_of_image(const void *bytes, size_t size);

#endif
