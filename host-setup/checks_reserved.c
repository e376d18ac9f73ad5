/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Memory that firmware keeps mapped for a device (RMRR, IVMD): VFIO refuses such a device.
 *
 * "Device is ineligible for IOMMU domain attach due to platform RMRR requirement" (EPERM) or, since Linux 6.6 and
 * on both vendors, "Firmware has requested this device have a 1:1 IOMMU mapping" (EINVAL). Of USB controllers and
 * graphics the kernel knows that the need ends with the firmware: "direct-relaxable".
 */
#include "checks.h"

#include <inttypes.h>

#define DMAR_FILE  "/sys/firmware/acpi/tables/DMAR"
#define IVRS_FILE  "/sys/firmware/acpi/tables/IVRS"
#define SHOWN_MOST 24

/* Linux: device_rmrr_is_relaxable() in drivers/iommu/intel/iommu.c. AMD's driver relaxes none. */
static bool is_relaxed(const struct pci_device *d)
{
	return d->class_code >> 8 == 0x0c03 || d->class_code >> 16 == 0x03;
}

static bool has_region(const struct iommu_group *group, enum iommu_region_type type)
{
	for (size_t i = 0; group && i < group->n_regions; i++) {
		if (group->regions[i].type == type)
			return true;
	}
	return false;
}

static bool table_reserves(const struct host *host, const struct pci_device *d)
{
	const struct iommu *iommu = &host->iommu;
	size_t index = (size_t)(d - host->pci.list);

	for (size_t i = 0; i < iommu->dmar_table.n && !is_relaxed(d); i++) {
		const struct dmar_entry *e = &iommu->dmar_table.list[i];

		if (e->type == DMAR_RMRR && dmar_entry_names(e, &host->pci, index))
			return true;
	}
	for (size_t i = 0; i < iommu->ivrs_table.n_memory; i++) {
		const struct ivrs_memory *m = &iommu->ivrs_table.memory[i];

		/* An exclusion range, or memory that is mapped as it is. */
		if (m->flags & 1 && !(m->flags & 8) && ivrs_memory_names(m, d))
			return true;
	}
	return false;
}

/* The kernel's own word on the group counts; the table's where the IOMMU is off. */
static bool is_reserved(const struct host *host, const struct pci_device *d)
{
	const struct iommu_group *group = iommu_find_group(&host->iommu, d->iommu_group);

	if (group && group->regions_told)
		return has_region(group, IOMMU_REGION_DIRECT);
	return table_reserves(host, d);
}

/* --- evidence --- */

static void show_rmrr(const struct host *host, const struct dmar_entry *e, struct check_result *r)
{
	struct strv cleanup_strv words = {0};
	cleanup_free char *all = NULL;

	for (size_t i = 0; i < e->n && i < SHOWN_MOST; i++) {
		int at = dmar_scope_find(&e->scopes[i], e->segment, &host->pci);
		const struct pci_device *d = at < 0 ? NULL : &host->pci.list[at];

		if (d)
			strv_addf(&words, "%s%s", pci_addr_format(d->addr).s,
			        is_relaxed(d) ? " (needed only at boot)" : "");
	}
	if (!words.n)
		strv_add(&words, "devices that are not there");
	all = strv_join(&words, ", ");
	result_evidence(
	        r, DMAR_FILE, "RMRR %#" PRIx64 "-%#" PRIx64 " for %s", e->base, e->limit, all);
}

static void show_tables(const struct host *host, struct check_result *r)
{
	const struct iommu *iommu = &host->iommu;
	size_t shown = 0;

	for (size_t i = 0; i < iommu->dmar_table.n; i++) {
		if (iommu->dmar_table.list[i].type == DMAR_RMRR && shown++ < SHOWN_MOST)
			show_rmrr(host, &iommu->dmar_table.list[i], r);
	}
	for (size_t i = 0; i < iommu->ivrs_table.n_memory && shown++ < SHOWN_MOST; i++) {
		const struct ivrs_memory *m = &iommu->ivrs_table.memory[i];

		result_evidence(r, IVRS_FILE, "IVMD %#" PRIx64 ", %#" PRIx64 " bytes, for %s%s%s",
		        m->base, m->size,
		        m->all ? "all devices"
		               : pci_addr_format(ivrs_address(m->segment, m->first)).s,
		        m->all || m->first == m->last ? "" : " to ",
		        m->all || m->first == m->last
		                ? ""
		                : pci_addr_format(ivrs_address(m->segment, m->last)).s);
	}
}

/* Whether any group tells of its regions. */
static bool show_regions(const struct host *host, struct check_result *r)
{
	size_t told = 0, shown = 0;

	for (size_t i = 0; i < host->iommu.n_groups; i++) {
		const struct iommu_group *g = &host->iommu.groups[i];

		told += g->regions_told;
		for (size_t k = 0; k < g->n_regions; k++) {
			cleanup_free char *source =
			        xasprintf("/sys/kernel/iommu_groups/%d/reserved_regions", g->id);

			if (g->regions[k].type != IOMMU_REGION_DIRECT || shown++ >= SHOWN_MOST)
				continue;
			result_evidence(r, source, "%#" PRIx64 "-%#" PRIx64 " direct",
			        g->regions[k].first, g->regions[k].last);
		}
	}
	if (told)
		result_evidence(r, "/sys/kernel/iommu_groups", "%zu of %zu groups tell theirs",
		        told, host->iommu.n_groups);
	return told;
}

/* The kernel's word when VFIO tried: drivers/iommu/intel/iommu.c, drivers/iommu/iommu.c. */
static bool show_refusal(const struct host *host, struct check_result *r)
{
	return result_log_line(r, host, "due to platform RMRR requirement") ||
	       result_log_line(r, host, "rejecting configuring the device without a 1:1 mapping");
}

/* --- the verdict --- */

static const struct pci_device *find_needed(const struct host *host, const char *address)
{
	struct pci_addr addr;

	return pci_addr_parse(address, &addr) == 0 ? pci_find(&host->pci, addr) : NULL;
}

/*
 * A function of a card, or of what goes along with it, that VFIO would refuse; NULL: none. A group's word is for all
 * its members, so one that the table names comes first.
 */
static const struct pci_device *find_reserved(const struct host *host, const struct check_gpu *gpu)
{
	const struct pci_device *found = is_reserved(host, gpu->device) ? gpu->device : NULL;

	if (found && table_reserves(host, found))
		return found;
	strv_foreach (address, &gpu->needs) {
		const struct pci_device *d = find_needed(host, *address);

		if (!d || !is_reserved(host, d))
			continue;
		if (table_reserves(host, d))
			return d;
		found = found ? found : d;
	}
	return found;
}

static size_t count_reserved(const struct host *host)
{
	size_t n = 0;

	for (size_t i = 0; i < host->pci.n; i++)
		n += is_reserved(host, &host->pci.list[i]);
	return n;
}

static void fix_reserved(struct check_result *r)
{
	result_fix(r, _("Put the card into another slot, install a newer firmware, or look in the "
	                "firmware setup for management or shared memory of that slot (HPE: Shared "
	                "Memory Features). No argument of a stock kernel lifts this."));
}

static void judge_cards(
        struct check_result *r, const struct pci_device *first, size_t blocked, size_t cards)
{
	const struct pci_addr_text address = pci_addr_format(first->addr);

	if (blocked == cards)
		result_fail(r, CODE_RESERVED_MEMORY, CHECK_CURE_PERSON,
		        _("the firmware keeps memory mapped for %s, so VFIO refuses the card"),
		        address.s);
	else
		result_warn(r, CODE_RESERVED_MEMORY,
		        _("the firmware keeps memory mapped for %s, so VFIO refuses that card"),
		        address.s);
	fix_reserved(r);
}

static void judge(const struct check_context *c, struct check_result *r)
{
	const struct pci_device *first = NULL;
	size_t blocked = 0, cards = 0, all = count_reserved(c->host);

	for (size_t i = 0; i < c->report->n_gpus; i++) {
		const struct check_gpu *gpu = &c->report->gpus[i];
		const struct pci_device *d = gpu->boot_display ? NULL : find_reserved(c->host, gpu);

		cards += !gpu->boot_display;
		blocked += d != NULL;
		first = first ? first : d;
	}
	if (first)
		judge_cards(r, first, blocked, cards);
	else if (all)
		result_pass(r,
		        ngettext("the firmware keeps memory mapped for %zu device, which VFIO "
		                 "refuses; it is no part of a graphics card",
		                "the firmware keeps memory mapped for %zu devices, which VFIO "
		                "refuses; none is part of a graphics card that could be given away",
		                all),
		        all);
	else
		result_pass(r, _("the firmware keeps no memory mapped that would make VFIO refuse "
		                 "a device"));
}

/* Neither the kernel tells of regions, nor a sound table. */
static void judge_untold(const struct iommu *iommu, bool refused, struct check_result *r)
{
	const char *fault = iommu->dmar_fault ? iommu->dmar_fault : iommu->ivrs_fault;
	const char *file = iommu->dmar != IOMMU_TABLE_ABSENT ? DMAR_FILE : IVRS_FILE;

	if (fault || iommu->dmar != IOMMU_TABLE_ABSENT || iommu->ivrs != IOMMU_TABLE_ABSENT)
		result_evidence(r, file, "%s", fault ? fault : "not readable");
	if (refused) {
		result_warn(r, CODE_RESERVED_MEMORY,
		        _("the kernel has refused a device, as the firmware keeps memory mapped "
		          "for "
		          "it"));
		fix_reserved(r);
	} else if (fault) {
		result_unknown(r, CODE_NONE,
		        _("the firmware's table is faulty, so what memory it keeps mapped is not "
		          "known"));
	} else if (iommu->dmar != IOMMU_TABLE_ABSENT || iommu->ivrs != IOMMU_TABLE_ABSENT) {
		result_unknown(r, CODE_NONE,
		        _("only root may read for which devices the firmware keeps memory mapped"));
		r->only_root_knows = true;
	} else {
		result_skip(r, _("no table tells of memory that the firmware keeps mapped"));
	}
}

void check_reserved_memory(const struct check_context *c, struct check_result *r)
{
	const struct iommu *iommu = &c->host->iommu;
	bool told = show_regions(c->host, r);
	bool refused = show_refusal(c->host, r);
	bool dmar = iommu->dmar == IOMMU_TABLE_READ && !iommu->dmar_fault;
	bool ivrs = iommu->ivrs == IOMMU_TABLE_READ && !iommu->ivrs_fault;

	show_tables(c->host, r);
	if (dmar)
		result_evidence(r, DMAR_FILE, "read");
	if (ivrs)
		result_evidence(r, IVRS_FILE, "read");
	if (told || dmar || ivrs)
		judge(c, r);
	else
		judge_untold(iommu, refused, r);
}
