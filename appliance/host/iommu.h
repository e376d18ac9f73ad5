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
#include "host/dmar.h"
#include "host/ivrs.h"
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
	bool has_address, has_device;
	uint64_t address; /* Intel: of its registers, as in the DMAR table */
	struct pci_addr
	        device; /* AMD: the function that the IOMMU itself is, as in the IVRS table */
	int *devices;   /* whose accesses it translates: indices into struct pci's list */
	size_t n;
};

/* What a unit can do, by its registers. VT-d specification 11.4.2 and 11.4.3; AMD IOMMU specification, MMIO 30h. */
struct iommu_abilities {
	bool remapping;     /* Intel: interrupts; AMD: every unit can */
	bool x2apic;        /* Intel: EIM; AMD: XTSup */
	bool queued;        /* Intel: QI, which remapping needs; AMD: every unit has it */
	bool pass_through;  /* Intel: PT, for iommu=pt; AMD: every unit can */
	bool snoop_control; /* Intel: SC */
	bool posted;        /* interrupts go to a running guest: Intel PI, AMD GASup with GAMSup */
	bool emulated;      /* Intel: caching mode, which only emulated units ask for */
	bool page_requests; /* Intel: PRS; AMD: PPRSup */
	unsigned address_bits; /* Intel: MGAW; AMD: from HATS; of what a device may address */
	unsigned domains;      /* Intel: how many; 0 not told */
};

/* Linux: Documentation/ABI/testing/sysfs-kernel-iommu_groups, reserved_regions. */
enum iommu_region_type {
	IOMMU_REGION_DIRECT, /* firmware wants a fixed mapping: VFIO refuses the group's device */
	IOMMU_REGION_RELAXABLE, /* the same, which the kernel knows to be needed only at boot */
	IOMMU_REGION_RESERVED,
	IOMMU_REGION_MSI
};

struct iommu_region {
	enum iommu_region_type type;
	uint64_t first, last;
};

struct iommu_group {
	int id;       /* numbers may be sparse */
	char *type;   /* "identity", "DMA", "DMA-FQ"; NULL unknown */
	int *devices; /* indices into struct pci's list */
	size_t n;
	bool regions_told; /* its reserved_regions could be read */
	struct iommu_region *regions;
	size_t n_regions;
	/* Platform devices in it that a driver of the host has, "INTC1055:00 (pinctrl)": VFIO refuses the group. */
	struct strv driven;
};

struct iommu {
	enum iommu_vendor vendor; /* of the units that are alive; else by table; IOMMU_NONE */
	enum iommu_table dmar,
	        ivrs; /* /sys/firmware/acpi/tables: whether firmware describes one; READ: its contents are known */
	uint8_t dmar_flags; /* DMAR header: bit 0 INTR_REMAP, bit 1 X2APIC_OPT_OUT; only with TABLE_READ */
	struct dmar dmar_table; /* what the tables hold; empty without TABLE_READ */
	struct ivrs ivrs_table;
	char *dmar_fault,
	        *ivrs_fault;      /* what is wrong with a table that could be read; NULL: nothing */
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

void iommu_unit_abilities(const struct iommu_unit *unit, struct iommu_abilities *out);
/* The living unit that is this one of a table; NULL: none, the kernel left it out. */
const struct iommu_unit *iommu_alive_drhd(const struct iommu *iommu, const struct dmar_entry *drhd);
const struct iommu_unit *iommu_alive_ivhd(const struct iommu *iommu, const struct ivrs_unit *ivhd);
/* The living unit that says it translates for this function; NULL: none says so. */
const struct iommu_unit *iommu_unit_of(const struct iommu *iommu, size_t index);
/*
 * The function whose id a function's memory accesses carry: itself, or for those behind a VMD controller, which
 * have a domain of their own, that controller. -1 where it cannot be told.
 */
int iommu_requester(const struct pci *pci, size_t index);

#endif
