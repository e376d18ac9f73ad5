/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The ACPI table IVRS: which IOMMUs an AMD PC has, and which devices each of them covers.
 *
 * AMD I/O Virtualization Technology (IOMMU) Specification, chapter 5. Pure: bytes in, structures out.
 */
#ifndef HOST_IVRS_H
#define HOST_IVRS_H

#include "base/err.h"
#include "host/pci.h"

/* IVinfo of the header. */
enum { IVRS_EFR_SUPPORTED = 1, IVRS_DMA_REMAP = 2 };

/* What an entry says of the devices from @first to @last (bus << 8 | device << 3 | function). */
enum ivrs_entry_type {
	IVRS_DEVICES, /* select, range, or all */
	IVRS_ALIAS,   /* their requests carry the id @alias */
	IVRS_SPECIAL, /* an IOAPIC or HPET uses the id @first */
	IVRS_ACPI     /* a device that is no PCI function uses the id @first */
};

enum { IVRS_KIND_IOAPIC = 1, IVRS_KIND_HPET = 2 };

struct ivrs_entry {
	enum ivrs_entry_type type;
	uint16_t first, last, alias;
	uint8_t settings; /* system management, LINT, NMI, ExtINT, INIT pass bits */
	uint8_t kind;     /* IVRS_SPECIAL: IVRS_KIND_... or another number */
	uint8_t handle;   /* IVRS_SPECIAL: IOAPIC id or HPET number */
	char *name;       /* IVRS_ACPI: hardware id, "AMDI0040" */
};

/* One I/O virtualization hardware definition. The same IOMMU may be told of in several, of rising type. */
struct ivrs_unit {
	uint8_t type;  /* 0x10, 0x11, 0x40 */
	uint8_t flags; /* bit 4 IotlbSup, bit 5 Coherent, bit 6 PreFSup, bit 7 PPRSup */
	uint16_t id;   /* the IOMMU's own bus << 8 | device << 3 | function */
	uint16_t segment, info;
	uint64_t base;       /* its registers */
	uint32_t attributes; /* type 10h: feature reporting; others: attributes */
	uint64_t efr, efr2;  /* types 11h and 40h: image of its extended feature registers */
	struct ivrs_entry *entries;
	size_t n;
};

/* Memory that devices use behind the system's back. */
struct ivrs_memory {
	uint8_t flags; /* bit 0: fixed mapping ("unity"), bit 1 read, bit 2 write, bit 3: exclusion range */
	bool all; /* all devices, else those from @first to @last */
	uint16_t first, last, segment;
	uint64_t base, size;
};

struct ivrs {
	uint32_t info; /* IVinfo */
	bool readable; /* the header was understood */
	struct ivrs_unit *units;
	size_t n_units;
	struct ivrs_memory *memory;
	size_t n_memory;
};

/*
 * Returns 0, or a negative errno and what is wrong first. @out then holds what came before the fault, or all
 * with -EBADMSG (checksum; the kernel then uses no IOMMU at all). Always to be finished.
 */
int ivrs_parse(const void *bytes, size_t size, struct ivrs *out, struct err *err);
void ivrs_finish(struct ivrs *ivrs);

/* The type of definition that the kernel goes by: the highest that the first IOMMU has. 0: no unit. */
uint8_t ivrs_type_used(const struct ivrs *ivrs);
/* The unit, of the type that is used, that covers a function; NULL: none. */
const struct ivrs_unit *ivrs_unit_of(const struct ivrs *ivrs, const struct pci *pci, size_t index);
/* Whether @memory is for this function. */
bool ivrs_memory_names(const struct ivrs_memory *memory, const struct pci_device *d);
/* The address in @id. */
struct pci_addr ivrs_address(uint16_t segment, uint16_t id);

#endif
