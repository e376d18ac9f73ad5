/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Takes a card's ROM out of the card: the one act of the command line itself that needs root.
 *
 * To read it, the kernel must be told so in the card's file "rom" (Linux, Documentation/PCI/sysfs-pci.rst). Cards may
 * decode their ROM and their memory with the same part, so it is done only while no driver and no VM has the card.
 */
#ifndef CLI_ROM_DUMP_H
#define CLI_ROM_DUMP_H

#include "base/pciaddr.h"
#include "base/root.h"

struct rom_dump {
	void *bytes; /* the caller frees it, and the source */
	size_t size;
	char *source;   /* the file they were read from */
	bool firmwares; /* the firmware's copy (VFCT), which may hold fewer images than the card */
	bool shadow; /* what the firmware left in memory at 0xc0000, as it has changed it since */
	uint16_t vendor, device;
};

/* Whatever comes of it, the card's file is told 0 again, and its power is managed as before. */
int rom_dump_take(
        const struct root *root, struct pci_addr addr, struct rom_dump *out, struct err *err);
void rom_dump_finish(struct rom_dump *dump);

/* Vendor and device of what is at @addr; -ENODEV where nothing is. */
int rom_dump_identify(const struct root *root, struct pci_addr addr, uint16_t *vendor,
        uint16_t *device, struct err *err);

#endif
