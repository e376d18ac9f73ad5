/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a domain has of this PC: PCI functions and USB devices. */
#include "base/i18n.h"
#include "move/export_libvirt.h"

#include <stdio.h>

#define FUNCTIONS 8u

static void add_address(struct libvirt *l, const char *type, struct pci_addr a, bool more)
{
	xml_empty(&l->xml, "address", "type", type, "domain", xml_hex(a.domain, 4).s, "bus",
	        xml_hex(a.bus, 2).s, "slot", xml_hex(a.device, 2).s, "function",
	        xml_hex(a.function, 1).s, "multifunction", more ? "on" : NULL, NULL);
}

static void add_rom(struct libvirt *l, const struct profile_pci *pci)
{
	const char *bar = NULL;

	switch (pci->rombar) {
	case PROFILE_ROMBAR_AUTO:
		break;
	case PROFILE_ROMBAR_YES:
		bar = "on";
		break;
	case PROFILE_ROMBAR_NO:
		bar = "off";
		break;
	}
	if (bar || pci->romfile)
		xml_empty(&l->xml, "rom", "bar", bar, "file", pci->romfile, NULL);
}

/* A name of ours, which libvirt keeps only where it begins so. Caller frees; NULL: it needs none. */
static char *alias_of(const struct libvirt *l, const struct profile_pci *pci)
{
	size_t index = (size_t)(pci - l->e.profile->pci);

	return export_is_vga(l->e.profile, pci) ? xasprintf("ua-card%zu", index) : NULL;
}

/* One card, one root port; its functions beside each other in the guest, as they are on the card. */
static void add_function(struct libvirt *l, const struct profile_pci *pci, unsigned card,
        unsigned function, bool more)
{
	cleanup_free char *alias = alias_of(l, pci);

	xml_open(&l->xml, "hostdev", "mode", "subsystem", "type", "pci", "managed", "yes", NULL);
	xml_empty(&l->xml, "driver", "name", "vfio", NULL);
	xml_open(&l->xml, "source", NULL);
	add_address(l, NULL, pci->address, false);
	xml_close(&l->xml);
	if (pci->boot)
		xml_empty(&l->xml, "boot", "order", xml_decimal(pci->boot).s, NULL);
	if (alias)
		xml_empty(&l->xml, "alias", "name", alias, NULL);
	add_rom(l, pci);
	add_address(
	        l, "pci", (struct pci_addr){0, (uint8_t)(card + 1), 0, (uint8_t)function}, more);
	xml_close(&l->xml);
}

static void add_card(struct libvirt *l, unsigned card)
{
	const struct profile *profile = l->e.profile;
	bool many = false;

	for (unsigned f = 1; f < FUNCTIONS; f++)
		many |= export_function_at(profile, card, f) >= 0;
	for (unsigned f = 0; f < FUNCTIONS; f++) {
		int index = export_function_at(profile, card, f);

		if (index >= 0)
			add_function(l, &profile->pci[index], card, f, many && f == 0);
	}
}

/* By what it is; a start goes on without one that is not plugged in. */
static void add_usb(struct libvirt *l, const struct profile_usb *usb)
{
	if (usb->vendor < 0)
		return;
	xml_open(&l->xml, "hostdev", "mode", "subsystem", "type", "usb", "managed", "yes", NULL);
	xml_open(&l->xml, "source", "startupPolicy", "optional", NULL);
	xml_empty(&l->xml, "vendor", "id", xml_hex((unsigned)usb->vendor, 4).s, NULL);
	xml_empty(&l->xml, "product", "id", xml_hex((unsigned)usb->product, 4).s, NULL);
	xml_close(&l->xml);
	xml_close(&l->xml);
	export_note_of(&l->e, EXPORT_CHANGED, "usb", usb->name, "id",
	        _("libvirt takes it when the guest starts, and not when it is plugged in later"));
}

void libvirt_passed(struct libvirt *l)
{
	export_note_shares(&l->e);
	for (unsigned card = 0; card < export_cards(l->e.profile); card++)
		add_card(l, card);
	for (size_t i = 0; i < l->e.profile->n_usb; i++)
		add_usb(l, &l->e.profile->usb[i]);
}

void libvirt_override(struct libvirt *l)
{
	const struct profile_pci *primary = profile_primary_card(l->e.profile);
	cleanup_free char *alias = primary ? alias_of(l, primary) : NULL;

	if (!alias)
		return;
	xml_open(&l->xml, "qemu:override", NULL);
	xml_open(&l->xml, "qemu:device", "alias", alias, NULL);
	xml_open(&l->xml, "qemu:frontend", NULL);
	xml_empty(&l->xml, "qemu:property", "name", "x-vga", "type", "bool", "value", "true", NULL);
	xml_close(&l->xml);
	xml_close(&l->xml);
	xml_close(&l->xml);
}
