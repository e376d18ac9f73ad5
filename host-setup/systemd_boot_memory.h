/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What systemd-boot remembers of our entries: which one is started once, which one is the default. EFI variables that
 * bootctl(1) writes; an entry for once is forgotten by the loader before it starts it.
 */
#ifndef SETUP_SYSTEMD_BOOT_MEMORY_H
#define SETUP_SYSTEMD_BOOT_MEMORY_H

#include "base/root.h"

/* @folder: where our entries are; NULL where it cannot be seen. The rest is as in struct loader. */
bool systemd_boot_remembers(const struct root *root, char **why);
int systemd_boot_try_once(const struct root *root, const char *folder, struct err *err);
int systemd_boot_keep(
        const struct root *root, const char *folder, const char *kernel, struct err *err);
/* One of ours that is there is the default, and no newer one of its line runs. */
bool systemd_boot_is_kept(const struct root *root, const char *folder);
int systemd_boot_try_new(const struct root *root, const char *folder, struct err *err);
char *systemd_boot_choice(const struct root *root);
int systemd_boot_forget(const struct root *root, const char *before, struct err *err);

#endif
