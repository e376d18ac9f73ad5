/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The IOMMU: described by firmware, switched on by the kernel, asked for on the command line. Three
 * different things: only groups prove that it is on ("DMAR: IOMMU enabled" is printed on a PC that has none).
 */
#include "checks.h"

bool iommu_is_on(const struct host *host)
{
	return host->iommu.n_groups > 0;
}

bool iommu_in_firmware(const struct host *host)
{
	const struct iommu *iommu = &host->iommu;

	return iommu->dmar != IOMMU_TABLE_ABSENT || iommu->ivrs != IOMMU_TABLE_ABSENT ||
	       iommu->n_units > 0;
}

const char *iommu_firmware_switch(enum cpu_vendor vendor)
{
	switch (vendor) {
	case CPU_INTEL:
		return _("VT-d (\"Intel VT for Directed I/O\"; often under Advanced, System Agent "
		         "or Chipset)");
	case CPU_AMD:
		return _("IOMMU or AMD-Vi (under AMD CBS, NBIO or North Bridge; SVM under CPU); "
		         "Enabled, not Auto");
	case CPU_OTHER:
		break;
	}
	return _("VT-d (Intel) or IOMMU / AMD-Vi (AMD)");
}

static const char *firmware_switch(const struct host *host)
{
	return iommu_firmware_switch(host->cpu.vendor);
}

static void show_tables(const struct check_context *c, struct check_result *r)
{
	const struct iommu *iommu = &c->host->iommu;

	if (iommu->dmar != IOMMU_TABLE_ABSENT)
		result_evidence(r, "/sys/firmware/acpi/tables/DMAR", "present");
	if (iommu->ivrs != IOMMU_TABLE_ABSENT)
		result_evidence(r, "/sys/firmware/acpi/tables/IVRS", "present");
	for (size_t i = 0; i < iommu->n_units; i++)
		result_evidence(r, iommu->units[i].source, "present");
	if (!iommu_in_firmware(c->host))
		result_evidence(r, "/sys/firmware/acpi/tables",
		        c->facts->acpi_tables ? "neither DMAR nor IVRS" : "cannot be listed");
}

void check_iommu_firmware(const struct check_context *c, struct check_result *r)
{
	const struct iommu *iommu = &c->host->iommu;

	show_tables(c, r);
	if (iommu_in_firmware(c->host)) {
		result_pass(r, _("the firmware describes an IOMMU (%s)"),
		        iommu->vendor == IOMMU_AMD     ? "AMD-Vi"
		        : iommu->vendor == IOMMU_INTEL ? "Intel VT-d"
		                                       : "ACPI");
	} else if (iommu_is_on(c->host)) {
		result_pass(r, _("an IOMMU is in use that no ACPI table describes"));
	} else if (!c->facts->acpi_tables) {
		result_unknown(r, CODE_NONE,
		        _("the ACPI tables cannot be listed, so nothing tells what the firmware "
		          "describes"));
	} else if (!cpu_can_virtualize(c->host)) {
		result_fail(r, CODE_NONE, CHECK_CURE_NONE, _("the firmware describes no IOMMU"));
	} else {
		result_fail(r, CODE_IOMMU_FIRMWARE, CHECK_CURE_PERSON,
		        _("the firmware describes no IOMMU: it is switched off there, or this "
		          "board has none"));
		result_fix(r,
		        _("In the firmware setup switch on %s. No kernel argument can replace it."),
		        firmware_switch(c->host));
	}
}

/*
 * The argument that keeps an IOMMU off which firmware offers; NULL: none. Caller frees. Only intel_iommu=off
 * can be outdone by a later argument (drivers/iommu/intel/iommu.c, intel_iommu_setup()), so it comes last.
 */
static char *argument_off(const struct host *host)
{
	static const char *const names[] = {"iommu", "amd_iommu", "intel_iommu"};

	for (size_t i = 0; host->firmware.cmdline && i < ARRAY_SIZE(names); i++) {
		cleanup_free char *value = firmware_cmdline_get(&host->firmware, names[i]);

		if (value && starts_with(value, "off"))
			return xasprintf("%s=%s", names[i], value);
	}
	return NULL;
}

static void show_arguments(const struct check_context *c, struct check_result *r)
{
	static const char *const names[] = {"intel_iommu", "amd_iommu", "iommu"};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		free(result_argument(r, c->host, names[i]));
}

static bool is_intel(const struct host *host)
{
	return host->iommu.vendor == IOMMU_INTEL || host->iommu.dmar != IOMMU_TABLE_ABSENT;
}

/* The kernel's own reason, where its log holds one. */
static bool fail_given_up(const struct check_context *c, struct check_result *r)
{
	const struct kernel_finding *found = &c->log->verdict.iommu;

	if (found->state != KERNEL_NO ||
	        (found->why != KERNEL_WHY_FIRMWARE && found->why != KERNEL_WHY_FAILED))
		return false;
	iommu_judge_log(c->log, r);
	return true;
}

static bool was_asked(const struct check_context *c)
{
	cleanup_free char *value = c->host->firmware.cmdline
	                                   ? firmware_cmdline_get(&c->host->firmware, "intel_iommu")
	                                   : NULL;

	return value && starts_with(value, "on");
}

static void fail_kernel_off(const struct check_context *c, struct check_result *r)
{
	cleanup_free char *off = argument_off(c->host);

	result_told(r, c->log, KERNEL_TOLD_OFF);
	result_told(r, c->log, KERNEL_AMD_TOLD_OFF);
	if (!off && fail_given_up(c, r))
		return;
	if (off && starts_with(off, "intel_iommu=")) {
		result_fail(r, CODE_IOMMU_OFF, CHECK_CURE_APPLY,
		        _("the firmware offers an IOMMU; the kernel argument %s keeps it off"),
		        off);
		result_fix(r, _("apply puts intel_iommu=on behind it in its own boot entry; the "
		                "last one counts."));
	} else if (off) {
		result_fail(r, CODE_IOMMU_OFF, CHECK_CURE_PERSON,
		        _("the firmware offers an IOMMU; the kernel argument %s keeps it off"),
		        off);
		result_fix(r,
		        _("Remove %s from the boot loader's configuration (Debian: "
		          "/etc/default/grub, then update-grub) and reboot; no other argument "
		          "undoes it."),
		        off);
	} else if (is_intel(c->host) && was_asked(c)) {
		result_told(r, c->log, KERNEL_ASKED_ON);
		result_fail(r, CODE_IOMMU_FAILED, CHECK_CURE_PERSON,
		        _("the firmware offers an IOMMU and the command line asks for it, but the "
		          "kernel could not switch it on"));
		result_fix(r, _("Look for DMAR in sudo dmesg, and try a newer firmware or "
		                "kernel."));
	} else if (is_intel(c->host)) {
		result_fail(r, CODE_IOMMU_OFF, CHECK_CURE_APPLY,
		        _("the firmware offers an IOMMU, but this kernel leaves it off unless "
		          "asked"));
		result_fix(r,
		        _("apply adds the kernel argument intel_iommu=on to its own boot entry."));
	} else {
		result_told(r, c->log, KERNEL_AMD);
		result_fail(r, CODE_IOMMU_OFF, CHECK_CURE_PERSON,
		        _("the firmware offers an IOMMU, but the kernel could not switch it on"));
		result_fix(r, _("AMD's needs no argument: look for AMD-Vi in sudo dmesg, and try a "
		                "newer firmware or kernel."));
	}
}

void check_iommu_enabled(const struct check_context *c, struct check_result *r)
{
	const struct host *host = c->host;
	cleanup_free char *strict = NULL;

	result_evidence(r, "/sys/kernel/iommu_groups", "%zu groups", host->iommu.n_groups);
	show_arguments(c, r);
	if (iommu_is_on(host)) {
		if (!result_told(r, c->log, KERNEL_INTEL_ON))
			result_told(r, c->log, KERNEL_AMD_ON);
		strict = host->iommu.groups[0].type ? xasprintf(" (%s)", host->iommu.groups[0].type)
		                                    : xstrdup("");
		result_pass(r, _("the IOMMU is on: %zu groups%s"), host->iommu.n_groups, strict);
		return;
	}
	show_tables(c, r);
	if (iommu_in_firmware(host)) {
		fail_kernel_off(c, r);
	} else if (!c->facts->acpi_tables) {
		result_fail(r, CODE_IOMMU_OFF, CHECK_CURE_PERSON,
		        _("no IOMMU is on, and the ACPI tables cannot be listed to tell why"));
		result_fix(r, _("In the firmware setup switch on %s."), firmware_switch(host));
	} else {
		/* Said whenever intel_iommu=on is seen, on a PC without one too. */
		result_told(r, c->log, KERNEL_ASKED_ON);
		result_fail(r, CODE_NONE, CHECK_CURE_NONE,
		        _("no IOMMU is on, as the firmware describes none; kernel arguments cannot "
		          "change that"));
	}
}

static void show_group(const struct host *host, const struct check_gpu *gpu, struct check_result *r)
{
	const struct iommu_group *group = iommu_find_group(&host->iommu, gpu->device->iommu_group);
	struct strv cleanup_strv names = {0};
	cleanup_free char *source = NULL, *all = NULL;

	if (!group)
		return;
	for (size_t i = 0; i < group->n; i++) {
		const struct pci_device *d = &host->pci.list[group->devices[i]];

		strv_addf(&names, "%s [%04x]%s", pci_addr_format(d->addr).s, d->class_code >> 8,
		        pci_is_bridge(d) ? " stays" : "");
	}
	source = xasprintf("/sys/kernel/iommu_groups/%d/devices", group->id);
	all = strv_join(&names, ", ");
	result_evidence(r, source, "%s", all);
}

void check_iommu_groups(const struct check_context *c, struct check_result *r)
{
	const struct check_report *report = c->report;
	size_t free_ones = 0, refused = 0;

	if (!iommu_is_on(c->host)) {
		result_skip(r, _("groups appear when the IOMMU is on"));
		return;
	}
	for (size_t i = 0; i < report->n_gpus; i++) {
		const struct check_gpu *gpu = &report->gpus[i];

		show_group(c->host, gpu, r);
		free_ones += gpu_is_candidate(gpu);
		refused += !gpu->boot_display && gpu->verdict == CHECK_FAIL;
	}
	if (report->n_gpus == 0) {
		result_skip(r, _("%zu groups, and no graphics card in any of them"),
		        c->host->iommu.n_groups);
	} else if (free_ones) {
		result_pass(r,
		        _("%zu of %zu graphics cards can be given away with their whole group"),
		        free_ones, report->n_gpus);
	} else if (refused) {
		result_fail(r, CODE_GROUP_SHARED, CHECK_CURE_PERSON,
		        _("every graphics card that could be given away shares its group with what "
		          "the host needs"));
		result_fix(r, _("Put the card into another slot (often the one nearest the "
		                "processor), or look for ACS in the firmware setup."));
	} else {
		result_skip(r, _("the only graphics card is the host's own; see gpu.boot-display"));
	}
}
