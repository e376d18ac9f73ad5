/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SETUP_SYSTEMD_BOOT_H
#define SETUP_SYSTEMD_BOOT_H

#include "base/root.h"

#define SYSTEMD_BOOT_ENTRIES "/loader/entries"

/* Which folder holds the entries: $BOOT of the specification, where people and distributions mount it. NULL: not found. */
const char *systemd_boot_folder(const struct root *root);

#endif
