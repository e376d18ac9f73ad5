/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What only graphics cards are asked: are they awake, how large may their memory windows grow, what is in their ROM?
 *
 * Private to pci.c. Nothing is written: to read a card's ROM through its `rom` file, a 1 must be written there first,
 * which this program leaves to whoever wants that; where somebody did, or where firmware keeps a copy, it is read.
 */
#ifndef HOST_PCI_CARD_H
#define HOST_PCI_CARD_H

#include "host/pci.h"

#include <sys/types.h>

void pci_card_take_power(const struct root *root, const char *name, struct pci_device *d);
void pci_card_take(const struct root *root, const char *name, struct pci_device *d);
char *pci_card_take_room(const struct root *root); /* as struct pci has it */

/* Of an open `config`: where extended capability @id is (PCIe 5.0, 7.6.3), or 0; and a dword of it. */
off_t pci_find_extended(int fd, uint16_t id);
bool pci_read_config(int fd, off_t at, uint32_t *out);

#endif
