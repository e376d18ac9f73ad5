/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The names of PCI devices and their makers, from pci.ids by libpci. */
#ifndef HOST_PCI_NAMES_H
#define HOST_PCI_NAMES_H

#include "host/pci.h"

/*
 * Fills vendor_name and device_name of all of them; what is not in pci.ids stays NULL, and so does everything
 * where there is no such file.
 */
void pci_names_take(struct pci *pci);

#endif
