/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Boot loaders that a person configures: Playthrough puts its archive beside the kernel and says, to the letter, which
 * entry to add where. Their configuration is never edited.
 */
#ifndef SETUP_LOADER_BY_HAND_H
#define SETUP_LOADER_BY_HAND_H

#include "boot_chain.h"
#include "loader.h"

/* NULL: that one cannot start our entry, or is set up by Playthrough itself. */
const struct loader *loader_by_hand(enum boot_program program);

/* proxmox-boot-tool where it is not as proxmox.h knows it. */
extern const struct loader loader_proxmox_by_hand;

/* The lines a person adds, @ARGUMENTS@ for ours; for one of the above. */
int loader_by_hand_lines(const struct root *root, struct strv *out, struct err *err);

#endif
