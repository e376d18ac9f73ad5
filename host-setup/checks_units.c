/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The IOMMU unit by unit: what each can do, which devices it covers, and the memory that firmware keeps mapped.
 *
 * What the kernel shows (/sys/class/iommu, reserved_regions) counts first; what only root may read (the ACPI
 * tables) names the devices and the reasons.
 */
#include "checks.h"

#include <inttypes.h>

#define DMAR_FILE  "/sys/firmware/acpi/tables/DMAR"
#define IVRS_FILE  "/sys/firmware/acpi/tables/IVRS"
#define SHOWN_MOST 24 /* lines of one kind; a broken table must not bury the rest */

static void add_word(struct strv *words, const char *name, bool has)
{
	strv_addf(words, "%s%s", has ? "" : "no ", name);
}

/* "IR, EIM, QI, PT, no posted interrupts, 39 bits": in the words of the specifications. Caller frees. */
static char *tell_abilities(const struct iommu_unit *unit)
{
	bool intel = unit->vendor == IOMMU_INTEL;
	struct strv cleanup_strv words = {0};
	struct iommu_abilities can;

	iommu_unit_abilities(unit, &can);
	if (intel) {
		add_word(&words, "IR", can.remapping);
		add_word(&words, "EIM (x2APIC)", can.x2apic);
		add_word(&words, "QI", can.queued);
		add_word(&words, "PT", can.pass_through);
	} else {
		add_word(&words, "XT (x2APIC)", can.x2apic);
		add_word(&words, "PPR", can.page_requests);
	}
	add_word(&words, "posted interrupts", can.posted);
	if (can.address_bits)
		strv_addf(&words, "%u bits", can.address_bits);
	if (can.emulated)
		strv_add(&words, "emulated (caching mode)");
	return strv_join(&words, ", ");
}

static void show_unit(const struct iommu_unit *unit, struct check_result *r)
{
	cleanup_free char *can = unit->readable ? tell_abilities(unit) : NULL;

	if (!can)
		result_evidence(r, unit->source, "not readable");
	else if (unit->vendor == IOMMU_INTEL)
		result_evidence(r, unit->source, "cap %" PRIx64 ", ecap %" PRIx64 ": %s", unit->cap,
		        unit->ecap, can);
	else
		result_evidence(r, unit->source, "features %" PRIx64 ": %s", unit->features, can);
}

/* --- units of the tables --- */

/* What a unit of the DMAR table covers, judged by the functions that are there. */
enum drhd_kind { DRHD_ALL, DRHD_EMPTY, DRHD_GRAPHICS, DRHD_OTHER };

static bool is_graphics(const struct pci_device *d)
{
	return d->class_code >> 16 == 0x03;
}

static enum drhd_kind kind_of(const struct dmar_entry *drhd, const struct pci *pci)
{
	size_t graphics = 0, others = 0;

	if (drhd->flags & 1)
		return DRHD_ALL;
	for (size_t i = 0; i < drhd->n; i++) {
		int at = dmar_scope_find(&drhd->scopes[i], drhd->segment, pci);

		if (at >= 0 && is_graphics(&pci->list[at]))
			graphics++;
		else if (at >= 0)
			others++;
	}
	return others ? DRHD_OTHER : graphics ? DRHD_GRAPHICS : DRHD_EMPTY;
}

/* "0000:00:02.0, IOAPIC 2"; caller frees. */
static char *tell_scopes(const struct dmar_entry *e, const struct pci *pci)
{
	struct strv cleanup_strv words = {0};

	if (e->type == DMAR_DRHD && e->flags & 1)
		strv_addf(&words, "all other devices of segment %04x", e->segment);
	for (size_t i = 0; i < e->n && i < SHOWN_MOST; i++) {
		const struct dmar_scope *s = &e->scopes[i];
		int at = dmar_scope_find(s, e->segment, pci);

		if (at >= 0)
			strv_addf(&words, "%s%s", pci_addr_format(pci->list[at].addr).s,
			        s->type == DMAR_SCOPE_BRIDGE ? " and what is behind it" : "");
		else if (s->type == DMAR_SCOPE_ENDPOINT || s->type == DMAR_SCOPE_BRIDGE)
			strv_addf(&words, "%04x:%02x:%02x.%x%s, which is not there", e->segment,
			        s->bus, s->path[0].device, s->path[0].function,
			        s->n > 1 ? " and on" : "");
		else
			strv_addf(&words, "%s %u",
			        s->type == DMAR_SCOPE_IOAPIC ? "IOAPIC"
			        : s->type == DMAR_SCOPE_HPET ? "HPET"
			                                     : "other device",
			        s->id);
	}
	if (!words.n)
		strv_add(&words, "nothing");
	return strv_join(&words, ", ");
}

static void show_drhd(const struct host *host, const struct dmar_entry *e, struct check_result *r)
{
	const struct iommu_unit *alive = iommu_alive_drhd(&host->iommu, e);
	cleanup_free char *covers = tell_scopes(e, &host->pci);

	result_evidence(r, DMAR_FILE, "unit at %" PRIx64 " (%s): %s", e->base,
	        alive ? alive->name : "not alive", covers);
}

static void show_ivhd(const struct host *host, const struct ivrs_unit *u, struct check_result *r)
{
	const struct iommu_unit *alive = iommu_alive_ivhd(&host->iommu, u);
	size_t covered = 0, ioapics = 0;

	for (size_t i = 0; i < u->n; i++)
		ioapics += u->entries[i].type == IVRS_SPECIAL &&
		           u->entries[i].kind == IVRS_KIND_IOAPIC;
	for (size_t i = 0; i < host->pci.n; i++)
		covered += ivrs_unit_of(&host->iommu.ivrs_table, &host->pci, i) == u;
	result_evidence(r, IVRS_FILE, "unit %s at %" PRIx64 " (%s): %zu devices, %zu IOAPICs",
	        pci_addr_format(ivrs_address(u->segment, u->id)).s, u->base,
	        alive ? alive->name : "not alive", covered, ioapics);
}

/* What the tables say of the whole platform. */
static void show_headers(const struct iommu *iommu, struct check_result *r)
{
	const struct ivrs *ivrs = &iommu->ivrs_table;
	uint8_t flags = iommu->dmar_table.flags;

	if (iommu->dmar == IOMMU_TABLE_READ && iommu->dmar_table.address_bits)
		result_evidence(r, DMAR_FILE, "%u bits, flags %#x:%s%s%s",
		        iommu->dmar_table.address_bits, flags,
		        flags & DMAR_INTR_REMAP ? " INTR_REMAP" : " no INTR_REMAP",
		        flags & DMAR_X2APIC_OPT_OUT ? " X2APIC_OPT_OUT" : "",
		        flags & DMAR_DMA_CTRL_OPT_IN ? " DMA_CTRL_PLATFORM_OPT_IN" : "");
	if (iommu->ivrs == IOMMU_TABLE_READ)
		result_evidence(r, IVRS_FILE, "IVinfo %#x: %u bits physical, %u virtual%s%s",
		        ivrs->info, ivrs->info >> 8 & 0x7f, ivrs->info >> 15 & 0x7f,
		        ivrs->info & IVRS_EFR_SUPPORTED ? ", EFRSup" : "",
		        ivrs->info & IVRS_DMA_REMAP ? ", DMA remapping asked for" : "");
}

static void show_table_units(const struct host *host, struct check_result *r)
{
	const struct iommu *iommu = &host->iommu;
	uint8_t type = ivrs_type_used(&iommu->ivrs_table);
	size_t shown = 0;

	for (size_t i = 0; i < iommu->dmar_table.n; i++) {
		if (iommu->dmar_table.list[i].type == DMAR_DRHD && shown++ < SHOWN_MOST)
			show_drhd(host, &iommu->dmar_table.list[i], r);
	}
	for (size_t i = 0; i < iommu->ivrs_table.n_units; i++) {
		if (iommu->ivrs_table.units[i].type == type && shown++ < SHOWN_MOST)
			show_ivhd(host, &iommu->ivrs_table.units[i], r);
	}
}

static void show_faults(const struct iommu *iommu, struct check_result *r)
{
	if (iommu->dmar_fault)
		result_evidence(r, DMAR_FILE, "%s", iommu->dmar_fault);
	if (iommu->ivrs_fault)
		result_evidence(r, IVRS_FILE, "%s", iommu->ivrs_fault);
}

/* Units of a sound table that should live and do not; those for graphics alone apart. */
static void count_dead(const struct host *host, size_t *dead, size_t *graphics)
{
	const struct iommu *iommu = &host->iommu;
	uint8_t type = ivrs_type_used(&iommu->ivrs_table);

	for (size_t i = 0; i < iommu->dmar_table.n && !iommu->dmar_fault; i++) {
		const struct dmar_entry *e = &iommu->dmar_table.list[i];
		enum drhd_kind kind;

		if (e->type != DMAR_DRHD || iommu_alive_drhd(iommu, e))
			continue;
		/* The kernel leaves out a unit none of whose devices is there. */
		kind = kind_of(e, &host->pci);
		*graphics += kind == DRHD_GRAPHICS;
		*dead += kind == DRHD_ALL || kind == DRHD_OTHER;
	}
	for (size_t i = 0; i < iommu->ivrs_table.n_units && !iommu->ivrs_fault; i++) {
		const struct ivrs_unit *u = &iommu->ivrs_table.units[i];

		*dead += u->type == type && !iommu_alive_ivhd(iommu, u);
	}
}

/* --- iommu.units --- */

static void judge_living(const struct check_context *c, struct check_result *r)
{
	const struct iommu *iommu = &c->host->iommu;
	const struct iommu_unit *lacking = iommu_lacking(iommu);
	size_t unreadable = 0, dead = 0, graphics = 0;

	for (size_t i = 0; i < iommu->n_units; i++)
		unreadable += !iommu->units[i].readable;
	count_dead(c->host, &dead, &graphics);
	if (lacking) {
		result_warn(r, CODE_NONE,
		        _("%s, one of %zu units, cannot remap interrupts; see "
		          "iommu.interrupt-remapping"),
		        lacking->name, iommu->n_units);
	} else if (dead) {
		result_warn(r, CODE_UNIT_DEAD,
		        _("not every IOMMU unit that the firmware describes is alive: %zu missing"),
		        dead);
		result_fix(
		        r, _("Their devices cannot be passed. sudo dmesg | grep -e DMAR -e AMD-Vi "
		             "tells the kernel's reason; a newer firmware often mends it."));
	} else if (iommu->dmar_fault || iommu->ivrs_fault) {
		result_warn(
		        r, CODE_TABLE_FAULT, _("the firmware's table of IOMMU units is faulty"));
		result_fix(r, _("Install a newer firmware. The kernel may leave out what it cannot "
		                "understand."));
	} else if (unreadable) {
		result_unknown(r, CODE_NONE,
		        _("%zu of %zu IOMMU units do not show what they can do"), unreadable,
		        iommu->n_units);
	} else if (graphics) {
		result_pass(r,
		        ngettext("%zu IOMMU unit is alive; the one for the processor's graphics "
		                 "alone "
		                 "was left out, which other cards do not mind",
		                "%zu IOMMU units are alive; the one for the processor's graphics "
		                "alone "
		                "was left out, which other cards do not mind",
		                iommu->n_units),
		        iommu->n_units);
	} else {
		result_pass(r,
		        ngettext("%zu IOMMU unit is alive", "%zu IOMMU units are alive",
		                iommu->n_units),
		        iommu->n_units);
	}
}

void check_iommu_units(const struct check_context *c, struct check_result *r)
{
	const struct iommu *iommu = &c->host->iommu;

	for (size_t i = 0; i < iommu->n_units && i < SHOWN_MOST; i++)
		show_unit(&iommu->units[i], r);
	show_headers(iommu, r);
	show_table_units(c->host, r);
	show_faults(iommu, r);
	if (iommu->n_units)
		judge_living(c, r);
	else if (iommu->dmar_fault || iommu->ivrs_fault) {
		result_warn(
		        r, CODE_TABLE_FAULT, _("the firmware's table of IOMMU units is faulty"));
		result_fix(r, _("Install a newer firmware. The kernel may leave out what it cannot "
		                "understand."));
	} else if (iommu_in_firmware(c->host)) {
		result_skip(r, _("the units show what they can do when the IOMMU is on"));
	} else {
		result_skip(r, _("there is no IOMMU unit"));
	}
}

/* --- iommu.coverage --- */

static size_t index_of(const struct host *host, const struct pci_device *d)
{
	return (size_t)(d - host->pci.list);
}

static void show_covered(
        const struct host *host, const struct iommu_unit *unit, struct check_result *r)
{
	cleanup_free char *source = xasprintf("/sys/class/iommu/%s/devices", unit->name);
	cleanup_free char *all = NULL;
	struct strv cleanup_strv words = {0};

	for (size_t i = 0; i < unit->n && i < SHOWN_MOST; i++)
		strv_add(&words, pci_addr_format(host->pci.list[unit->devices[i]].addr).s);
	if (unit->n > SHOWN_MOST)
		strv_addf(&words, "%zu more", unit->n - SHOWN_MOST);
	all = strv_join(&words, ", ");
	if (unit->n)
		result_evidence(r, source, "%s", all);
}

static bool in_group(const struct iommu_group *group, size_t index)
{
	for (size_t i = 0; i < group->n; i++) {
		if (group->devices[i] == (int)index)
			return true;
	}
	return false;
}

/* Groups without a PCI function in any: the tree is not whole, and says nothing of a card. */
static bool groups_tell(const struct iommu *iommu)
{
	for (size_t i = 0; i < iommu->n_groups; i++) {
		if (iommu->groups[i].n)
			return true;
	}
	return false;
}

/* A group is made by the unit's driver, so a function in one is covered. */
static bool is_covered(const struct host *host, const struct pci_device *d)
{
	int at = iommu_requester(&host->pci, index_of(host, d));

	for (size_t i = 0; i < host->iommu.n_groups; i++) {
		if (in_group(&host->iommu.groups[i], index_of(host, d)))
			return true;
	}
	return iommu_unit_of(&host->iommu, index_of(host, d)) ||
	       (at >= 0 && iommu_unit_of(&host->iommu, (size_t)at));
}

static void show_uncovered(
        const struct host *host, const struct pci_device *d, struct check_result *r)
{
	const struct iommu *iommu = &host->iommu;
	int at = iommu_requester(&host->pci, index_of(host, d));
	cleanup_free char *source = pci_source(d, "iommu_group");

	result_evidence(r, source, "absent");
	if (at < 0)
		return;
	if (iommu->dmar == IOMMU_TABLE_READ && !iommu->dmar_fault) {
		const struct dmar_entry *e =
		        dmar_unit_of(&iommu->dmar_table, &host->pci, (size_t)at);

		if (!e)
			result_evidence(r, DMAR_FILE, "no unit for %s", pci_addr_format(d->addr).s);
	}
	if (iommu->ivrs == IOMMU_TABLE_READ && !iommu->ivrs_fault &&
	        !ivrs_unit_of(&iommu->ivrs_table, &host->pci, (size_t)at))
		result_evidence(r, IVRS_FILE, "no unit for %s", pci_addr_format(d->addr).s);
}

static void fix_uncovered(const struct host *host, struct check_result *r)
{
	if (host->iommu.vendor == IOMMU_INTEL)
		result_fix(
		        r, _("Where it is the processor's own graphics: add intel_iommu=on to the "
		             "kernel command line, without igfx_off. Else put the card into "
		             "another slot, or install a newer firmware."));
	else
		result_fix(r, _("Put the card into another slot, or install a newer firmware: its "
		                "table leaves the card out."));
}

static void judge_uncovered(const struct check_context *c, struct check_result *r, size_t others,
        size_t uncovered, size_t boot)
{
	if (uncovered && uncovered == others) {
		result_fail(r, CODE_NOT_COVERED, CHECK_CURE_PERSON,
		        _("no IOMMU unit covers any graphics card that could be given away"));
		fix_uncovered(c->host, r);
	} else if (uncovered) {
		result_warn(r, CODE_NOT_COVERED,
		        _("no IOMMU unit covers %zu of %zu graphics cards that could be given "
		          "away"),
		        uncovered, others);
		fix_uncovered(c->host, r);
	} else if (boot) {
		result_pass(r, _("every graphics card but the host's own screen is covered by a "
		                 "living unit"));
	} else {
		result_pass(r, _("every graphics card is covered by a living unit"));
	}
}

void check_iommu_coverage(const struct check_context *c, struct check_result *r)
{
	const struct host *host = c->host;
	size_t others = 0, uncovered = 0, boot = 0;

	if (!iommu_is_on(host)) {
		result_skip(r, _("units cover devices when the IOMMU is on"));
		return;
	}
	if (!groups_tell(&host->iommu)) {
		result_evidence(r, "/sys/kernel/iommu_groups", "%zu groups, no PCI device in any",
		        host->iommu.n_groups);
		result_unknown(r, CODE_NONE, _("the groups do not tell which devices are in them"));
		return;
	}
	for (size_t i = 0; i < host->iommu.n_units && i < SHOWN_MOST; i++)
		show_covered(host, &host->iommu.units[i], r);
	for (size_t i = 0; i < c->report->n_gpus; i++) {
		const struct check_gpu *gpu = &c->report->gpus[i];
		cleanup_free char *source = pci_source(gpu->device, "iommu_group");
		bool covered = is_covered(host, gpu->device);

		others += !gpu->boot_display;
		boot += gpu->boot_display && !covered;
		uncovered += !gpu->boot_display && !covered;
		if (!covered)
			show_uncovered(host, gpu->device, r);
		else if (gpu->device->iommu_group >= 0)
			result_evidence(r, source, "%d", gpu->device->iommu_group);
	}
	if (c->report->n_gpus)
		judge_uncovered(c, r, others, uncovered, boot);
	else
		result_skip(r, _("there is no graphics card to cover"));
}
