/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SETUP_PROXMOX_H
#define SETUP_PROXMOX_H

#include "loader.h"

extern const struct loader loader_proxmox;

/* Why Playthrough adds no entry of its own beside proxmox-boot-tool's; caller frees. NULL: it does. */
char *proxmox_why_not(const struct root *root);

#endif
