/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Verdicts on graphics cards of recorded machines and of PCs built by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "host-setup/gpu.h"
#include "machine.h"
#include "setup_pc.h"

static const struct check_gpu *find_gpu(const struct check_report *report, const char *address)
{
	for (size_t i = 0; i < report->n_gpus; i++) {
		if (streq(pci_addr_format(report->gpus[i].device->addr).s, address))
			return &report->gpus[i];
	}
	fail_msg("no GPU %s", address);
	return NULL;
}

/* --- each card --- */

static const struct gpu_case {
	const char *machine, *address;
	enum check_status verdict;
	enum gpu_kind kind;
	enum gpu_comes_back comes_back;
	const char *needs;
	const char *reason; /* a part of one */
} gpus[] = {
        {"gpu-twins", "0000:01:00.0", CHECK_WARN, GPU_KIND_DISCRETE, GPU_BACK_YES,
                "0000:01:00.1 0000:01:00.2 0000:01:00.3", "0000:02:00.0 has the same id"},
        {"gpu-twins", "0000:01:00.0", CHECK_WARN, GPU_KIND_DISCRETE, GPU_BACK_YES,
                "0000:01:00.1 0000:01:00.2 0000:01:00.3", "have it open now: steam (901)"},
        {"gpu-twins", "0000:02:00.0", CHECK_PASS, GPU_KIND_DISCRETE, GPU_BACK_YES,
                "0000:02:00.1 0000:02:00.2 0000:02:00.3",
                "(control of the USB-C port (UCSI)) and goes along, though it has a group"},
        {"gpu-twins", "0000:00:02.0", CHECK_FAIL, GPU_KIND_INTEGRATED, GPU_BACK_RISKY, "",
                "Intel's graphics always sit at 0000:00:02.0"},
        /* USB, sound and the security processor in the slot of an AMD processor's graphics stay. */
        {"gpu-apu", "0000:30:00.0", CHECK_FAIL, GPU_KIND_INTEGRATED, GPU_BACK_RISKY, "0000:30:00.1",
                "0000:30:00.2 [1022:15df] of the processor"},
        {"gpu-apu", "0000:03:00.0", CHECK_PASS, GPU_KIND_DISCRETE, GPU_BACK_YES, "0000:03:00.1",
                "behind its own switch"},
        {"gpu-rebar", "0000:03:00.0", CHECK_FAIL, GPU_KIND_DISCRETE, GPU_BACK_YES, "",
                "(BAR 2) has no address"},
        {"gpu-vega", "0000:0a:00.0", CHECK_WARN, GPU_KIND_DISCRETE, GPU_BACK_RISKY, "0000:0a:00.1",
                "AMD Vega 10 is known not to survive"},
        /* What shares its bus is in its group and goes along, so the bus can be reset. */
        {"gpu-vega", "0000:0b:00.0", CHECK_WARN, GPU_KIND_DISCRETE, GPU_BACK_YES, "0000:0b:01.0",
                "nothing but the card sits"},
        {"gpu-vega", "0000:00:10.0", CHECK_FAIL, GPU_KIND_INTEGRATED, GPU_BACK_NO, "",
                "management processor"},
        {"gpu-asleep", "0000:01:00.0", CHECK_FAIL, GPU_KIND_DISCRETE, GPU_BACK_NO, "",
                "does not answer"},
        {"gpu-simpledrm", "0000:01:00.0", CHECK_FAIL, GPU_KIND_DISCRETE, GPU_BACK_YES,
                "0000:01:00.1", "frame buffer of the firmware (fb0 simpledrmdrmfb)"},
        {"gpu-simpledrm", "0000:02:00.0", CHECK_FAIL, GPU_KIND_DISCRETE, GPU_BACK_YES, "",
                "host's own screen: boot display"},
};

static void run_gpu(const struct gpu_case *c)
{
	cleanup_free char *needs = NULL, *reasons = NULL;
	const struct check_gpu *gpu;
	struct check_report report;
	struct machine m;
	struct host host;

	machine_open(&m, c->machine);
	assert_int_equal(host_take(&m.root, &host, NULL), 0);
	check_run(&host, &report);
	gpu = find_gpu(&report, c->address);
	needs = strv_join(&gpu->needs, " ");
	reasons = strv_join(&gpu->reasons, "\n");
	if (gpu->verdict != c->verdict || gpu->kind != c->kind ||
	        gpu->comes_back != c->comes_back || !streq(needs, c->needs) ||
	        !strstr(reasons, c->reason))
		fail_msg("%s %s: %s, %s, comes back: %s, needs \"%s\"\n%s", c->machine, c->address,
		        check_status_name(gpu->verdict), gpu_kind_name(gpu->kind),
		        gpu_comes_back_name(gpu->comes_back), needs, reasons);
	check_report_finish(&report);
	host_finish(&host);
	machine_close(&m);
}

static void judges_cards(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(gpus); i++)
		run_gpu(&gpus[i]);
}

/* --- a card, or part of the processor? --- */

static const struct {
	const char *address, *path;
	uint32_t id;
	bool hypervisor;
	enum gpu_kind kind;
	const char *why;
} kinds[] = {
        {"0000:00:02.0", "0000:00:02.0", 0x80863e92, false, GPU_KIND_INTEGRATED, "always sit"},
        {"0000:03:00.0", "0000:00:01.0/00.0", 0x808656a0, false, GPU_KIND_DISCRETE,
                "behind a port"},
        {"0000:00:01.0", "0000:00:01.0", 0x1002130f, false, GPU_KIND_INTEGRATED, "root bus"},
        {"0000:00:01.0", "0000:00:01.0", 0x10de1e84, true, GPU_KIND_UNKNOWN, "cannot be told"},
        {"0000:03:00.0", "0000:00:01.0/00.0", 0x100273bf, false, GPU_KIND_UNKNOWN,
                "cannot be told"},
        {"0000:03:00.0", "0000:00:01.0/00.0", 0x12341111, false, GPU_KIND_UNKNOWN,
                "cannot be told"},
};

static void tells_cards_from_processors(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		cleanup_free char *why = NULL;
		struct pci_device *d;
		enum gpu_kind kind;
		struct pc pc;

		pc_init(&pc);
		pc.host.cpu.hypervisor = kinds[i].hypervisor;
		d = pc_device(&pc, PC_GPU);
		pci_addr_parse(kinds[i].address, &d->addr);
		pc_set(&d->path, kinds[i].path);
		d->vendor = (uint16_t)(kinds[i].id >> 16);
		d->device = (uint16_t)kinds[i].id;
		d->parent = strchr(d->path, '/') ? PC_BRIDGE : -1;
		d->rom_size = 0;
		kind = gpu_kind_of(&pc.host, d, &why);
		if (kind != kinds[i].kind || !strstr(why, kinds[i].why))
			fail_msg("case %zu: %s: %s", i, gpu_kind_name(kind), why);
		pc_finish(&pc);
	}
}

/* --- each check --- */

static const struct check_case {
	const char *machine, *id;
	enum check_status status;
	const char *code;
	const char *summary, *source, *value, *fix; /* a part of each; NULL: not looked at */
} checks[] = {
        {"gpu-twins", "gpu.identical", CHECK_PASS, NULL, "2 graphics cards are equal",
                "0000:02:00.0/subsystem_device", "path 0000:00:01.1/00.0", NULL},
        {"gpu-apu", "gpu.identical", CHECK_SKIP, NULL, NULL, NULL, NULL, NULL},
        {"gpu-twins", "gpu.outputs", CHECK_PASS, NULL, "connected to 0000:01:00.0",
                "/sys/class/drm/card1", "outputs: 2; connected: DP-2; enabled: none", NULL},
        {"gpu-twins", "gpu.outputs", CHECK_PASS, NULL, NULL, "/proc/*/fd",
                "master: systemd-logind (700)", NULL},
        {"gpu-apu", "gpu.outputs", CHECK_SKIP, NULL, NULL, NULL, NULL, NULL},
        {"intel-desktop", "gpu.outputs", CHECK_WARN, "PT-GPU-10", "no screen",
                "/sys/class/drm/card1", "connected: none", "dummy plug"},
        {"gpu-twins", "gpu.present", CHECK_PASS, NULL, "3 graphics cards", "0000:01:00.0/class",
                "a card of its own: behind a port", NULL},
        {"gpu-apu", "gpu.bars", CHECK_PASS, NULL, "all memory", "0000:03:00.0/resource",
                "BAR 0: 16 GiB at 0x7c00000000; can be: 256 MiB", NULL},
        {"gpu-rebar", "gpu.bars", CHECK_FAIL, "PT-GPU-08", "0000:03:00.0 (BAR 2) has no address",
                "kernel log", "can't assign; no space", "Above 4G Decoding"},
        {"gpu-rebar", "gpu.bars", CHECK_FAIL, "PT-GPU-08", NULL, "0000:03:00.0/resource",
                "BAR 2: 16 GiB, no address", "Re-Size BAR Support"},
        {"gpu-rebar", "firmware.above-4g", CHECK_WARN, "PT-FW-01", NULL, "/proc/iomem",
                "no PCI Bus above 4 GiB", "CSM"},
        {"gpu-asleep", "gpu.power", CHECK_FAIL, "PT-GPU-07", "0000:01:00.0 does not answer",
                "0000:01:00.0/config", "ff ff ff ff, but 10de:1f91", "cut its power"},
        {"gpu-asleep", "gpu.power", CHECK_FAIL, "PT-GPU-07", NULL, "0000:01:00.0/power_state",
                "D3cold", NULL},
        {"gpu-apu", "gpu.power", CHECK_PASS, NULL, "no graphics card is switched off", NULL, NULL,
                NULL},
        {"amd-bad-board", "gpu.power", CHECK_UNKNOWN, NULL, "5.12", "power_state", "absent", NULL},
        {"gpu-vega", "gpu.comes-back", CHECK_WARN, "PT-GPU-05", "github.com/gnif/vendor-reset",
                "0000:0a:00.0/reset_method", "bus", "device_specific"},
        {"gpu-twins", "gpu.comes-back", CHECK_PASS, NULL, "0000:01:00.0 comes back",
                "0000:02:00.0/reset_method", "nothing but the card", NULL},
        {"gpu-vega", "gpu.rom", CHECK_WARN, "PT-GPU-11", "no UEFI image", "0000:0a:00.0/rom",
                "UEFI image for x86-64 of 1002:687f, 512 B, the last one", "romfile="},
        {"gpu-twins", "gpu.rom", CHECK_UNKNOWN, NULL, "the test drive tells",
                "0000:01:00.0/resource", "ROM 512 KiB", NULL},
        {"gpu-simpledrm", "gpu.boot-display", CHECK_FAIL, "PT-GPU-02", NULL,
                "/sys/class/graphics/fb0/name",
                "fb0 simpledrmdrmfb: 0000:01:00.0, text console (/proc/iomem: 0x7000000000)",
                "initcall_blacklist=sysfb_init"},
        {"gpu-apu", "gpu.boot-display", CHECK_PASS, NULL, "on 0000:30:00.0", NULL, NULL, NULL},
};

static bool has_part(const char *text, const char *part)
{
	return !part || (text && strstr(text, part));
}

static bool has_evidence(const struct check_result *r, const char *source, const char *value)
{
	for (size_t i = 0; i < r->n_evidence; i++) {
		if (has_part(r->evidence[i].source, source) &&
		        has_part(r->evidence[i].value, value))
			return true;
	}
	return !source && !value;
}

static void run_check(const struct check_case *c)
{
	const struct check_result *r;
	struct check_report report;
	struct machine m;
	struct host host;

	machine_open(&m, c->machine);
	assert_int_equal(host_take(&m.root, &host, NULL), 0);
	check_run(&host, &report);
	r = check_find(&report, c->id);
	assert_non_null(r);
	if (r->status != c->status || !has_part(r->summary, c->summary) ||
	        (c->code ? !r->code || !streq(r->code, c->code) : r->code != NULL) ||
	        !has_evidence(r, c->source, c->value) || !has_part(r->fix, c->fix))
		fail_msg("%s %s: %s [%s]: %s -> %s (%s: %s)", c->machine, c->id,
		        check_status_name(r->status), r->code ? r->code : "-", r->summary,
		        r->fix ? r->fix : "-", c->source ? c->source : "-",
		        c->value ? c->value : "-");
	check_report_finish(&report);
	host_finish(&host);
	machine_close(&m);
}

static void runs_checks(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(checks); i++)
		run_check(&checks[i]);
}

/* --- will it come back? --- */

static const struct return_case {
	uint32_t id; /* vendor and device of the card */
	const char *ways;
	bool reset, neighbour;
	enum gpu_comes_back verdict;
	enum code code;
	const char *reason, *fix;
} returns[] = {
        {0x10de1e84, "flr bus", true, false, GPU_BACK_YES, CODE_NONE, "alone (flr)", NULL},
        {0x10de1e84, "flr bus", true, true, GPU_BACK_YES, CODE_NONE, "alone (flr)", NULL},
        {0x10de1e84, "bus", true, false, GPU_BACK_YES, CODE_NONE, "its bus, where nothing", NULL},
        {0x10de1e84, "bus", true, true, GPU_BACK_NO, CODE_GPU_BUS_SHARED,
                "others share: 0000:01:01.0", "a port of its own"},
        {0x10de1e84, "pm bus", true, true, GPU_BACK_NO, CODE_GPU_BUS_SHARED, "share", "slot"},
        {0x10de1e84, "pm", true, false, GPU_BACK_RISKY, CODE_GPU_WEAK_RESET, "(pm)", "test drive"},
        {0x10de1e84, "", false, false, GPU_BACK_NO, CODE_GPU_RESET, "no way", "test drive"},
        /* The kernel hides the file where there is no way. */
        {0x10de1e84, NULL, false, false, GPU_BACK_NO, CODE_GPU_RESET, "no way", NULL},
        {0x10de1e84, NULL, true, false, GPU_BACK_UNKNOWN, CODE_NONE, "5.15", NULL},
        {0x1002687f, "bus", true, false, GPU_BACK_RISKY, CODE_GPU_RESET_BUG, "Vega 10",
                "vendor-reset"},
        {0x1002687f, "device_specific bus", true, false, GPU_BACK_YES, CODE_NONE,
                "procedure of its", NULL},
        {0x100267df, "bus", true, false, GPU_BACK_RISKY, CODE_GPU_RESET_BUG, "Polaris 10", NULL},
        {0x10026987, "bus", true, false, GPU_BACK_RISKY, CODE_GPU_RESET_BUG, "Polaris 12", NULL},
        {0x100266af, "bus", true, false, GPU_BACK_RISKY, CODE_GPU_RESET_BUG, "Vega 20", NULL},
        {0x1002731f, "bus", true, false, GPU_BACK_RISKY, CODE_GPU_RESET_BUG, "Navi 10", NULL},
        {0x10027360, "bus", true, false, GPU_BACK_RISKY, CODE_GPU_RESET_BUG, "Navi 12", NULL},
        {0x10027340, "bus", true, false, GPU_BACK_RISKY, CODE_GPU_RESET_BUG, "Navi 14", NULL},
        {0x100273bf, "bus", true, false, GPU_BACK_YES, CODE_NONE, "its bus", NULL},
        {0x10de2b85, "flr bus", true, false, GPU_BACK_RISKY, CODE_GPU_RESET_BUG, "GB202",
                "the word bus"},
        {0x10de2b85, "flr bus", true, true, GPU_BACK_RISKY, CODE_GPU_RESET_BUG, "GB202",
                "newest kernel"},
        /* The kernel's own quirk has taken the way out, or a person has. */
        {0x10de2b85, "bus", true, false, GPU_BACK_YES, CODE_NONE, "its bus", NULL},
};

static void run_return(size_t i)
{
	const struct return_case *c = &returns[i];
	struct check_gpu gpu = {0};
	struct gpu_return judged;
	struct pci_device *d;
	struct pc pc;

	pc_init(&pc);
	if (c->neighbour)
		pc_add(&pc, "0000:01:01.0", "0000:00:01.0/01.0", 0x8086100e, 0x020000, 7, "e1000");
	d = pc_device(&pc, PC_GPU);
	d->vendor = (uint16_t)(c->id >> 16);
	d->device = (uint16_t)c->id;
	pc_device(&pc, PC_AUDIO)->vendor = d->vendor;
	pc_set(&d->reset_method, c->ways);
	d->reset = c->reset;
	for (size_t k = PC_GPU; k < pc.host.pci.n; k++)
		pc_device(&pc, (int)k)->parent = PC_BRIDGE;
	gpu.device = d;
	gpu_return_judge(&pc.host, &gpu, &judged);
	if (judged.verdict != c->verdict || judged.code != c->code ||
	        !strstr(judged.reason, c->reason) || !has_part(judged.fix, c->fix) ||
	        (judged.code != CODE_NONE) != (judged.fix != NULL))
		fail_msg("case %zu: %s: %s -> %s", i, gpu_comes_back_name(judged.verdict),
		        judged.reason, judged.fix ? judged.fix : "-");
	gpu_return_finish(&judged);
	pc_finish(&pc);
}

static void judges_returns(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(returns); i++)
		run_return(i);
}

/* --- memory without an address, as only the log tells --- */

static const struct {
	const char *log;
	bool found;
} logs[] = {
        {"[ 0.5] pci 0000:01:00.0: BAR 0: no space for [mem size 0x1000000]", true},
        {"[ 0.5] pci 0000:01:00.0: BAR 0: failed to assign [mem size 0x1000000]\nnext", true},
        {"NVRM: BAR0 is 0M @ 0x0 (PCI:0000:01:00.0)", true},
        {"[ 0.5] pci 0000:01:00.0: BAR 0: assigned [mem 0xa3000000-0xa3ffffff]", false},
        /* It failed first, and got an address later. */
        {"[ 0.5] pci 0000:01:00.0: BAR 1: failed to assign [mem size 0x10000000 64bit pref]",
                false},
        {"[ 0.5] pci 0000:01:00.0: BAR 9: failed to assign [mem size 0x1]", false},
        {"[ 0.5] pci 0000:02:00.0: BAR 0: failed to assign [mem size 0x1]", false},
        {"0000:01:00.0", false},
        {"BAR no space 0000:01:00.0 BAR", false},
};

static void finds_bars_without_address(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(logs); i++) {
		cleanup_free char *line = NULL;
		const struct pci_bar *bar;
		struct pc pc;

		pc_init(&pc);
		pc_set(&pc.host.firmware.log, logs[i].log);
		bar = gpu_unset_bar(&pc.host, pc_device(&pc, PC_GPU), &line);
		if (!bar == logs[i].found || !line == logs[i].found)
			fail_msg("%s", logs[i].log);
		pc_finish(&pc);
	}
}

static void says_sizes(void **state)
{
	static const struct {
		uint64_t bytes;
		const char *text;
	} sizes[] = {{0, "0 B"}, {512, "512 B"}, {1024, "1 KiB"}, {1536, "1536 B"},
	        {UINT64_C(16) << 30, "16 GiB"}, {UINT64_C(1) << 63, "8388608 TiB"}};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		cleanup_free char *text = gpu_size(sizes[i].bytes);

		assert_string_equal(text, sizes[i].text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(judges_cards),
	        cmocka_unit_test(tells_cards_from_processors),
	        cmocka_unit_test(runs_checks),
	        cmocka_unit_test(judges_returns),
	        cmocka_unit_test(finds_bars_without_address),
	        cmocka_unit_test(says_sizes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
