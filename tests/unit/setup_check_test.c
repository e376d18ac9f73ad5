/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The check's verdicts: one fact of a good PC changed at a time, and what must follow from it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "host-setup/check.h"
#include "setup_check_changes.h"

/* --- what must follow --- */

static const struct check_case {
	const char *name;
	void (*change)(struct pc *pc);
	const char *id;
	enum check_status status;
	const char *code;                       /* NULL: none */
	const char *evidence_source, *evidence; /* a part of each; NULL: not looked at */
	int exit_code;
} cases[] = {
        {"a fresh PC", nothing, "host.config", CHECK_FAIL, "PT-HOST-02", "/driver", "nouveau", 3},
        {"on without an argument", nothing, "iommu.enabled", CHECK_PASS, NULL,
                "/sys/kernel/iommu_groups", "6 groups", 3},
        {"remapping on", nothing, "iommu.interrupt-remapping", CHECK_PASS, NULL,
                "/sys/class/iommu/dmar0/intel-iommu/ecap", "f050da", 3},
        {"groups", nothing, "iommu.groups", CHECK_PASS, NULL, "iommu_groups/1/devices",
                "0000:00:01.0 [0604] stays", 3},
        {"set up and booted", booted_and_bound, "host.config", CHECK_PASS, NULL, "/proc/cmdline",
                "playthrough=0123abcd", 0},
        {"bound by other means", bound, "host.config", CHECK_PASS, NULL, NULL, NULL, 0},
        {"the card's sound not bound", sound_not_bound, "host.config", CHECK_FAIL, "PT-HOST-04",
                NULL, NULL, 4},
        {"set up, stock entry booted", applied_not_booted, "host.config", CHECK_FAIL, "PT-HOST-03",
                "/var/lib/playthrough/setup/journal.json", "present", 4},
        {"booted, nothing bound", booted_not_bound, "host.config", CHECK_FAIL, "PT-HOST-04", NULL,
                NULL, 4},
        {"table, kernel left it off", kernel_left_it_off, "iommu.enabled", CHECK_FAIL,
                "PT-IOMMU-02", "/sys/firmware/acpi/tables/DMAR", "present", 3},
        {"off, so no remapping", kernel_left_it_off, "iommu.interrupt-remapping", CHECK_FAIL, NULL,
                "/proc/interrupts", "IO-APIC", 3},
        {"intel_iommu=off", intel_iommu_off, "iommu.enabled", CHECK_FAIL, "PT-IOMMU-02",
                "/proc/cmdline", "intel_iommu=off", 3},
        {"iommu=off", iommu_off, "iommu.enabled", CHECK_FAIL, "PT-IOMMU-02", "/proc/cmdline",
                "iommu=off", 4},
        {"argument without IOMMU: on?", no_iommu_but_argument, "iommu.enabled", CHECK_FAIL, NULL,
                "/sys/kernel/iommu_groups", "0 groups", 4},
        {"argument without IOMMU: asked for", no_iommu_but_argument, "iommu.enabled", CHECK_FAIL,
                NULL, "/proc/cmdline", "intel_iommu=on", 4},
        {"argument without IOMMU: firmware", no_iommu_but_argument, "iommu.firmware", CHECK_FAIL,
                "PT-IOMMU-01", "/sys/firmware/acpi/tables", "neither DMAR nor IVRS", 4},
        {"remapping without IOMMU", remapping_without_dma, "iommu.interrupt-remapping", CHECK_PASS,
                NULL, "/proc/interrupts", "IR-IO-APIC", 3},
        {"tables hidden", tables_hidden, "iommu.firmware", CHECK_UNKNOWN, NULL, NULL,
                "cannot be listed", 4},
        {"no vmx, says CPUID", no_virtualization, "cpu.virtualization", CHECK_FAIL, "PT-CPU-02",
                "CPUID", "neither", 5},
        {"vmx locked by firmware", locked_by_firmware, "cpu.virtualization", CHECK_FAIL,
                "PT-CPU-01", "kernel log", "disabled by BIOS", 4},
        {"vmx hidden, says CPUID", locked_says_cpuid, "cpu.virtualization", CHECK_FAIL, "PT-CPU-01",
                "CPUID", "VMX or SVM", 4},
        {"no vmx, no log", flag_missing_no_log, "cpu.virtualization", CHECK_FAIL, "PT-CPU-01",
                "/proc/cpuinfo", "neither vmx nor svm", 4},
        {"no vmx, log silent", flag_missing_silent_log, "cpu.virtualization", CHECK_FAIL,
                "PT-CPU-02", NULL, NULL, 5},
        {"a virtual machine", virtual_machine, "cpu.virtualization", CHECK_FAIL, "PT-CPU-02", NULL,
                NULL, 5},
        {"KVM not loaded", no_module, "kvm.device", CHECK_FAIL, "PT-KVM-01", "/dev/kvm", "No such",
                4},
        {"KVM, not by VT-x or SVM", software_kvm, "kvm.device", CHECK_FAIL, "PT-KVM-01",
                "/sys/module", "no kvm_intel", 5},
        {"no right to /dev/kvm", not_in_group_kvm, "kvm.device", CHECK_WARN, "PT-KVM-02",
                "/dev/kvm", "denied", 3},
        {"one unit cannot remap", second_unit_incapable, "iommu.interrupt-remapping", CHECK_FAIL,
                "PT-IOMMU-03", "/sys/class/iommu/dmar1/intel-iommu/ecap", "f46", 4},
        {"ecap 1000 cannot", first_unit_incapable, "iommu.interrupt-remapping", CHECK_FAIL,
                "PT-IOMMU-03", "/sys/class/iommu/dmar0/intel-iommu/ecap", "1000", 4},
        {"capable, off", remapping_off, "iommu.interrupt-remapping", CHECK_FAIL, "PT-IOMMU-04",
                "/proc/interrupts", "0: IO-APIC", 4},
        {"asked off", remapping_asked_off, "iommu.interrupt-remapping", CHECK_FAIL, "PT-IOMMU-04",
                "/proc/cmdline", "intremap=off", 4},
        {"platform says no", remapping_platform_off, "iommu.interrupt-remapping", CHECK_FAIL,
                "PT-IOMMU-07", "/sys/firmware/acpi/tables/DMAR", "INTR_REMAP clear", 4},
        {"only root knows", remapping_unreadable, "iommu.interrupt-remapping", CHECK_UNKNOWN,
                "PT-IOMMU-06", NULL, NULL, 3},
        {"nobody tells", remapping_not_told, "iommu.interrupt-remapping", CHECK_UNKNOWN,
                "PT-IOMMU-06", NULL, NULL, 6},
        {"the log tells", remapping_in_log, "iommu.interrupt-remapping", CHECK_PASS, NULL,
                "kernel log", "Enabled IRQ remapping", 3},
        {"a whole log never says so", remapping_never_said, "iommu.interrupt-remapping", CHECK_FAIL,
                "PT-IOMMU-04", "kernel log", "never says", 4},
        {"the chipset's erratum", remapping_erratum, "iommu.interrupt-remapping", CHECK_FAIL,
                "PT-IOMMU-07", "kernel log", "erratum", 4},
        {"Intel: IOAPIC missing in DMAR", remapping_ioapic, "iommu.interrupt-remapping", CHECK_FAIL,
                "PT-IOMMU-07", "kernel log", "no mapping iommu", 4},
        {"what runs is right", log_disagrees, "iommu.interrupt-remapping", CHECK_PASS, NULL,
                "/proc/interrupts", "IR-", 3},
        {"table refused", table_broken, "iommu.enabled", CHECK_FAIL, "PT-IOMMU-08", "kernel log",
                "address 0", 4},
        {"asked in vain", asked_in_vain, "iommu.enabled", CHECK_FAIL, "PT-IOMMU-08", "kernel log",
                "IOMMU enabled", 4},
        {"graphics left out", graphics_left_out, "iommu.quirks", CHECK_PASS, NULL, "kernel log",
                "Disabling IOMMU for graphics", 3},
        {"a device that firmware keeps", device_with_rmrr, "iommu.quirks", CHECK_WARN,
                "PT-IOMMU-09", "kernel log", "RMRR requirement", 3},
        {"AMD: on", amd, "iommu.interrupt-remapping", CHECK_PASS, NULL, "/proc/interrupts",
                "IR-IO-APIC", 3},
        {"AMD: on without an argument", amd, "iommu.enabled", CHECK_PASS, NULL,
                "/sys/kernel/iommu_groups", "6 groups", 3},
        {"AMD: IOAPIC missing in IVRS", amd_firmware_bug, "iommu.interrupt-remapping", CHECK_FAIL,
                "PT-IOMMU-07", "kernel log", "IOAPIC[0] not in IVRS table", 4},
        {"AMD: the log says on", amd_in_log, "iommu.interrupt-remapping", CHECK_PASS, NULL,
                "kernel log", "AMD-Vi: Interrupt remapping enabled", 3},
        {"AMD: the log says off", amd_disabled_in_log, "iommu.interrupt-remapping", CHECK_FAIL,
                "PT-IOMMU-04", "kernel log", "Disabling", 4},
        {"AMD: amd_iommu=off", amd_off, "iommu.enabled", CHECK_FAIL, "PT-IOMMU-02", "/proc/cmdline",
                "amd_iommu=off", 4},
        {"AMD: table, no groups", amd_failed, "iommu.enabled", CHECK_FAIL, "PT-IOMMU-02",
                "/sys/firmware/acpi/tables/IVRS", "present", 4},
        {"AMD: SVM off in firmware", amd_svm_locked, "cpu.virtualization", CHECK_FAIL, "PT-CPU-01",
                "kernel log", "SVM disabled", 4},
        {"group with the root disk", group_with_root_disk, "iommu.groups", CHECK_FAIL,
                "PT-IOMMU-05", "iommu_groups/1/devices", "0000:00:17.0 [0106]", 4},
        {"group with the network", group_with_network, "iommu.groups", CHECK_FAIL, "PT-IOMMU-05",
                "iommu_groups/1/devices", "0000:00:1f.6", 4},
        {"group with a spare device", group_with_spare_network, "iommu.groups", CHECK_PASS, NULL,
                NULL, NULL, 3},
        {"group with the LPC bridge", group_with_lpc, "iommu.groups", CHECK_FAIL, "PT-IOMMU-05",
                NULL, "0601", 4},
        {"boot card only", only_boot_gpu, "gpu.boot-display", CHECK_FAIL, "PT-GPU-02",
                "0000:00:02.0/boot_vga", "1", 4},
        {"boot card only: nothing to set up", only_boot_gpu, "host.config", CHECK_SKIP, NULL, NULL,
                NULL, 4},
        {"no card", no_gpu, "gpu.present", CHECK_FAIL, "PT-GPU-01", "/sys/bus/pci/devices",
                "none of class", 4},
        {"two equal cards", identical_gpus, "host.config", CHECK_FAIL, "PT-HOST-05", NULL, NULL, 4},
        {"the only card, given away", only_gpu_on_vfio, "gpu.boot-display", CHECK_PASS, NULL,
                "0000:01:00.0/boot_vga", "1", 0},
        {"no reset", no_reset, "gpu.reset", CHECK_WARN, "PT-GPU-03", "reset_method", "(empty)", 3},
        {"reset before 5.15", old_kernel_reset, "gpu.reset", CHECK_UNKNOWN, NULL, "/reset",
                "present", 3},
        {"no ROM", no_rom, "gpu.rom", CHECK_WARN, "PT-GPU-04", "resource", "ROM 0", 3},
        {"above 4 GiB", nothing, "firmware.above-4g", CHECK_PASS, NULL, "0000:01:00.0/resource",
                "0x4000000000", 3},
        {"below 4 GiB", below_4g, "firmware.above-4g", CHECK_WARN, "PT-FW-01", NULL, "0xd0000000",
                3},
        {"legacy BIOS", legacy_bios, "firmware.uefi", CHECK_WARN, "PT-FW-02", "/sys/firmware/efi",
                "absent", 3},
        {"no vfio-pci", no_vfio, "kernel.vfio", CHECK_FAIL, "PT-KERNEL-01", "modules.dep",
                "no vfio-pci", 4},
        {"modules not told", vfio_not_told, "kernel.vfio", CHECK_UNKNOWN, "PT-KERNEL-02", NULL,
                NULL, 6},
        {"a free disk", nothing, "disk.candidates", CHECK_PASS, NULL, "ata-Disk_sdb", "free", 3},
        {"disks all used", disks_all_used, "disk.candidates", CHECK_WARN, "PT-DISK-01",
                "ata-Disk_sda", "mounted on /", 3},
        {"a free controller", nothing, "usb.controllers", CHECK_PASS, NULL, "0000:00:14.0", "alone",
                3},
        {"the host's keyboard", keyboard_on_controller, "usb.controllers", CHECK_WARN, "PT-USB-01",
                "0000:00:14.0", "USB Keyboard", 3},
        {"a second keyboard", second_keyboard, "usb.controllers", CHECK_PASS, NULL, "0000:02:00.0",
                "keyboard", 3},
        {"little memory", little_memory, "memory.lock", CHECK_WARN, "PT-MEM-01", NULL, "2.0 GiB",
                3},
        {"no huge pages", nothing, "memory.hugepages", CHECK_SKIP, NULL, NULL, NULL, 3},
        {"two processors", two_processors, "cpu.isolation", CHECK_WARN, "PT-CPU-03", NULL, NULL, 3},
        {"the screen stays", nothing, "host.second-console", CHECK_PASS, NULL,
                "0000:00:02.0/boot_vga", "1", 3},
        {"no way in", no_screen_stays, "host.second-console", CHECK_WARN, "PT-HOST-01", NULL, NULL,
                3},
        {"ssh stays", ssh_stays, "host.second-console", CHECK_PASS, NULL, "/proc/net/tcp", "22", 3},
};

static bool has_evidence(const struct check_result *r, const char *source, const char *value)
{
	for (size_t i = 0; i < r->n_evidence; i++) {
		if ((!source || strstr(r->evidence[i].source, source)) &&
		        (!value || strstr(r->evidence[i].value, value)))
			return true;
	}
	return !source && !value;
}

static void print_evidence(const struct check_result *r)
{
	print_error("%s: %s: %s (%s)\n", r->id, check_status_name(r->status), r->summary,
	        r->code ? r->code : "-");
	for (size_t i = 0; i < r->n_evidence; i++)
		print_error("  %s: %s\n", r->evidence[i].source, r->evidence[i].value);
}

static void run_case(const struct check_case *c)
{
	struct check_report report;
	const struct check_result *r;
	struct pc pc;
	bool right;

	pc_init(&pc);
	c->change(&pc);
	check_run_with(&pc.host, &pc.facts, &report);
	r = check_find(&report, c->id);
	assert_non_null(r);
	right = r->status == c->status && check_exit_code(&report) == c->exit_code &&
	        (c->code ? r->code && streq(r->code, c->code) : !r->code) &&
	        has_evidence(r, c->evidence_source, c->evidence);
	if (!right) {
		print_evidence(r);
		fail_msg("%s: exit code %d", c->name, check_exit_code(&report));
	}
	check_report_finish(&report);
	pc_finish(&pc);
}

static void every_case(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		run_case(&cases[i]);
}

/* --- promises that hold for every case --- */

static const char *const ids[] = {"host.environment", "cpu.virtualization", "kvm.device",
        "cpu.nested", "iommu.firmware", "iommu.enabled", "iommu.interrupt-remapping",
        "iommu.quirks", "iommu.groups", "iommu.units", "iommu.coverage", "iommu.reserved-memory",
        "firmware.above-4g", "firmware.uefi", "gpu.present", "gpu.boot-display", "gpu.identical",
        "gpu.outputs", "gpu.power", "gpu.bars", "gpu.reset", "gpu.comes-back", "gpu.rom",
        "usb.controllers", "disk.candidates", "audio.choice", "memory.hugepages", "memory.lock",
        "cpu.isolation", "kernel.vfio", "host.second-console", "host.slots", "host.unwise",
        "host.board", "host.config", "host.existing"};

static void promises(const struct check_case *c)
{
	struct check_report report;
	struct pc pc;

	pc_init(&pc);
	c->change(&pc);
	check_run_with(&pc.host, &pc.facts, &report);
	assert_int_equal(report.n_results, ARRAY_SIZE(ids));
	for (size_t i = 0; i < report.n_results; i++) {
		const struct check_result *r = &report.results[i];
		bool acts = r->status == CHECK_FAIL || r->status == CHECK_WARN;

		assert_string_equal(r->id, ids[i]);
		assert_true(r->summary && *r->summary);
		/* What asks for an act has a code and says what to do; a consequence has neither. */
		if (acts && !(r->code && r->fix) && (r->code || r->fix))
			fail_msg("%s: %s: code without fix, or fix without code", c->name, r->id);
		/* A verdict stands on something that was read. */
		if (r->status != CHECK_SKIP && r->n_evidence == 0 &&
		        !streq(r->id, "gpu.boot-display"))
			fail_msg("%s: %s: %s without evidence", c->name, r->id,
			        check_status_name(r->status));
	}
	check_report_finish(&report);
	pc_finish(&pc);
}

static void every_promise(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		promises(&cases[i]);
}

/* --- graphics cards --- */

static const struct check_gpu *find_gpu(const struct check_report *report, const char *address)
{
	for (size_t i = 0; i < report->n_gpus; i++) {
		if (streq(pci_addr_format(report->gpus[i].device->addr).s, address))
			return &report->gpus[i];
	}
	fail_msg("no GPU %s", address);
	return NULL;
}

static bool has_reason(const struct check_gpu *gpu, const char *part)
{
	strv_foreach (reason, &gpu->reasons) {
		if (strstr(*reason, part))
			return true;
	}
	return false;
}

static const struct gpu_case {
	void (*change)(struct pc *pc);
	const char *address;
	enum check_status verdict;
	const char *needs, *reason;
} gpu_cases[] = {
        {nothing, "0000:01:00.0", CHECK_PASS, "0000:01:00.1", "part of the card"},
        {nothing, "0000:00:02.0", CHECK_FAIL, "", "host's own screen"},
        {kernel_left_it_off, "0000:01:00.0", CHECK_WARN, "0000:01:00.1", "no IOMMU group"},
        {group_with_root_disk, "0000:01:00.0", CHECK_FAIL, "0000:00:17.0 0000:01:00.1",
                "the host uses it: disk sda"},
        {group_with_spare_network, "0000:01:00.0", CHECK_WARN, "0000:00:1f.6 0000:01:00.1",
                "the host loses it"},
        {group_with_lpc, "0000:01:00.0", CHECK_FAIL, "0000:00:1f.6 0000:01:00.1",
                "this board needs it"},
        {identical_gpus, "0000:02:00.0", CHECK_WARN, "", "0000:01:00.0 has the same id 10de:1e84"},
        {no_reset, "0000:01:00.0", CHECK_WARN, "0000:01:00.1", "no way to reset"},
        {sound_grouped_with_root_disk, "0000:01:00.0", CHECK_FAIL, "0000:00:17.0 0000:01:00.1",
                "the host uses it: disk sda"},
        {board_functions_beside_gpu, "0000:01:00.0", CHECK_WARN, "0000:01:00.1", "whole bus"},
        {only_gpu_on_vfio, "0000:01:00.0", CHECK_WARN, "0000:01:00.1", "boot display"},
};

static void judges_cards(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(gpu_cases); i++) {
		const struct gpu_case *c = &gpu_cases[i];
		cleanup_free char *needs = NULL;
		const struct check_gpu *gpu;
		struct check_report report;
		struct pc pc;

		pc_init(&pc);
		c->change(&pc);
		check_run(&pc.host, &report);
		gpu = find_gpu(&report, c->address);
		needs = strv_join(&gpu->needs, " ");
		assert_string_equal(needs, c->needs);
		assert_int_equal(gpu->verdict, c->verdict);
		if (!has_reason(gpu, c->reason))
			fail_msg("case %zu: no reason \"%s\"", i, c->reason);
		check_report_finish(&report);
		pc_finish(&pc);
	}
}

static void shared_bus_reset_is_a_warning(void **state)
{
	struct check_report report;
	struct pc pc;

	(void)state;
	pc_init(&pc);
	pc_add(&pc, "0000:01:01.0", "0000:00:01.0/01.0", 0x8086100e, 0x020000, 7, "e1000");
	pc_group(&pc);
	check_run(&pc.host, &report);
	assert_true(has_reason(find_gpu(&report, "0000:01:00.0"), "whole bus"));
	assert_int_equal(find_gpu(&report, "0000:01:00.0")->verdict, CHECK_WARN);
	check_report_finish(&report);
	pc_finish(&pc);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(every_case),
	        cmocka_unit_test(every_promise),
	        cmocka_unit_test(judges_cards),
	        cmocka_unit_test(shared_bus_reset_is_a_warning),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
