/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The verdict that the kernel's words allow. */
#include "host/kernel_log.h"

static size_t last(const struct kernel_log *log, enum kernel_says says)
{
	return log->says[says].last;
}

static bool argument_off(const struct kernel_log *log, const char *name)
{
	cleanup_free char *value = kernel_log_argument(log, name);

	return value && starts_with(value, "off");
}

static struct kernel_finding find(
        enum kernel_state state, enum kernel_why why, enum kernel_says line)
{
	return (struct kernel_finding){state, why, line};
}

static enum kernel_says latest(const struct kernel_log *log, const enum kernel_says *list, size_t n)
{
	enum kernel_says found = KERNEL_NOTHING;

	for (size_t i = 0; i < n; i++) {
		if (last(log, list[i]) > (found ? last(log, found) : 0))
			found = list[i];
	}
	return found;
}

/*
 * Something else of the kernel stands behind what the firmware's table or the units made it say, in words that
 * a filter for IOMMU, DMAR or AMD-Vi would not have found: so what is missing in between was never said.
 */
static bool goes_beyond(const struct kernel_log *log)
{
	static const enum kernel_says seen[] = {KERNEL_TABLE_DMAR, KERNEL_TABLE_IVRS, KERNEL_DMAR,
	        KERNEL_AMD, KERNEL_DOMAIN_TYPE, KERNEL_APIC};

	if (log->gap && log->gap < last(log, KERNEL_TAIL))
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(seen); i++) {
		if (log->says[seen[i]].number && log->says[seen[i]].number < last(log, KERNEL_TAIL))
			return true;
	}
	return log->whole;
}

static bool has_table(const struct kernel_log *log)
{
	return kernel_log_says(log, KERNEL_TABLE_DMAR) || kernel_log_says(log, KERNEL_TABLE_IVRS) ||
	       kernel_log_says(log, KERNEL_DMAR) || kernel_log_says(log, KERNEL_AMD);
}

static bool off_by_argument(const struct kernel_log *log)
{
	return argument_off(log, "iommu") ||
	       (log->vendor == CPU_INTEL && argument_off(log, "intel_iommu")) ||
	       (log->vendor == CPU_AMD && argument_off(log, "amd_iommu"));
}

static struct kernel_finding judge_iommu(const struct kernel_log *log)
{
	/* The best evidence first: of equal weight for the verdict. */
	static const enum kernel_says on[] = {
	        KERNEL_INTEL_ON, KERNEL_AMD_ON, KERNEL_GROUPED, KERNEL_WORKS};
	enum kernel_says yes = latest(log, on, ARRAY_SIZE(on));
	size_t told = yes ? last(log, yes) : 0;

	if (last(log, KERNEL_AMD_TOLD_OFF) > told)
		return find(KERNEL_NO, KERNEL_WHY_ARGUMENT, KERNEL_AMD_TOLD_OFF);
	/* intel_iommu=off is obeyed on any PC; of several such arguments the last one counts. */
	if (log->vendor != CPU_AMD && last(log, KERNEL_TOLD_OFF) > told &&
	        last(log, KERNEL_TOLD_OFF) > last(log, KERNEL_ASKED_ON))
		return find(KERNEL_NO, KERNEL_WHY_ARGUMENT, KERNEL_TOLD_OFF);
	if (last(log, KERNEL_TABLE_BAD) > told)
		return find(KERNEL_NO, KERNEL_WHY_FIRMWARE, KERNEL_TABLE_BAD);
	if (last(log, KERNEL_FAILED) > told)
		return find(KERNEL_NO, KERNEL_WHY_FAILED, KERNEL_FAILED);
	for (size_t i = 0; i < ARRAY_SIZE(on); i++) {
		if (kernel_log_says(log, on[i]))
			return find(KERNEL_YES, KERNEL_WHY_SAID, on[i]);
	}
	if (off_by_argument(log))
		return find(KERNEL_NO, KERNEL_WHY_ARGUMENT, KERNEL_CMDLINE);
	if (!goes_beyond(log))
		return find(KERNEL_UNKNOWN, KERNEL_WHY_CUT, KERNEL_NOTHING);
	if (log->whole && !has_table(log))
		return find(KERNEL_NO, KERNEL_WHY_NO_TABLE, KERNEL_NOTHING);
	return find(KERNEL_NO, KERNEL_WHY_NEVER, KERNEL_TAIL);
}

static const struct kernel_unit *lacking(const struct kernel_log *log)
{
	for (size_t i = 0; i < log->n_units; i++) {
		/* VT-d specification 11.4.3: bit 3, interrupt remapping. */
		if (!(log->units[i].ecap >> 3 & 1))
			return &log->units[i];
	}
	return NULL;
}

static bool remapping_argument_off(const struct kernel_log *log)
{
	cleanup_free char *bare = kernel_log_argument(log, "nointremap");

	return bare || argument_off(log, "intremap");
}

/*
 * Kernels before 5.3 say nothing of SWIOTLB where an IOMMU is on. Then the table at the beginning, the last word of
 * the units at the end, and one of those words without "iommu" in it show what a filter would have let through.
 */
static bool spans_start(const struct kernel_log *log)
{
	const struct kernel_line *units = &log->says[KERNEL_DMAR];
	bool apic = kernel_log_says(log, KERNEL_APIC);

	if (log->gap)
		return false;
	if (kernel_log_says(log, KERNEL_INTEL_ON))
		return apic || (kernel_log_says(log, KERNEL_TABLE_DMAR) && units->number &&
		                       starts_with(units->text, "DMAR"));
	return kernel_log_says(log, KERNEL_AMD_ON) &&
	       (apic || kernel_log_says(log, KERNEL_TABLE_IVRS)) &&
	       last(log, KERNEL_AMD_LAST) > log->says[KERNEL_AMD_ON].number;
}

/* Would the line that says "enabled" stand in this text? It is said before units are used for memory. */
static bool remapping_would_show(const struct kernel_log *log)
{
	bool early = log->whole || kernel_log_says(log, KERNEL_APIC) ||
	             kernel_log_says(log, KERNEL_TABLE_DMAR) ||
	             kernel_log_says(log, KERNEL_TABLE_IVRS);

	if (goes_beyond(log))
		return early || kernel_log_says(log, KERNEL_AMD_ON);
	return spans_start(log);
}

static enum kernel_why why_off(const struct kernel_log *log)
{
	if (kernel_log_says(log, KERNEL_IR_IOAPIC) || kernel_log_says(log, KERNEL_IR_ERRATUM))
		return KERNEL_WHY_FIRMWARE;
	return KERNEL_WHY_SAID;
}

static struct kernel_finding judge_remapping(const struct kernel_log *log)
{
	if (last(log, KERNEL_IR_OFF) > last(log, KERNEL_IR_ON))
		return find(KERNEL_NO, why_off(log), KERNEL_IR_OFF);
	if (kernel_log_says(log, KERNEL_IR_ON))
		return find(KERNEL_YES, KERNEL_WHY_SAID, KERNEL_IR_ON);
	if (kernel_log_says(log, KERNEL_IR_ERRATUM))
		return find(KERNEL_NO, KERNEL_WHY_FIRMWARE, KERNEL_IR_ERRATUM);
	if (lacking(log))
		return find(KERNEL_NO, KERNEL_WHY_UNIT, KERNEL_DMAR);
	if (kernel_log_says(log, KERNEL_TABLE_BAD))
		return find(KERNEL_NO, KERNEL_WHY_FIRMWARE, KERNEL_TABLE_BAD);
	if (remapping_argument_off(log))
		return find(KERNEL_NO, KERNEL_WHY_ARGUMENT, KERNEL_CMDLINE);
	/* Groups, and neither of the tables that this program knows: of another kind of IOMMU. */
	if (!remapping_would_show(log) || (!has_table(log) && kernel_log_says(log, KERNEL_GROUPED)))
		return find(KERNEL_UNKNOWN, KERNEL_WHY_CUT, KERNEL_NOTHING);
	if (log->whole && !has_table(log))
		return find(KERNEL_NO, KERNEL_WHY_NO_TABLE, KERNEL_NOTHING);
	return find(KERNEL_NO, KERNEL_WHY_NEVER, KERNEL_NOTHING);
}

void kernel_log_judge(const struct kernel_log *log, struct kernel_verdict *out)
{
	out->iommu = judge_iommu(log);
	out->remapping = judge_remapping(log);
	out->lacking = lacking(log);
}
