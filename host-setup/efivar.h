/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The variables by which a boot loader and the system talk to each other: systemd's Boot Loader Interface
 * (https://systemd.io/BOOT_LOADER_INTERFACE), read from /sys/firmware/efi/efivars.
 */
#ifndef SETUP_EFIVAR_H
#define SETUP_EFIVAR_H

#include "base/root.h"

#define EFIVARS        "/sys/firmware/efi/efivars"
#define EFIVAR_LOADER  "-4a67b082-0a4c-41cf-b6c7-440b29bb8c4f"
#define EFIVAR_INFO    EFIVARS "/LoaderInfo" EFIVAR_LOADER
#define EFIVAR_BOOTED  EFIVARS "/LoaderEntrySelected" EFIVAR_LOADER
#define EFIVAR_ONCE    EFIVARS "/LoaderEntryOneShot" EFIVAR_LOADER
#define EFIVAR_DEFAULT EFIVARS "/LoaderEntryDefault" EFIVAR_LOADER

/* A variable that holds UTF-16 text, of which what is not ASCII becomes '?'. Caller frees; NULL: not there. */
char *efivar_text(const struct root *root, const char *path);

#endif
