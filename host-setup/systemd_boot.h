/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SETUP_SYSTEMD_BOOT_H
#define SETUP_SYSTEMD_BOOT_H

#include "edits.h"

#define SYSTEMD_BOOT_ENTRIES "/loader/entries"

/* Which folder holds the entries: $BOOT of the specification, where people and distributions mount it. NULL: not found. */
const char *systemd_boot_folder(const struct root *root);

/* Its LoaderInfo names a version that would take a further entry for its default by its name. */
bool systemd_boot_is_too_old(const struct root *root);
/* Adds ours of the stock entries of this system in @boot as they should be, made with @arguments. */
int systemd_boot_add_entries(const struct root *root, const char *boot, const char *arguments,
        struct edits *out, struct err *err);

#endif
