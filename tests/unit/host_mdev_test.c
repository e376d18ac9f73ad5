/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Mediated devices and virtual functions as sysfs tells them, whole, strange and not at all. */
#include "host/mdev.h"
#include "host/pci.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "machine.h"

#define CARD "/sys/devices/pci0000:00/0000:00:02.0"
#define UUID "83b8f4f2-509f-382f-3c1e-e6bfe0fa1001"

static void lay(struct machine *m, const char *text)
{
	cleanup_free char *file = NULL, *cwd = xstrdup("");
	cleanup_strv struct strv lines = {0};

	machine_open(m, NULL);
	strv_split(&lines, text, "\n");
	strv_foreach (line, &lines)
		machine_line(m, *line, &file, &cwd);
}

static void mediated(void **state)
{
	static const struct pci_addr card = {0, 0, 2, 0};
	cleanup(mdevs_finish) struct mdevs mdevs = {0};
	struct machine m;

	(void)state;
	lay(&m, "pci 0000:00:02.0 8086:1912 030000 group=1 driver=i915\n"
	        "link /sys/class/mdev_bus/0000:00:02.0 ../../devices/pci0000:00/0000:00:02.0\n"
	        "link /sys/class/mdev_bus/matrix ../../devices/x\n"
	        "file " CARD "/mdev_supported_types/i915-GVTg_V5_4/available_instances 1\n"
	        "file " CARD "/mdev_supported_types/i915-GVTg_V5_4/device_api vfio-pci\n"
	        "file " CARD "/mdev_supported_types/i915-GVTg_V5_4/name GVTg_V5_4\n"
	        "dir " CARD "/mdev_supported_types/i915-GVTg_V5_8\n"
	        "link " CARD "/" UUID "/mdev_type ../mdev_supported_types/i915-GVTg_V5_4\n"
	        "link " CARD "/" UUID "/iommu_group ../../../../kernel/iommu_groups/7\n"
	        "link /sys/bus/mdev/devices/" UUID " ../../../devices/pci0000:00/0000:00:02.0/" UUID
	        "\n"
	        "link /sys/bus/mdev/devices/odd ../../../nowhere\n");
	mdevs_take(&m.root, &mdevs);
	assert_int_equal(mdevs.n_types, 2);
	assert_int_equal(mdev_find_type(&mdevs, card, "i915-GVTg_V5_4")->available, 1);
	assert_string_equal(mdevs.types[0].name, "GVTg_V5_4");
	assert_null(mdev_find_type(&mdevs, card, "i915-GVTg_V5_8")->api);
	assert_null(mdev_find_type(&mdevs, card, "nvidia-63"));
	assert_int_equal(mdevs.n, 2);
	assert_int_equal(mdev_count(&mdevs, card), 1);
	assert_string_equal(mdev_find(&mdevs, UUID)->type, "i915-GVTg_V5_4");
	assert_int_equal(mdev_find(&mdevs, UUID)->iommu_group, 7);
	assert_int_equal(mdev_find(&mdevs, "odd")->iommu_group, -1);
	machine_close(&m);
}

/* A link that is not there yet, or that leads nowhere, makes no virtual function. */
static void virtual(void **state)
{
	static const struct pci_addr parent = {0, 0, 2, 0};
	cleanup(pci_finish) struct pci pci = {0};
	struct machine m;

	(void)state;
	lay(&m, "pci 0000:00:02.0 8086:10c9 020000 group=1 driver=igb\n"
	        "pci 0000:00:02.1 8086:10ca 020000 group=2\n"
	        "file " CARD "/sriov_totalvfs 7\nfile " CARD "/sriov_numvfs 3\n"
	        "link " CARD "/virtfn1 ../0000:00:02.1\nlink " CARD "/virtfn2 ../0000:00:02.9\n");
	assert_int_equal(pci_take(&m.root, &pci, NULL), 0);
	assert_true(pci.list[0].vfs_total == 7 && pci.list[0].vfs == 3 && !pci.list[0].is_virtual);
	assert_null(pci_find_virtual(&pci, parent, 0));
	assert_ptr_equal(pci_find_virtual(&pci, parent, 1), &pci.list[1]);
	assert_null(pci_find_virtual(&pci, parent, 2));
	assert_false(pci_same_card(&pci.list[0], &pci.list[1]));
	machine_close(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(mediated),
	        cmocka_unit_test(virtual),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
