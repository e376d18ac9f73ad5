/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The plan: what is chosen, what is refused and why, and the edits as golden text. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "golden.h"
#include "host-setup/plan.h"
#include "setup_disk.h"
#include "setup_pc.h"

struct wished {
	const char *gpu, *usb;
};

static int choose(struct pc *pc, struct wished w, struct plan *plan, struct err *err)
{
	struct plan_wishes wishes = {0};
	struct pci_addr addr;
	int r;

	*plan = (struct plan){0};
	if (w.gpu && pci_addr_parse(w.gpu, &addr) == 0)
		plan_wishes_add(&wishes, PLAN_ROLE_GPU, addr, NULL, -1, -1, "--gpu");
	if (w.usb && pci_addr_parse(w.usb, &addr) == 0)
		plan_wishes_add(&wishes, PLAN_ROLE_USB, addr, NULL, -1, -1, "--usb");
	r = plan_choose(&pc->host, &wishes, plan, err);
	plan_wishes_finish(&wishes);
	return r;
}

static void expect_devices(struct pc *pc, struct wished w, const char *expected)
{
	struct strv found = {0};
	cleanup_free char *text = NULL;
	struct err err = {0};
	struct plan plan;

	if (choose(pc, w, &plan, &err) < 0)
		fail_msg("%s", err.message);
	for (size_t i = 0; i < plan.n_devices; i++)
		strv_add(&found, pci_addr_format(plan.devices[i].addr).s + 5);
	text = strv_join(&found, " ");
	strv_finish(&found);
	plan_finish(&plan);
	assert_string_equal(text, expected);
}

static void add_usb(struct pc *pc, int controller, bool keyboard)
{
	struct usb_device *u = list_append(pc->host.usb.list, pc->host.usb.n);

	u->sysname = xasprintf("%d-1", controller);
	u->port = xstrdup("");
	u->has_controller = true;
	u->controller = pc_device(pc, controller)->addr;
	u->keyboard = keyboard;
	u->mouse = !keyboard;
}

static int second_usb(struct pc *pc)
{
	pc_add(pc, "0000:02:00.0", "0000:00:1c.0/00.0", 0x1b21118f, 0x0c0330, 8, "xhci_hcd");
	pc_group(pc);
	return (int)pc->host.pci.n - 1;
}

static void test_choice(void **state)
{
	struct pc pc;

	(void)state;
	pc_init(&pc);
	expect_devices(&pc, (struct wished){0}, "01:00.0 01:00.1");
	expect_devices(&pc, (struct wished){.gpu = "01:00.0"}, "01:00.0 01:00.1");
	expect_devices(&pc, (struct wished){.gpu = "0000:01:00.0", .usb = "00:14.0"},
	        "00:14.0 01:00.0 01:00.1");
	expect_devices(&pc, (struct wished){.usb = "00:14.0"}, "00:14.0");
	pc_finish(&pc);
}

/* A group goes as a whole, and what hangs on its members too; bridges stay. */
static void test_groups(void **state)
{
	struct pc pc;

	(void)state;
	pc_init(&pc);
	pc_add(&pc, "0000:03:00.0", "0000:00:1d.0/00.0", 0x10ec8168, 0xff0000, 1, NULL);
	pc_group(&pc);
	expect_devices(&pc, (struct wished){0}, "01:00.0 01:00.1 03:00.0");
	pc_finish(&pc);
}

/* The board's own functions in the slot of a processor's graphics are no part of the card. */
static void test_processor_graphics(void **state)
{
	struct pc pc;

	(void)state;
	pc_init(&pc);
	pc_add(&pc, "0000:01:00.2", "0000:00:01.0/00.2", 0x10221649, 0x108000, 8, "ccp");
	pc_add(&pc, "0000:01:00.3", "0000:00:01.0/00.3", 0x10de1ad8, 0x0c0330, 9, "xhci_hcd");
	pc_group(&pc);
	expect_devices(&pc, (struct wished){.gpu = "01:00.0"}, "01:00.0 01:00.1 01:00.3");
	pc_finish(&pc);
}

/* The host's own card may go by name while another one remains. */
static void test_boot_display_by_name(void **state)
{
	struct plan plan;
	struct pc pc;

	(void)state;
	pc_init(&pc);
	expect_devices(&pc, (struct wished){.gpu = "00:02.0"}, "00:02.0");
	assert_int_equal(choose(&pc, (struct wished){.gpu = "00:02.0"}, &plan, NULL), 0);
	assert_string_equal(plan.devices[0].losses.list[0], "boot display");
	plan_finish(&plan);
	pc_finish(&pc);
}

static void test_keyboards(void **state)
{
	struct wished usb = {.usb = "00:14.0"};
	struct err err = {0};
	struct plan plan;
	struct pc pc;

	(void)state;
	pc_init(&pc);
	add_usb(&pc, PC_USB, false);
	expect_devices(&pc, usb, "00:14.0"); /* a mouse */
	add_usb(&pc, PC_USB, true);
	assert_int_equal(choose(&pc, usb, &plan, &err), -EBUSY);
	assert_string_equal(err.code, "PT-PCI-04");
	assert_non_null(strstr(err.message, "keyboard"));
	plan_finish(&plan);
	add_usb(&pc, second_usb(&pc), true);
	expect_devices(&pc, usb, "00:14.0");
	pc_finish(&pc);
}

/* --- refusals: one change, and what must follow --- */

static void change_nothing(struct pc *pc)
{
	(void)pc;
}

static void change_second_card(struct pc *pc)
{
	pc_add(pc, "0000:02:00.0", "0000:00:1c.0/00.0", 0x10021478, 0x030000, 8, "amdgpu")
	        ->boot_vga = 0;
	pc_group(pc);
}

static void change_only_card(struct pc *pc)
{
	pc_device(pc, PC_GPU)->class_code = 0x028000;
}

static void change_no_card(struct pc *pc)
{
	change_only_card(pc);
	pc_device(pc, PC_IGPU)->class_code = 0x038100;
}

static void change_net_in_group(struct pc *pc)
{
	pc_device(pc, PC_NET)->iommu_group = 1;
	pc_group(pc);
}

static void change_chipset_in_group(struct pc *pc)
{
	pc_add(pc, "0000:00:1f.0", "0000:00:1f.0", 0x8086a2c5, 0x060100, 1, NULL);
	pc_group(pc);
}

static void change_disk_on_usb(struct pc *pc)
{
	pc->host.disks.list[0].controller = pc_device(pc, PC_USB)->addr;
}

static void test_refusals(void **state)
{
	static const struct {
		void (*change)(struct pc *pc);
		struct wished wished;
		const char *code, *part;
	} cases[] = {
	        {change_second_card, {0}, "PT-HOST-05", "0000:01:00.0 (10de:1e84), 0000:02:00.0"},
	        {change_only_card, {0}, "PT-GPU-02", "0000:00:02.0"},
	        {change_no_card, {0}, "PT-GPU-01", "none on PCI"},
	        {change_only_card, {.gpu = "00:02.0"}, "PT-GPU-02", "only display"},
	        {change_nothing, {.gpu = "07:00.0"}, "PT-PCI-01", "no PCI device at 0000:07:00.0"},
	        {change_nothing, {.gpu = "00:1f.6"}, "PT-PCI-05", "class 020000"},
	        {change_nothing, {.usb = "01:00.0"}, "PT-PCI-05", "no USB controller"},
	        {change_net_in_group, {0}, "PT-IOMMU-05",
	                "network eno1 (default route, the only network card)"},
	        {change_chipset_in_group, {0}, "PT-IOMMU-05", "0000:00:1f.0"},
	        {change_disk_on_usb, {.usb = "00:14.0"}, "PT-PCI-04", "disk sda"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct err err = {0};
		struct plan plan;
		struct pc pc;

		pc_init(&pc);
		cases[i].change(&pc);
		if (choose(&pc, cases[i].wished, &plan, &err) == 0)
			fail_msg("case %zu is not refused", i);
		plan_finish(&plan);
		pc_finish(&pc);
		assert_string_equal(err.code, cases[i].code);
		if (!strstr(err.message, cases[i].part))
			fail_msg("\"%s\" is without \"%s\"", err.message, cases[i].part);
		assert_true(err.hint[0] != '\0');
	}
}

/* --- the whole plan --- */

static int make(const struct machine *m, struct pc *pc, struct boot *boot, struct plan *plan,
        struct err *err)
{
	struct plan_wishes none = {0};
	int r = boot_take(&m->root, boot, err);

	assert_int_equal(r, 0);
	r = plan_make(&pc->host, boot, &none, plan, err);
	if (r < 0)
		boot_finish(boot);
	return r;
}

static void no_iommu(struct pc *pc)
{
	pc_no_groups(pc);
	pc->host.iommu.dmar = IOMMU_TABLE_ABSENT;
	pc->host.iommu.vendor = IOMMU_NONE;
}

static void amd_off(struct pc *pc)
{
	no_iommu(pc);
	pc->host.iommu.ivrs = IOMMU_TABLE_PRESENT;
}

static void no_vfio(struct pc *pc)
{
	pc->host.firmware.vfio_pci = 0;
}

static void test_platform_refusals(void **state)
{
	static const struct {
		void (*change)(struct pc *pc);
		const char *code, *part, *hint;
	} cases[] = {
	        {no_iommu, "PT-IOMMU-01", "no DMAR or IVRS", "VT-d"},
	        {amd_off, "PT-IOMMU-02", "IVRS", "amd_iommu=off"},
	        {pc_no_remapping, "PT-IOMMU-04", "43 IO-APIC", "firmware"},
	        {pc_unit_cannot_remap, "PT-IOMMU-03", "43 IO-APIC", "firmware"},
	        {no_vfio, "PT-KERNEL-01", "modules.dep", "kernel"},
	};
	struct machine m;

	(void)state;
	disk_open(&m);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct err err = {0};
		struct boot boot;
		struct plan plan;
		struct pc pc;

		pc_init(&pc);
		cases[i].change(&pc);
		assert_true(make(&m, &pc, &boot, &plan, &err) < 0);
		pc_finish(&pc);
		assert_string_equal(err.code, cases[i].code);
		if (!strstr(err.message, cases[i].part) || !strstr(err.hint, cases[i].hint))
			fail_msg("%s -- %s", err.message, err.hint);
	}
	machine_close(&m);
}

static size_t notes_of_tpm(const struct machine *m)
{
	struct boot boot;
	struct plan plan;
	struct pc pc;
	size_t n = 0;

	pc_init(&pc);
	assert_int_equal(make(m, &pc, &boot, &plan, NULL), 0);
	strv_foreach (note, &plan.notes)
		n += strstr(*note, "tpm2-device=") != NULL;
	plan_finish(&plan);
	boot_finish(&boot);
	pc_finish(&pc);
	return n;
}

/* A key that is bound to the command line does not come for our entry: the person is told before. */
static void test_tpm(void **state)
{
	struct machine m;

	(void)state;
	disk_open(&m);
	machine_write(
	        &m, "/etc/crypttab", "root UUID=1 none luks\n# x UUID=2 - tpm2-device=auto\n");
	assert_int_equal(notes_of_tpm(&m), 0);
	machine_write(&m, "/etc/crypttab", "root UUID=1 none luks,tpm2-device=auto\n");
	assert_int_equal(notes_of_tpm(&m), 1);
	machine_write(&m, "/etc/crypttab", "");
	machine_write(&m, "/proc/cmdline", "root=/dev/x rd.luks.options=tpm2-device=auto\n");
	assert_int_equal(notes_of_tpm(&m), 1);
	machine_close(&m);
}

/* An IOMMU that only the kernel left off is what our own argument switches on. */
static void test_intel_off_in_kernel(void **state)
{
	struct machine m;
	struct boot boot;
	struct plan plan;
	struct pc pc;

	(void)state;
	disk_open(&m);
	pc_init(&pc);
	pc_no_groups(&pc);
	pc.host.iommu.remapping = IOMMU_REMAPPING_OFF;
	assert_int_equal(make(&m, &pc, &boot, &plan, NULL), 0);
	assert_int_equal(plan.notes.n, 1);
	assert_non_null(strstr(plan.arguments, " intel_iommu=on iommu=pt"));
	plan_finish(&plan);
	boot_finish(&boot);
	pc_finish(&pc);
	machine_close(&m);
}

static void test_amd_arguments(void **state)
{
	struct machine m;
	struct boot boot;
	struct plan plan;
	struct pc pc;

	(void)state;
	disk_open(&m);
	pc_init(&pc);
	pc.host.iommu.vendor = IOMMU_AMD;
	assert_int_equal(make(&m, &pc, &boot, &plan, NULL), 0);
	assert_null(strstr(plan.arguments, "intel_iommu"));
	assert_non_null(strstr(plan.arguments, " iommu=pt "));
	plan_finish(&plan);
	boot_finish(&boot);
	pc_finish(&pc);
	machine_close(&m);
}

static void test_templates_missing(void **state)
{
	struct err err = {0};
	struct machine m;
	struct boot boot;

	(void)state;
	disk_open(&m);
	assert_int_equal(root_remove(&m.root, LIBEXECDIR "/playthrough-bind", NULL), 0);
	assert_int_equal(boot_take(&m.root, &boot, &err), -ENOENT);
	assert_string_equal(err.code, "PT-SETUP-16");
	machine_close(&m);
}

/* The id stands for devices and arguments: any other one of these is another plan. */
static void test_id(void **state)
{
	struct machine m;
	struct boot boot;
	struct plan first, second;
	struct pc pc;

	(void)state;
	disk_open(&m);
	pc_init(&pc);
	assert_int_equal(make(&m, &pc, &boot, &first, NULL), 0);
	boot_finish(&boot);
	pc_device(&pc, PC_AUDIO)->subsystem_device = 0x1234;
	assert_int_equal(make(&m, &pc, &boot, &second, NULL), 0);
	boot_finish(&boot);
	assert_int_equal(strlen(first.id), 8);
	assert_string_not_equal(first.id, second.id);
	plan_finish(&first);
	plan_finish(&second);
	pc_finish(&pc);
	machine_close(&m);
}

/* Only root reads serial numbers; to others a device keeps the one that bind.conf has. */
static void test_serials_are_kept(void **state)
{
	struct plan as_root, as_user;
	struct machine m;
	struct boot boot;
	struct pc pc;

	(void)state;
	disk_open(&m);
	pc_init(&pc);
	pc_set(&pc_device(&pc, PC_GPU)->serial, "00e04c3612345678");
	assert_int_equal(make(&m, &pc, &boot, &as_root, NULL), 0);
	boot_finish(&boot);
	machine_write(&m, PLAN_BIND_CONF, as_root.edits.list[0].new_bytes);
	pc_set(&pc_device(&pc, PC_GPU)->serial, NULL);
	assert_int_equal(make(&m, &pc, &boot, &as_user, NULL), 0);
	boot_finish(&boot);
	assert_string_equal(as_root.id, as_user.id);
	plan_finish(&as_root);
	plan_finish(&as_user);
	pc_finish(&pc);
	machine_close(&m);
}

static void test_golden(void **state)
{
	struct machine m;
	struct boot boot;
	struct plan plan;
	struct pc pc;
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	(void)state;
	disk_open(&m);
	pc_init(&pc);
	assert_int_equal(make(&m, &pc, &boot, &plan, NULL), 0);
	plan_print(&plan, &boot, false, out);
	fclose(out);
	expect_golden("setup-plan-intel.txt", text);
	free(text);
	plan_finish(&plan);
	boot_finish(&boot);
	pc_finish(&pc);
	machine_close(&m);
}

/* The IOMMU, and no card set aside: what a PC with one card that is handed over needs. */
static void test_none(void **state)
{
	struct plan_wishes none = {.none = true}, again = {0};
	cleanup_free char *text = NULL, *printed = NULL;
	struct machine m;
	struct boot boot;
	struct plan plan;
	struct pc pc;
	size_t size;
	FILE *out = open_memstream(&printed, &size);

	(void)state;
	disk_open(&m);
	pc_init(&pc);
	assert_int_equal(boot_take(&m.root, &boot, NULL), 0);
	assert_int_equal(plan_make(&pc.host, &boot, &none, &plan, NULL), 0);
	assert_int_equal(plan.n_devices, 0);
	assert_non_null(strstr(plan.arguments, "intel_iommu=on"));
	text = plan_bind_conf(&plan);
	assert_true(ends_with(text, "\nnone\n"));
	plan_print(&plan, &boot, false, out);
	fclose(out);
	assert_non_null(strstr(printed, "No device is given to vfio-pci"));
	plan_read_bind_conf(text, &again);
	assert_true(again.none && again.kept && !again.n);
	plan_finish(&plan);
	boot_finish(&boot);
	pc_finish(&pc);
	machine_close(&m);
}

static void add_edit(struct edits *edits, const struct machine *m, const char *path,
        const char *bytes, size_t size)
{
	char *copy = xcalloc(1, size + 1);

	memcpy(copy, bytes, size);
	assert_int_equal(edits_add(edits, &m->root, path, 0644, NULL), 0);
	edit_set(&edits->list[edits->n - 1], copy, size);
}

static void test_diff(void **state)
{
	struct machine m;
	struct edits edits = {0};
	cleanup_free char *changed = NULL, *same = NULL, *binary = NULL;

	(void)state;
	machine_open(&m, NULL);
	machine_write(&m, "/a", "1\n2\n3\n4\n5\n6\n7\n8\n9\n");
	disk_mode(&m, "/a", 0644);
	add_edit(&edits, &m, "/a", "1\n2\n3\n4\nfive\n6\n7\n8\n9\n", 18 + 3);
	add_edit(&edits, &m, "/a", edits.list[0].old_bytes, 18);
	add_edit(&edits, &m, "/b", "\0\1\2", 3);
	binary = edit_diff(&edits.list[2]);
	assert_string_equal(binary, "new file mode 0644\n"
	                            "Binary files /dev/null (0 bytes) and /b (3 bytes) differ\n");
	changed = edit_diff(&edits.list[0]);
	same = edit_diff(&edits.list[1]);
	assert_string_equal(
	        changed, "--- /a\n+++ /a\n@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8\n");
	assert_string_equal(same, "");
	edits_finish(&edits);
	machine_close(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_choice),
	        cmocka_unit_test(test_groups),
	        cmocka_unit_test(test_processor_graphics),
	        cmocka_unit_test(test_boot_display_by_name),
	        cmocka_unit_test(test_keyboards),
	        cmocka_unit_test(test_refusals),
	        cmocka_unit_test(test_platform_refusals),
	        cmocka_unit_test(test_tpm),
	        cmocka_unit_test(test_intel_off_in_kernel),
	        cmocka_unit_test(test_amd_arguments),
	        cmocka_unit_test(test_templates_missing),
	        cmocka_unit_test(test_id),
	        cmocka_unit_test(test_serials_are_kept),
	        cmocka_unit_test(test_golden),
	        cmocka_unit_test(test_none),
	        cmocka_unit_test(test_diff),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
