/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The address of a PCI function, domain:bus:device.function, as `lspci -D` writes it. */
#ifndef BASE_PCIADDR_H
#define BASE_PCIADDR_H

#include "base/err.h"

struct pci_addr {
	uint32_t domain; /* VMD domains have five digits: 10000 and up */
	uint8_t bus;
	uint8_t device;   /* 0-31 */
	uint8_t function; /* 0-7 */
};

struct pci_addr_text {
	char s[24];
};

/* "0000:01:00.0" or "01:00.0". Returns 0, or -EINVAL. */
int pci_addr_parse(const char *text, struct pci_addr *out);
/* The text, by value: pci_addr_format(a).s */
struct pci_addr_text pci_addr_format(struct pci_addr a);
bool pci_addr_equal(struct pci_addr a, struct pci_addr b);
/* Order by domain, bus, device, function: <0, 0, >0. */
int pci_addr_compare(struct pci_addr a, struct pci_addr b);

#endif
