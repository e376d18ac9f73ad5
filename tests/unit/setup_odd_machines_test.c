/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Every machine of tests/machines goes through facts, check, JSON and print; the odd ones get the answers that
 * they should: `unknown` with what could not be read, never a crash or a guess.
 */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "host-setup/check.h"
#include "host-setup/facts.h"
#include "machine.h"

struct checked {
	struct machine machine;
	struct host host;
	struct facts facts;
	struct check_report report;
};

static int take(struct checked *c, const char *name)
{
	struct err err = {0};
	int r;

	machine_open(&c->machine, name);
	r = host_take(&c->machine.root, &c->host, &err);
	if (r < 0) {
		assert_true(*err.message);
		machine_close(&c->machine);
		return r;
	}
	facts_take(&c->machine.root, &c->facts);
	check_run_with(&c->host, &c->facts, &c->report);
	return 0;
}

static void finish(struct checked *c)
{
	check_report_finish(&c->report);
	facts_finish(&c->facts);
	host_finish(&c->host);
	machine_close(&c->machine);
}

/* No text for people may move the cursor or change colours by itself. */
static void expect_clean(const char *name, const char *text)
{
	for (const unsigned char *p = (const unsigned char *)text; *p; p++) {
		if (*p < 0x20 && *p != '\n')
			fail_msg("%s: control character %#x in: %.60s", name, *p, (const char *)p);
	}
}

static void expect_output(const char *name, const struct checked *c)
{
	json_t *document = check_json(&c->host, &c->report), *again;
	cleanup_free char *json = json_dumps(document, 0), *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!json)
		fail_msg("%s: no JSON", name);
	again = json_loads(json, 0, NULL);
	if (!again || !json_equal(document, again))
		fail_msg("%s: the JSON cannot be read back", name);
	check_print(&c->host, &c->report, false, out);
	fclose(out);
	expect_clean(name, text);
	/* Nothing was left out for its encoding. */
	if (!json_equal(
	            json_object_get(document, "exit_code"), json_object_get(again, "exit_code")) ||
	        json_array_size(json_object_get(document, "checks")) != c->report.n_results)
		fail_msg("%s: the JSON is not whole", name);
	json_decref(document);
	json_decref(again);
}

static void expect_reasons(const char *name, const struct checked *c)
{
	for (size_t i = 0; i < c->report.n_results; i++) {
		const struct check_result *r = &c->report.results[i];

		if (r->status == CHECK_UNKNOWN && !r->n_evidence && !r->fix)
			fail_msg("%s: %s is unknown without a reason", name, r->id);
	}
}

static void every_machine_is_judged(void **state)
{
	DIR *dir = opendir("tests/machines");
	struct dirent *e;
	size_t n = 0;

	(void)state;
	assert_non_null(dir);
	while ((e = readdir(dir))) {
		cleanup_free char *name = xstrdup(e->d_name);
		struct checked c = {0};

		if (!ends_with(name, ".machine"))
			continue;
		name[strlen(name) - strlen(".machine")] = '\0';
		n++;
		if (take(&c, name) < 0)
			continue;
		expect_output(name, &c);
		expect_reasons(name, &c);
		finish(&c);
	}
	closedir(dir);
	assert_true(n > 20);
}

/* --- the odd ones --- */

static const struct odd_case {
	const char *machine;
	int exit_code; /* -1: no facts at all */
	struct {
		const char *id;
		enum check_status status;
		const char *says; /* a part of its summary or evidence; NULL: not looked at */
	} checks[8];              /* ends with an id of NULL */
} odd[] = {
        {"odd-vmd", 3,
                {{"iommu.coverage", CHECK_PASS, "10000:e1:00.0"},
                        {"iommu.units", CHECK_PASS, "2 IOMMU units"},
                        {"iommu.enabled", CHECK_PASS, "3 groups"},
                        {"gpu.present", CHECK_PASS, "2 graphics cards"}}},
        {"odd-sparse-groups", 3,
                {{"iommu.enabled", CHECK_PASS, "5 groups"},
                        {"iommu.units", CHECK_PASS, "0000:00:00.2 at feb80000 (ivhd0)"},
                        {"iommu.coverage", CHECK_PASS, "4096"},
                        {"iommu.reserved-memory", CHECK_PASS, "IVMD 0x2dd00000"}}},
        {"odd-no-pci", 4,
                {{"gpu.present", CHECK_UNKNOWN, "0 functions"},
                        {"iommu.enabled", CHECK_FAIL, "0 groups"},
                        {"iommu.units", CHECK_SKIP, "no IOMMU unit"}}},
        {"odd-no-iommu-no-tables", 4,
                {{"iommu.firmware", CHECK_UNKNOWN, "cannot be listed"},
                        {"iommu.units", CHECK_SKIP, NULL}, {"iommu.coverage", CHECK_SKIP, NULL},
                        {"iommu.reserved-memory", CHECK_SKIP, NULL}}},
        {"odd-empty-files", 6,
                {{"host.environment", CHECK_UNKNOWN, "not readable"},
                        {"cpu.virtualization", CHECK_UNKNOWN, "none told"},
                        {"kvm.device", CHECK_UNKNOWN, "none told"},
                        {"iommu.units", CHECK_UNKNOWN, "2 of 2"},
                        {"iommu.coverage", CHECK_UNKNOWN, "no PCI device in any"},
                        {"iommu.reserved-memory", CHECK_UNKNOWN, "not readable"},
                        {"gpu.present", CHECK_UNKNOWN, "1 more not readable"}}},
        {"odd-folders", 6,
                {{"host.environment", CHECK_UNKNOWN, NULL},
                        {"cpu.virtualization", CHECK_UNKNOWN, NULL},
                        {"iommu.interrupt-remapping", CHECK_UNKNOWN, NULL},
                        {"iommu.units", CHECK_UNKNOWN, NULL},
                        {"iommu.coverage", CHECK_UNKNOWN, NULL},
                        {"memory.lock", CHECK_UNKNOWN, NULL}}},
        {"odd-binary", 4,
                {{"host.environment", CHECK_FAIL, "container (?)"},
                        {"cpu.virtualization", CHECK_UNKNOWN, NULL},
                        {"iommu.units", CHECK_WARN, "too few for the header"},
                        {"iommu.reserved-memory", CHECK_UNKNOWN, "too few for the header"},
                        {"kernel.vfio", CHECK_UNKNOWN, NULL}}},
        {"odd-loops", -1, {{0}}}, {"odd-latin1-names", 3, {{"iommu.units", CHECK_PASS, NULL}}},
        {"odd-bad-dmar", 3,
                {{"iommu.units", CHECK_WARN, "in a DRHD: a device scope of 0 bytes"},
                        {"iommu.coverage", CHECK_PASS, NULL},
                        {"iommu.reserved-memory", CHECK_UNKNOWN, "faulty"}}},
        {"odd-rmrr", 4,
                {{"iommu.reserved-memory", CHECK_FAIL, "mapped for 0000:01:00.1"},
                        {"iommu.reserved-memory", CHECK_FAIL, "0000:00:14.0"}}},
        {"odd-bad-unit", 4,
                {{"iommu.interrupt-remapping", CHECK_FAIL, "dmar1"},
                        {"iommu.units", CHECK_WARN, "ecap 1000: no IR"},
                        {"iommu.units", CHECK_WARN, "ecap 10207f: IR"}}},
        {"odd-container", 4, {{"host.environment", CHECK_FAIL, "container=lxc"}}},
        {"odd-docker", 4, {{"host.environment", CHECK_FAIL, "docker"}}},
        {"odd-wsl", 5, {{"host.environment", CHECK_FAIL, "microsoft-standard-WSL2"}}},
        {"odd-vm-with-iommu", 3,
                {{"host.environment", CHECK_PASS, "QEMU"},
                        {"iommu.units", CHECK_PASS, "emulated (caching mode)"}}},
        {"odd-vm-without-iommu", 5, {{"host.environment", CHECK_WARN, "VirtualBox"}}},
        {"odd-xen-dom0", 5, {{"host.environment", CHECK_WARN, "control_d"}}},
        {"virtual", 5, {{"host.environment", CHECK_WARN, "of an unknown kind"}}},
        {NULL, -1, {{0}}}, /* an empty folder */
};

static bool says(const struct check_result *r, const char *part)
{
	if (!part || strstr(r->summary, part))
		return true;
	for (size_t i = 0; i < r->n_evidence; i++) {
		if (strstr(r->evidence[i].value, part) || strstr(r->evidence[i].source, part))
			return true;
	}
	return false;
}

static void expect_checks(const struct odd_case *o, const struct checked *c)
{
	for (size_t i = 0; i < ARRAY_SIZE(o->checks) && o->checks[i].id; i++) {
		const struct check_result *r = check_find(&c->report, o->checks[i].id);

		assert_non_null(r);
		if (r->status != o->checks[i].status || !says(r, o->checks[i].says))
			fail_msg("%s: %s: %s: %s", o->machine, r->id, check_status_name(r->status),
			        r->summary);
	}
	if (check_exit_code(&c->report) != o->exit_code)
		fail_msg("%s: exit code %d", o->machine, check_exit_code(&c->report));
}

static void odd_machines_are_understood(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(odd); i++) {
		struct checked c = {0};

		if (take(&c, odd[i].machine) < 0) {
			if (odd[i].exit_code != -1)
				fail_msg("%s: no facts", odd[i].machine);
			continue;
		}
		expect_checks(&odd[i], &c);
		finish(&c);
	}
}

/* --- files that may not be read --- */

static void forbid(const struct machine *m, const char *path)
{
	cleanup_free char *full = xasprintf("%s%s", m->folder, path);

	assert_int_equal(chmod(full, 0), 0);
}

/* What a user sees where only root may look; the tests may run as root. */
static void unreadable_files_are_unknown(void **state)
{
	static const char *const paths[] = {"/proc/cpuinfo", "/proc/interrupts", "/kernel.log",
	        "/sys/firmware/acpi/tables/DMAR", "/sys/kernel/iommu_groups/1/reserved_regions",
	        "/sys/kernel/iommu_groups/3/reserved_regions",
	        "/sys/devices/virtual/iommu/dmar1/intel-iommu/ecap"};
	const struct odd_case o = {"intel-desktop, forbidden", 6,
	        {{"cpu.virtualization", CHECK_UNKNOWN, NULL},
	                {"iommu.firmware", CHECK_PASS, "present"},
	                {"iommu.interrupt-remapping", CHECK_UNKNOWN, NULL},
	                {"iommu.units", CHECK_UNKNOWN, "1 of 2"},
	                {"iommu.reserved-memory", CHECK_UNKNOWN, "only root"}}};
	struct checked c = {0};
	bool root = geteuid() == 0;

	(void)state;
	machine_open(&c.machine, "intel-desktop");
	chmod(c.machine.folder, 0755);
	for (size_t i = 0; i < ARRAY_SIZE(paths); i++)
		forbid(&c.machine, paths[i]);
	if (root)
		assert_int_equal(seteuid(65534), 0);
	assert_int_equal(host_take(&c.machine.root, &c.host, NULL), 0);
	facts_take(&c.machine.root, &c.facts);
	if (root)
		assert_int_equal(seteuid(0), 0);
	check_run_with(&c.host, &c.facts, &c.report);
	expect_output(o.machine, &c);
	expect_reasons(o.machine, &c);
	expect_checks(&o, &c);
	finish(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(every_machine_is_judged),
	        cmocka_unit_test(odd_machines_are_understood),
	        cmocka_unit_test(unreadable_files_are_unknown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
