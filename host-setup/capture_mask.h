/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What base/mask.h replaces, learnt from what is known of this PC. */
#ifndef SETUP_CAPTURE_MASK_H
#define SETUP_CAPTURE_MASK_H

#include "base/mask.h"
#include "host/host.h"

/* Learns the serial numbers of disks and USB devices, and what people call their Bluetooth keyboards; patterns are learnt as they are met. */
void mask_learn(struct mask *mask, const struct host *host);
/* And those in udev's data about one device ("E:ID_SERIAL_SHORT=..."). */
void mask_learn_udev(struct mask *mask, const char *db);

/* The Device Serial Number in a PCI function's configuration space, in place. */
void mask_pci_config(struct mask *mask, unsigned char *config, size_t size);

#endif
