/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Firmware, kernel, command line and kernel log of recorded machines. */
#include "host/firmware.h"
#include "machine.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void expect_argument(const struct firmware *f, const char *name, const char *value)
{
	char *got = firmware_cmdline_get(f, name);

	if (value) {
		assert_non_null(got);
		assert_string_equal(got, value);
	} else {
		assert_null(got);
	}
	free(got);
}

static void test_intel(void **state)
{
	struct machine m;
	struct firmware f;
	char *line;

	(void)state;
	machine_open(&m, "intel-desktop");
	assert_int_equal(firmware_take(&m.root, &f, NULL), 0);
	assert_true(f.uefi);
	assert_int_equal(f.secure_boot, SECURE_BOOT_OFF);
	assert_string_equal(f.board, "ASUSTeK COMPUTER INC. PRIME Z370-A");
	assert_string_equal(f.product, "System manufacturer System Product Name");
	assert_string_equal(f.kernel_release, "6.1.0-18-amd64");
	assert_int_equal(f.vfio_pci, 1);
	assert_string_equal(f.vfio_pci_source, "/lib/modules/6.1.0-18-amd64/modules.dep");
	assert_true(f.log_complete);
	assert_int_equal(f.log_errno, 0);
	line = firmware_log_line(&f, "IRQ remapping");
	assert_string_equal(line, "[    0.200000] DMAR-IR: Enabled IRQ remapping in x2apic mode");
	free(line);
	line = firmware_log_line(&f, "Linux version");
	assert_true(starts_with(line, "[    0.000000] Linux version 6.1.0"));
	free(line);
	assert_null(firmware_log_line(&f, "AMD-Vi"));
	firmware_finish(&f);
	machine_close(&m);
}

static void test_command_line(void **state)
{
	struct machine m;
	struct firmware f;

	(void)state;
	machine_open(&m, "intel-desktop");
	firmware_take(&m.root, &f, NULL);
	expect_argument(&f, "root", "/dev/sda2");
	expect_argument(&f, "quiet", "");
	expect_argument(&f, "intel_iommu", "on,sm_on"); /* the last one counts */
	expect_argument(&f, "intel-iommu", "on,sm_on"); /* dashes are underscores */
	expect_argument(&f, "vfio_pci.ids", "ffff:ffff");
	expect_argument(&f, "dyndbg", "file drivers/vfio/* +p");
	expect_argument(&f, "iommu", "pt"); /* after "--" it is for init */
	expect_argument(&f, "iomm", NULL);
	expect_argument(&f, "drivers/vfio/*", NULL);
	firmware_finish(&f);
	machine_close(&m);
}

static void test_others(void **state)
{
	struct machine m;
	struct firmware f;

	(void)state;
	machine_open(&m, "amd-bad-board");
	firmware_take(&m.root, &f, NULL);
	assert_int_equal(f.secure_boot, SECURE_BOOT_ON);
	assert_int_equal(f.vfio_pci, 1); /* built in */
	assert_string_equal(f.vfio_pci_source, "/lib/modules/6.6.13/modules.builtin");
	assert_null(f.log);
	assert_int_equal(f.log_errno, ENOENT);
	assert_null(firmware_log_line(&f, "x"));
	firmware_finish(&f);
	machine_close(&m);
	machine_open(&m, "no-iommu");
	firmware_take(&m.root, &f, NULL);
	assert_false(f.uefi);
	assert_int_equal(f.secure_boot, SECURE_BOOT_OFF);
	assert_int_equal(f.vfio_pci, -1);
	assert_null(f.vfio_pci_source);
	assert_false(f.log_complete); /* says it only later */
	firmware_finish(&f);
	machine_write(&m, "/lib/modules/5.10.0-9-amd64/modules.dep", "kernel/vfio.ko:\n");
	firmware_take(&m.root, &f, NULL);
	assert_int_equal(f.vfio_pci, 0);
	assert_string_equal(f.vfio_pci_source, "/lib/modules/5.10.0-9-amd64/modules.dep");
	firmware_finish(&f);
	machine_close(&m);
}

static void test_garbage_and_nothing(void **state)
{
	struct machine m;
	struct firmware f;

	(void)state;
	machine_open(&m, "garbage");
	assert_int_equal(firmware_take(&m.root, &f, NULL), 0);
	assert_int_equal(f.secure_boot, SECURE_BOOT_UNKNOWN);
	assert_string_equal(f.log, "??A");
	expect_argument(&f, "iommu", "pt quiet");
	expect_argument(&f, "a", "");
	expect_argument(&f, "b", NULL);
	expect_argument(&f, "x", NULL);
	firmware_finish(&f);
	machine_close(&m);
	machine_open(&m, NULL);
	assert_int_equal(firmware_take(&m.root, &f, NULL), 0);
	assert_null(f.cmdline);
	assert_null(f.board);
	expect_argument(&f, "x", NULL);
	firmware_finish(&f);
	machine_close(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_intel),
	        cmocka_unit_test(test_command_line),
	        cmocka_unit_test(test_others),
	        cmocka_unit_test(test_garbage_and_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
