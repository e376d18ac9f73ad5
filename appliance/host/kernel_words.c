/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "host/kernel_words.h"

/*
 * In lower case, in short pieces: posters reword, and mail programs wrap. Where there are two, both must stand
 * in the line; `start` ones at its very beginning, behind the time. One line may say several things.
 */
static const struct sentence {
	enum kernel_says says;
	const char *words, *also;
	bool start;
} sentences[] = {
        {KERNEL_VERSION, "linux version ", NULL, true},
        {KERNEL_CMDLINE, "kernel command line: ", NULL, true},
        {KERNEL_CMDLINE, "command line: ", NULL, true},
        {KERNEL_CPU, "smpboot: cpu0: ", NULL, true},
        {KERNEL_CPU, "cpu0: intel", NULL, true},
        {KERNEL_CPU, "cpu0: amd", NULL, true},
        {KERNEL_CPU, "cpu0: hygon", NULL, true},
        {KERNEL_BOARD, "dmi: ", NULL, true},

        {KERNEL_TABLE_DMAR, "acpi: dmar ", NULL, false},
        {KERNEL_TABLE_DMAR, "reserving dmar table", NULL, false},
        {KERNEL_TABLE_IVRS, "acpi: ivrs ", NULL, false},
        {KERNEL_TABLE_IVRS, "reserving ivrs table", NULL, false},

        {KERNEL_DMAR, "host address width", NULL, false},
        {KERNEL_DMAR, "drhd base", NULL, false},
        {KERNEL_DMAR, "reg_base_addr", NULL, false},
        {KERNEL_DMAR, "iommu ", ": ver 1",
                false}, /* "IOMMU fed90000: ver 1:0 cap", as 2.6.2x said */
        {KERNEL_DMAR, "dmar: rmrr", NULL, false},
        {KERNEL_DMAR, "dmar: atsr", NULL, false},
        {KERNEL_DMAR, "dmar: no ", " found", false},
        {KERNEL_DMAR, "dmar-ir: ", NULL, false},
        {KERNEL_AMD, "amd-vi: ", NULL, false},
        {KERNEL_AMD, "amd-v1: ", NULL, false}, /* typed off a screen */
        {KERNEL_AMD, "not in ivrs", NULL, false},

        {KERNEL_ASKED_ON, "dmar: iommu enabled", NULL, false},
        {KERNEL_ASKED_ON, "intel-iommu: enabled", NULL, false},
        {KERNEL_TOLD_OFF, "dmar: iommu disabled", NULL, false},
        {KERNEL_TOLD_OFF, "intel-iommu: disabled", NULL, false},
        {KERNEL_AMD_TOLD_OFF, "amd iommu disabled", NULL, false},
        {KERNEL_DOMAIN_TYPE, "default domain type", NULL, false},
        {KERNEL_PASSTHROUGH, "default domain type", "passthrough", false},
        {KERNEL_PASSTHROUGH, "initialized for passthrough mode", NULL, false},

        {KERNEL_INTEL_ON, "intel(r) virtualization technology for directed i/o", NULL, false},
        {KERNEL_WORKS, "using queued invalidation", NULL, false},
        {KERNEL_WORKS, "using register based invalidation", NULL, false},
        {KERNEL_WORKS, "setting rmrr:", NULL, false},
        {KERNEL_WORKS, "identity map", "for device", false},
        {KERNEL_WORKS, "dmar: setting identity map", NULL, false},
        {KERNEL_WORKS, "dmar: software identity mapping", NULL, false},
        {KERNEL_WORKS, "dmar: hardware identity mapping", NULL, false},
        {KERNEL_WORKS, "non-identity mapping", NULL, false},
        {KERNEL_WORKS, "intel_iommu_shutdown", NULL,
                false}, /* in a trace: only units at work are stopped */
        {KERNEL_WORKS, "dmar: device uses a private", NULL, false},
        {KERNEL_WORKS, "dmar: device bounce map", NULL, false},
        {KERNEL_WORKS, "dmar: invalidate non-aligned address", NULL, false},
        {KERNEL_WORKS, "unity mapping for lpc", NULL, false},
        {KERNEL_WORKS, "dmar:", "[dma read", false},
        {KERNEL_WORKS, "dmar:", "[dma write", false},
        {KERNEL_WORKS, "io_page_fault", NULL, false},
        {KERNEL_WORKS, "amd-vi: event logged", NULL, false},
        {KERNEL_WORKS, "lazy io/tlb flush", NULL, false},
        {KERNEL_AMD_LAST, "lazy io/tlb flush", NULL, false},
        {KERNEL_AMD_LAST, "io/tlb flush on unmap", NULL, false},
        {KERNEL_WORKS, "io/tlb flush on unmap", NULL, false},
        {KERNEL_WORKS, "amd-vi: virtual apic enabled", NULL, false},
        {KERNEL_WORKS, "amd-vi: x2apic enabled", NULL, false},
        {KERNEL_WORKS, "amd-vi: initialized for passthrough", NULL, false},
        {KERNEL_WORKS, "detected amd iommu #", NULL, false},
        {KERNEL_WORKS, "iommuv2 loaded and initialized", NULL, false},
        {KERNEL_WORKS, "iommu dma protection is enabled", NULL, false},
        {KERNEL_WORKS, "i/o virtualisation enabled", NULL, false}, /* Xen */
        {KERNEL_AMD_ON, "found iommu ", NULL, false},
        {KERNEL_AMD_ON, "enabling iommu at ", NULL, false},
        {KERNEL_AMD_ON, "amd-vi: extended features", NULL, false},
        {KERNEL_AMD_ON, "amd-vi: interrupt remapping enabled", NULL, false},
        {KERNEL_GROUPED, "adding to iommu group", NULL, false},
        {KERNEL_GROUPED, "iommu: adding device", "to group", false},
        {KERNEL_GROUPED, "removing from iommu group", NULL, false},

        {KERNEL_TABLE_BAD, "dmar reported at address", NULL, false},
        {KERNEL_TABLE_BAD, "parse dmar table failure", NULL, false},
        {KERNEL_TABLE_BAD, "unable to map dmar", NULL, false},
        {KERNEL_TABLE_BAD, "invalid dmar haw", NULL, false},
        {KERNEL_TABLE_BAD, "no dmar devices found", NULL, false},
        {KERNEL_TABLE_BAD, "ivrs", "checksum", false},
        {KERNEL_FAILED, "dmar init failed", NULL, false},
        {KERNEL_FAILED, "dmar: initialization failed", NULL, false},
        {KERNEL_FAILED, "dmar hardware is malfunctioning", NULL, false},
        {KERNEL_FAILED, "dmar device scope failure", NULL, false},
        {KERNEL_FAILED, "disable iommu on stoney", NULL, false},
        {KERNEL_FAILED, "iommu not currently supported when sme is active", NULL, false},
        {KERNEL_FAILED, "i/o virtualisation disabled", NULL, false},

        {KERNEL_IR_ON, "enabled irq remapping", NULL, false},
        {KERNEL_IR_ON, "interrupt remapping enabled", NULL, false},
        {KERNEL_IR_ON, "enabled interrupt-remapping", NULL, false},
        {KERNEL_IR_ON, "x2apic and interrupt-remapping", "enabled", false},
        {KERNEL_IR_ON, "irq remapping is in ", NULL, false},
        {KERNEL_IR_ON, "[intr-remap]", NULL, false},
        {KERNEL_IR_OFF, "disabling interrupt remapping", NULL, false},
        {KERNEL_IR_OFF, "disabling irq remapping", NULL, false},
        {KERNEL_IR_OFF, "failed to enable irq remapping", NULL, false},
        {KERNEL_IR_OFF, "failed to enable interrupt-remapping", NULL, false},
        {KERNEL_IR_OFF, "failed to setup irq remapping", NULL, false},
        {KERNEL_IR_OFF, "not enabling interrupt remapping", NULL, false},
        {KERNEL_IR_OFF, "interrupt remapping will be disabled", NULL, false},
        {KERNEL_IR_OFF, "interrupt remapping is being disabled", NULL, false},
        {KERNEL_IR_OFF, "interrupt remapping disabled", NULL, false},
        {KERNEL_IR_OFF, "interrupt remapping not enabled", NULL, false},
        {KERNEL_IR_OFF, "irq remapping disabled", NULL, false},
        {KERNEL_IR_OFF, "bios has enabled interrupt remapping", NULL, false},
        {KERNEL_IR_OFF, "no southbridge ioapic", NULL, false},
        /* Unlike Intel's, AMD's units do not remap interrupts either then. */
        {KERNEL_IR_OFF, "amd iommu disabled", NULL, false},
        {KERNEL_IR_OFF, "disable iommu on stoney", NULL, false},
        /* Xen remaps none then. */
        {KERNEL_IR_OFF, "i/o virtualisation disabled", NULL, false},
        {KERNEL_IR_OFF, "no interrupt remapping support", NULL, false},
        {KERNEL_IR_OFF, "no interrupt remapping for this platform", NULL, false},
        {KERNEL_VFIO_REFUSED, "no interrupt remapping support", NULL, false},
        {KERNEL_VFIO_REFUSED, "no interrupt remapping for this platform", NULL, false},
        {KERNEL_IR_ERRATUM, "bios has enabled interrupt remapping", NULL, false},
        {KERNEL_IR_ERRATUM, "chipset that contains an erratum", NULL, false},
        {KERNEL_IR_IOAPIC, "not in ivrs", NULL, false},
        {KERNEL_IR_IOAPIC, "no southbridge ioapic", NULL, false},
        {KERNEL_IR_IOAPIC, "has no mapping iommu", NULL, false},
        {KERNEL_IR_NO_IOAPIC, "due to skipped io-apic setup", NULL, false},

        {KERNEL_GRAPHICS_OFF, "disabling iommu for graphics", NULL, false},
        {KERNEL_LAZY_OFF, "disabling batched iotlb flush", NULL, false},
        {KERNEL_RMRR_BAD, "bad rmrr", NULL, false},
        {KERNEL_RMRR_BAD, "can cover this rmrr", NULL, false},
        {KERNEL_RMRR_BAD, "bios is broken; rmrr", NULL, false},
        {KERNEL_RMRR_IGNORED, "rmrr entry for device", "broken", false},
        {KERNEL_RMRR_DEVICE, "platform rmrr requirement", NULL, false},
        {KERNEL_RMRR_DEVICE, "firmware has requested this device have a 1:1", NULL, false},
        {KERNEL_WRITE_FLUSH, "forcing write-buffer flush", NULL, false},
        {KERNEL_ISOCH, "isoch dmar unit", NULL, false},
        {KERNEL_ISOCH, "tlb entries for isoch", NULL, false},
        {KERNEL_X2APIC_OUT, "x2apic opt out", NULL, false},
        {KERNEL_X2APIC_OUT, "requested that x2apic be disabled", NULL, false},
        {KERNEL_UNIT_IGNORED, "no supported address widths", NULL, false},
        {KERNEL_UNIT_IGNORED, "cannot get a valid agaw", NULL, false},
        {KERNEL_UNIT_IGNORED, "cannot get a valid max agaw", NULL, false},
        {KERNEL_OVERRIDE, "command-line override", "ioapic", false},
        {KERNEL_OVERRIDE, "command-line override", "hpet", false},
        {KERNEL_TIMEOUT, "completion-wait loop timed out", NULL, false},

        {KERNEL_CPU_LOCKED, "vmx", "disabled by bios", false},
        {KERNEL_CPU_LOCKED, "txt) disabled by bios", NULL, false},
        {KERNEL_CPU_LOCKED, "vmx not enabled (by bios)", NULL, false},
        {KERNEL_CPU_LOCKED, "svm disabled", "bios", false},
        {KERNEL_CPU_LOCKED, "kvm: disabled by bios", NULL, false},
        {KERNEL_CPU_LOCKED, "kvm_intel' disabled by bios", NULL, false},
        {KERNEL_CPU_LOCKED, "kvm_amd' disabled by bios", NULL, false},
        {KERNEL_CPU_LOCKED, "kvm: support for", "disabled by bios", false},
        {KERNEL_CPU_NONE, "kvm: no hardware support", NULL, false},
        {KERNEL_CPU_NONE, "vmx not supported by cpu", NULL, false},
        {KERNEL_CPU_NONE, "svm not supported by cpu", NULL, false},
        {KERNEL_CPU_NONE, "cpu doesn't support vmx", NULL, false},
        {KERNEL_CPU_WORKS, "nested virtualization enabled", NULL, false},
        {KERNEL_CPU_WORKS, "kvm: nested paging enabled", NULL, false},
        {KERNEL_CPU_WORKS, "kvm_amd: nested", NULL, false},
        {KERNEL_CPU_WORKS, "kvm_amd: tsc scaling", NULL, false},

        {KERNEL_APIC, "switch to symmetric i/o mode", NULL, false},
        {KERNEL_APIC, "apic routing to", NULL, false},
        {KERNEL_APIC, "..timer: vector", NULL, false},
        {KERNEL_TAIL, "pci-dma: using software bounce", NULL, true},
        {KERNEL_TAIL, "pci-dma: using gart iommu", NULL, true},
        {KERNEL_TAIL, "workingset: ", NULL, true},
        {KERNEL_TAIL, "io scheduler ", NULL, true},
        {KERNEL_TAIL, "serial: 8250", NULL, true},
        {KERNEL_TAIL, "freeing unused kernel", NULL, true},
        {KERNEL_TAIL, "loading compiled-in x.509", NULL, true},
        {KERNEL_TAIL, "run /", " as init process", true},
        {KERNEL_TAIL, "ext4-fs (", NULL, true},
        {KERNEL_TAIL, "xfs (", NULL, true},
        {KERNEL_TAIL, "systemd[1]: ", NULL, true},
        {KERNEL_TAIL, "input: ", " as /devices/", true},
};

/* What one boot's log always holds, from its beginning up to the IOMMU; many of them: nothing was filtered. */
static const char *const mileposts[] = {"bios-e820: ", "e820: ", "acpi: rsdp",
        "zone ranges:", "memory: ", "nr_irqs", "console: colour", "calibrating delay", "pid_max",
        "smp", "pci: using", "clocksource: ", "net: registered", "vgaarb: ", "pci_bus 0000:00",
        "hpet", "x86/fpu: "};
#define ENOUGH_MILEPOSTS 7

/* Any sentence but the milestones holds one of these; most lines of a log hold none. */
static const char *const roots[] = {"iommu", "remap", "dmar", "amd-v", "ivrs", "apic", "drhd",
        "domain type", "directed i/o", "address width", "invalidation", "rmrr", "tlb", "unity map",
        "io_page_fault", "virtuali", "isoch", "write-buffer", "agaw", "bios", "vmx", "svm", "kvm",
        "..timer", "reg_base", "override", "identity map", "completion-wait", "chipset", "1:1"};

static bool holds_root(const char *lower)
{
	for (size_t i = 0; i < ARRAY_SIZE(roots); i++) {
		if (strstr(lower, roots[i]))
			return true;
	}
	return false;
}

static bool matches(const struct sentence *sentence, const char *lower, size_t own)
{
	const char *at = sentence->start ? (starts_with(lower, sentence->words) ? lower : NULL)
	                                 : strstr(lower, sentence->words);

	/* What begins in a following line is said by that one. */
	return at && (size_t)(at - lower) < own && (!sentence->also || strstr(at, sentence->also));
}

/* Said on machines of any maker. */
static bool says_nothing_of_amd(const char *lower)
{
	return strstr(lower, "unknown option") || strstr(lower, "iommuv2");
}

void kernel_words_of(const char *lower, size_t own, kernel_words_heard *heard, void *to)
{
	bool root = holds_root(lower);

	for (size_t i = 0; i < ARRAY_SIZE(sentences); i++) {
		const struct sentence *s = &sentences[i];

		if ((!root && !s->start) || !matches(s, lower, own))
			continue;
		if (s->says == KERNEL_AMD && says_nothing_of_amd(lower))
			continue;
		heard(to, s->says);
	}
}

unsigned kernel_words_posts(const char *lower, unsigned passed)
{
	for (size_t i = 0; i < ARRAY_SIZE(mileposts); i++) {
		if (!(passed & 1u << i) && strstr(lower, mileposts[i]))
			passed |= 1u << i;
	}
	return passed;
}

bool kernel_words_enough(unsigned posts)
{
	return __builtin_popcount(posts) >= ENOUGH_MILEPOSTS;
}
