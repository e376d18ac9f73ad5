/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * IOMMU units, their coverage, reserved memory, and the kind of machine: one fact of a good PC changed at a time.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "host-setup/check.h"
#include "setup_pc.h"

/* --- what a PC can have --- */

static void nothing(struct pc *pc)
{
	(void)pc;
}

static struct dmar_entry *add_entry(struct pc *pc, enum dmar_type type, uint64_t base)
{
	struct iommu *iommu = &pc->host.iommu;
	struct dmar_entry *e = list_append(iommu->dmar_table.list, iommu->dmar_table.n);

	iommu->dmar = IOMMU_TABLE_READ;
	iommu->dmar_table.address_bits = 39;
	e->type = type;
	e->base = base;
	return e;
}

static void add_scope(struct dmar_entry *e, uint8_t bus, uint8_t device, uint8_t function)
{
	struct dmar_scope *s = list_append(e->scopes, e->n);

	*s = (struct dmar_scope){.type = DMAR_SCOPE_ENDPOINT, .bus = bus, .n = 1};
	s->path[0].device = device;
	s->path[0].function = function;
}

static void unit_lives(struct pc *pc, size_t index, uint64_t address)
{
	pc->host.iommu.units[index].has_address = true;
	pc->host.iommu.units[index].address = address;
}

/* A unit for the processor's graphics and one for the rest, as most Intel PCs have them. */
static void two_units(struct pc *pc)
{
	pc_add_unit(pc, IOMMU_INTEL, 0xf050da);
	unit_lives(pc, 0, 0xfed90000);
	unit_lives(pc, 1, 0xfed91000);
	add_scope(add_entry(pc, DMAR_DRHD, 0xfed90000), 0, 2, 0);
	add_entry(pc, DMAR_DRHD, 0xfed91000)->flags = 1;
}

static void graphics_unit_left_out(struct pc *pc)
{
	unit_lives(pc, 0, 0xfed91000);
	add_scope(add_entry(pc, DMAR_DRHD, 0xfed90000), 0, 2, 0);
	add_entry(pc, DMAR_DRHD, 0xfed91000)->flags = 1;
	pc_device(pc, PC_IGPU)->iommu_group = -1;
	pc_group(pc);
}

/* The processor's graphics should be passed, the card shows the host's screen. */
static void graphics_unit_wanted(struct pc *pc)
{
	graphics_unit_left_out(pc);
	pc_device(pc, PC_IGPU)->boot_vga = 0;
	pc_device(pc, PC_GPU)->boot_vga = 1;
}

static void dead_unit(struct pc *pc)
{
	unit_lives(pc, 0, 0xfed91000);
	add_scope(add_entry(pc, DMAR_DRHD, 0xfed90000), 0, 0x17, 0);
	add_entry(pc, DMAR_DRHD, 0xfed91000)->flags = 1;
}

static void empty_unit(struct pc *pc)
{
	unit_lives(pc, 0, 0xfed91000);
	add_scope(add_entry(pc, DMAR_DRHD, 0xfed90000), 0, 9, 0);
	add_entry(pc, DMAR_DRHD, 0xfed91000)->flags = 1;
}

static void bad_unit_among_good(struct pc *pc)
{
	pc_add_unit(pc, IOMMU_INTEL, 0x1000);
	pc_add_unit(pc, IOMMU_INTEL, 0x10207f);
	pc_no_remapping(pc);
}

static void units_unreadable(struct pc *pc)
{
	pc->host.iommu.units[0].readable = false;
}

static void table_faulty(struct pc *pc)
{
	pc_set(&pc->host.iommu.dmar_fault, "its checksum is wrong by 0x01");
}

static void iommu_off(struct pc *pc)
{
	pc_no_groups(pc);
	pc_drop_units(pc);
	pc_no_remapping(pc);
}

static void no_iommu(struct pc *pc)
{
	iommu_off(pc);
	pc->host.iommu.dmar = IOMMU_TABLE_ABSENT;
	pc->host.iommu.vendor = IOMMU_NONE;
}

static void amd(struct pc *pc)
{
	struct ivrs *ivrs = &pc->host.iommu.ivrs_table;
	struct ivrs_unit *unit = list_append(ivrs->units, ivrs->n_units);

	pc_drop_units(pc);
	pc_add_unit(pc, IOMMU_AMD, 0);
	pc->host.iommu.vendor = IOMMU_AMD;
	pc->host.iommu.dmar = IOMMU_TABLE_ABSENT;
	pc->host.iommu.ivrs = IOMMU_TABLE_READ;
	pc->host.iommu.units[0].features = 0x58f77ef22294ade;
	ivrs->readable = true;
	*unit = (struct ivrs_unit){.type = 0x11, .id = 2, .base = 0xfeb80000};
	*list_append(unit->entries, unit->n) = (struct ivrs_entry){.first = 3, .last = 0xffff};
}

static void amd_fixed_memory(struct pc *pc)
{
	struct ivrs *ivrs = &pc->host.iommu.ivrs_table;

	amd(pc);
	*list_append(ivrs->memory, ivrs->n_memory) = (struct ivrs_memory){
	        .flags = 7, .first = 0x100, .last = 0x101, .base = 0x2dd00000, .size = 0x1000};
}

static void relaxed_memory(struct pc *pc)
{
	struct dmar_entry *e;

	two_units(pc);
	e = add_entry(pc, DMAR_RMRR, 0x3ae20000);
	e->limit = 0x3ae3ffff;
	add_scope(e, 0, 0x14, 0);
	add_scope(e, 0, 2, 0);
}

static void memory_of_a_disk(struct pc *pc)
{
	relaxed_memory(pc);
	add_scope(&pc->host.iommu.dmar_table.list[2], 0, 0x17, 0);
}

static void memory_of_the_sound(struct pc *pc)
{
	relaxed_memory(pc);
	add_scope(&pc->host.iommu.dmar_table.list[2], 1, 0, 1);
}

static void told_by_group(struct pc *pc, enum iommu_region_type type)
{
	for (size_t i = 0; i < pc->host.iommu.n_groups; i++)
		pc->host.iommu.groups[i].regions_told = true;
	*list_append(pc->host.iommu.groups[1].regions, pc->host.iommu.groups[1].n_regions) =
	        (struct iommu_region){type, 0x3ae20000, 0x3ae3ffff};
}

static void group_is_direct(struct pc *pc)
{
	told_by_group(pc, IOMMU_REGION_DIRECT);
}

static void kernel_refused(struct pc *pc)
{
	pc_set(&pc->host.firmware.log, "[  100.0] vfio-pci 0000:01:00.0: Device is ineligible for "
	                               "IOMMU domain attach due to "
	                               "platform RMRR requirement.  Contact your platform vendor.");
	pc->host.firmware.log_errno = 0;
}

static void group_is_relaxable(struct pc *pc)
{
	told_by_group(pc, IOMMU_REGION_RELAXABLE);
}

/* The kernel's word against the table's. */
static void group_is_free(struct pc *pc)
{
	memory_of_the_sound(pc);
	told_by_group(pc, IOMMU_REGION_MSI);
}

static void group_and_another_card(struct pc *pc)
{
	pc_add(pc, "0000:03:00.0", "0000:00:1c.0/00.0", 0x100267df, 0x030000, 9, NULL);
	pc_group(pc);
	group_is_direct(pc);
}

/* --- the machine --- */

static void container(struct pc *pc)
{
	struct environment_fact *fact = &pc->host.environment.container;

	fact->name = xstrdup("docker");
	fact->source = xstrdup("/.dockerenv");
	fact->value = xstrdup("present");
}

static void guest_with_iommu(struct pc *pc)
{
	pc->host.cpu.hypervisor = true;
}

static void guest(struct pc *pc)
{
	struct environment_fact *fact = &pc->host.environment.hypervisor;

	no_iommu(pc);
	pc->host.cpu.hypervisor = true;
	fact->name = xstrdup("VMware");
	fact->source = xstrdup("/sys/class/dmi/id/sys_vendor");
	fact->value = xstrdup("VMware, Inc.");
}

static void wsl(struct pc *pc)
{
	guest(pc);
	pc->host.environment.wsl = true;
}

static void no_cpuinfo(struct pc *pc)
{
	pc->host.cpu.threads = 0;
}

static void nested(struct pc *pc)
{
	pc->host.cpu.nested = 1;
}

static void no_module(struct pc *pc)
{
	pc->host.cpu.kvm_module = false;
	pc->host.cpu.kvm_device = ENOENT;
}

/* --- what must follow --- */

static const struct unit_case {
	const char *name;
	void (*change)(struct pc *pc);
	const char *id;
	enum check_status status;
	const char *code;               /* NULL: none */
	const char *summary, *evidence; /* a part of each; NULL: not looked at */
	int exit_code;
} cases[] = {
        {"one unit, table for root only", nothing, "iommu.units", CHECK_PASS, NULL,
                "1 IOMMU unit is alive", "IR, EIM (x2APIC), QI, PT, no posted interrupts", 3},
        {"two units", two_units, "iommu.units", CHECK_PASS, NULL, "2 IOMMU units are alive",
                "unit at fed90000 (dmar0): 0000:00:02.0", 3},
        {"the rest", two_units, "iommu.units", CHECK_PASS, NULL, NULL,
                "unit at fed91000 (dmar1): all other devices of segment 0000", 3},
        {"graphics unit left out", graphics_unit_left_out, "iommu.units", CHECK_PASS, NULL,
                "graphics alone was left out", "fed90000 (not alive)", 3},
        {"graphics unit left out: covered", graphics_unit_left_out, "iommu.coverage", CHECK_PASS,
                NULL, "but the host's own screen", "absent", 3},
        {"graphics unit left out, wanted", graphics_unit_wanted, "iommu.coverage", CHECK_FAIL,
                "PT-IOMMU-22", "no IOMMU unit covers any", "absent", 4},
        {"a dead unit", dead_unit, "iommu.units", CHECK_WARN, "PT-IOMMU-21", "1 missing",
                "fed90000 (not alive): 0000:00:17.0", 3},
        {"a unit for nothing", empty_unit, "iommu.units", CHECK_PASS, NULL, "1 IOMMU unit",
                "0000:00:09.0, which is not there", 3},
        {"a bad unit among good ones", bad_unit_among_good, "iommu.units", CHECK_WARN, NULL,
                "dmar1, one of 3 units", "ecap 1000: no IR, no EIM", 4},
        {"a good unit beside it", bad_unit_among_good, "iommu.units", CHECK_WARN, NULL, NULL,
                "ecap 10207f: IR, EIM (x2APIC), QI, PT", 4},
        {"registers hidden", units_unreadable, "iommu.units", CHECK_UNKNOWN, NULL, "1 of 1",
                "not readable", 3},
        {"a faulty table", table_faulty, "iommu.units", CHECK_WARN, "PT-IOMMU-24", "faulty",
                "checksum is wrong", 3},
        {"IOMMU off", iommu_off, "iommu.units", CHECK_SKIP, NULL, "when the IOMMU is on", NULL, 3},
        {"IOMMU off: coverage", iommu_off, "iommu.coverage", CHECK_SKIP, NULL, NULL, NULL, 3},
        {"no IOMMU", no_iommu, "iommu.units", CHECK_SKIP, NULL, "no IOMMU unit", NULL, 4},
        {"no IOMMU: memory", no_iommu, "iommu.reserved-memory", CHECK_SKIP, NULL, NULL, NULL, 4},
        {"AMD", amd, "iommu.units", CHECK_PASS, NULL, "1 IOMMU unit",
                "features 58f77ef22294ade: XT (x2APIC), PPR, posted interrupts, 64 bits", 3},
        {"AMD: its table", amd, "iommu.units", CHECK_PASS, NULL, NULL,
                "unit 0000:00:00.2 at feb80000 (ivhd0): 7 devices, 0 IOAPICs", 3},
        {"AMD: fixed memory", amd_fixed_memory, "iommu.reserved-memory", CHECK_FAIL, "PT-IOMMU-23",
                "0000:01:00.0", "0000:01:00.0 to 0000:01:00.1", 4},
        {"only root knows", nothing, "iommu.reserved-memory", CHECK_UNKNOWN, NULL, "only root",
                "not readable", 3},
        {"a faulty table: memory", table_faulty, "iommu.reserved-memory", CHECK_UNKNOWN, NULL,
                "faulty", "checksum is wrong", 3},
        {"no memory kept", two_units, "iommu.reserved-memory", CHECK_PASS, NULL, "keeps no memory",
                NULL, 3},
        {"memory kept at boot only", relaxed_memory, "iommu.reserved-memory", CHECK_PASS, NULL,
                "keeps no memory",
                "RMRR 0x3ae20000-0x3ae3ffff for 0000:00:14.0 (needed only at boot)", 3},
        {"memory of the disks", memory_of_a_disk, "iommu.reserved-memory", CHECK_PASS, NULL,
                "for 1 device, which VFIO refuses", NULL, 3},
        {"memory of the card's sound", memory_of_the_sound, "iommu.reserved-memory", CHECK_FAIL,
                "PT-IOMMU-23", "0000:01:00.1", NULL, 4},
        {"the group says direct", group_is_direct, "iommu.reserved-memory", CHECK_FAIL,
                "PT-IOMMU-23", "0000:01:00.0", "0x3ae20000-0x3ae3ffff direct", 4},
        {"the kernel refused", kernel_refused, "iommu.reserved-memory", CHECK_WARN, "PT-IOMMU-23",
                "has refused a device", "0000:01:00.0: Device is ineligible", 3},
        {"the header", two_units, "iommu.units", CHECK_PASS, NULL, NULL,
                "39 bits, flags 0: no INTR_REMAP", 3},
        {"the group says relaxable", group_is_relaxable, "iommu.reserved-memory", CHECK_PASS, NULL,
                "keeps no memory", "6 of 6 groups", 3},
        {"the kernel's word counts", group_is_free, "iommu.reserved-memory", CHECK_PASS, NULL, NULL,
                NULL, 3},
        {"one card of two", group_and_another_card, "iommu.reserved-memory", CHECK_WARN,
                "PT-IOMMU-23", "that card", NULL, 0},
        {"a PC", nothing, "host.environment", CHECK_PASS, NULL, "a PC itself", "no hypervisor", 3},
        {"a container", container, "host.environment", CHECK_FAIL, "PT-HOST-21", "docker",
                "present", 4},
        {"a guest with an IOMMU", guest_with_iommu, "host.environment", CHECK_PASS, NULL,
                "given an IOMMU", "flags: hypervisor", 3},
        {"a guest without", guest, "host.environment", CHECK_WARN, "PT-HOST-22", "VMware",
                "VMware, Inc.", 4},
        {"Linux in Windows", wsl, "host.environment", CHECK_FAIL, "PT-HOST-22", "WSL", NULL, 5},
        {"nothing tells", no_cpuinfo, "host.environment", CHECK_UNKNOWN, NULL, NULL, "not readable",
                3},
        {"nested", nested, "cpu.nested", CHECK_PASS, NULL, NULL, "on", 3},
        {"not nested", nothing, "cpu.nested", CHECK_SKIP, NULL, NULL, "off", 3},
        {"no module", no_module, "cpu.nested", CHECK_SKIP, NULL, NULL, NULL, 4},
};

static bool has_evidence(const struct check_result *r, const char *part)
{
	for (size_t i = 0; i < r->n_evidence; i++) {
		if (strstr(r->evidence[i].value, part))
			return true;
	}
	return false;
}

static void every_case(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct unit_case *c = &cases[i];
		const struct check_result *r;
		struct check_report report;
		struct pc pc;

		pc_init(&pc);
		c->change(&pc);
		check_run_with(&pc.host, &pc.facts, &report);
		r = check_find(&report, c->id);
		assert_non_null(r);
		if (r->status != c->status || check_exit_code(&report) != c->exit_code ||
		        !(c->code ? r->code && streq(r->code, c->code) : !r->code) ||
		        (c->summary && !strstr(r->summary, c->summary)) ||
		        (c->evidence && !has_evidence(r, c->evidence))) {
			for (size_t k = 0; k < r->n_evidence; k++)
				print_error(
				        "  %s: %s\n", r->evidence[k].source, r->evidence[k].value);
			fail_msg("%s: %s %s: %s, exit code %d", c->name,
			        check_status_name(r->status), r->code ? r->code : "-", r->summary,
			        check_exit_code(&report));
		}
		if (r->status == CHECK_FAIL || r->status == CHECK_WARN)
			assert_true((r->code != NULL) == (r->fix != NULL));
		check_report_finish(&report);
		pc_finish(&pc);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(every_case),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
