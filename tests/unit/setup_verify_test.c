/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Verify: what a start with our entry shows, and the code of each thing that can be wrong about it. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "host-setup/verify.h"
#include "setup_pc.h"

#define CONF                                                                            \
	"id 0123abcd\n"                                                                 \
	"device path=0000:00:01.0/00.0 id=10de:1e84 subsystem=0000:0000 class=030000\n" \
	"device path=0000:00:01.0/00.1 id=10de:10f8 subsystem=0000:0000 class=040300\n"

static void good_start(struct pc *pc)
{
	struct display_card *card = list_append(pc->host.displays.list, pc->host.displays.n);

	*card = (struct display_card){.name = xstrdup("card0"),
	        .source = xstrdup("/sys/class/drm/card0"),
	        .has_controller = true,
	        .controller = pc_device(pc, PC_IGPU)->addr,
	        .console = true};
	pc_set(&pc_device(pc, PC_GPU)->driver, "vfio-pci");
	pc_set(&pc_device(pc, PC_AUDIO)->driver, "vfio-pci");
	pc_set(&pc->host.firmware.cmdline, "root=/dev/sda1 playthrough=0123abcd");
	pc_set(&pc->host.firmware.log,
	        "[    0.0] Linux version 6.1\n"
	        "[    0.3] pci 0000:01:00.0: [10de:1e84] type 00 class 0x030000\n"
	        "[    0.4] pci 0000:01:00.0: Adding to iommu group 1\n"
	        "[    2.0] playthrough-bind: 0000:01:00.0 (x, 10de:1e84) is bound to vfio-pci\n"
	        "[    2.1] vfio-pci 0000:01:00.0: vgaarb: changed VGA decodes\n"
	        "[    3.0] i915 0000:00:02.0: vgaarb: deactivate vga console\n");
	pc->host.firmware.log_errno = 0;
	pc->host.firmware.log_complete = true;
}

static void nothing(struct pc *pc)
{
	(void)pc;
}

static void wrong_token(struct pc *pc)
{
	pc_set(&pc->host.firmware.cmdline, "root=/dev/sda1");
}

static void not_bound(struct pc *pc)
{
	pc_set(&pc_device(pc, PC_AUDIO)->driver, "snd_hda_intel");
}

static void another_card(struct pc *pc)
{
	pc_device(pc, PC_GPU)->device = 0x1e85;
}

static void no_card(struct pc *pc)
{
	pc_set(&pc_device(pc, PC_GPU)->path, "0000:00:1d.0/00.0");
}

static void no_groups(struct pc *pc)
{
	pc_no_groups(pc);
}

static void net_in_group(struct pc *pc)
{
	pc_device(pc, PC_NET)->iommu_group = 1;
	pc_group(pc);
}

static void driver_before(struct pc *pc)
{
	pc_set(&pc->host.firmware.log, "Linux version 6.1\nnouveau 0000:01:00.0: NVIDIA TU104\n");
}

static void drm_before(struct pc *pc)
{
	pc_set(&pc->host.firmware.log,
	        "Linux version 6.1\n[drm] Initialized nouveau 1.3.1 for 0000:01:00.0 on minor 1\n");
}

static void log_unknown(struct pc *pc)
{
	pc_set(&pc->host.firmware.log, NULL);
}

static void no_display(struct pc *pc)
{
	displays_finish(&pc->host.displays);
	pc->host.displays = (struct displays){0};
}

static void test_verify(void **state)
{
	static const struct {
		void (*change)(struct pc *pc);
		int exit_code;
		const char *code;
	} cases[] = {
	        {nothing, 0, NULL},
	        {wrong_token, 4, "PT-HOST-03"},
	        {not_bound, 1, "PT-HOST-04"},
	        {another_card, 1, "PT-PCI-02"},
	        {no_card, 1, "PT-PCI-01"},
	        {no_groups, 1, "PT-PCI-06"},
	        {net_in_group, 1, "PT-IOMMU-05"},
	        {pc_no_remapping, 1, "PT-IOMMU-04"},
	        {pc_unit_cannot_remap, 1, "PT-IOMMU-03"},
	        {driver_before, 1, "PT-BOOT-13"},
	        {drm_before, 1, "PT-BOOT-13"},
	        {log_unknown, 0, NULL},
	        {no_display, 1, "PT-BOOT-14"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct verify_report report;
		const char *code = NULL;
		struct pc pc;

		pc_init(&pc);
		good_start(&pc);
		cases[i].change(&pc);
		verify_run(&pc.host, "0123abcd", CONF, &report);
		for (size_t f = 0; f < report.n && !code; f++) {
			code = report.list[f].code;
			assert_true(report.list[f].source && report.list[f].value);
		}
		if (verify_exit_code(&report) != cases[i].exit_code)
			fail_msg("case %zu: exit code %d", i, verify_exit_code(&report));
		if (cases[i].code)
			assert_string_equal(code, cases[i].code);
		else
			assert_null(code);
		json_decref(verify_json(&report, false, &(struct err){0}));
		verify_finish(&report);
		pc_finish(&pc);
	}
}

static void test_verify_not_applied(void **state)
{
	struct verify_report report;
	struct pc pc;

	(void)state;
	pc_init(&pc);
	verify_run(&pc.host, "", NULL, &report);
	assert_int_equal(report.state, VERIFY_NOT_APPLIED);
	assert_int_equal(verify_exit_code(&report), 4);
	assert_string_equal(report.list[0].code, "PT-HOST-02");
	verify_finish(&report);
	pc_finish(&pc);
}

static json_t *told(const struct verify_report *report, const struct err *why, const char *key)
{
	json_t *all = verify_json(report, false, why), *one = json_object_get(all, key);

	json_incref(one);
	json_decref(all);
	return one;
}

/* What a program needs to tell a restart that is due from one that took the other entry. */
static void test_json_tells_of_the_start(void **state)
{
	struct verify_report report = {.state = VERIFY_NOT_BOOTED, .restarted = -1};
	struct err why = {0};
	json_t *refused;

	(void)state;
	assert_null(told(&report, &why, "restarted"));
	assert_null(told(&report, &why, "refused"));
	report.restarted = 1;
	report.given_up = true;
	assert_true(json_is_true(told(&report, &why, "restarted")));
	assert_true(json_is_true(told(&report, &why, "given_up")));
	assert_true(json_is_false(told(&report, &why, "by_hand")));
	assert_true(json_is_false(told(&report, &why, "half_way")));
	err_set(&why, -EBUSY, "at work");
	err_code(&why, CODE_SETUP_BUSY);
	refused = told(&report, &why, "refused");
	assert_string_equal(json_string_value(json_object_get(refused, "code")), "PT-SETUP-18");
	json_decref(refused);
}

/* Our entry was started, but the list of what it should bind is gone. */
static void test_verify_without_devices(void **state)
{
	struct verify_report report;
	struct pc pc;

	(void)state;
	pc_init(&pc);
	good_start(&pc);
	verify_run(&pc.host, "0123abcd", NULL, &report);
	assert_int_equal(verify_exit_code(&report), 1);
	assert_string_equal(report.list[1].code, "PT-BOOT-08");
	verify_finish(&report);
	pc_finish(&pc);
}

/* The plan of a PC whose one card is handed over: the IOMMU alone. */
static void test_verify_none(void **state)
{
	struct verify_report report;
	struct pc pc;
	size_t n;

	(void)state;
	pc_init(&pc);
	good_start(&pc);
	verify_run(&pc.host, "0123abcd", "id 0123abcd\nnone\n", &report);
	assert_string_equal(report.list[1].id, "iommu.on");
	assert_int_equal(report.list[1].status, CHECK_PASS);
	verify_finish(&report);
	n = pc.host.iommu.n_groups;
	pc.host.iommu.n_groups = 0;
	verify_run(&pc.host, "0123abcd", "id 0123abcd\nnone\n", &report);
	pc.host.iommu.n_groups = n;
	assert_int_equal(report.list[1].status, CHECK_FAIL);
	assert_string_equal(report.list[1].code, "PT-IOMMU-02");
	verify_finish(&report);
	pc_finish(&pc);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_verify),
	        cmocka_unit_test(test_verify_not_applied),
	        cmocka_unit_test(test_json_tells_of_the_start),
	        cmocka_unit_test(test_verify_without_devices),
	        cmocka_unit_test(test_verify_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
