/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The IOMMU: what firmware describes, what the kernel switched on, and which devices it can keep apart.
 *
 * "Capable", "enabled" and "asked for" are three different things; each field says which one it is.
 * Linux: Documentation/ABI/testing/sysfs-class-iommu-{intel,amd}, sysfs-kernel-iommu_groups.
 */
#ifndef HOST_IOMMU_H
#define HOST_IOMMU_H

#include "base/root.h"
#include "host/pci.h"

enum iommu_vendor { IOMMU_NONE, IOMMU_INTEL, IOMMU_AMD };
enum iommu_table { IOMMU_TABLE_ABSENT, IOMMU_TABLE_PRESENT, IOMMU_TABLE_READ };
enum iommu_remapping { IOMMU_REMAPPING_UNKNOWN, IOMMU_REMAPPING_ON, IOMMU_REMAPPING_OFF };

struct iommu_unit {
	char *name;   /* "dmar0", "ivhd0" */
	char *source; /* folder in sysfs: "/sys/class/iommu/dmar0/intel-iommu" */
	enum iommu_vendor vendor;
	bool readable;          /* the registers below were read */
	uint64_t cap, ecap;     /* Intel: VT-d specification, 11.4.2 and 11.4.3 */
	uint64_t features;      /* AMD: extended feature register (`features`) */
	bool remapping_capable; /* Intel: ecap bit 3. AMD: not told by these registers, false */
};

struct iommu_group {
	int id;       /* numbers may be sparse */
	char *type;   /* "identity", "DMA", "DMA-FQ"; NULL unknown */
	int *devices; /* indices into struct pci's list */
	size_t n;
};

struct iommu {
	enum iommu_vendor vendor; /* of the units that are alive; else by table; IOMMU_NONE */
	enum iommu_table dmar,
	        ivrs; /* /sys/firmware/acpi/tables: whether firmware describes one; READ: its contents are known */
	uint8_t dmar_flags; /* DMAR header: bit 0 INTR_REMAP, bit 1 X2APIC_OPT_OUT; only with TABLE_READ */
	struct iommu_unit *units; /* alive: in /sys/class/iommu */
	size_t n_units;
	struct iommu_group *groups; /* ordered by id; any = DMA remapping is on */
	size_t n_groups;
	/*
	 * Whether interrupts are remapped now, from /proc/interrupts: chips named IR-IO-APIC or IR-PCI-MSI
	 * (on), or IO-APIC without IR- (off). The line that told, and which file, for evidence.
	 */
	enum iommu_remapping remapping;
	char *remapping_line;
};

int iommu_take(const struct root *root, const struct pci *pci, struct iommu *out, struct err *err);
void iommu_finish(struct iommu *iommu);
const struct iommu_group *iommu_find_group(const struct iommu *iommu, int id);
/* A unit known not to remap interrupts, or NULL: the kernel remaps them only where every unit can. */
const struct iommu_unit *iommu_lacking(const struct iommu *iommu);

#endif
