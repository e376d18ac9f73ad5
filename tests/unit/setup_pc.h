/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A PC built by hand for the tests of host-setup: an Intel desktop with everything in order and nothing set up,
 * which each case then changes in one thing.
 *
 *   group 0  00:00.0  host bridge
 *   group 1  00:01.0  PCI bridge, stays     01:00.0 game card (nouveau)     01:00.1 its sound (snd_hda_intel)
 *   group 2  00:02.0  processor graphics: boot display
 *   group 3  00:14.0  xHCI controller
 *   group 4  00:17.0  SATA controller: sda with the root file system, sdb free
 *   group 5  00:1f.6  network with the default route
 */
#ifndef TEST_SETUP_PC_H
#define TEST_SETUP_PC_H

#include "host-setup/facts.h"
#include "host/host.h"

struct pc {
	struct host host;
	struct facts facts;
};

enum { PC_HOST_BRIDGE, PC_BRIDGE, PC_IGPU, PC_USB, PC_SATA, PC_NET, PC_GPU, PC_AUDIO };

static inline struct pci_device *pc_add(struct pc *pc, const char *address, const char *path,
        uint32_t id, uint32_t class_code, int group, const char *driver)
{
	struct pci_device *d = list_append(pc->host.pci.list, pc->host.pci.n);

	pci_addr_parse(address, &d->addr);
	d->vendor = (uint16_t)(id >> 16);
	d->device = (uint16_t)id;
	d->class_code = class_code;
	d->path = xstrdup(path);
	d->driver = xstrdup(driver);
	d->iommu_group = group;
	d->numa_node = d->boot_vga = d->d3cold_allowed = d->parent = -1;
	d->reset_method = xstrdup("");
	return d;
}

/* @index: PC_GPU and so on. */
static inline struct pci_device *pc_device(struct pc *pc, int index)
{
	return &pc->host.pci.list[index];
}

static inline void pc_set(char **where, const char *text)
{
	free(*where);
	*where = xstrdup(text);
}

static inline void pc_drop_groups(struct pc *pc)
{
	struct iommu *iommu = &pc->host.iommu;

	for (size_t i = 0; i < iommu->n_groups; i++) {
		free(iommu->groups[i].type);
		free(iommu->groups[i].devices);
	}
	free(iommu->groups);
	iommu->groups = NULL;
	iommu->n_groups = 0;
}

/* Makes the list of groups from what the devices say. */
static inline void pc_group(struct pc *pc)
{
	struct iommu *iommu = &pc->host.iommu;

	pc_drop_groups(pc);
	for (int id = 0; id < 64; id++) {
		struct iommu_group group = {.id = id};

		for (size_t i = 0; i < pc->host.pci.n; i++) {
			if (pc->host.pci.list[i].iommu_group == id)
				*list_append(group.devices, group.n) = (int)i;
		}
		if (!group.n)
			continue;
		group.type = xstrdup("DMA-FQ");
		*list_append(iommu->groups, iommu->n_groups) = group;
	}
}

static inline void pc_no_groups(struct pc *pc)
{
	for (size_t i = 0; i < pc->host.pci.n; i++)
		pc->host.pci.list[i].iommu_group = -1;
	pc_drop_groups(pc);
}

static inline void pc_drop_units(struct pc *pc)
{
	struct iommu *iommu = &pc->host.iommu;

	for (size_t i = 0; i < iommu->n_units; i++) {
		free(iommu->units[i].name);
		free(iommu->units[i].source);
	}
	free(iommu->units);
	iommu->units = NULL;
	iommu->n_units = 0;
}

static inline void pc_add_unit(struct pc *pc, enum iommu_vendor vendor, uint64_t ecap)
{
	struct iommu *iommu = &pc->host.iommu;
	const char *kind = vendor == IOMMU_INTEL ? "dmar" : "ivhd";
	size_t number = iommu->n_units;
	struct iommu_unit *unit = list_append(iommu->units, iommu->n_units);

	unit->name = xasprintf("%s%zu", kind, number);
	unit->source = xasprintf("/sys/class/iommu/%s%zu/%s", kind, number,
	        vendor == IOMMU_INTEL ? "intel-iommu" : "amd-iommu");
	unit->vendor = vendor;
	unit->readable = true;
	unit->ecap = ecap;
	unit->remapping_capable = vendor == IOMMU_INTEL && ecap & 8;
}

static inline void pc_no_remapping(struct pc *pc)
{
	pc->host.iommu.remapping = IOMMU_REMAPPING_OFF;
	pc_set(&pc->host.iommu.remapping_line, "0: 43 IO-APIC 2-edge timer");
}

static inline void pc_unit_cannot_remap(struct pc *pc)
{
	pc_drop_units(pc);
	pc_add_unit(pc, IOMMU_INTEL, 0xf46);
	pc_no_remapping(pc);
}

static inline void pc_add_disk(struct pc *pc, const char *name, const char *use)
{
	struct disk *disk = list_append(pc->host.disks.list, pc->host.disks.n);

	disk->name = xstrdup(name);
	disk->by_id = xasprintf("/dev/disk/by-id/ata-Disk_%s", name);
	disk->size = 500000000000;
	disk->has_controller = true;
	disk->controller = pc->host.pci.list[PC_SATA].addr;
	if (use)
		strv_add(&disk->uses, use);
}

static inline void pc_add_functions(struct pc *pc)
{
	struct pci_device *d;

	pc_add(pc, "0000:00:00.0", "0000:00:00.0", 0x80863ec2, 0x060000, 0, NULL);
	pc_add(pc, "0000:00:01.0", "0000:00:01.0", 0x80861901, 0x060400, 1, "pcieport");
	d = pc_add(pc, "0000:00:02.0", "0000:00:02.0", 0x80863e92, 0x030000, 2, "i915");
	d->boot_vga = 1;
	pc_add(pc, "0000:00:14.0", "0000:00:14.0", 0x8086a2af, 0x0c0330, 3, "xhci_hcd");
	pc_add(pc, "0000:00:17.0", "0000:00:17.0", 0x8086a282, 0x010601, 4, "ahci");
	pc_add(pc, "0000:00:1f.6", "0000:00:1f.6", 0x808615b8, 0x020000, 5, "e1000e");
	d = pc_add(pc, "0000:01:00.0", "0000:00:01.0/00.0", 0x10de1e84, 0x030000, 1, "nouveau");
	d->boot_vga = 0;
	d->rom_size = 512 << 10;
	pc_set(&d->reset_method, "bus");
	d->bar[1] = (struct pci_bar){
	        .size = 1 << 28, .is_64bit = true, .prefetchable = true, .address = 0x4000000000};
	pc_add(pc, "0000:01:00.1", "0000:00:01.0/00.1", 0x10de10f8, 0x040300, 1, "snd_hda_intel");
}

static inline void pc_init(struct pc *pc)
{
	struct host *host = &pc->host;
	struct net_interface *n;

	*pc = (struct pc){.facts = {.cpuid = 1, .acpi_tables = true}};
	host->live = true;
	host->cpu =
	        (struct cpu){.vendor = CPU_INTEL, .threads = 8, .vmx = true, .kvm_module = true};
	host->cpu.model_name = xstrdup("Intel(R) Core(TM) i7-8700K CPU @ 3.70GHz");
	host->firmware.uefi = true;
	host->firmware.kernel_release = xstrdup("6.1.0-18-amd64");
	host->firmware.cmdline = xstrdup("root=/dev/sda1 ro quiet");
	host->firmware.vfio_pci = 1;
	host->firmware.vfio_pci_source = xstrdup("/lib/modules/6.1.0-18-amd64/modules.dep");
	host->firmware.log_errno = 1; /* EPERM: the usual case for a user */
	host->memory = (struct memory){.total_bytes = 32ull << 30,
	        .available_bytes = 30ull << 30,
	        .hugepage_bytes = 2 << 20,
	        .memlock_bytes = 8 << 20};
	pc_add_functions(pc);
	host->iommu.vendor = IOMMU_INTEL;
	host->iommu.dmar = IOMMU_TABLE_PRESENT;
	host->iommu.remapping = IOMMU_REMAPPING_ON;
	host->iommu.remapping_line = xstrdup("0: IR-IO-APIC 2-edge timer");
	pc_add_unit(pc, IOMMU_INTEL, 0xf050da);
	pc_group(pc);
	pc_add_disk(pc, "sda", "sda1 is mounted on / (/proc/self/mountinfo)");
	pc_add_disk(pc, "sdb", NULL);
	n = list_append(host->net.list, host->net.n);
	*n = (struct net_interface){.name = xstrdup("eno1"),
	        .has_controller = true,
	        .controller = host->pci.list[PC_NET].addr,
	        .up = true,
	        .default_route = true};
}

static inline void pc_finish(struct pc *pc)
{
	host_finish(&pc->host);
	facts_finish(&pc->facts);
}

#endif
