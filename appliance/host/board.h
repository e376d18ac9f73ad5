/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Small parts of the board that hang on a PCI function or a USB device and would go along with it: Bluetooth
 * adapters, TPM chips, IPMI, serial ports.
 */
#ifndef HOST_BOARD_H
#define HOST_BOARD_H

#include "base/pciaddr.h"
#include "base/root.h"

enum board_part_kind { BOARD_BLUETOOTH, BOARD_TPM, BOARD_IPMI, BOARD_SERIAL };

struct board_part {
	enum board_part_kind kind;
	char *name;   /* "hci0", "tpm0", "ipmi0", "ttyS4" */
	char *source; /* "/sys/class/bluetooth/hci0" */
	char *usb;    /* it is this USB device; NULL */
	struct pci_addr controller;
};

/* Only parts behind a PCI function: what has none cannot go along with one. */
struct board {
	struct board_part *list;
	size_t n;
};

int board_take(const struct root *root, struct board *out, struct err *err);
void board_finish(struct board *board);

#endif
