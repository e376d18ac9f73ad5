/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Interrupt remapping, without which VFIO refuses a device: capable (every unit) and enabled (now) apart.
 *
 * Intel: ecap bit 3 of every unit (VT-d specification, 11.4.3); the kernel enables it only where all have
 * it. AMD: no register tells; the kernel log does. Both: /proc/interrupts names IR- chips when it is on.
 */
#include "checks_log.h"

#include <errno.h>
#include <inttypes.h>

/* One line of evidence a unit; returns the first that cannot remap, NULL when all can or none was read. */
static const struct iommu_unit *show_units(
        const struct host *host, struct check_result *r, size_t *capable)
{
	const struct iommu_unit *lacking = NULL;

	for (size_t i = 0; i < host->iommu.n_units; i++) {
		const struct iommu_unit *unit = &host->iommu.units[i];
		cleanup_free char *source = xasprintf("%s/ecap", unit->source);

		if (unit->vendor != IOMMU_INTEL)
			continue;
		if (!unit->readable) {
			result_evidence(r, source, "not readable");
			continue;
		}
		result_evidence(r, source, "%" PRIx64, unit->ecap);
		*capable += unit->remapping_capable;
		if (!unit->remapping_capable && !lacking)
			lacking = unit;
	}
	return lacking;
}

static void show_running(const struct host *host, struct check_result *r)
{
	const struct iommu *iommu = &host->iommu;

	if (iommu->dmar == IOMMU_TABLE_READ)
		result_evidence(r, "/sys/firmware/acpi/tables/DMAR", "flags %#x (INTR_REMAP %s)",
		        iommu->dmar_flags, iommu->dmar_flags & 1 ? "set" : "clear");
	if (iommu->remapping != IOMMU_REMAPPING_UNKNOWN && iommu->remapping_line) {
		cleanup_free char *copy = xstrdup(iommu->remapping_line);

		result_evidence(r, "/proc/interrupts", "%s", strip(copy));
	}
}

/* The log's word, used only where /proc/interrupts says nothing. */
static enum iommu_remapping log_says(const struct check_context *c, struct check_result *r)
{
	const struct kernel_finding *found = &c->log->verdict.remapping;

	result_told(r, c->log, found->line);
	switch (found->state) {
	case KERNEL_YES:
		return IOMMU_REMAPPING_ON;
	case KERNEL_NO:
		if (found->why == KERNEL_WHY_NEVER || found->why == KERNEL_WHY_NO_TABLE)
			result_evidence(r, "kernel log",
			        "complete, and never says that it enabled remapping");
		return IOMMU_REMAPPING_OFF;
	case KERNEL_UNKNOWN:
		return IOMMU_REMAPPING_UNKNOWN;
	}
	abort();
}

static bool asked_off(const struct check_context *c, struct check_result *r)
{
	cleanup_free char *intremap = result_argument(r, c->host, "intremap");
	cleanup_free char *nointremap = result_argument(r, c->host, "nointremap");

	return nointremap || (intremap && starts_with(intremap, "off"));
}

static void fail_lacking(struct check_result *r, const struct iommu_unit *unit)
{
	result_fail(r, CODE_IR_INCAPABLE, CHECK_CURE_PERSON,
	        _("%s cannot remap interrupts: bit 3 of %s/ecap (%" PRIx64 ") is clear"),
	        unit->name, unit->source, unit->ecap);
	result_fix(r, _("One such unit keeps it off for all. Look for \"Interrupt remapping\" in "
	                "the firmware setup and for a newer firmware; without it VFIO refuses "
	                "every device."));
}

static bool is_intel(const struct host *host)
{
	return host->iommu.vendor == IOMMU_INTEL || host->iommu.dmar != IOMMU_TABLE_ABSENT;
}

/* Why something that could be on is off. */
static void fail_off(const struct check_context *c, struct check_result *r)
{
	const struct host *host = c->host;
	const struct iommu *iommu = &host->iommu;
	bool asked = asked_off(c, r);

	if (asked) {
		result_fail(r, CODE_IR_OFF, CHECK_CURE_PERSON,
		        _("interrupt remapping is switched off by the kernel command line"));
		result_fix(r, _("Remove that argument from the boot loader's configuration."));
	} else if (kernel_log_says(&c->log->log, KERNEL_IR_ERRATUM)) {
		fail_erratum(c->log, r);
	} else if (result_told(r, c->log, KERNEL_IR_IOAPIC) && is_intel(host)) {
		fail_intel_ioapic(r);
	} else if (kernel_log_says(&c->log->log, KERNEL_IR_IOAPIC)) {
		result_told(r, c->log, KERNEL_IR_OFF);
		fail_ivrs_ioapic(r);
	} else if (iommu->dmar == IOMMU_TABLE_READ && !(iommu->dmar_flags & 1)) {
		result_fail(r, CODE_IR_FIRMWARE, CHECK_CURE_PERSON,
		        _("the units could remap interrupts, but the firmware says the platform "
		          "does not"));
		result_fix(r, _("Look for \"Interrupt remapping\" in the firmware setup, and for a "
		                "newer firmware."));
	} else {
		result_fail(r, CODE_IR_OFF, CHECK_CURE_PERSON,
		        _("interrupts are not remapped now, though the IOMMU is on"));
		result_fix(r, _("Look for \"Interrupt remapping\" in the firmware setup; sudo "
		                "dmesg | grep -e DMAR -e AMD-Vi tells the kernel's reason."));
	}
}

/* No unit is alive, so none tells what it can do. */
static void judge_without_iommu(const struct check_context *c, struct check_result *r)
{
	const struct host *host = c->host;

	if (host->iommu.remapping == IOMMU_REMAPPING_ON)
		result_pass(r, _("interrupts are remapped, though the IOMMU leaves memory alone"));
	else if (iommu_in_firmware(host))
		result_fail(r, CODE_NONE, CHECK_CURE_APPLY,
		        _("interrupts are not remapped, as the IOMMU is off; verify looks again "
		          "when it is on"));
	else
		result_fail(r, CODE_NONE, CHECK_CURE_NONE,
		        _("interrupts are not remapped, as there is no IOMMU"));
}

static void unknown_remapping(const struct check_context *c, struct check_result *r)
{
	const struct host *host = c->host;
	bool forbidden = host->firmware.log_errno == EPERM || host->firmware.log_errno == EACCES;

	result_unknown(r, CODE_IR_UNKNOWN,
	        _("neither /proc/interrupts nor the kernel log tells whether interrupts are "
	          "remapped"));
	/* A capture without a log was made by somebody who may not read it. */
	r->only_root_knows = !host->firmware.log && (forbidden || !host->live);
	if (r->only_root_knows)
		result_fix(r, _("Run check as root: then the kernel log can be read."));
	else
		result_fix(r, _("Look in the journal of this boot: journalctl -k -b | grep -e "
		                "DMAR-IR -e AMD-Vi"));
}

void check_interrupt_remapping(const struct check_context *c, struct check_result *r)
{
	const struct host *host = c->host;
	enum iommu_remapping now = host->iommu.remapping;
	size_t capable = 0;
	const struct iommu_unit *lacking = show_units(host, r, &capable);

	show_running(host, r);
	if (lacking) {
		fail_lacking(r, lacking);
		return;
	}
	if (!iommu_is_on(host) && host->iommu.n_units == 0) {
		judge_without_iommu(c, r);
		return;
	}
	if (now == IOMMU_REMAPPING_UNKNOWN)
		now = log_says(c, r);
	if (now == IOMMU_REMAPPING_OFF)
		fail_off(c, r);
	else if (now == IOMMU_REMAPPING_UNKNOWN)
		unknown_remapping(c, r);
	else if (capable)
		result_pass(r,
		        ngettext("interrupts are remapped: the %zu unit can, and it is on",
		                "interrupts are remapped: all %zu units can, and it is on",
		                capable),
		        capable);
	else
		result_pass(r, _("interrupts are remapped"));
}
