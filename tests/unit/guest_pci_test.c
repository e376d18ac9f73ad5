/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Guest paths of PCI functions, and interrupts counted from /proc/interrupts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "interrupts.h"
#include "pci.h"

static void path_goes_by_slots(void **state)
{
	static const struct {
		const char *sysfs, *path;
	} cases[] = {
	        {"/sys/devices/pci0000:00/0000:00:04.0", "00:04.0"},
	        {"/sys/devices/pci0000:00/0000:00:04.0/0000:01:00.0", "00:04.0/00.0"},
	        {"/sys/devices/pci0000:00/0000:00:1c.5/0000:03:00.0/0000:04:01.0/0000:05:00.1/usb1/"
	         "1-2",
	                "00:1c.5/00.0/01.0/00.1"},
	        {"/sys/devices/pci0000:40/0000:40:01.1/0000:41:00.0", "40:01.1/00.0"},
	        {"/sys/devices/pci0000:00/0000:00:02.0/virtio0/block/vda", "00:02.0"},
	        {"/sys/devices/platform/efi-framebuffer.0", ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		char path[PCI_PATH_SIZE];

		assert_int_equal(pci_guest_path(cases[i].sysfs, path, sizeof path),
		        cases[i].path[0] != '\0');
		assert_string_equal(path, cases[i].path);
	}
}

static const char text[] =
        "           CPU0       CPU1\n"
        "  0:         35          0   IO-APIC   2-edge      timer\n"
        " 16:          3          4   IO-APIC  16-fasteoi   ehci_hcd:usb1, snd_hda_intel:card0\n"
        " 39:         11         20   PCI-MSI 1048576-edge      xhci_hcd\n"
        " 40:          0          0   PCI-MSI 1048577-edge      xhci_hcd\n"
        "NMI:          5          5   Non-maskable interrupts\n";

static void lines_add_up(void **state)
{
	const int numbers[] = {40, 39};
	struct interrupts seen;

	(void)state;
	interrupts_sum(text, numbers, 2, &seen);
	assert_int_equal(seen.count, 31);
	assert_int_equal(seen.lines, 2);
	assert_false(seen.shared);
	assert_string_equal(seen.text,
	        "line 39 (PCI-MSI 1048576-edge xhci_hcd), line 40 (PCI-MSI 1048577-edge xhci_hcd)");
}

static void shared_line_is_told(void **state)
{
	const int numbers[] = {16};
	struct interrupts seen;

	(void)state;
	interrupts_sum(text, numbers, 1, &seen);
	assert_int_equal(seen.count, 7);
	assert_true(seen.shared);
}

static void unused_line_counts_nothing(void **state)
{
	const int numbers[] = {11};
	struct interrupts seen;

	(void)state;
	interrupts_sum(text, numbers, 1, &seen);
	assert_int_equal(seen.count, 0);
	assert_int_equal(seen.lines, 0);
	interrupts_sum("", numbers, 1, &seen);
	assert_int_equal(seen.lines, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(path_goes_by_slots),
	        cmocka_unit_test(lines_add_up),
	        cmocka_unit_test(shared_line_is_told),
	        cmocka_unit_test(unused_line_counts_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
