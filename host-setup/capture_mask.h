/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Replaces what names one single device or person by stand-ins, so that equal stays equal within a capture:
 * serial numbers, MAC addresses, UUIDs, world-wide names, home directories.
 */
#ifndef SETUP_CAPTURE_MASK_H
#define SETUP_CAPTURE_MASK_H

#include "host/host.h"

struct mask_name {
	char *secret, *alias;
	bool narrow; /* so short that elsewhere it may mean something else */
};

struct mask {
	struct mask_name *list;
	size_t n;
};

/* Learns the serial numbers of disks and USB devices, and what people call their Bluetooth keyboards; patterns are learnt as they are met. */
void mask_learn(struct mask *mask, const struct host *host);
/* And those in udev's data about one device ("E:ID_SERIAL_SHORT=..."). */
void mask_learn_udev(struct mask *mask, const char *db);
void mask_finish(struct mask *mask);

/* The text without them; caller frees. @serials: a place for serial numbers, so short ones count too. */
char *mask_text(struct mask *mask, const char *text, bool serials);
/* The Device Serial Number in a PCI function's configuration space, in place. */
void mask_pci_config(struct mask *mask, unsigned char *config, size_t size);

#endif
