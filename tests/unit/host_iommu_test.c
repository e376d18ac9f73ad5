/* SPDX-License-Identifier: GPL-2.0-or-later */
/* IOMMU units, groups and interrupt remapping of recorded machines. */
#include "host/iommu.h"
#include "machine.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

struct fixture {
	struct machine machine;
	struct pci pci;
	struct iommu iommu;
};

static void take(struct fixture *f, const char *name)
{
	machine_open(&f->machine, name);
	assert_int_equal(pci_take(&f->machine.root, &f->pci, NULL), 0);
	assert_int_equal(iommu_take(&f->machine.root, &f->pci, &f->iommu, NULL), 0);
}

static void finish(struct fixture *f)
{
	iommu_finish(&f->iommu);
	pci_finish(&f->pci);
	machine_close(&f->machine);
}

/* "01:00.0 01:00.1": the members of a group; caller frees. */
static char *members(const struct fixture *f, int id)
{
	const struct iommu_group *group = iommu_find_group(&f->iommu, id);
	struct strv list = {0};
	char *text;

	assert_non_null(group);
	for (size_t i = 0; i < group->n; i++)
		strv_add(&list, pci_addr_format(f->pci.list[group->devices[i]].addr).s + 5);
	text = strv_join(&list, " ");
	strv_finish(&list);
	return text;
}

static void expect_members(const struct fixture *f, int id, const char *expected)
{
	char *text = members(f, id);

	assert_string_equal(text, expected);
	free(text);
}

static void test_intel(void **state)
{
	struct fixture f;

	(void)state;
	take(&f, "intel-desktop");
	assert_int_equal(f.iommu.vendor, IOMMU_INTEL);
	assert_int_equal(f.iommu.dmar, IOMMU_TABLE_READ);
	assert_int_equal(f.iommu.ivrs, IOMMU_TABLE_ABSENT);
	assert_int_equal(f.iommu.dmar_flags, 5);
	assert_int_equal(f.iommu.n_units, 2);
	assert_string_equal(f.iommu.units[1].name, "dmar1");
	assert_string_equal(f.iommu.units[1].source, "/sys/class/iommu/dmar1/intel-iommu");
	assert_true(f.iommu.units[0].readable);
	assert_int_equal(f.iommu.units[0].ecap, 0xf0101a);
	assert_true(f.iommu.units[0].remapping_capable);
	assert_int_equal(f.iommu.n_groups, 11);
	for (size_t i = 1; i < f.iommu.n_groups; i++)
		assert_true(f.iommu.groups[i - 1].id < f.iommu.groups[i].id);
	assert_string_equal(iommu_find_group(&f.iommu, 3)->type, "DMA-FQ");
	assert_null(f.iommu.dmar_fault);
	assert_int_equal(f.iommu.dmar_table.n, 4);
	assert_ptr_equal(
	        iommu_alive_drhd(&f.iommu, &f.iommu.dmar_table.list[0]), &f.iommu.units[0]);
	assert_ptr_equal(
	        iommu_alive_drhd(&f.iommu, &f.iommu.dmar_table.list[1]), &f.iommu.units[1]);
	assert_int_equal(f.iommu.units[1].n, 2);
	assert_ptr_equal(
	        iommu_unit_of(&f.iommu, (size_t)f.iommu.units[1].devices[0]), &f.iommu.units[1]);
	assert_int_equal(iommu_find_group(&f.iommu, 3)->n_regions, 2);
	assert_int_equal(iommu_find_group(&f.iommu, 3)->regions[0].type, IOMMU_REGION_RELAXABLE);
	assert_int_equal(iommu_find_group(&f.iommu, 3)->regions[0].last, 0x3ae3ffff);
	assert_false(iommu_find_group(&f.iommu, 4)->regions_told);
	expect_members(&f, 1, "00:01.0 01:00.0 01:00.1 01:00.2 01:00.3");
	expect_members(&f, 6, "");
	assert_null(iommu_find_group(&f.iommu, 11));
	assert_int_equal(f.iommu.remapping, IOMMU_REMAPPING_ON);
	assert_string_equal(f.iommu.remapping_line, "0: IR-IO-APIC 2-edge timer");
	finish(&f);
}

/* Bit 3 of ecap: the last digit is 8 to f. */
static void test_ecap(void **state)
{
	static const struct {
		const char *ecap;
		bool readable, capable;
	} cases[] = {{"1000\n", true, false}, {"f46\n", true, false}, {"f00f4e\n", true, true},
	        {"10207f\n", true, true}, {"19e2ff0505e\n", true, true}, {"8\n", true, true},
	        {"", false, false}, {"none\n", false, false}};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct fixture f;

		take(&f, "intel-desktop");
		iommu_finish(&f.iommu);
		machine_write(&f.machine, "/sys/devices/virtual/iommu/dmar0/intel-iommu/ecap",
		        cases[i].ecap);
		iommu_take(&f.machine.root, &f.pci, &f.iommu, NULL);
		assert_int_equal(f.iommu.units[0].readable, cases[i].readable);
		assert_int_equal(f.iommu.units[0].remapping_capable, cases[i].capable);
		assert_true(f.iommu.units[1].remapping_capable);
		finish(&f);
	}
}

/* Values of real units: VT-d specification 11.4.2 and 11.4.3. */
static void test_abilities(void **state)
{
	static const struct {
		uint64_t cap, ecap;
		bool remapping, x2apic, queued, pass_through, snoop, posted, emulated;
		unsigned bits, domains;
	} cases[] = {
	        {0xc9008020e30260, 0x1000, false, false, false, false, false, false, false, 36, 16},
	        {0xd2078c106f0466, 0x10207f, true, true, true, true, false, false, false, 48,
	                65536},
	        {0x8d2078c106f0466, 0xf020df, true, true, true, true, true, true, false, 48, 65536},
	        {0xd2008c40660462, 0xf050da, true, true, true, true, true, false, false, 39, 256},
	        {0x800000000000000, 0, false, false, false, false, false, false, false, 1, 16},
	        {0xd2008c222f0686, 0xf00f4e, true, false, true, true, false, false, true, 48,
	                65536},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct iommu_unit unit = {.vendor = IOMMU_INTEL,
		        .readable = true,
		        .cap = cases[i].cap,
		        .ecap = cases[i].ecap};
		struct iommu_abilities can;

		iommu_unit_abilities(&unit, &can);
		assert_int_equal(can.remapping, cases[i].remapping);
		assert_int_equal(can.x2apic, cases[i].x2apic);
		assert_int_equal(can.queued, cases[i].queued);
		assert_int_equal(can.pass_through, cases[i].pass_through);
		assert_int_equal(can.snoop_control, cases[i].snoop);
		assert_int_equal(can.posted, cases[i].posted);
		assert_int_equal(can.emulated, cases[i].emulated);
		assert_int_equal(can.address_bits, cases[i].bits);
		assert_int_equal(can.domains, cases[i].domains);
	}
}

static void test_amd_abilities(void **state)
{
	struct iommu_unit unit = {
	        .vendor = IOMMU_AMD, .readable = true, .features = 0x58f77ef22294ade};
	struct iommu_abilities can;

	(void)state;
	iommu_unit_abilities(&unit, &can);
	assert_true(can.x2apic && can.page_requests && can.posted);
	assert_int_equal(can.address_bits, 64);
	unit.features = 0x25bf732fa2295afe & ~UINT64_C(0x84);
	iommu_unit_abilities(&unit, &can);
	assert_false(can.x2apic || can.posted);
	unit.readable = false;
	iommu_unit_abilities(&unit, &can);
	assert_false(can.remapping);
}

/* VMD's functions have a domain of their own; their accesses carry the controller's id. */
static void test_requester(void **state)
{
	struct pci_device devices[] = {{.addr = {0, 0, 0xe, 0}, .parent = -1},
	        {.addr = {0x10000, 0xe0, 6, 0}, .parent = 0},
	        {.addr = {0x10000, 0xe1, 0, 0}, .parent = 1},
	        {.addr = {0x10001, 0, 0, 0}, .parent = -1},
	        {.addr = {0x10001, 0, 1, 0}, .parent = 5},
	        {.addr = {0x10001, 1, 1, 0}, .parent = 4}};
	const struct pci pci = {.list = devices, .n = ARRAY_SIZE(devices)};
	static const int wanted[] = {0, 0, 0, -1, -1, -1};

	(void)state;
	for (size_t i = 0; i < pci.n; i++)
		assert_int_equal(iommu_requester(&pci, i), wanted[i]);
}

/* One bad unit among good ones is found wherever it stands. */
static void test_lacking(void **state)
{
	static const char *const units[] = {"dmar0", "dmar1"};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(units); i++) {
		cleanup_free char *ecap =
		        xasprintf("/sys/devices/virtual/iommu/%s/intel-iommu/ecap", units[i]);
		struct fixture f;

		take(&f, "intel-desktop");
		assert_null(iommu_lacking(&f.iommu));
		iommu_finish(&f.iommu);
		machine_write(&f.machine, ecap, "1000\n");
		iommu_take(&f.machine.root, &f.pci, &f.iommu, NULL);
		assert_ptr_equal(iommu_lacking(&f.iommu), &f.iommu.units[i]);
		finish(&f);
	}
}

static void test_amd(void **state)
{
	struct fixture f;

	(void)state;
	take(&f, "amd-bad-board");
	assert_int_equal(f.iommu.vendor, IOMMU_AMD);
	assert_int_equal(f.iommu.ivrs, IOMMU_TABLE_PRESENT); /* listed, but root's alone */
	assert_int_equal(f.iommu.n_units, 1);
	assert_true(f.iommu.units[0].readable);
	assert_true(f.iommu.units[0].features == UINT64_C(0x58f77ef22294ade));
	assert_int_equal(f.iommu.n_groups, 4); /* sparse numbers */
	assert_int_equal(f.iommu.groups[3].id, 31);
	expect_members(&f, 14, "02:00.0 02:00.1 02:00.2 03:00.0 03:01.0 04:00.0 05:00.0 05:00.1");
	assert_int_equal(f.iommu.remapping, IOMMU_REMAPPING_ON);
	finish(&f);
}

/* The command line asks for it, and there is none. */
static void test_none(void **state)
{
	struct fixture f;

	(void)state;
	take(&f, "no-iommu");
	assert_int_equal(f.iommu.vendor, IOMMU_NONE);
	assert_int_equal(f.iommu.dmar, IOMMU_TABLE_ABSENT);
	assert_int_equal(f.iommu.n_units, 0);
	assert_int_equal(f.iommu.n_groups, 0);
	assert_int_equal(f.iommu.remapping, IOMMU_REMAPPING_OFF);
	assert_string_equal(f.iommu.remapping_line, "0: IO-APIC 2-edge timer");
	finish(&f);
	take(&f, NULL);
	assert_int_equal(f.iommu.vendor, IOMMU_NONE);
	assert_int_equal(f.iommu.remapping, IOMMU_REMAPPING_UNKNOWN);
	assert_null(f.iommu.remapping_line);
	finish(&f);
}

/* Switched on in firmware, off in the kernel: the table is there, no unit is alive. */
static void test_table_alone(void **state)
{
	struct fixture f;

	(void)state;
	take(&f, "no-iommu");
	iommu_finish(&f.iommu);
	machine_write(&f.machine, "/sys/firmware/acpi/tables/DMAR", "");
	iommu_take(&f.machine.root, &f.pci, &f.iommu, NULL);
	assert_int_equal(f.iommu.vendor, IOMMU_INTEL);
	assert_int_equal(f.iommu.dmar, IOMMU_TABLE_PRESENT);
	assert_int_equal(f.iommu.n_units, 0);
	finish(&f);
}

static void test_garbage(void **state)
{
	struct fixture f;

	(void)state;
	take(&f, "garbage");
	assert_int_equal(f.iommu.dmar, IOMMU_TABLE_PRESENT);
	assert_int_equal(f.iommu.ivrs, IOMMU_TABLE_PRESENT);
	assert_string_equal(f.iommu.dmar_fault, "3 bytes, too few for the header of a table");
	assert_string_equal(f.iommu.ivrs_fault, "does not begin with IVRS");
	assert_int_equal(f.iommu.n_units, 3);
	for (size_t i = 0; i < f.iommu.n_units; i++)
		assert_false(f.iommu.units[i].readable || f.iommu.units[i].remapping_capable);
	expect_members(&f, 12, "");
	assert_null(iommu_find_group(&f.iommu, 13)); /* VFIO without an IOMMU */
	assert_int_equal(f.iommu.remapping, IOMMU_REMAPPING_UNKNOWN);
	finish(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_intel),
	        cmocka_unit_test(test_ecap),
	        cmocka_unit_test(test_abilities),
	        cmocka_unit_test(test_amd_abilities),
	        cmocka_unit_test(test_requester),
	        cmocka_unit_test(test_lacking),
	        cmocka_unit_test(test_amd),
	        cmocka_unit_test(test_none),
	        cmocka_unit_test(test_table_alone),
	        cmocka_unit_test(test_garbage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
