/* SPDX-License-Identifier: GPL-2.0-or-later */
/* explain: what each text allows, what it leaves open, and how that is written. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "host-setup/explain.h"

#define GROUPS                                                                \
	"IOMMU Group 1:\n"                                                    \
	"\t00:01.0 PCI bridge [0604]: Acme Port [8086:1901]\n"                \
	"\t01:00.0 VGA compatible controller [0300]: Acme Fast [10de:1b81]\n" \
	"\t01:00.1 Audio device [0403]: Acme Fast Audio [10de:10f0]\n"        \
	"IOMMU Group 2:\n"                                                    \
	"\t00:02.0 VGA compatible controller [0300]: Acme Slow [8086:1912]\n"
#define LOG                                                                                       \
	"[    0.01] ACPI: DMAR 0x00000000AAAA0000 0000A8 (v01 ACME   BOARD    00000001 ACME 1)\n" \
	"[    0.06] DMAR: Host address width 39\n"                                                \
	"[    0.07] DMAR-IR: Enabled IRQ remapping in x2apic mode\n"                              \
	"[    0.90] DMAR: Intel(R) Virtualization Technology for Directed I/O\n"

static void run(const char *const *texts, struct explained *out)
{
	struct strv cleanup_strv names = {0}, all = {0};

	for (size_t i = 0; texts[i]; i++) {
		strv_addf(&names, "file%zu", i);
		strv_add(&all, texts[i]);
	}
	explain_run(&names, &all, out);
}

static const struct {
	const char *name;
	const char *texts[3];
	const char *id;
	enum check_status status;
	const char *code, *source; /* of the first evidence; NULL: not looked at */
	int exit_code;
} cases[] = {
        {"groups prove an IOMMU", {GROUPS}, "iommu.enabled", CHECK_PASS, NULL, "file0:1", 0},
        {"groups tell nothing of remapping", {GROUPS}, "iommu.interrupt-remapping", CHECK_SKIP,
                NULL, NULL, 0},
        {"a card with its group", {GROUPS}, "iommu.groups", CHECK_PASS, NULL, "file0:5", 0},
        {"a log", {LOG}, "iommu.enabled", CHECK_PASS, NULL, "file0:4", 0},
        {"a log tells of remapping", {LOG}, "iommu.interrupt-remapping", CHECK_PASS, NULL,
                "file0:3", 0},
        {"a log lists no devices", {LOG}, "gpu.present", CHECK_SKIP, NULL, NULL, 0},
        {"both together", {GROUPS, LOG}, "iommu.interrupt-remapping", CHECK_PASS, NULL, "file1:3",
                0},
        {"a cut log", {"DMAR: Host address width 39\n"}, "iommu.enabled", CHECK_UNKNOWN,
                "PT-IOMMU-10", NULL, 6},
        {"neither", {"It does not work.\n"}, "iommu.enabled", CHECK_UNKNOWN, "PT-IOMMU-10", NULL,
                6},
        {"nothing at all", {""}, "iommu.enabled", CHECK_UNKNOWN, "PT-IOMMU-10", NULL, 6},
        {"lspci alone", {"01:00.0 3D controller [0302]: A [10de:1b81]\n"}, "iommu.enabled",
                CHECK_UNKNOWN, "PT-IOMMU-10", NULL, 6},
        {"addresses alone", {"/sys/kernel/iommu_groups/7/devices/0000:00:15.1\n"}, "gpu.present",
                CHECK_UNKNOWN, NULL, NULL, 6},
        {"an argument that was forgotten",
                {"[    0.01] ACPI: DMAR 0x0000 (v01 ACME)\n"
                 "[    0.05] APIC: Switch to symmetric I/O mode setup\n"
                 "[    0.07] DMAR-IR: Enabled IRQ remapping in x2apic mode\n"
                 "[    0.90] PCI-DMA: Using software bounce buffering for IO (SWIOTLB)\n"},
                "iommu.enabled", CHECK_FAIL, "PT-IOMMU-02", "file0:4", 3},
        {"an argument that did not help",
                {"[    0.01] ACPI: DMAR 0x0000 (v01 ACME)\n[    0.02] DMAR: IOMMU enabled\n"
                 "[    0.07] DMAR-IR: Enabled IRQ remapping in x2apic mode\n"
                 "[    0.90] PCI-DMA: Using software bounce buffering for IO (SWIOTLB)\n"},
                "iommu.enabled", CHECK_FAIL, "PT-IOMMU-08", NULL, 4},
        {"AMD's table without its IOAPIC",
                {"AMD-Vi: [Firmware Bug]: : No southbridge IOAPIC found\n"
                 "AMD-Vi: Disabling interrupt remapping\n"},
                "iommu.interrupt-remapping", CHECK_FAIL, "PT-IOMMU-07", "file0:1", 4},
        {"a device that firmware keeps",
                {LOG "vfio-pci 0000:04:00.0: Device is ineligible for IOMMU domain attach due to "
                     "platform RMRR requirement.\n"},
                "iommu.quirks", CHECK_WARN, "PT-IOMMU-09", "file0:5", 0},
        {"graphics left out",
                {LOG "[    0.95] DMAR: Disabling IOMMU for graphics on this chipset\n"},
                "iommu.quirks", CHECK_PASS, NULL, "file0:5", 0},
        {"virtualization is locked", {LOG "[    9.00] kvm: disabled by bios\n"},
                "cpu.virtualization", CHECK_FAIL, "PT-CPU-01", NULL, 4},
        {"one card only", {"IOMMU Group 1 01:00.0 VGA compatible controller [0300]: A [10de:1]\n"},
                "gpu.boot-display", CHECK_WARN, "PT-GPU-02", NULL, 0},
        {"not of such a text", {LOG}, "memory.lock", CHECK_SKIP, NULL, NULL, 0},
};

static void every_case(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct check_result *r;
		struct explained e;

		run(cases[i].texts, &e);
		r = check_find(&e.report, cases[i].id);
		if (r->status != cases[i].status)
			fail_msg("%s: %s: %s", cases[i].name, check_status_name(r->status),
			        r->summary);
		if (cases[i].code && (!r->code || !streq(r->code, cases[i].code)))
			fail_msg("%s: code %s", cases[i].name, r->code ? r->code : "none");
		if (cases[i].source &&
		        (!r->n_evidence || !streq(r->evidence[0].source, cases[i].source)))
			fail_msg("%s: evidence %s", cases[i].name,
			        r->n_evidence ? r->evidence[0].source : "none");
		if (check_exit_code(&e.report) != cases[i].exit_code)
			fail_msg("%s: exit code %d", cases[i].name, check_exit_code(&e.report));
		explain_finish(&e);
	}
}

/* One more function in the card's group, and what becomes of the card. */
static const struct {
	const char *line;
	enum check_status verdict;
} companions[] = {
        {"\t01:00.2 USB controller [0c03]: Acme [10de:1ad8]\n", CHECK_PASS},
        {"\t00:01.1 PCI bridge [0604]: Acme [8086:1905]\n", CHECK_PASS},
        {"\t00:00.0 Host bridge [0600]: Acme [8086:1900]\n", CHECK_PASS},
        {"\t02:00.0 USB controller [0c03]: Other [1b21:2142]\n", CHECK_WARN},
        {"\t02:00.0 SD Host controller [0805]: Other [1217:8621]\n", CHECK_WARN},
        {"\t02:00.0 VGA compatible controller [0300]: Acme Fast [10de:1b81]\n", CHECK_WARN},
        {"\t00:14.0 USB controller [0c03]: Board [8086:a36d]\n", CHECK_FAIL},
        {"\t02:00.0 SATA controller [0106]: Other [1b21:0612]\n", CHECK_FAIL},
        {"\t02:00.0 Non-Volatile memory controller [0108]: Other [144d:a808]\n", CHECK_FAIL},
        {"\t02:00.0 Ethernet controller [0200]: Other [10ec:8168]\n", CHECK_FAIL},
        {"\t02:00.0 Network controller [0280]: Other [8086:2723]\n", CHECK_FAIL},
        {"\t00:1f.0 ISA bridge [0601]: Board [8086:a143]\n", CHECK_FAIL},
};

static void what_goes_along(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(companions); i++) {
		cleanup_free char *text =
		        xasprintf("IOMMU Group 1:\n%s%s", companions[i].line, GROUPS);
		const struct check_gpu *gpu = NULL;
		struct explained e;

		run((const char *[]){text, NULL}, &e);
		for (size_t k = 0; k < e.report.n_gpus; k++) {
			if (e.report.gpus[k].device->addr.bus == 1)
				gpu = &e.report.gpus[k];
		}
		assert_non_null(gpu);
		if (gpu->verdict != companions[i].verdict)
			fail_msg("%s%s", companions[i].line, check_status_name(gpu->verdict));
		explain_finish(&e);
	}
}

/* The board's USB sits in the slot of a processor's graphics, and where groups are not apart it would go along. */
static void graphics_of_a_processor(void **state)
{
	const char *const apart =
	        "IOMMU Group 5 04:00.0 VGA compatible controller [0300]: A [1002:15d8]\n"
	        "IOMMU Group 6 04:00.3 USB controller [0c03]: A [1022:15e0]\n";
	const char *const together =
	        "IOMMU Group 5 04:00.0 VGA compatible controller [0300]: A [1002:15d8]\n"
	        "IOMMU Group 5 04:00.3 USB controller [0c03]: A [1022:15e0]\n";
	const char *const given = "\tKernel driver in use: vfio-pci\n";
	struct explained e;

	(void)state;
	run((const char *[]){apart, NULL}, &e);
	assert_int_equal(e.report.gpus[0].verdict, CHECK_PASS);
	assert_int_equal(e.report.gpus[0].needs.n, 0);
	explain_finish(&e);
	run((const char *[]){together, NULL}, &e);
	assert_int_equal(e.report.gpus[0].verdict, CHECK_FAIL);
	explain_finish(&e);
	{
		cleanup_free char *text = xasprintf("%s%s", together, given);

		run((const char *[]){text, NULL}, &e);
		assert_int_equal(e.report.gpus[0].verdict, CHECK_WARN);
		explain_finish(&e);
	}
}

/* Two cards in one group and no other: the host cannot keep the second. */
static void the_last_card(void **state)
{
	struct explained e;

	(void)state;
	run(
	        (const char *[]){
	                "IOMMU Group 1 01:00.0 VGA compatible controller [0300]: A [1002:6798]\n"
	                "IOMMU Group 1 02:00.0 VGA compatible controller [0300]: A [1002:6798]\n",
	                NULL},
	        &e);
	assert_int_equal(e.report.n_gpus, 2);
	assert_int_equal(e.report.gpus[0].verdict, CHECK_FAIL);
	assert_string_equal(e.report.gpus[0].needs.list[0], "0000:02:00.0");
	assert_int_equal(check_exit_code(&e.report), CHECK_EXIT_PERSON);
	explain_finish(&e);
}

/* AM5: each function has a group of its own, and all of the card go along. */
static void a_card_of_many_groups(void **state)
{
	struct explained e;

	(void)state;
	run(
	        (const char *[]){
	                "IOMMU Group 20 05:00.0 VGA compatible controller [0300]: A [10de:1e84]\n"
	                "IOMMU Group 21 05:00.1 Audio device [0403]: A [10de:10f8]\n"
	                "IOMMU Group 22 05:00.2 USB controller [0c03]: A [10de:1ad8]\n",
	                NULL},
	        &e);
	assert_int_equal(e.report.gpus[0].verdict, CHECK_PASS);
	assert_int_equal(e.report.gpus[0].needs.n, 2);
	explain_finish(&e);
}

static void as_json(void **state)
{
	json_t *document, *group, *log;
	struct explained e;

	(void)state;
	run((const char *[]){"IOMMU Group 7 02:00.0 3D controller: NoId\n", LOG, NULL}, &e);
	document = explain_json(&e);
	log = json_object_get(document, "kernel_log");
	group = json_array_get(json_object_get(document, "groups"), 0);
	assert_int_equal(json_integer_value(json_object_get(document, "schema")), 1);
	assert_string_equal(json_string_value(json_object_get(log, "iommu")), "on");
	assert_string_equal(json_string_value(json_object_get(log, "file")), "file1");
	assert_int_equal(json_integer_value(json_object_get(group, "id")), 7);
	assert_true(json_is_null(
	        json_object_get(json_array_get(json_object_get(group, "devices"), 0), "id")));
	json_decref(document);
	explain_finish(&e);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(every_case),
	        cmocka_unit_test(what_goes_along),
	        cmocka_unit_test(graphics_of_a_processor),
	        cmocka_unit_test(the_last_card),
	        cmocka_unit_test(a_card_of_many_groups),
	        cmocka_unit_test(as_json),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
