/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * UEFI firmware for guests, as distributions describe what they install: one JSON file each, docs/interop/firmware.json of
 * QEMU. Those for a q35 PC of 64 bits in flash memory are kept, in the order in which they are to be tried.
 */
#ifndef HOST_GUEST_FIRMWARE_H
#define HOST_GUEST_FIRMWARE_H

#include "base/root.h"

struct guest_firmware {
	char *descriptor; /* the file that tells of it */
	char *code;
	char *variables; /* to begin with: each VM has its own copy */
	bool secure_boot;
	bool enrolled; /* the variables hold keys, so that Secure Boot is on */
	bool smm; /* it needs the system management mode, where it keeps the variables from the guest */
};

struct guest_firmwares {
	struct guest_firmware *list;
	size_t n;
};

/* What cannot be read or understood is passed over. */
void guest_firmwares_take(const struct root *root, struct guest_firmwares *out);
void guest_firmwares_finish(struct guest_firmwares *firmwares);

#endif
