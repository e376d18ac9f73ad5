/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What can be different about a PC: each function changes one fact of the good one in setup_pc.h. */
#ifndef TEST_SETUP_CHECK_CHANGES_H
#define TEST_SETUP_CHECK_CHANGES_H

#include "setup_pc.h"

#include <errno.h>

static void cmdline(struct pc *pc, const char *text)
{
	pc_set(&pc->host.firmware.cmdline, text);
}

static void kernel_log(struct pc *pc, const char *text, bool complete)
{
	pc_set(&pc->host.firmware.log, text);
	pc->host.firmware.log_errno = 0;
	pc->host.firmware.log_complete = complete;
}

/* --- the changes --- */

static void nothing(struct pc *pc)
{
	(void)pc;
}

static void bound(struct pc *pc)
{
	pc_set(&pc_device(pc, PC_GPU)->driver, "vfio-pci");
	pc_set(&pc_device(pc, PC_AUDIO)->driver, "vfio-pci");
}

static void booted_and_bound(struct pc *pc)
{
	bound(pc);
	cmdline(pc, "root=/dev/sda1 playthrough=0123abcd intel_iommu=on");
	pc->facts.applied = true;
}

static void sound_not_bound(struct pc *pc)
{
	booted_and_bound(pc);
	pc_set(&pc_device(pc, PC_AUDIO)->driver, "snd_hda_intel");
}

static void applied_not_booted(struct pc *pc)
{
	pc->facts.applied = true;
}

static void booted_not_bound(struct pc *pc)
{
	cmdline(pc, "root=/dev/sda1 playthrough=0123abcd intel_iommu=on");
	pc->facts.applied = true;
}

static void kernel_left_it_off(struct pc *pc)
{
	pc_no_groups(pc);
	pc_drop_units(pc);
	pc->host.iommu.remapping = IOMMU_REMAPPING_OFF;
	pc_set(&pc->host.iommu.remapping_line, "0: IO-APIC 2-edge timer");
}

static void intel_iommu_off(struct pc *pc)
{
	kernel_left_it_off(pc);
	cmdline(pc, "root=/dev/sda1 intel_iommu=off");
}

static void iommu_off(struct pc *pc)
{
	kernel_left_it_off(pc);
	cmdline(pc, "root=/dev/sda1 iommu=off");
}

/* The kernel prints "DMAR: IOMMU enabled" for the argument alone. */
static void no_iommu_but_argument(struct pc *pc)
{
	kernel_left_it_off(pc);
	pc->host.iommu.dmar = IOMMU_TABLE_ABSENT;
	pc->host.iommu.vendor = IOMMU_NONE;
	cmdline(pc, "root=/dev/sda1 intel_iommu=on");
	kernel_log(pc, "[    0.1] DMAR: IOMMU enabled", false);
}

static void remapping_without_dma(struct pc *pc)
{
	kernel_left_it_off(pc);
	pc->host.iommu.remapping = IOMMU_REMAPPING_ON;
	pc_set(&pc->host.iommu.remapping_line, "0: IR-IO-APIC 2-edge timer");
}

static void tables_hidden(struct pc *pc)
{
	no_iommu_but_argument(pc);
	pc->facts.acpi_tables = false;
}

static void no_virtualization(struct pc *pc)
{
	pc->host.cpu.vmx = false;
	pc->host.cpu.kvm_device = ENOENT;
	pc->facts.cpuid = 0;
}

static void locked_by_firmware(struct pc *pc)
{
	no_virtualization(pc);
	pc->facts.cpuid = -1;
	kernel_log(pc, "[    0.1] x86/cpu: VMX (outside TXT) disabled by BIOS", false);
}

static void locked_says_cpuid(struct pc *pc)
{
	no_virtualization(pc);
	pc->facts.cpuid = 1;
}

static void flag_missing_no_log(struct pc *pc)
{
	no_virtualization(pc);
	pc->facts.cpuid = -1;
}

static void flag_missing_silent_log(struct pc *pc)
{
	flag_missing_no_log(pc);
	kernel_log(pc, "[    0.0] Linux version 6.1", true);
}

static void virtual_machine(struct pc *pc)
{
	no_virtualization(pc);
	pc->host.cpu.hypervisor = true;
}

static void no_module(struct pc *pc)
{
	pc->host.cpu.kvm_device = ENOENT;
	pc->host.cpu.kvm_module = false;
}

static void software_kvm(struct pc *pc)
{
	no_virtualization(pc);
	pc->host.cpu.hypervisor = true;
	pc->host.cpu.kvm_device = 0;
	pc->host.cpu.kvm_module = false;
}

static void not_in_group_kvm(struct pc *pc)
{
	pc->host.cpu.kvm_device = EACCES;
}

static void second_unit_incapable(struct pc *pc)
{
	pc_add_unit(pc, IOMMU_INTEL, 0xf46);
	pc->host.iommu.remapping = IOMMU_REMAPPING_OFF;
}

/* The last hexadecimal digit of 1000 is 0: bit 3 is clear, whatever the length. */
static void first_unit_incapable(struct pc *pc)
{
	pc_drop_units(pc);
	pc_add_unit(pc, IOMMU_INTEL, 0x1000);
	pc_add_unit(pc, IOMMU_INTEL, 0x10207f);
}

static void remapping_off(struct pc *pc)
{
	pc->host.iommu.remapping = IOMMU_REMAPPING_OFF;
	pc_set(&pc->host.iommu.remapping_line, "0: IO-APIC 2-edge timer");
}

static void remapping_asked_off(struct pc *pc)
{
	remapping_off(pc);
	cmdline(pc, "root=/dev/sda1 intremap=off");
}

static void remapping_platform_off(struct pc *pc)
{
	remapping_off(pc);
	pc->host.iommu.dmar = IOMMU_TABLE_READ;
	pc->host.iommu.dmar_flags = 0;
}

static void remapping_unreadable(struct pc *pc)
{
	pc->host.iommu.remapping = IOMMU_REMAPPING_UNKNOWN;
	pc->host.firmware.log_errno = EPERM;
}

static void remapping_not_told(struct pc *pc)
{
	remapping_unreadable(pc);
	kernel_log(pc, "[  900.0] usb 1-2: new device", false);
}

static void remapping_in_log(struct pc *pc)
{
	remapping_unreadable(pc);
	kernel_log(pc, "[    0.4] DMAR-IR: Enabled IRQ remapping in x2apic mode", false);
}

static void remapping_never_said(struct pc *pc)
{
	remapping_unreadable(pc);
	kernel_log(pc, "[    0.0] Linux version 6.1\n[    0.1] DMAR: IOMMU enabled", true);
}

static void remapping_erratum(struct pc *pc)
{
	remapping_off(pc);
	kernel_log(pc,
	        "[    0.1] DMAR-IR: This system BIOS has enabled interrupt remapping\n"
	        "on a chipset that contains an erratum making that",
	        false);
}

static void remapping_ioapic(struct pc *pc)
{
	remapping_off(pc);
	kernel_log(pc,
	        "[    0.1] DMAR-IR: [Firmware Bug]: ioapic 2 has no mapping iommu, interrupt "
	        "remapping will be disabled",
	        false);
}

/* The log is of an earlier kernel, or of the time before a resume: what runs is right. */
static void log_disagrees(struct pc *pc)
{
	kernel_log(pc, "[    0.1] DMAR-IR: Not enabling interrupt remapping", false);
}

static void table_broken(struct pc *pc)
{
	kernel_left_it_off(pc);
	kernel_log(pc,
	        "[    0.0] DMAR: [Firmware Bug]: Your BIOS is broken; DMAR reported at "
	        "address 0!",
	        false);
}

static void asked_in_vain(struct pc *pc)
{
	kernel_left_it_off(pc);
	cmdline(pc, "root=/dev/sda1 intel_iommu=on");
	kernel_log(pc, "[    0.0] DMAR: IOMMU enabled", false);
}

static void graphics_left_out(struct pc *pc)
{
	kernel_log(pc,
	        "[    0.8] pci 0000:00:02.0: DMAR: Disabling IOMMU for graphics on this chipset",
	        false);
}

static void device_with_rmrr(struct pc *pc)
{
	kernel_log(pc,
	        "[    9.0] vfio-pci 0000:02:00.0: Device is ineligible for IOMMU domain attach due "
	        "to platform RMRR requirement.  Contact your platform vendor.",
	        false);
}

static void amd(struct pc *pc)
{
	pc->host.cpu.vendor = CPU_AMD;
	pc->host.cpu.vmx = false;
	pc->host.cpu.svm = true;
	pc->host.iommu.vendor = IOMMU_AMD;
	pc->host.iommu.dmar = IOMMU_TABLE_ABSENT;
	pc->host.iommu.ivrs = IOMMU_TABLE_PRESENT;
	pc_drop_units(pc);
	pc_add_unit(pc, IOMMU_AMD, 0);
}

static void amd_firmware_bug(struct pc *pc)
{
	amd(pc);
	remapping_off(pc);
	kernel_log(pc,
	        "[    0.3] AMD-Vi: [Firmware Bug]: : IOAPIC[0] not in IVRS table\n"
	        "[    0.3] AMD-Vi: Disabling interrupt remapping",
	        false);
}

static void amd_in_log(struct pc *pc)
{
	amd(pc);
	remapping_unreadable(pc);
	kernel_log(pc, "[    0.5] AMD-Vi: Interrupt remapping enabled", false);
}

static void amd_disabled_in_log(struct pc *pc)
{
	amd(pc);
	remapping_unreadable(pc);
	kernel_log(pc, "[    0.5] AMD-Vi: Disabling interrupt remapping", false);
}

static void amd_off(struct pc *pc)
{
	amd(pc);
	kernel_left_it_off(pc);
	cmdline(pc, "root=/dev/sda1 amd_iommu=off");
}

static void amd_failed(struct pc *pc)
{
	amd(pc);
	kernel_left_it_off(pc);
}

static void amd_svm_locked(struct pc *pc)
{
	amd(pc);
	pc->host.cpu.kvm_device = ENOENT;
	kernel_log(pc, "[    5.0] kvm_amd: SVM disabled (by BIOS) in MSR_VM_CR on CPU 0", false);
}

static void group_with_root_disk(struct pc *pc)
{
	pc_device(pc, PC_SATA)->iommu_group = 1;
	pc_group(pc);
}

static void group_with_network(struct pc *pc)
{
	pc_device(pc, PC_NET)->iommu_group = 1;
	pc_group(pc);
}

static void group_with_spare_network(struct pc *pc)
{
	group_with_network(pc);
	pc->host.net.list[0].default_route = pc->host.net.list[0].up = false;
}

static void group_with_lpc(struct pc *pc)
{
	pc_device(pc, PC_NET)->class_code = 0x060100;
	group_with_spare_network(pc);
}

static void only_boot_gpu(struct pc *pc)
{
	pc_device(pc, PC_GPU)->class_code = 0x020000;
}

static void no_gpu(struct pc *pc)
{
	only_boot_gpu(pc);
	pc_device(pc, PC_IGPU)->class_code = 0x050000;
}

static void identical_gpus(struct pc *pc)
{
	struct pci_device *d =
	        pc_add(pc, "0000:02:00.0", "0000:00:1c.0/00.0", 0x10de1e84, 0x030000, 6, "nouveau");

	d->boot_vga = 0;
	pc_group(pc);
}

/* The card's sound is in another group, and something the host needs is there too. */
static void sound_grouped_with_root_disk(struct pc *pc)
{
	pc_device(pc, PC_AUDIO)->iommu_group = 4;
	pc_group(pc);
}

/* A processor with graphics: its USB controller sits in the slot of the graphics, in a group of its own. */
static void board_functions_beside_gpu(struct pc *pc)
{
	pc_set(&pc_device(pc, PC_USB)->path, "0000:00:01.0/00.2");
	pci_addr_parse("0000:01:00.2", &pc_device(pc, PC_USB)->addr);
}

static void only_gpu_on_vfio(struct pc *pc)
{
	pc_device(pc, PC_IGPU)->class_code = 0x050000;
	pc_device(pc, PC_GPU)->boot_vga = 1;
	booted_and_bound(pc);
}

static void no_reset(struct pc *pc)
{
	pc_set(&pc_device(pc, PC_GPU)->reset_method, "");
}

static void old_kernel_reset(struct pc *pc)
{
	pc_set(&pc_device(pc, PC_GPU)->reset_method, NULL);
	pc_device(pc, PC_GPU)->reset = true;
}

static void no_rom(struct pc *pc)
{
	pc_device(pc, PC_GPU)->rom_size = 0;
}

static void below_4g(struct pc *pc)
{
	pc_device(pc, PC_GPU)->bar[1].address = 0xd0000000;
}

static void legacy_bios(struct pc *pc)
{
	pc->host.firmware.uefi = false;
}

static void no_vfio(struct pc *pc)
{
	pc->host.firmware.vfio_pci = 0;
}

static void vfio_not_told(struct pc *pc)
{
	pc->host.firmware.vfio_pci = -1;
	pc_set(&pc->host.firmware.vfio_pci_source, NULL);
}

static void disks_all_used(struct pc *pc)
{
	strv_add(&pc->host.disks.list[1].uses, "sdb is swap (/proc/swaps)");
}

static void keyboard_on_controller(struct pc *pc)
{
	struct usb_device *u = list_append(pc->host.usb.list, pc->host.usb.n);

	u->sysname = xstrdup("1-2");
	u->product_name = xstrdup("USB Keyboard");
	u->keyboard = u->has_controller = true;
	u->controller = pc_device(pc, PC_USB)->addr;
}

/* A second keyboard, for the game, on a controller of its own. */
static void second_keyboard(struct pc *pc)
{
	struct usb_device *u;

	keyboard_on_controller(pc);
	pc_add(pc, "0000:02:00.0", "0000:00:1c.0/00.0", 0x1b36000d, 0x0c0330, 6, "xhci_hcd");
	pc_group(pc);
	keyboard_on_controller(pc);
	u = &pc->host.usb.list[1];
	pci_addr_parse("0000:02:00.0", &u->controller);
}

static void little_memory(struct pc *pc)
{
	pc->host.memory.total_bytes = 2ull << 30;
}

static void two_processors(struct pc *pc)
{
	pc->host.cpu.threads = 2;
}

static void no_screen_stays(struct pc *pc)
{
	pc_device(pc, PC_IGPU)->class_code = 0x050000;
}

static void ssh_stays(struct pc *pc)
{
	no_screen_stays(pc);
	pc->facts.ssh = true;
	pc->facts.ssh_source = xstrdup("/proc/net/tcp");
}

#endif
