/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "checks.h"
#include "firmware_menu.h"

#include <assert.h>

/*
 * Every check, in the order people read them. Where `decides` is set, passthrough hangs on the answer:
 * an `unknown` there leaves the whole verdict undecided.
 */
static const struct {
	const char *id;
	check_function *run;
	bool decides;
} table[] = {
        {"host.environment", check_environment, false},
        {"cpu.virtualization", check_cpu_virtualization, true},
        {"kvm.device", check_kvm_device, true},
        {"cpu.nested", check_cpu_nested, false},
        {"iommu.firmware", check_iommu_firmware, false},
        {"iommu.enabled", check_iommu_enabled, true},
        {"iommu.interrupt-remapping", check_interrupt_remapping, true},
        {"iommu.quirks", check_iommu_quirks, false},
        {"iommu.groups", check_iommu_groups, true},
        {"iommu.units", check_iommu_units, false},
        {"iommu.coverage", check_iommu_coverage, false},
        {"iommu.reserved-memory", check_reserved_memory, false},
        {"firmware.above-4g", check_above_4g, false},
        {"firmware.uefi", check_uefi, false},
        {"gpu.present", check_gpu_present, true},
        {"gpu.boot-display", check_gpu_boot_display, true},
        {"gpu.identical", check_gpu_identical, false},
        {"gpu.outputs", check_gpu_outputs, false},
        {"gpu.power", check_gpu_power, false},
        {"gpu.bars", check_gpu_bars, false},
        {"gpu.reset", check_gpu_reset, false},
        {"gpu.comes-back", check_gpu_comes_back, false},
        {"gpu.rom", check_gpu_rom, false},
        {"usb.controllers", check_usb_controllers, false},
        {"disk.candidates", check_disk_candidates, false},
        {"audio.choice", check_audio_choice, false},
        {"memory.hugepages", check_hugepages, false},
        {"memory.lock", check_memory_lock, false},
        {"cpu.isolation", check_cpu_isolation, false},
        {"kernel.vfio", check_vfio, true},
        {"host.second-console", check_second_console, false},
        {"host.slots", check_slots, false},
        {"host.unwise", check_unwise, false},
        {"host.board", check_board, false},
        {"host.config", check_host_config, true},
        {"host.existing", check_existing, false},
};

const char *check_id(size_t i)
{
	return i < ARRAY_SIZE(table) ? table[i].id : NULL;
}

const char *check_status_name(enum check_status status)
{
	switch (status) {
	case CHECK_PASS:
		return "pass";
	case CHECK_WARN:
		return "warn";
	case CHECK_FAIL:
		return "fail";
	case CHECK_UNKNOWN:
		return "unknown";
	case CHECK_SKIP:
		return "skip";
	}
	abort();
}

const char *check_verdict_name(int exit_code)
{
	switch (exit_code) {
	case CHECK_EXIT_READY:
		return "ready";
	case CHECK_EXIT_APPLY:
		return "apply";
	case CHECK_EXIT_PERSON:
		return "person";
	case CHECK_EXIT_IMPOSSIBLE:
		return "impossible";
	}
	return "undecided";
}

/* What is mended in the firmware setup, and where there. */
static const struct {
	enum code code;
	enum firmware_setting setting;
} settings[] = {
        {CODE_CPU_OFF, FIRMWARE_VIRTUALIZATION},
        {CODE_IOMMU_FIRMWARE, FIRMWARE_IOMMU},
        {CODE_FW_ABOVE_4G, FIRMWARE_ABOVE_4G},
        {CODE_FW_LEGACY, FIRMWARE_CSM},
        {CODE_GPU_ONLY_BOOT, FIRMWARE_PRIMARY_DISPLAY},
};

/* Adds where this board's maker has put the setting, unless the fix says so itself. */
static void add_menu(const struct host *host, struct check_result *r)
{
	for (size_t i = 0; r->code && r->fix && i < ARRAY_SIZE(settings); i++) {
		cleanup_free char *menu = NULL, *fix = NULL;

		if (!streq(r->code, code_text(settings[i].code)) ||
		        !firmware_menu_is_known(host, settings[i].setting))
			continue;
		menu = firmware_menu(host, settings[i].setting);
		if (strstr(r->fix, menu))
			continue;
		fix = xasprintf(_("%s Most of this maker's boards have it at: %s."), r->fix, menu);
		free(r->fix);
		r->fix = take_ptr(fix);
	}
}

void check_run_with(const struct host *host, const struct facts *facts, struct check_report *out)
{
	struct told_log log = {0};
	const struct check_context context = {
	        .host = host, .facts = facts, .log = &log, .report = out};

	kernel_log_parse(host->firmware.log ? host->firmware.log : "", true, &log.log);
	/* A ring that lost its beginning tells no more than a text that was cut there. */
	log.log.whole &= host->firmware.log_complete;
	kernel_log_judge(&log.log, &log.verdict);
	*out = (struct check_report){0};
	gpus_judge(host, out);
	out->results = xcalloc(ARRAY_SIZE(table), sizeof(*out->results));
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		struct check_result *r = &out->results[i];

		r->id = table[i].id;
		table[i].run(&context, r);
		assert(r->summary);
		add_menu(host, r);
		out->n_results++;
	}
	kernel_log_finish(&log.log);
}

void check_run(const struct host *host, struct check_report *out)
{
	const struct facts nothing = {.cpuid = -1, .acpi_tables = true};

	check_run_with(host, &nothing, out);
}

void check_report_finish(struct check_report *report)
{
	for (size_t i = 0; i < report->n_results; i++) {
		struct check_result *r = &report->results[i];

		for (size_t k = 0; k < r->n_evidence; k++) {
			free(r->evidence[k].source);
			free(r->evidence[k].value);
		}
		free(r->evidence);
		free(r->summary);
		free(r->fix);
	}
	for (size_t i = 0; i < report->n_gpus; i++) {
		strv_finish(&report->gpus[i].needs);
		strv_finish(&report->gpus[i].reasons);
	}
	free(report->results);
	free(report->gpus);
	*report = (struct check_report){0};
}

static bool decides(const char *id)
{
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		if (streq(table[i].id, id))
			return table[i].decides;
	}
	return false;
}

int check_exit_code(const struct check_report *report)
{
	bool cure[CHECK_CURE_IMPOSSIBLE + 1] = {false}, undecided = false, failed = false;

	for (size_t i = 0; i < report->n_results; i++) {
		const struct check_result *r = &report->results[i];

		if (r->status == CHECK_FAIL)
			failed = cure[r->cure] = true;
		if (r->status == CHECK_UNKNOWN && !r->only_root_knows && decides(r->id))
			undecided = true;
	}
	if (cure[CHECK_CURE_IMPOSSIBLE])
		return CHECK_EXIT_IMPOSSIBLE;
	if (cure[CHECK_CURE_PERSON])
		return CHECK_EXIT_PERSON;
	if (undecided)
		return CHECK_EXIT_UNDECIDED;
	if (cure[CHECK_CURE_APPLY])
		return CHECK_EXIT_APPLY;
	return failed ? CHECK_EXIT_PERSON : CHECK_EXIT_READY;
}

const struct check_result *check_find(const struct check_report *report, const char *id)
{
	for (size_t i = 0; i < report->n_results; i++) {
		if (streq(report->results[i].id, id))
			return &report->results[i];
	}
	return NULL;
}
