/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The ACPI table DMAR: which IOMMU units an Intel PC has, and which devices each of them covers.
 *
 * Intel Virtualization Technology for Directed I/O, chapter 8. Pure: bytes in, structures out.
 */
#ifndef HOST_DMAR_H
#define HOST_DMAR_H

#include "base/err.h"
#include "host/pci.h"

/* Flags of the table's header. */
enum { DMAR_INTR_REMAP = 1, DMAR_X2APIC_OPT_OUT = 2, DMAR_DMA_CTRL_OPT_IN = 4 };

enum dmar_type {
	DMAR_DRHD, /* a unit */
	DMAR_RMRR, /* memory that devices use behind the system's back */
	DMAR_ATSR, /* root ports that can do ATS */
	DMAR_RHSA, /* the NUMA node of a unit */
	DMAR_ANDD, /* the name of a device that is no PCI function */
	DMAR_SATC, /* devices of the processor that can do ATS */
	DMAR_UNKNOWN
};

enum dmar_scope_type {
	DMAR_SCOPE_ENDPOINT = 1,
	DMAR_SCOPE_BRIDGE = 2, /* and all behind it */
	DMAR_SCOPE_IOAPIC = 3,
	DMAR_SCOPE_HPET = 4,
	DMAR_SCOPE_NAMESPACE = 5
};

#define DMAR_PATH_MAX 16

/* A device, by the way to it: from @bus through bridges, each by its device and function. */
struct dmar_scope {
	uint8_t type; /* enum dmar_scope_type, or another number */
	uint8_t id;   /* of the IOAPIC, HPET or ANDD */
	uint8_t bus;
	uint8_t n; /* 1 to DMAR_PATH_MAX */
	struct {
		uint8_t device, function;
	} path[DMAR_PATH_MAX];
};

struct dmar_entry {
	enum dmar_type type;
	uint8_t flags; /* DRHD: bit 0 INCLUDE_PCI_ALL. ATSR: bit 0 ALL_PORTS. SATC: bit 0 ATC_REQUIRED */
	uint16_t segment;
	uint64_t base;  /* DRHD, RHSA: the unit's registers. RMRR: first byte */
	uint64_t limit; /* RMRR: last byte */
	uint32_t
	        number; /* RHSA: proximity domain. ANDD: the number that scopes name. UNKNOWN: type */
	char *name;     /* ANDD: ACPI object, else NULL */
	struct dmar_scope *scopes;
	size_t n;
};

struct dmar {
	uint8_t flags;         /* of the header */
	unsigned address_bits; /* host address width; 0: the header could not be read */
	struct dmar_entry *list;
	size_t n;
};

/*
 * Returns 0, or a negative errno and what is wrong first. @out then holds what came before the fault, or all
 * when structures can be told apart all the same (-EBADMSG: checksum or senseless addresses). Always to be
 * finished.
 */
int dmar_parse(const void *bytes, size_t size, struct dmar *out, struct err *err);
void dmar_finish(struct dmar *dmar);

/* The PCI function that @scope of @segment names, as index into @pci; -1 where none is there. */
int dmar_scope_find(const struct dmar_scope *scope, uint16_t segment, const struct pci *pci);
/* Whether @entry's scopes hold the function or a bridge above it (not what INCLUDE_PCI_ALL adds). */
bool dmar_entry_names(const struct dmar_entry *entry, const struct pci *pci, size_t index);
/* The unit (DRHD) that covers a function, as the kernel finds it; NULL: none. */
const struct dmar_entry *dmar_unit_of(const struct dmar *dmar, const struct pci *pci, size_t index);

#endif
