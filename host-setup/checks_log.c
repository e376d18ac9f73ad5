/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a kernel log alone decides: the IOMMU, interrupt remapping, and the faults that the kernel answers.
 *
 * check asks here where the running system does not tell; explain has nothing else.
 */
#include "checks_log.h"

#include <inttypes.h>

/* --- the IOMMU --- */

static void show_asked(const struct told_log *log, struct check_result *r)
{
	static const char *const names[] = {"intel_iommu", "amd_iommu", "iommu"};
	const struct kernel_line *line = &log->log.says[KERNEL_CMDLINE];

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		cleanup_free char *value = kernel_log_argument(&log->log, names[i]);
		cleanup_free char *source = log->file ? xasprintf("%s:%zu", log->file, line->number)
		                                      : xstrdup("kernel log");

		if (value)
			result_evidence(r, source, "%s%s%s", names[i], *value ? "=" : "", value);
	}
	result_told(r, log, KERNEL_ASKED_ON);
}

static bool was_asked(const struct told_log *log)
{
	cleanup_free char *value = kernel_log_argument(&log->log, "intel_iommu");

	return kernel_log_says(&log->log, KERNEL_ASKED_ON) || (value && starts_with(value, "on"));
}

static void fail_never_on(const struct told_log *log, struct check_result *r)
{
	bool intel = log->log.vendor == CPU_INTEL;

	if (intel && was_asked(log)) {
		result_fail(r, CODE_IOMMU_FAILED, CHECK_CURE_PERSON,
		        _("the firmware describes an IOMMU and the command line asks for it, but "
		          "the log "
		          "never says that it was switched on"));
		result_fix(r, _("Look for a newer firmware or kernel; the log's lines with DMAR "
		                "are where the "
		                "reason would stand."));
	} else if (intel) {
		result_fail(r, CODE_IOMMU_OFF, CHECK_CURE_APPLY,
		        _("the firmware describes an IOMMU, but this kernel leaves it off unless "
		          "asked"));
		result_fix(r, _("Add the kernel argument intel_iommu=on; on the PC itself apply "
		                "does that, in "
		                "a boot entry of its own."));
	} else {
		result_fail(r, CODE_IOMMU_OFF, CHECK_CURE_PERSON,
		        _("the log goes on beyond where an IOMMU would speak, and none was "
		          "switched on"));
		result_fix(r,
		        _("In the firmware setup switch on %s. AMD's needs no kernel argument."),
		        iommu_firmware_switch(log->log.vendor));
	}
}

static void fail_off(const struct told_log *log, struct check_result *r)
{
	switch (log->verdict.iommu.why) {
	case KERNEL_WHY_ARGUMENT:
		result_fail(r, CODE_IOMMU_OFF, CHECK_CURE_PERSON,
		        _("an argument of the kernel command line keeps the IOMMU off"));
		result_fix(r, _("Remove iommu=off, intel_iommu=off or amd_iommu=off from the boot "
		                "loader's "
		                "configuration and reboot."));
		return;
	case KERNEL_WHY_FIRMWARE:
		result_fail(r, CODE_IOMMU_FAILED, CHECK_CURE_PERSON,
		        _("the kernel refuses the firmware's table of the IOMMU as broken, so the "
		          "IOMMU is "
		          "off"));
		result_fix(
		        r, _("Install a newer firmware. Where there is none, no argument helps."));
		return;
	case KERNEL_WHY_FAILED:
		result_fail(r, CODE_IOMMU_FAILED, CHECK_CURE_PERSON,
		        _("the kernel could not switch on the IOMMU that the firmware describes"));
		result_fix(r, _("Try a newer firmware and a newer kernel."));
		return;
	case KERNEL_WHY_NO_TABLE:
		result_fail(r, CODE_NONE, CHECK_CURE_NONE,
		        _("no IOMMU is on, as the firmware describes none; kernel arguments cannot "
		          "change that"));
		return;
	case KERNEL_WHY_NEVER:
	case KERNEL_WHY_CUT:
	case KERNEL_WHY_SAID:
	case KERNEL_WHY_UNIT:
		break;
	}
	fail_never_on(log, r);
}

void iommu_judge_log(const struct told_log *log, struct check_result *r)
{
	const struct kernel_finding *found = &log->verdict.iommu;

	result_told(r, log, found->line);
	show_asked(log, r);
	switch (found->state) {
	case KERNEL_YES:
		result_pass(r, _("the IOMMU is on"));
		return;
	case KERNEL_NO:
		fail_off(log, r);
		return;
	case KERNEL_UNKNOWN:
		break;
	}
	result_unknown(r, CODE_IOMMU_UNKNOWN,
	        _("this text ends, or leaves out, what would tell whether the IOMMU is on"));
	result_fix(r, _("Give the whole log of one boot: sudo dmesg right after the start, or "
	                "journalctl -k "
	                "-b."));
}

/* --- interrupt remapping --- */

void fail_ivrs_ioapic(struct check_result *r)
{
	result_fail(r, CODE_IR_FIRMWARE, CHECK_CURE_PERSON,
	        _("the firmware's IVRS table leaves an interrupt controller out, so the "
	          "kernel keeps remapping off"));
	result_fix(r, _("Install a newer firmware; else tell the kernel by "
	                "ivrs_ioapic[ID]=BUS:DEVICE.FUNCTION, the ID being the one in its log."));
}

void fail_intel_ioapic(struct check_result *r)
{
	result_fail(r, CODE_IR_FIRMWARE, CHECK_CURE_PERSON,
	        _("the firmware's DMAR table leaves an interrupt controller out, so the kernel "
	          "keeps "
	          "remapping off"));
	result_fix(r, _("Install a newer firmware; there is no argument for this one."));
}

void fail_erratum(const struct told_log *log, struct check_result *r)
{
	result_told(r, log, KERNEL_IR_ERRATUM);
	result_fail(r, CODE_IR_FIRMWARE, CHECK_CURE_PERSON,
	        _("this chipset (Intel 5500, 5520 or X58 of an early stepping) remaps interrupts "
	          "wrongly, so "
	          "the kernel keeps remapping off"));
	result_fix(r,
	        _("No setting cures an erratum. VFIO takes devices there only with "
	          "vfio_iommu_type1.allow_unsafe_interrupts=1, which lets a guest harm the host; a "
	          "board with a later stepping is the safe way."));
}

static void fail_unit(const struct told_log *log, struct check_result *r)
{
	const struct kernel_unit *unit = log->verdict.lacking;
	cleanup_free char *source =
	        log->file ? xasprintf("%s:%zu", log->file, unit->line) : xstrdup("kernel log");

	result_evidence(r, source, "dmar%u: ecap %" PRIx64, unit->index, unit->ecap);
	result_fail(r, CODE_IR_INCAPABLE, CHECK_CURE_PERSON,
	        _("unit dmar%u cannot remap interrupts: bit 3 of its ecap (%" PRIx64 ") is clear"),
	        unit->index, unit->ecap);
	result_fix(r, _("One such unit keeps it off for all. Look for \"Interrupt remapping\" in "
	                "the firmware setup and for a newer firmware; without it VFIO refuses "
	                "every device."));
}

static void fail_not_remapped(const struct told_log *log, struct check_result *r)
{
	const struct kernel_log *k = &log->log;

	result_told(r, log, KERNEL_IR_NO_IOAPIC);
	switch (log->verdict.remapping.why) {
	case KERNEL_WHY_ARGUMENT:
		result_fail(r, CODE_IR_OFF, CHECK_CURE_PERSON,
		        _("interrupt remapping is switched off by the kernel command line"));
		result_fix(r, _("Remove that argument from the boot loader's configuration."));
		return;
	case KERNEL_WHY_NO_TABLE:
		result_fail(r, CODE_NONE, CHECK_CURE_NONE,
		        _("interrupts are not remapped, as there is no IOMMU"));
		return;
	case KERNEL_WHY_NEVER:
		result_fail(r, CODE_IR_OFF, CHECK_CURE_PERSON,
		        _("the log goes on beyond where it would say that interrupts are remapped, "
		          "and never "
		          "does"));
		break;
	case KERNEL_WHY_CUT:
	case KERNEL_WHY_SAID:
	case KERNEL_WHY_UNIT:
	case KERNEL_WHY_FIRMWARE:
	case KERNEL_WHY_FAILED:
		result_fail(r, CODE_IR_OFF, CHECK_CURE_PERSON,
		        _("interrupts are not remapped: the kernel says so"));
		break;
	}
	if (kernel_log_says(k, KERNEL_IR_NO_IOAPIC))
		result_fix(
		        r, _("Remove noapic, nolapic or acpi=off from the kernel command line."));
	else
		result_fix(r, _("Look for \"Interrupt remapping\" and x2APIC in the firmware "
		                "setup, and for a "
		                "kernel with CONFIG_IRQ_REMAP."));
}

static void fail_by_firmware(const struct told_log *log, struct check_result *r)
{
	if (kernel_log_says(&log->log, KERNEL_IR_ERRATUM)) {
		fail_erratum(log, r);
	} else if (!result_told(r, log, KERNEL_IR_IOAPIC)) {
		result_fail(r, CODE_IR_FIRMWARE, CHECK_CURE_PERSON,
		        _("the kernel refuses the firmware's table of the IOMMU as broken, so "
		          "interrupts are "
		          "not remapped"));
		result_fix(
		        r, _("Install a newer firmware. Where there is none, no argument helps."));
	} else if (log->log.vendor == CPU_INTEL) {
		fail_intel_ioapic(r);
	} else {
		fail_ivrs_ioapic(r);
	}
}

void remapping_judge_log(const struct told_log *log, struct check_result *r)
{
	const struct kernel_finding *found = &log->verdict.remapping;

	result_told(r, log, found->line);
	if (found->state == KERNEL_YES) {
		result_pass(r, _("interrupts are remapped"));
	} else if (found->state == KERNEL_NO && found->why == KERNEL_WHY_FIRMWARE) {
		fail_by_firmware(log, r);
	} else if (found->state == KERNEL_NO && found->why == KERNEL_WHY_UNIT) {
		fail_unit(log, r);
	} else if (found->state == KERNEL_NO) {
		fail_not_remapped(log, r);
	} else {
		result_told(r, log, KERNEL_IR_IOAPIC);
		result_unknown(r, CODE_IR_UNKNOWN,
		        _("this text ends, or leaves out, what would tell whether interrupts are "
		          "remapped"));
		result_fix(
		        r, _("Give the whole log of one boot: sudo dmesg right after the start, or "
		             "journalctl -k -b."));
	}
}

/* --- what the kernel works around --- */

/* In the order of weight for passthrough; `matters` where a person may have to act. */
static const struct quirk {
	enum kernel_says says;
	bool matters;
	const char *meaning, *fix;
} quirks[] = {
        {KERNEL_RMRR_DEVICE, true,
                N_("the firmware keeps memory of its own in a device, and VFIO refuses that "
                   "device"),
                N_("Look in the firmware setup for what uses it (USB legacy support, a RAID or "
                   "management "
                   "chip) and for a newer firmware; another device can be passed.")},
        {KERNEL_TIMEOUT, true,
                N_("AMD's IOMMU did not answer in time, usually since a passed card hangs in its "
                   "reset"),
                N_("The card needs a power cycle of the PC; look for a newer firmware.")},
        {KERNEL_UNIT_IGNORED, true,
                N_("an IOMMU unit tells no address width, so the kernel leaves it out: its devices "
                   "cannot be passed"),
                N_("Usual for the unit of processor graphics on old boards; else look for a newer "
                   "firmware.")},
        {KERNEL_GRAPHICS_OFF, false,
                N_("the kernel leaves the processor's graphics out of the IOMMU: they cannot be "
                   "passed, other cards can"),
                NULL},
        {KERNEL_RMRR_BAD, false,
                N_("the firmware reserves a memory region wrongly; harmless for other devices"),
                NULL},
        {KERNEL_RMRR_IGNORED, false,
                N_("the kernel ignores a reserved region of the firmware that is known to be "
                   "wrong"),
                NULL},
        {KERNEL_ISOCH, false,
                N_("the firmware gives the sound unit too little room; the kernel leaves sound "
                   "untranslated"),
                NULL},
        {KERNEL_WRITE_FLUSH, false,
                N_("the kernel flushes write buffers that this chipset says need none: a little "
                   "slower"),
                NULL},
        {KERNEL_LAZY_OFF, false, N_("the kernel flushes strictly on this chipset: a little slower"),
                NULL},
        {KERNEL_X2APIC_OUT, false,
                N_("the firmware asks for no x2APIC; interrupts are remapped without it"), NULL},
        {KERNEL_OVERRIDE, false, N_("ivrs_ioapic= or ivrs_hpet= repair the firmware's table"),
                NULL},
        {KERNEL_PASSTHROUGH, false,
                N_("the host's own devices are not translated (iommu=pt): fine for passthrough"),
                NULL},
};

void quirks_judge(const struct told_log *log, struct check_result *r)
{
	const struct quirk *first = NULL;
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_SIZE(quirks); i++) {
		if (!result_told(r, log, quirks[i].says))
			continue;
		first = first ? first : &quirks[i];
		n++;
	}
	if (!first) {
		result_skip(r, _("the kernel log names no fault that it works around"));
	} else if (first->matters) {
		result_warn(r, CODE_IOMMU_QUIRK, "%s", _(first->meaning));
		result_fix(r, "%s", _(first->fix));
	} else {
		result_pass(r, "%s", _(first->meaning));
	}
}

void check_iommu_quirks(const struct check_context *c, struct check_result *r)
{
	if (c->host->firmware.log)
		quirks_judge(c->log, r);
	else
		result_skip(r, _("the kernel log, which names the faults it works around, cannot "
		                 "be read"));
}
