/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Unified kernel images: an EFI program whose sections hold a kernel, its initramfs, its command line and the name of
 * its system. https://uapi-group.org/specifications/specs/unified_kernel_image
 *
 * Only read, by the table of sections (Microsoft's "PE Format"); nothing here trusts a byte of it.
 */
#ifndef SETUP_UKI_H
#define SETUP_UKI_H

#include "base/util.h"

enum uki_part {
	UKI_OSREL,
	UKI_UNAME,
	UKI_CMDLINE,
	UKI_LINUX,
	UKI_INITRD,
	UKI_UCODE,
	UKI_PCRSIG,  /* the TPM's policy for this image; nothing else satisfies it */
	UKI_PROFILE, /* what follows belongs to a further entry of the same file */
	UKI_PART_COUNT
};

/* Bytes in the file; size 0: it is not there. */
struct uki_section {
	uint64_t offset, size;
};

struct uki {
	struct uki_section parts[UKI_PART_COUNT];
	bool twice; /* some part is there more than once: which one counts is the stub's to say */
};

/* As much of a file's beginning as uki_parse() needs at most. */
#define UKI_HEAD_MAX (64u << 10)
/* More than that no part of a real image has. */
#define UKI_PART_MAX (1u << 30)

/*
 * @head: the first @n bytes of a file of @file_size. -EINVAL: no EFI program for this kind of PC, cut off, or with a part
 * that lies beyond the end of the file.
 */
int uki_parse(const void *head, size_t n, uint64_t file_size, struct uki *out);

/* What people call the system, by the text of .osrel (os-release(5)): "Arch Linux"; "Linux" where it says nothing. Caller frees. */
char *uki_title(const char *osrel);
/*
 * The command line as one line of a boot entry; caller frees. NULL where it cannot be one: control characters, anything
 * but ASCII, a quote at its beginning, or so long that ours behind it might be cut off by the kernel.
 */
char *uki_cmdline(const char *bytes, size_t n);
/*
 * The release of a kernel for x86 that firmware can start, by its first bytes (Documentation/arch/x86/boot.rst); caller frees.
 * NULL: it is something else.
 */
char *uki_kernel_release(const void *kernel, size_t n);
/* As much of a kernel's beginning as that needs at most. */
#define UKI_KERNEL_HEAD_MAX (64u << 10)

/* All @n bytes at @offset of an open file, or -errno; -EIO where it is shorter. */
int uki_read_at(int fd, void *to, size_t n, uint64_t offset);

/* Letters, digits and "+-_.@" alone, no dot first: a name that needs no care in a path, an entry or an argument. */
bool uki_is_plain(const char *name);

#endif
