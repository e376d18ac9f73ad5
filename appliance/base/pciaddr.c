/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/pciaddr.h"

#include <errno.h>
#include <stdio.h>

int pci_addr_parse(const char *text, struct pci_addr *out)
{
	unsigned domain = 0, bus, device, function;
	int end = -1;

	if (sscanf(text, "%8x:%2x:%2x.%1x%n", &domain, &bus, &device, &function, &end) != 4 ||
	        end < 0) {
		domain = 0;
		end = -1;
		if (sscanf(text, "%2x:%2x.%1x%n", &bus, &device, &function, &end) != 3 || end < 0)
			return -EINVAL;
	}
	/* sscanf() takes signs and spaces; an address has neither. */
	if (text[end] || strspn(text, "0123456789abcdefABCDEF:.") != (size_t)end || device > 31 ||
	        function > 7)
		return -EINVAL;
	*out = (struct pci_addr){domain, (uint8_t)bus, (uint8_t)device, (uint8_t)function};
	return 0;
}

struct pci_addr_text pci_addr_format(struct pci_addr a)
{
	struct pci_addr_text text;

	snprintf(text.s, sizeof(text.s), "%04x:%02x:%02x.%x", a.domain, a.bus, a.device & 0x1f,
	        a.function & 7);
	return text;
}

int pci_addr_compare(struct pci_addr a, struct pci_addr b)
{
	if (a.domain != b.domain)
		return a.domain < b.domain ? -1 : 1;
	if (a.bus != b.bus)
		return a.bus - b.bus;
	if (a.device != b.device)
		return a.device - b.device;
	return a.function - b.function;
}

bool pci_addr_equal(struct pci_addr a, struct pci_addr b)
{
	return pci_addr_compare(a, b) == 0;
}
