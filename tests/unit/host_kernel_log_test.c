/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Kernel logs: what may be concluded from what is said, from what is not, and from how the text was cut. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "host/kernel_log.h"

#define ON      KERNEL_YES
#define OFF     KERNEL_NO
#define UNKNOWN KERNEL_UNKNOWN

/* Pieces of which logs are made. */
#define DMAR_TABLE                                                                                \
	"[    0.010000] ACPI: DMAR 0x00000000AAAA0000 0000A8 (v01 ACME   BOARD    00000001 ACME " \
	"1)\n"
#define IVRS_TABLE                                                                                \
	"[    0.010000] ACPI: IVRS 0x00000000AAAA0000 0000D0 (v02 ACME   BOARD    00000001 ACME " \
	"1)\n"
#define APIC "[    0.050000] APIC: Switch to symmetric I/O mode setup\n"
#define UNITS                                                                                 \
	"[    0.060000] DMAR: Host address width 39\n"                                        \
	"[    0.060001] DMAR: DRHD base: 0x000000fed91000 flags: 0x1\n"                       \
	"[    0.060002] DMAR: dmar0: reg_base_addr fed91000 ver 1:0 cap d2008c40660462 ecap " \
	"f050da\n"
#define REMAPPED "[    0.070000] DMAR-IR: Enabled IRQ remapping in x2apic mode\n"
#define DIRECTED "[    0.900000] DMAR: Intel(R) Virtualization Technology for Directed I/O\n"
#define SWIOTLB  "[    0.950000] PCI-DMA: Using software bounce buffering for IO (SWIOTLB)\n"
#define AMD_FOUND                                                         \
	"[    0.700000] pci 0000:00:00.2: AMD-Vi: Found IOMMU cap 0x40\n" \
	"[    0.700001] pci 0000:00:00.2: AMD-Vi: Extended features (0x4f77ef22294ada):\n"
#define WHOLE_HEAD                                                                       \
	"[    0.000000] Linux version 6.1.0 (build@host) #1 SMP\n"                       \
	"[    0.000000] Command line: root=/dev/sda1 ro quiet\n"                         \
	"[    0.000000] BIOS-e820: [mem 0x0000000000000000-0x000000000009ffff] usable\n" \
	"[    0.005000] ACPI: RSDP 0x00000000000F0000 000024 (v02 ACME  )\n"             \
	"[    0.006000] Zone ranges:\n"                                                  \
	"[    0.020000] NR_IRQS: 524544, nr_irqs: 488, preallocated irqs: 16\n"          \
	"[    0.020001] Console: colour VGA+ 80x25\n"                                    \
	"[    0.080000] Calibrating delay loop (skipped)\n"                              \
	"[    0.080001] pid_max: default: 32768 minimum: 301\n"                          \
	"[    0.090000] smpboot: CPU0: Intel(R) Core(TM) i5 (family: 0x6)\n"             \
	"[    0.200000] clocksource: hpet: mask: 0xffffffff\n"

static const struct log_case {
	const char *name, *text;
	enum kernel_state iommu, remapping;
	enum kernel_why iommu_why, remapping_why;
} cases[] = {
        {"nothing", "", UNKNOWN, UNKNOWN, 0, 0},
        {"prose", "I set intel_iommu=on and it does not work.\n", UNKNOWN, UNKNOWN, 0, 0},
        {"Intel, all said", DMAR_TABLE UNITS REMAPPED DIRECTED, ON, ON, KERNEL_WHY_SAID,
                KERNEL_WHY_SAID},
        {"off unless asked, remapping on", DMAR_TABLE APIC UNITS REMAPPED SWIOTLB, OFF, ON,
                KERNEL_WHY_NEVER, KERNEL_WHY_SAID},
        {"cut behind remapping", DMAR_TABLE APIC UNITS REMAPPED, UNKNOWN, ON, KERNEL_WHY_CUT,
                KERNEL_WHY_SAID},
        {"neither was said, and it goes on", DMAR_TABLE APIC UNITS SWIOTLB, OFF, OFF,
                KERNEL_WHY_NEVER, KERNEL_WHY_NEVER},
        {"an argument is no IOMMU", "[    0.01] DMAR: IOMMU enabled\n", UNKNOWN, UNKNOWN, 0, 0},
        {"grep IOMMU hides the rest",
                "DMAR: IOMMU enabled\nDMAR-IR: IOAPIC id 2 under DRHD base  0xfed91000 IOMMU 0\n",
                UNKNOWN, UNKNOWN, 0, 0},
        {"a poster's gap hides it", DMAR_TABLE APIC UNITS "[...]\n" SWIOTLB, UNKNOWN, UNKNOWN, 0,
                0},
        {"intel_iommu=off", "DMAR: IOMMU disabled\n", OFF, UNKNOWN, KERNEL_WHY_ARGUMENT, 0},
        {"off, then on: the last counts",
                "DMAR: IOMMU disabled\nDMAR: IOMMU enabled\n" UNITS DIRECTED, ON, UNKNOWN,
                KERNEL_WHY_SAID, 0},
        {"iommu=off", "Command line: ro iommu=off\n" DMAR_TABLE, OFF, UNKNOWN, KERNEL_WHY_ARGUMENT,
                0},
        {"intel_iommu=off on AMD's", "Command line: ro intel_iommu=off\n" IVRS_TABLE AMD_FOUND, ON,
                UNKNOWN, KERNEL_WHY_SAID, 0},
        {"amd_iommu=off", "AMD-Vi: AMD IOMMU disabled\n", OFF, OFF, KERNEL_WHY_ARGUMENT,
                KERNEL_WHY_SAID},
        {"no word of any, from the interrupt controllers on",
                APIC "[    0.06] x2apic: IRQ remapping doesn't support X2APIC mode\n" SWIOTLB, OFF,
                OFF, KERNEL_WHY_NEVER, KERNEL_WHY_NEVER},
        {"Thunderbolt's port is kept apart",
                "thunderbolt 0000:06:00.0: IOMMU DMA protection is enabled\n", ON, UNKNOWN,
                KERNEL_WHY_SAID, 0},
        {"intremap=off", "Kernel command line: ro intremap=off\n" UNITS, UNKNOWN, OFF, 0,
                KERNEL_WHY_ARGUMENT},
        {"the erratum of the X58",
                APIC "[    0.1] DMAR-IR: This system BIOS has enabled interrupt remapping\n"
                     "on a chipset that contains an erratum making that\n"
                     "feature unstable.\n" UNITS SWIOTLB,
                OFF, OFF, KERNEL_WHY_NEVER, KERNEL_WHY_FIRMWARE},
        {"an IOAPIC without unit",
                "DMAR-IR: [Firmware Bug]: ioapic 2 has no mapping iommu, interrupt remapping "
                "will be disabled\n",
                UNKNOWN, OFF, 0, KERNEL_WHY_FIRMWARE},
        {"noapic", "Not enabling interrupt remapping due to skipped IO-APIC setup\n", UNKNOWN, OFF,
                0, KERNEL_WHY_SAID},
        {"a unit without remapping",
                "DMAR: dmar0: reg_base_addr fed90000 ver 1:0 cap c0000020e60262 ecap 1000\n" UNITS,
                UNKNOWN, OFF, 0, KERNEL_WHY_UNIT},
        {"10207f can", "DMAR: dmar0: reg_base_addr fed90000 ver 1:0 cap c0 ecap 10207f\n", UNKNOWN,
                UNKNOWN, 0, 0},
        {"a table at address 0", "Your BIOS is broken; DMAR reported at address 0!\n", OFF, OFF,
                KERNEL_WHY_FIRMWARE, KERNEL_WHY_FIRMWARE},
        {"start fails", UNITS "DMAR: Initialization failed\n", OFF, UNKNOWN, KERNEL_WHY_FAILED, 0},
        {"after kexec",
                UNITS "DMAR-IR: IRQ remapping was enabled on dmar0 but we are not in kdump mode\n"
                      "DMAR-IR: Enabled IRQ remapping in x2apic mode\n",
                UNKNOWN, ON, 0, KERNEL_WHY_SAID},
        {"xapic is remapping",
                UNITS "DMAR-IR: Enabled IRQ remapping in xapic mode\n"
                      "x2apic: IRQ remapping doesn't support X2APIC mode\n",
                UNKNOWN, ON, 0, KERNEL_WHY_SAID},
        {"VFIO refuses",
                "vfio_iommu_type1_attach_group: No interrupt remapping for this "
                "platform. Use the module param \"allow_unsafe_interrupts\"\n",
                UNKNOWN, OFF, 0, KERNEL_WHY_SAID},
        {"faults prove it", "DMAR: [DMA Read] Request device [01:00.0] fault addr ff000\n", ON,
                UNKNOWN, KERNEL_WHY_SAID, 0},
        {"groups prove it", "pci 0000:00:02.0: Adding to iommu group 0\n", ON, UNKNOWN,
                KERNEL_WHY_SAID, 0},
        {"Linux 2.6.32",
                "Enabled Interrupt-remapping\nIOMMU: Setting RMRR:\n"
                "PCI-DMA: Intel(R) Virtualization Technology for Directed I/O\n",
                ON, ON, KERNEL_WHY_SAID, KERNEL_WHY_SAID},
        {"Linux 3.16",
                "dmar: IOMMU 0: reg_base_addr fed90000 ver 1:0 cap c0 ecap f020da\n"
                "Enabled IRQ remapping in x2apic mode\n"
                "iommu: Adding device 0000:00:00.0 to group 0\n",
                ON, ON, KERNEL_WHY_SAID, KERNEL_WHY_SAID},
        {"Linux 4.15, whole, no remapping", DMAR_TABLE UNITS DIRECTED, ON, OFF, KERNEL_WHY_SAID,
                KERNEL_WHY_NEVER},
        {"AMD, all said",
                IVRS_TABLE AMD_FOUND "[    0.700002] AMD-Vi: Interrupt remapping enabled\n", ON, ON,
                KERNEL_WHY_SAID, KERNEL_WHY_SAID},
        {"AMD, remapping never said", IVRS_TABLE AMD_FOUND SWIOTLB, ON, OFF, KERNEL_WHY_SAID,
                KERNEL_WHY_NEVER},
        {"AMD, Linux 4.9, never said",
                IVRS_TABLE AMD_FOUND "[    0.8] AMD-Vi: Lazy IO/TLB flushing enabled\n", ON, OFF,
                KERNEL_WHY_SAID, KERNEL_WHY_NEVER},
        {"AMD, cut", AMD_FOUND, ON, UNKNOWN, KERNEL_WHY_SAID, 0},
        {"AMD, grep IOMMU",
                "AMD-Vi: Found IOMMU at 0000:00:00.2 cap 0x40\n"
                "perf/amd_iommu: Detected AMD IOMMU #0 (2 banks, 4 counters/bank).\n",
                ON, UNKNOWN, KERNEL_WHY_SAID, 0},
        {"AMD, table and no word", IVRS_TABLE APIC SWIOTLB, OFF, OFF, KERNEL_WHY_NEVER,
                KERNEL_WHY_NEVER},
        {"one IOAPIC missing", "[Firmware Bug]: AMD-Vi: IOAPIC[9] not in IVRS table\n", UNKNOWN,
                UNKNOWN, 0, 0},
        {"no southbridge IOAPIC",
                "AMD-Vi: [Firmware Bug]: : IOAPIC[4] not in IVRS table\n"
                "AMD-Vi: [Firmware Bug]: : No southbridge IOAPIC found\n"
                "AMD-Vi: Disabling interrupt remapping\n",
                UNKNOWN, OFF, 0, KERNEL_WHY_FIRMWARE},
        {"harmless on AMD",
                "AMD-Vi: Unable to read/write to IOMMU perf counter.\n"
                "AMD-Vi: Unknown option - 'on'\n",
                UNKNOWN, UNKNOWN, 0, 0},
        {"Thunderbolt's is another matter",
                IVRS_TABLE AMD_FOUND "[    0.7] AMD-Vi: Interrupt remapping enabled\n"
                                     "[    5.0] thunderbolt 0-0: IOMMU DMA protection is "
                                     "disabled\n",
                ON, ON, KERNEL_WHY_SAID, KERNEL_WHY_SAID},
        {"a whole boot without table", WHOLE_HEAD SWIOTLB, OFF, OFF, KERNEL_WHY_NO_TABLE,
                KERNEL_WHY_NO_TABLE},
        {"a filtered one without table",
                "[    0.0] Linux version 6.1.0 (build@host)\n"
                "[    0.0] Command line: ro intel_iommu=on\n" SWIOTLB,
                UNKNOWN, UNKNOWN, 0, 0},
        {"wrapped by a mail program",
                "[    0.06] DMAR: dmar0: reg_base_addr fed90000 ver 1:0 cap\n"
                "c0000020e60262 ecap 1000\n",
                UNKNOWN, OFF, 0, KERNEL_WHY_UNIT},
        {"quoted-printable", "[    0.07] DMAR-IR: Enabled IRQ remapp=\ning in x2apic mode\n",
                UNKNOWN, ON, 0, KERNEL_WHY_SAID},
        {"quoted twice, with carriage returns",
                "> > [    0.07] DMAR-IR: Enabled IRQ remapping in x2apic mode\r\n", UNKNOWN, ON, 0,
                KERNEL_WHY_SAID},
        {"coloured, tagged, escaped",
                "\033[32m[    0.7] \033[0m[CODE]DMAR-IR: Enabled IRQ &#39;remapping&#39;[/CODE]\n"
                "&gt; <b>DMAR-IR</b>: Enabled IRQ remapping in xapic mode<br>\n",
                UNKNOWN, ON, 0, KERNEL_WHY_SAID},
        {"syslog",
                "May  1 10:00:00 host kernel: [    0.07] DMAR-IR: Enabled IRQ remapping in "
                "x2apic mode\n",
                UNKNOWN, ON, 0, KERNEL_WHY_SAID},
        {"blanks that do not break",
                "[\302\240 \302\240 0.07] DMAR-IR: Enabled\302\240IRQ remapping in x2apic mode\n",
                UNKNOWN, ON, 0, KERNEL_WHY_SAID},
        {"with the time between lines",
                "[    0.900000 <    0.000012>] DMAR: Intel(R) Virtualization Technology for "
                "Directed "
                "I/O\n",
                ON, UNKNOWN, KERNEL_WHY_SAID, 0},
        {"units at work",
                "[    6.9] ehci-pci 0000:00:1a.0: DMAR: 32bit DMA uses non-identity mapping\n", ON,
                UNKNOWN, KERNEL_WHY_SAID, 0},
        {"identity mapping without the words of old",
                "[    6.9] pci 0000:00:1a.0: DMAR: Setting identity map [0xaa000 - 0xaafff]\n", ON,
                UNKNOWN, KERNEL_WHY_SAID, 0},
        {"another kind of IOMMU",
                WHOLE_HEAD "[    0.9] pci 0000:00:01.0: Adding to iommu group 0\n" SWIOTLB, ON,
                UNKNOWN, KERNEL_WHY_SAID, 0},
        {"a panic while units are stopped",
                "[  264.9] Kernel panic - not syncing: DMAR hardware is malfunctioning\n"
                "[  264.9]  intel_iommu_shutdown+0x64/0x80\n",
                ON, UNKNOWN, KERNEL_WHY_SAID, 0},
        {"a panic while they are started",
                "[    0.9] Kernel panic - not syncing: DMAR hardware is malfunctioning\n"
                "[    0.9]  intel_iommu_init+0x64/0x80\n",
                OFF, UNKNOWN, KERNEL_WHY_FAILED, 0},
        {"a unit in the words of 2.6.2x", "IOMMU fed90000: ver 1:0 cap c9008020e30260 ecap 1000\n",
                UNKNOWN, OFF, 0, KERNEL_WHY_UNIT},
        {"Xen without", "(XEN) I/O virtualisation disabled\n", OFF, OFF, KERNEL_WHY_FAILED,
                KERNEL_WHY_SAID},
        {"a kernel that saves what crashed does not count",
                "Linux version 6.1\n" UNITS REMAPPED DIRECTED
                "Linux version 6.1\nCommand line: ro elfcorehdr=900536K\n" AMD_FOUND,
                ON, ON, KERNEL_WHY_SAID, KERNEL_WHY_SAID},
        {"unless it is alone", "Linux version 6.1\nCommand line: ro elfcorehdr=900536K\n" DIRECTED,
                ON, UNKNOWN, KERNEL_WHY_SAID, 0},
        {"notes of the poster do not count",
                "# why: DMAR-IR: Enabled IRQ remapping in x2apic mode\n", UNKNOWN, UNKNOWN, 0, 0},
        {"of two boots the last",
                "Linux version 6.1\n" UNITS DIRECTED "Linux version 6.2\nDMAR: IOMMU disabled\n",
                OFF, UNKNOWN, KERNEL_WHY_ARGUMENT, 0},
        {"of two boots the one that tells",
                "Linux version 6.1\n" UNITS DIRECTED "Linux version 6.2\n" DMAR_TABLE, ON, UNKNOWN,
                KERNEL_WHY_SAID, 0},
};

static void every_case(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct log_case *c = &cases[i];
		struct kernel_verdict verdict;
		struct kernel_log log;

		kernel_log_parse(c->text, false, &log);
		kernel_log_judge(&log, &verdict);
		if (verdict.iommu.state != c->iommu || verdict.remapping.state != c->remapping)
			fail_msg("%s: iommu %d, not %d; remapping %d, not %d", c->name,
			        verdict.iommu.state, c->iommu, verdict.remapping.state,
			        c->remapping);
		if (verdict.iommu.why != c->iommu_why || verdict.remapping.why != c->remapping_why)
			fail_msg("%s: iommu why %d, not %d; remapping why %d, not %d", c->name,
			        verdict.iommu.why, c->iommu_why, verdict.remapping.why,
			        c->remapping_why);
		kernel_log_finish(&log);
	}
}

static void the_ring_is_unfiltered(void **state)
{
	struct kernel_verdict verdict;
	struct kernel_log log;

	(void)state;
	kernel_log_parse("[    0.0] Linux version 6.1.0\n" DMAR_TABLE, true, &log);
	kernel_log_judge(&log, &verdict);
	assert_true(log.whole);
	assert_int_equal(verdict.remapping.state, KERNEL_NO);
	kernel_log_finish(&log);
	/* One that lost its beginning tells nothing by its silence. */
	kernel_log_parse("[    9.0] usb 1-1: new device\n", true, &log);
	kernel_log_judge(&log, &verdict);
	assert_false(log.whole);
	assert_int_equal(verdict.remapping.state, KERNEL_UNKNOWN);
	kernel_log_finish(&log);
}

static void lines_are_where_they_stand(void **state)
{
	struct kernel_log log;

	(void)state;
	kernel_log_parse("hello\n" DMAR_TABLE UNITS
	                 "[    0.2] pci 0000:00:02.0: DMAR: Disabling IOMMU for graphics on this "
	                 "chipset\n",
	        false, &log);
	assert_int_equal(log.says[KERNEL_TABLE_DMAR].number, 2);
	assert_int_equal(log.says[KERNEL_GRAPHICS_OFF].number, 6);
	assert_string_equal(log.says[KERNEL_DMAR].text, "DMAR: Host address width 39");
	assert_int_equal(log.n_units, 1);
	assert_true(log.units[0].ecap == 0xf050da && log.units[0].cap == 0xd2008c40660462);
	assert_int_equal(log.units[0].line, 5);
	assert_int_equal(log.vendor, CPU_INTEL);
	kernel_log_finish(&log);
}

static void arguments_and_processor(void **state)
{
	cleanup_free char *value = NULL, *wrapped = NULL;
	struct kernel_log log;

	(void)state;
	kernel_log_parse("[    0.0] Kernel command line: root=/dev/sda1 intel_iommu=on\n"
	                 "iommu=pt quiet\n"
	                 "[    0.1] smpboot: CPU0: AMD Ryzen 5 (family: 0x17)\n"
	                 "[    0.2] mce: CPU0: Thermal monitoring enabled (TM1)\n"
	                 "[    2.0] kvm: disabled by bios\n",
	        false, &log);
	value = kernel_log_argument(&log, "intel_iommu");
	wrapped = kernel_log_argument(&log, "iommu");
	assert_string_equal(value, "on");
	assert_string_equal(wrapped, "pt");
	assert_int_equal(log.vendor, CPU_AMD);
	assert_string_equal(log.says[KERNEL_CPU].text, "smpboot: CPU0: AMD Ryzen 5 (family: 0x17)");
	assert_true(kernel_log_says(&log, KERNEL_CPU_LOCKED));
	kernel_log_finish(&log);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(every_case),
	        cmocka_unit_test(the_ring_is_unfiltered),
	        cmocka_unit_test(lines_are_where_they_stand),
	        cmocka_unit_test(arguments_and_processor),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
