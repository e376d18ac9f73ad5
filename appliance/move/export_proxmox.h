/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The parts of export_proxmox(). */
#ifndef MOVE_EXPORT_PROXMOX_H
#define MOVE_EXPORT_PROXMOX_H

#include "move/export_parts.h"

#include <stdio.h>

struct proxmox {
	struct exporting e;
	struct strv lines; /* "key: value" */
	struct strv args;  /* words of QEMU's, quoted as a shell's */
};

void proxmox_line(struct proxmox *x, const char *key, const char *fmt, ...) PRINTF(3, 4);
/* One option of QEMU's that qm has no key for. */
void export_proxmox_argument(struct proxmox *x, const char *flag, const char *value);
void proxmox_devices(struct proxmox *x);

#endif
