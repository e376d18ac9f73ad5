/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Slots of the board that the firmware numbers: /sys/bus/pci/slots, which says where cards could go. */
#ifndef HOST_SLOT_H
#define HOST_SLOT_H

#include "base/pciaddr.h"
#include "base/root.h"

struct slot {
	char *name; /* "1", "16-1": as the firmware numbers them, not always as the board is printed */
	struct pci_addr addr; /* domain, bus and device that a card in it has; function 0 */
};

struct slots {
	struct slot *list;
	size_t n;
};

int slots_take(const struct root *root, struct slots *out, struct err *err);
void slots_finish(struct slots *slots);

#endif
