/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a kernel log says about the IOMMU: the kernel's own words, and the verdict that they allow.
 *
 * Pure: text in, facts out. The text may be the ring of this PC or something that a person pasted: with or
 * without time stamps, from dmesg, journalctl or syslog, quoted, wrapped by a mail program, cut, filtered.
 * Whether a message is missing since it was never said or since it was filtered out is told apart.
 *
 * The words are those of Linux 2.6.3x to 6.x: drivers/iommu/intel/{dmar,iommu,irq_remapping}.c,
 * drivers/iommu/amd/init.c, drivers/iommu/iommu.c, arch/x86/kernel/apic/apic.c, drivers/vfio.
 */
#ifndef HOST_KERNEL_LOG_H
#define HOST_KERNEL_LOG_H

#include "host/cpu.h"

enum kernel_says {
	KERNEL_NOTHING,
	KERNEL_VERSION,      /* a boot begins */
	KERNEL_CMDLINE,      /* its arguments; see cmdline */
	KERNEL_CPU,          /* the processor's name */
	KERNEL_BOARD,        /* "DMI: ..." */
	KERNEL_TABLE_DMAR,   /* the firmware describes Intel's */
	KERNEL_TABLE_IVRS,   /* the firmware describes AMD's */
	KERNEL_DMAR,         /* any line about Intel's units */
	KERNEL_AMD,          /* any line about AMD's units */
	KERNEL_ASKED_ON,     /* "DMAR: IOMMU enabled": an argument was seen, nothing more */
	KERNEL_TOLD_OFF,     /* an argument switched it off */
	KERNEL_AMD_TOLD_OFF, /* the same of AMD's */
	KERNEL_DOMAIN_TYPE,  /* "iommu: Default domain type": said with or without an IOMMU */
	KERNEL_INTEL_ON,     /* the last word of its start */
	KERNEL_AMD_ON,       /* units found and enabled; AMD's remapping is told right behind */
	KERNEL_AMD_LAST,     /* AMD's last word, said when remapping has been told */
	KERNEL_WORKS,        /* said only by units that are being started or are at work */
	KERNEL_GROUPED,      /* a device was put into a group */
	KERNEL_TABLE_BAD,    /* the kernel gave up on the firmware's table: nothing of it is used */
	KERNEL_FAILED,       /* the kernel gave up on the units */
	KERNEL_IR_ON,        /* interrupts are remapped */
	KERNEL_IR_OFF,       /* they are not, for whatever reason */
	KERNEL_IR_ERRATUM,   /* Intel 5500/5520/X58 before stepping 0x22 */
	KERNEL_IR_IOAPIC,    /* an interrupt controller is missing in the firmware's table */
	KERNEL_IR_NO_IOAPIC, /* the interrupt controllers themselves are switched off */
	KERNEL_VFIO_REFUSED, /* VFIO said that there is no interrupt remapping */
	/* what the kernel does about faults of hardware and firmware */
	KERNEL_GRAPHICS_OFF, /* the processor's graphics are left out */
	KERNEL_RMRR_BAD,     /* a reserved region that cannot be right */
	KERNEL_RMRR_DEVICE,  /* a device that VFIO may not have, as firmware uses its memory */
	KERNEL_RMRR_IGNORED, /* "... broken - applying workaround" */
	KERNEL_WRITE_FLUSH,  /* write buffers are flushed though the unit says it needs not */
	KERNEL_ISOCH,        /* too little room for the sound's unit */
	KERNEL_X2APIC_OUT,   /* the firmware asks for no x2apic */
	KERNEL_UNIT_IGNORED, /* a unit translates nothing, as it tells no address width */
	KERNEL_OVERRIDE,     /* ivrs_ioapic=, ivrs_hpet= were obeyed */
	KERNEL_TIMEOUT,      /* AMD's units do not answer */
	KERNEL_PASSTHROUGH,  /* iommu=pt or the like: fine for VFIO */
	KERNEL_LAZY_OFF,     /* strict flushing on an Ironlake */
	/* virtualization by the processor */
	KERNEL_CPU_LOCKED,
	KERNEL_CPU_NONE,
	KERNEL_CPU_WORKS,
	/* where in the boot a line stands */
	KERNEL_APIC, /* interrupt controllers are set up: remapping was decided just before or after */
	KERNEL_TAIL, /* said after the IOMMU would have spoken, in words that no filter for it finds */
	KERNEL_SAYS_N,
};

struct kernel_line {
	size_t number, last; /* lines from 1, of the first and the last time; 0: never said */
	char *text;          /* the first one, without quoting; NULL */
};

struct kernel_unit {
	unsigned index; /* dmarN */
	uint64_t base, cap, ecap;
	size_t line;
};

struct kernel_log {
	struct kernel_line says[KERNEL_SAYS_N]; /* of the boot that is judged */
	struct kernel_unit *units;
	size_t n_units;
	char *cmdline; /* its arguments, or NULL */
	enum cpu_vendor vendor;
	size_t boots; /* how often a boot begins in the text; the last one that speaks of an IOMMU is judged */
	bool whole; /* nothing was filtered out, from its start to beyond where the IOMMU would speak */
	size_t gap; /* where the poster left lines out behind what is about the IOMMU; 0: nowhere */
	size_t lines; /* of that boot */
};

/* @ring: the text is what the running kernel still held, unfiltered and up to now. */
void kernel_log_parse(const char *text, bool ring, struct kernel_log *out);
void kernel_log_finish(struct kernel_log *log);

enum kernel_state { KERNEL_UNKNOWN, KERNEL_YES, KERNEL_NO };

enum kernel_why {
	KERNEL_WHY_CUT,      /* unknown: the text ends, or leaves out, what would tell */
	KERNEL_WHY_SAID,     /* the kernel says so */
	KERNEL_WHY_ARGUMENT, /* the command line says so, and nothing else was said */
	KERNEL_WHY_NEVER,    /* the firmware describes one, and up to the end it was never said */
	KERNEL_WHY_NO_TABLE, /* the firmware describes none */
	KERNEL_WHY_UNIT,     /* a unit's register has no interrupt remapping */
	KERNEL_WHY_FIRMWARE, /* a fault of the firmware */
	KERNEL_WHY_FAILED,   /* the kernel gave up */
};

struct kernel_finding {
	enum kernel_state state;
	enum kernel_why why;
	enum kernel_says line; /* the line to show; KERNEL_NOTHING: none */
};

struct kernel_verdict {
	struct kernel_finding iommu, remapping;
	const struct kernel_unit *lacking; /* a unit that cannot remap interrupts, or NULL */
};

void kernel_log_judge(const struct kernel_log *log, struct kernel_verdict *out);
bool kernel_log_says(const struct kernel_log *log, enum kernel_says says);
/* The value of an argument, as firmware_cmdline_get(); caller frees. NULL: not there. */
char *kernel_log_argument(const struct kernel_log *log, const char *name);

#endif
