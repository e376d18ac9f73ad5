/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The units that are alive, and what their registers say they can do. */
#include "host/attr.h"
#include "host/iommu_parts.h"

#include <stdio.h>

#define UNITS "/sys/class/iommu"

#define BIT(value, n)        ((value) >> (n)&1)
#define BITS(value, from, n) ((unsigned)((value) >> (from)) & ((1u << (n)) - 1))

static bool read_register(
        const struct root *root, const struct iommu_unit *unit, const char *name, uint64_t *out)
{
	cleanup_free char *text = attr_text(root, "%s/%s", unit->source, name);
	const char *last = text ? strrchr(text, ':') : NULL;

	/* AMD's `features` holds two registers since Linux 5.14, the second one first. */
	return text && parse_u64(last ? last + 1 : text, 16, UINT64_MAX, out) == 0;
}

static void take_intel(const struct root *root, struct iommu_unit *unit)
{
	unit->vendor = IOMMU_INTEL;
	unit->readable = read_register(root, unit, "cap", &unit->cap) &&
	                 read_register(root, unit, "ecap", &unit->ecap);
	unit->remapping_capable = unit->readable && BIT(unit->ecap, 3);
	unit->has_address = read_register(root, unit, "address", &unit->address);
}

/* /sys/devices/pci0000:00/0000:00:00.2/iommu/ivhd0: the IOMMU is a PCI function itself. */
static void take_amd(const struct root *root, const char *name, struct iommu_unit *unit)
{
	cleanup_free char *link = xasprintf(UNITS "/%s", name);
	cleanup_free char *real = root_real_path(root, link);

	unit->vendor = IOMMU_AMD;
	unit->readable = read_register(root, unit, "features", &unit->features);
	unit->has_device = real && path_controller(real, &unit->device);
}

static void take_devices(
        const struct root *root, const char *name, const struct pci *pci, struct iommu_unit *unit)
{
	cleanup_free char *folder = xasprintf(UNITS "/%s/devices", name);
	struct strv cleanup_strv members = {0};

	root_list(root, folder, &members);
	strv_foreach (member, &members) {
		struct pci_addr addr;
		const struct pci_device *d =
		        pci_addr_parse(*member, &addr) == 0 ? pci_find(pci, addr) : NULL;

		if (d)
			*list_append(unit->devices, unit->n) = (int)(d - pci->list);
	}
}

static void take_unit(
        const struct root *root, const char *name, const struct pci *pci, struct iommu *out)
{
	cleanup_free char *intel = xasprintf(UNITS "/%s/intel-iommu", name);
	cleanup_free char *amd = xasprintf(UNITS "/%s/amd-iommu", name);
	struct iommu_unit unit = {0};

	if (root_exists(root, intel)) {
		unit.source = take_ptr(intel);
		take_intel(root, &unit);
	} else if (root_exists(root, amd)) {
		unit.source = take_ptr(amd);
		take_amd(root, name, &unit);
	} else {
		return;
	}
	unit.name = text_clean(xstrdup(name));
	take_devices(root, name, pci, &unit);
	*list_append(out->units, out->n_units) = unit;
}

void iommu_take_units(const struct root *root, const struct pci *pci, struct iommu *out)
{
	struct strv cleanup_strv names = {0};

	root_list(root, UNITS, &names);
	strv_foreach (name, &names)
		take_unit(root, *name, pci, out);
}

/* --- abilities --- */

static void intel_abilities(const struct iommu_unit *unit, struct iommu_abilities *out)
{
	uint64_t cap = unit->cap, ecap = unit->ecap;

	out->queued = BIT(ecap, 1);
	out->remapping = BIT(ecap, 3);
	out->x2apic = out->remapping && BIT(ecap, 4);
	out->pass_through = BIT(ecap, 6);
	out->snoop_control = BIT(ecap, 7);
	out->page_requests = BIT(ecap, 29);
	out->emulated = BIT(cap, 7);
	/* Posting is a kind of remapping, so that bit alone means nothing. */
	out->posted = out->remapping && BIT(cap, 59);
	out->address_bits = BITS(cap, 16, 6) + 1;
	out->domains = 16u << 2 * BITS(cap, 0, 3);
}

static void amd_abilities(const struct iommu_unit *unit, struct iommu_abilities *out)
{
	uint64_t efr = unit->features;

	out->remapping = out->queued = out->pass_through = true;
	out->page_requests = BIT(efr, 1);
	out->x2apic = BIT(efr, 2);
	out->posted = BIT(efr, 7) && BITS(efr, 21, 3);
	/* HATS: 4, 5 or 6 levels of 9 bits over pages of 12; 3 is reserved. */
	if (BITS(efr, 10, 2) < 3)
		out->address_bits = BITS(efr, 10, 2) == 2 ? 64 : 12 + 9 * (4 + BITS(efr, 10, 2));
}

void iommu_unit_abilities(const struct iommu_unit *unit, struct iommu_abilities *out)
{
	*out = (struct iommu_abilities){0};
	if (!unit->readable)
		return;
	switch (unit->vendor) {
	case IOMMU_INTEL:
		intel_abilities(unit, out);
		break;
	case IOMMU_AMD:
		amd_abilities(unit, out);
		break;
	case IOMMU_NONE:
		break;
	}
}

const struct iommu_unit *iommu_lacking(const struct iommu *iommu)
{
	for (size_t i = 0; i < iommu->n_units; i++) {
		const struct iommu_unit *unit = &iommu->units[i];

		if (unit->vendor == IOMMU_INTEL && unit->readable && !unit->remapping_capable)
			return unit;
	}
	return NULL;
}

/* --- the same unit in a table and alive --- */

/* The kernel numbers units in the order of the table. */
static const struct iommu_unit *find_numbered(
        const struct iommu *iommu, const char *prefix, size_t number)
{
	cleanup_free char *name = xasprintf("%s%zu", prefix, number);

	for (size_t i = 0; i < iommu->n_units; i++) {
		const struct iommu_unit *unit = &iommu->units[i];

		if (streq(unit->name, name) && !unit->has_address && !unit->has_device)
			return unit;
	}
	return NULL;
}

const struct iommu_unit *iommu_alive_drhd(const struct iommu *iommu, const struct dmar_entry *drhd)
{
	size_t number = 0;

	for (size_t i = 0; i < iommu->n_units; i++) {
		if (iommu->units[i].has_address && iommu->units[i].address == drhd->base)
			return &iommu->units[i];
	}
	for (const struct dmar_entry *e = iommu->dmar_table.list; e < drhd; e++)
		number += e->type == DMAR_DRHD;
	return find_numbered(iommu, "dmar", number);
}

const struct iommu_unit *iommu_alive_ivhd(const struct iommu *iommu, const struct ivrs_unit *ivhd)
{
	struct pci_addr device = ivrs_address(ivhd->segment, ivhd->id);
	size_t number = 0;

	for (size_t i = 0; i < iommu->n_units; i++) {
		if (iommu->units[i].has_device && pci_addr_equal(iommu->units[i].device, device))
			return &iommu->units[i];
	}
	for (const struct ivrs_unit *u = iommu->ivrs_table.units; u < ivhd; u++)
		number += u->type == ivhd->type;
	return find_numbered(iommu, "ivhd", number);
}

const struct iommu_unit *iommu_unit_of(const struct iommu *iommu, size_t index)
{
	for (size_t i = 0; i < iommu->n_units; i++) {
		for (size_t k = 0; k < iommu->units[i].n; k++) {
			if (iommu->units[i].devices[k] == (int)index)
				return &iommu->units[i];
		}
	}
	return NULL;
}

/* Linux: pci_real_dma_dev() in arch/x86/pci/common.c; VMD takes domains from 10000h on, firmware has 16 bits. */
int iommu_requester(const struct pci *pci, size_t index)
{
	int at = (int)index;

	for (size_t steps = 0; at >= 0 && pci->list[at].addr.domain > 0xffff; steps++) {
		if (steps > pci->n)
			return -1;
		at = pci->list[at].parent;
	}
	return at;
}
