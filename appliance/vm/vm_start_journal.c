/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a start writes into the journal before it touches anything. */
#include "vm/vm_impl.h"

#include "vm/usb/rules.h"

static void journal_group(struct journal *j, int id)
{
	for (size_t i = 0; i < j->n_groups; i++) {
		if (j->groups[i].id == id)
			return;
	}
	list_append(j->groups, j->n_groups)->id = id;
}

static void journal_pci(struct vms *vms, struct journal *j, const struct vm_claim_pci *p)
{
	cleanup_free char *link =
	        xasprintf("/sys/bus/pci/devices/%s/driver", pci_addr_format(p->addr).s);
	char *driver = root_link_name(&vms->root, link);

	*list_append(j->pci, j->n_pci) = (struct journal_pci){.addr = p->addr,
	        .vendor = p->vendor,
	        .device = p->device,
	        .subsystem_vendor = p->subsystem_vendor,
	        .subsystem_device = p->subsystem_device,
	        .path = xstrdup(p->path),
	        .name = xstrdup(p->name),
	        .group = p->iommu_group,
	        .pass = p->pass,
	        .bar = p->bar,
	        .bar_was = p->bar_was,
	        .bar_will = p->bar_will,
	        .reset_was = xstrdup(p->reset_was),
	        .reset_will = xstrdup(p->reset_will),
	        .handed = p->handed,
	        .home = driver && streq(driver, "vfio-pci"),
	        .previous = driver};
}

static void journal_profile(struct journal *j, const struct profile *profile)
{
	usb_rules_of(profile, &j->rules, &j->n_rules);
	j->title = xstrdup(profile->title ? profile->title : profile->name);
}

static void journal_pinned(struct journal *j, const struct cpu_map *map)
{
	cleanup_cpulist struct cpulist cpus = {0};

	for (size_t i = 0; i < map->n; i++)
		cpulist_add(&cpus, map->guest[i]);
	j->pinned = cpus.n ? cpulist_format(&cpus) : NULL;
}

void vm_journal_plan(struct vm *vm, const struct vm_plan *plan)
{
	struct journal *j = &vm->journal;

	j->usb_channels = plan->usb_channels;
	for (size_t i = 0; i < plan->n_pci; i++) {
		const struct vm_claim_pci *claim = &plan->pci[i];

		if (claim->share.kind != VM_SHARE_MEDIATED)
			journal_pci(vm->vms, j, claim);
		journal_group(j, claim->iommu_group);
	}
	j->memory_bytes = plan->memory_bytes;
	journal_pinned(j, &plan->cpus);
	vm_hand_over_journal(vm, plan);
	vm_inputs_journal(vm, plan);
	vm_monitor_journal(vm, plan);
	vm_network_journal(vm, plan);
	j->page_bytes = plan->page_bytes;
	for (size_t i = 0; i < plan->n_disks; i++)
		*list_append(j->disks, j->n_disks) =
		        (struct journal_disk){.name = xstrdup(plan->disks[i].name),
		                .device = xstrdup(plan->disks[i].device),
		                .writable = plan->disks[i].writable};
}

void vm_journal_begin(struct vm *vm, const struct vm_plan *plan, const struct profile *profile)
{
	struct journal *j = &vm->journal;

	journal_finish(j);
	j->name = xstrdup(vm->name);
	j->phase = JOURNAL_STARTING;
	j->unit = vm->vms->env.session ? NULL : launch_unit_name(vm->name);
	sd_event_now(vm->vms->env.event, CLOCK_REALTIME, &j->since);
	journal_profile(j, profile);
	vm_shares_journal(vm, plan);
	if (vm_plan_is_whole(plan))
		vm_journal_plan(vm, plan);
}
