/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What UEFI firmware and the program that it started left in EFI variables: which boot option was taken,
 * which come next, and what the boot loader says of itself.
 *
 * Load options: UEFI specification 2.10, section 3.1.3; device paths: 10.3. What a loader says of itself:
 * https://systemd.io/BOOT_LOADER_INTERFACE. Everybody may read these variables; their bytes come from
 * firmware of many makers and are not trusted.
 */
#ifndef SETUP_EFI_BOOT_H
#define SETUP_EFI_BOOT_H

#include "base/root.h"

#define EFI_VARIABLES "/sys/firmware/efi/efivars/"
#define EFI_GLOBAL    "8be4df61-93ca-11d2-aa0d-00e098032b8c"
#define EFI_LOADER    "4a67b082-0a4c-41cf-b6c7-440b29bb8c4f"
/* By which systemd-boot and the system talk to each other. */
#define EFIVAR_INFO    EFI_VARIABLES "LoaderInfo-" EFI_LOADER
#define EFIVAR_BOOTED  EFI_VARIABLES "LoaderEntrySelected-" EFI_LOADER
#define EFIVAR_ONCE    EFI_VARIABLES "LoaderEntryOneShot-" EFI_LOADER
#define EFIVAR_DEFAULT EFI_VARIABLES "LoaderEntryDefault-" EFI_LOADER

/* One Boot#### variable. Strings are clean UTF-8; NULL where the option has none. */
struct efi_option {
	int number; /* 0x0000 to 0xffff */
	bool active;
	char *description; /* "debian"; "" when empty */
	char *file;        /* "\EFI\debian\shimx64.efi" */
	char *partition;   /* GUID of the GPT partition that holds it, in small letters */
	char *arguments;   /* optional data, where it is text: the command line of a kernel */
};

struct efi_boot {
	bool uefi;   /* /sys/firmware/efi is there */
	int current; /* BootCurrent; -1 not known */
	int next;    /* BootNext: taken once, by the next start; -1 none */
	int *order;  /* BootOrder */
	size_t n_order;
	struct efi_option *options; /* every Boot#### that could be read, by number */
	size_t n_options;
	char *loader;           /* LoaderInfo: "systemd-boot 252.19-1"; NULL */
	char *loader_file;      /* LoaderImageIdentifier */
	char *loader_partition; /* LoaderDevicePartUUID in small letters */
	char *entry;            /* LoaderEntrySelected */
	char *stub;             /* StubInfo: a unified kernel image was started */
};

/*
 * @bytes: the variable's value, without the four bytes that efivarfs puts in front. -EINVAL: no load option. An
 * option whose device path cannot be followed has description and attributes only.
 */
int efi_option_parse(const void *bytes, size_t size, struct efi_option *out);
void efi_option_finish(struct efi_option *option);

/* The text in the variable at @path, clean UTF-8; caller frees. NULL: none. */
char *efivar_text(const struct root *root, const char *path);
/* Never fails: what cannot be read is missing in @out. */
void efi_boot_take(const struct root *root, struct efi_boot *out);
void efi_boot_finish(struct efi_boot *boot);
/* NULL: not there. */
const struct efi_option *efi_boot_find(const struct efi_boot *boot, int number);

/* The variable's path, for messages: "/sys/firmware/efi/efivars/Boot0003-8be4df61-..."; caller frees. */
char *efi_option_source(int number);

/*
 * Where the file system of the GPT partition @guid is mounted ("/boot/efi"), by /dev/disk/by-partuuid or what
 * udev knows, /sys/class/block and /proc/self/mountinfo. NULL: not mounted, or not known; caller frees.
 */
char *efi_partition_mount(const struct root *root, const char *guid);

#endif
