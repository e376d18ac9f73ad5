/* SPDX-License-Identifier: GPL-2.0-or-later */
/* PCI functions of recorded machines: identity, place, resources, and what must not confuse. */
#include "host/pci.h"
#include "machine.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const struct pci_device *at(const struct pci *pci, const char *text)
{
	struct pci_addr addr;
	const struct pci_device *d;

	assert_int_equal(pci_addr_parse(text, &addr), 0);
	d = pci_find(pci, addr);
	assert_non_null(d);
	return d;
}

static void test_intel_gpu(void **state)
{
	const struct pci_device *d;
	struct machine m;
	struct pci pci;

	(void)state;
	machine_open(&m, "intel-desktop");
	assert_int_equal(pci_take(&m.root, &pci, NULL), 0);
	assert_int_equal(pci.n, 16);
	d = at(&pci, "01:00.0");
	assert_int_equal(d->vendor, 0x10de);
	assert_int_equal(d->device, 0x1e84);
	assert_int_equal(d->subsystem_vendor, 0x1458);
	assert_int_equal(d->subsystem_device, 0x4001);
	assert_int_equal(d->class_code, 0x030000);
	assert_int_equal(d->revision, 0xa1);
	assert_string_equal(d->driver, "nouveau");
	assert_string_equal(d->path, "0000:00:01.0/00.0");
	assert_string_equal(d->reset_method, "bus");
	assert_true(d->reset);
	assert_int_equal(d->iommu_group, 1);
	assert_int_equal(d->numa_node, -1);
	assert_int_equal(d->boot_vga, 0);
	assert_int_equal(d->d3cold_allowed, 1);
	assert_null(d->serial);
	assert_int_equal(d->bar[0].size, 16 << 20);
	assert_false(d->bar[0].is_64bit || d->bar[0].io || d->bar[0].prefetchable);
	assert_int_equal(d->bar[1].size, 256 << 20);
	assert_true(d->bar[1].is_64bit && d->bar[1].prefetchable);
	assert_int_equal(d->bar[1].address, 0x90000000);
	assert_int_equal(d->bar[2].size, 0);
	assert_true(d->bar[5].io);
	assert_int_equal(d->rom_size, 512 << 10);
	assert_ptr_equal(&pci.list[d->parent], at(&pci, "00:01.0"));
	assert_int_equal(at(&pci, "00:01.0")->parent, -1);
	pci_finish(&pci);
	machine_close(&m);
}

static void test_intel_others(void **state)
{
	const struct pci_device *d;
	struct machine m;
	struct pci pci;

	(void)state;
	machine_open(&m, "intel-desktop");
	pci_take(&m.root, &pci, NULL);
	d = at(&pci, "00:02.0");
	assert_int_equal(d->boot_vga, 1);
	assert_true(pci_is_gpu(d));
	assert_false(pci_is_bridge(d));
	d = at(&pci, "00:1f.0");
	assert_null(d->driver);
	assert_null(d->reset_method);
	assert_false(d->reset);
	assert_int_equal(d->boot_vga, -1);
	assert_false(pci_is_bridge(d)); /* 0601 goes along with its group */
	assert_string_equal(at(&pci, "02:00.0")->serial, "0038250012345678");
	assert_true(pci_is_usb_controller(at(&pci, "01:00.2")));
	assert_false(pci_is_usb_controller(at(&pci, "01:00.3")));
	assert_true(pci_is_bridge(at(&pci, "00:00.0")));
	assert_true(pci_is_bridge(at(&pci, "00:1b.0")));
	assert_ptr_equal(pci_find_path(&pci, "0000:00:1b.0/00.0"), at(&pci, "02:00.0"));
	assert_null(pci_find_path(&pci, "0000:00:1b.0"
	                                "/00.1"));
	for (size_t i = 1; i < pci.n; i++)
		assert_true(pci_addr_compare(pci.list[i - 1].addr, pci.list[i].addr) < 0);
	pci_finish(&pci);
	machine_close(&m);
}

/* Nothing but their place tells the two cards apart. */
static void test_identical_cards(void **state)
{
	const struct pci_device *a, *b;
	struct machine m;
	struct pci pci;

	(void)state;
	machine_open(&m, "amd-bad-board");
	pci_take(&m.root, &pci, NULL);
	a = at(&pci, "05:00.0");
	b = at(&pci, "0a:00.0");
	assert_string_equal(pci_id(a).s, "1002:67df");
	assert_string_equal(pci_id(b).s, "1002:67df");
	assert_string_equal(a->path, "0000:00:01.2/00.2/01.0/00.0");
	assert_string_equal(b->path, "0000:00:03.1/00.0");
	assert_string_equal(b->reset_method, ""); /* the kernel knows no way */
	assert_int_equal(at(&pci, "00:00.2")->iommu_group, -1);
	assert_ptr_equal(&pci.list[a->parent], at(&pci, "03:01.0"));
	pci_finish(&pci);
	machine_close(&m);
}

static void test_names(void **state)
{
	struct pci_device d = {.vendor = 0x10de, .device = 0x1e84};
	struct machine m;
	struct pci pci;
	char *text = pci_describe(&d);

	(void)state;
	assert_string_equal(text, "10de:1e84");
	free(text);
	machine_open(&m, "intel-desktop");
	pci_take(&m.root, &pci, NULL);
	text = pci_describe(at(&pci, "01:00.0"));
	assert_string_equal(text, "10de:1e84 NVIDIA Corporation TU104 [GeForce RTX 2070 SUPER]");
	free(text);
	pci_finish(&pci);
	machine_close(&m);
}

static void test_vmd_domain(void **state)
{
	static const char *const files[][2] = {
	        {"vendor", "0x8086\n"}, {"device", "0x0a54\n"}, {"class", "0x010802\n"}};
	const char *real = "/sys/devices/pci0000:00/0000:00:0e.0/pci10000:e0/10000:e0:06.0/"
	                   "10000:e1:00.0";
	struct machine m;
	struct pci pci;
	char *link;

	(void)state;
	machine_open(&m, NULL);
	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		char *path = xasprintf("%s/%s", real, files[i][0]);

		machine_write(&m, path, files[i][1]);
		free(path);
	}
	machine_write(&m, "/sys/bus/pci/devices/x", "");
	link = root_full_path(&m.root, "/sys/bus/pci/devices/10000:e1:00.0");
	assert_int_equal(symlink(real, link), 0);
	free(link);
	assert_int_equal(pci_take(&m.root, &pci, NULL), 0);
	assert_int_equal(pci.n, 1);
	assert_string_equal(pci.list[0].path, "0000:00:0e.0/06.0/00.0");
	assert_int_equal(pci.list[0].parent, -1); /* the bridge is not in the list */
	pci_finish(&pci);
	machine_close(&m);
}

static void test_garbage(void **state)
{
	const struct pci_device *d;
	struct machine m;
	struct pci pci;

	(void)state;
	machine_open(&m, "garbage");
	assert_int_equal(pci_take(&m.root, &pci, NULL), 0);
	assert_int_equal(pci.n, 2);
	d = at(&pci, "00:05.0");
	assert_int_equal(d->iommu_group, -1); /* no-IOMMU mode's */
	assert_int_equal(d->boot_vga, -1);
	assert_int_equal(d->numa_node, -1);
	assert_int_equal(d->d3cold_allowed, -1);
	assert_string_equal(d->reset_method, "");
	assert_null(d->driver);
	assert_null(d->serial); /* its capability list is a circle */
	assert_int_equal(d->bar[0].size, 0);
	assert_int_equal(d->bar[5].size, 0x10);
	d = at(&pci, "10000:e1:00.0");
	assert_int_equal(d->subsystem_vendor, 0);
	assert_int_equal(d->iommu_group, -1);
	assert_null(d->serial);
	pci_finish(&pci);
	machine_close(&m);
}

static void test_no_pci_at_all(void **state)
{
	struct machine m;
	struct pci pci;

	(void)state;
	machine_open(&m, NULL);
	assert_int_equal(pci_take(&m.root, &pci, NULL), 0);
	assert_int_equal(pci.n, 0);
	assert_null(pci_find(&pci, (struct pci_addr){0}));
	pci_finish(&pci);
	machine_write(&m, "/sys/bus/pci/devices", "a file\n");
	assert_int_equal(pci_take(&m.root, &pci, NULL), -ENOTDIR);
	machine_close(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_intel_gpu),
	        cmocka_unit_test(test_intel_others),
	        cmocka_unit_test(test_identical_cards),
	        cmocka_unit_test(test_names),
	        cmocka_unit_test(test_vmd_domain),
	        cmocka_unit_test(test_garbage),
	        cmocka_unit_test(test_no_pci_at_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
