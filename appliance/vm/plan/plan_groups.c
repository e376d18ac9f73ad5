/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether the IOMMU can keep what a VM claims apart from the host: it is on, it remaps, groups are whole. */
#include "base/i18n.h"
#include "vm/plan/plan_parts.h"

#include <errno.h>
#include <stdio.h>

#define GROUPS_DIR "/sys/kernel/iommu_groups"

static int refuse_iommu_off(bool intel, struct err *err)
{
	err_set(err, -ENODEV,
	        _("the IOMMU is off: %s is empty, though firmware describes one "
	          "(/sys/firmware/acpi/tables/%s is there)"),
	        GROUPS_DIR, intel ? "DMAR" : "IVRS");
	if (intel)
		err_hint(err, _("the kernel needs an argument: playthrough-setup plan shows it, "
		                "playthrough-setup apply adds it"));
	else /* the kernel switches it on by itself, unless it is told not to */
		err_hint(err, _("remove amd_iommu=off or iommu=off from the kernel command line, "
		                "then restart"));
	return plan_refuse(err, CODE_IOMMU_OFF);
}

static int check_iommu(const struct host *host, struct err *err)
{
	bool dmar = host->iommu.dmar != IOMMU_TABLE_ABSENT;
	bool ivrs = host->iommu.ivrs != IOMMU_TABLE_ABSENT;

	if (host->iommu.n_groups)
		return 0;
	if (dmar || ivrs)
		return refuse_iommu_off(dmar, err);
	err_set(err, -ENODEV,
	        _("this PC has no IOMMU: %s is empty and firmware describes none "
	          "(no DMAR or IVRS in /sys/firmware/acpi/tables)"),
	        GROUPS_DIR);
	err_hint(err, _("switch on VT-d (Intel) or IOMMU / AMD-Vi (AMD) in the firmware setup; "
	                "without one no device can be passed"));
	return plan_refuse(err, CODE_IOMMU_FIRMWARE);
}

/* The kernel remaps interrupts only where every unit can. Intel VT-d specification, 11.4.3: ecap bit 3. */
static int check_remapping(const struct host *host, struct err *err)
{
	const struct iommu_unit *unit = iommu_lacking(&host->iommu);

	if (unit) {
		err_set(err, -ENODEV,
		        _("the IOMMU cannot remap interrupts: %s/ecap is %llx, bit 3 clear"),
		        unit->source, (unsigned long long)unit->ecap);
		err_hint(err,
		        _("look for interrupt remapping, x2APIC or VT-d in the firmware setup, or "
		          "a newer firmware; a device without it could attack the host"));
		return plan_refuse(err, CODE_IR_INCAPABLE);
	}
	if (host->iommu.remapping != IOMMU_REMAPPING_OFF)
		return 0;
	err_set(err, -ENODEV, _("interrupt remapping is off: no IR- chip in /proc/interrupts (%s)"),
	        host->iommu.remapping_line ? host->iommu.remapping_line : "IO-APIC");
	err_hint(err, _("playthrough-setup check says what keeps it off: a kernel argument such as "
	                "intremap=off, or the firmware setup"));
	return plan_refuse(err, CODE_IR_OFF);
}

static bool is_claimed(const struct vm_plan *plan, struct pci_addr addr)
{
	for (size_t i = 0; i < plan->n_pci; i++)
		if (vm_claim_has(&plan->pci[i], addr))
			return true;
	return false;
}

/* "0000:01:00.1 (8086:2668, driver snd_hda_intel, used: ...)" */
static char *tell_member(const struct host *host, const struct pci_device *d, bool *used)
{
	cleanup_strv struct strv uses = {0};
	cleanup_free char *words = NULL;

	host_uses(host, d, &uses);
	*used |= uses.n > 0;
	words = strv_join(&uses, ", ");
	return xasprintf(_("%s (%s, driver %s%s%s)"), pci_addr_format(d->addr).s, pci_id(d).s,
	        d->driver, uses.n ? _(", in use: ") : "", words);
}

static int refuse_group(
        const struct vm_claim_pci *claim, const struct strv *others, bool used, struct err *err)
{
	cleanup_free char *words = strv_join(others, "; ");

	err_set(err, -EPERM, _("%s: IOMMU group %d also holds %s, on host drivers (%s/%d/devices)"),
	        pci_addr_format(claim->addr).s, claim->iommu_group, words, GROUPS_DIR,
	        claim->iommu_group);
	if (used)
		err_hint(err,
		        _("a group goes to one VM as a whole: put the card into another slot, or "
		          "pass these too; playthrough-setup plan says what this PC would lose"));
	else
		err_hint(err,
		        _("a group goes to one VM as a whole: add these to the profile, or keep "
		          "them from the host with playthrough-setup apply"));
	return plan_refuse(err, CODE_GROUP_SHARED);
}

static void add_companion(struct vm_plan *plan, const struct pci_device *d)
{
	*list_append(plan->pci, plan->n_pci) = (struct vm_claim_pci){
	        .addr = d->addr,
	        .path = xstrdup(d->path),
	        .vendor = d->vendor,
	        .device = d->device,
	        .subsystem_vendor = d->subsystem_vendor,
	        .subsystem_device = d->subsystem_device,
	        .iommu_group = d->iommu_group,
	        .bound = true,
	        .name = xstrdup(pci_addr_format(d->addr).s),
	        .guest_path = xstrdup(""),
	        .bar = -1,
	        .kind = PROFILE_PCI_OTHER,
	        .class_code = d->class_code,
	};
}

/* Members without a driver do no harm: the kernel binds none to them while the group is ours. */
static int check_group(const struct planning *p, const struct vm_claim_pci claim, struct err *err)
{
	const struct iommu_group *group = iommu_find_group(&p->host->iommu, claim.iommu_group);
	cleanup_strv struct strv others = {0};
	bool used = false;

	if (!group) {
		err_set(err, -ENODEV,
		        _("%s is in no IOMMU group (no /sys/bus/pci/devices/%s/iommu_group)"),
		        pci_addr_format(claim.addr).s, pci_addr_format(claim.addr).s);
		err_hint(err, _("the IOMMU does not reach this device, so it cannot be passed; try "
		                "another slot"));
		return plan_refuse(err, CODE_PCI_NO_GROUP);
	}
	for (size_t i = 0; i < group->n; i++) {
		const struct pci_device *d = &p->host->pci.list[group->devices[i]];

		if (is_claimed(p->plan, d->addr) || pci_is_bridge(d) || !d->driver)
			continue;
		if (streq(d->driver, "vfio-pci"))
			add_companion(p->plan, d);
		else
			strv_take(&others, tell_member(p->host, d, &used));
	}
	return others.n ? refuse_group(&claim, &others, used, err) : 0;
}

int plan_pci_iommu(const struct planning *p, struct err *err)
{
	int r = check_iommu(p->host, err);

	return r < 0 ? r : check_remapping(p->host, err);
}

int plan_pci_groups(const struct planning *p, struct err *err)
{
	size_t n_passed = p->plan->n_pci;
	int r = 0;

	for (size_t i = 0; r == 0 && i < n_passed; i++)
		if (vm_claim_has(&p->plan->pci[i], p->plan->pci[i].addr))
			r = check_group(p, p->plan->pci[i], err);
	return r;
}
