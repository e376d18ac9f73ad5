/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "host/topology.h"

#include <setjmp.h>
#include <cmocka.h>

#include "machine.h"

#define CPU "/sys/devices/system/cpu/cpu"

static void write_cpu(
        const struct machine *m, unsigned cpu, const char *attribute, const char *text)
{
	cleanup_free char *path = xasprintf(CPU "%u/%s", cpu, attribute);

	machine_write(m, path, text);
}

static void expect(const struct processor *p, unsigned core, unsigned cache, unsigned mib,
        unsigned package, unsigned node, enum core_kind kind)
{
	assert_int_equal(p->core, core);
	assert_int_equal(p->cache, cache);
	assert_int_equal(p->cache_bytes, (uint64_t)mib << 20);
	assert_int_equal(p->package, package);
	assert_int_equal(p->node, node);
	assert_int_equal(p->kind, kind);
}

/* Two cores of two threads, each with a last-level cache of its own, as an AMD processor of two small complexes has. */
static void two_caches(void **state)
{
	static const char *const siblings[] = {"0,2\n", "1,3\n"};
	struct topology t;
	struct machine m;

	(void)state;
	machine_open(&m, NULL);
	machine_write(&m, "/sys/devices/system/cpu/online", "0-3\n");
	machine_write(&m, "/sys/devices/system/cpu/isolated", "1,3\n");
	machine_write(&m, "/sys/devices/system/node/node0/cpulist", "0,2\n");
	machine_write(&m, "/sys/devices/system/node/node1/cpulist", "1,3\n");
	for (unsigned i = 0; i < 4; i++) {
		write_cpu(&m, i, "topology/core_cpus_list", siblings[i % 2]);
		write_cpu(&m, i, "topology/package_cpus_list", "0-3\n");
		write_cpu(&m, i, "cache/index0/level", "1\n");
		write_cpu(&m, i, "cache/index0/shared_cpu_list", siblings[i % 2]);
		write_cpu(&m, i, "cache/index3/level", "3\n");
		write_cpu(&m, i, "cache/index3/size", i % 2 ? "98304K\n" : "32768K\n");
		write_cpu(&m, i, "cache/index3/shared_cpu_list", siblings[i % 2]);
	}
	assert_int_equal(topology_take(&m.root, &t, NULL), 0);
	assert_int_equal(t.n, 4);
	expect(&t.list[2], 0, 0, 32, 0, 0, CORE_ALIKE);
	expect(&t.list[3], 1, 1, 96, 0, 1, CORE_ALIKE);
	assert_false(t.list[2].isolated);
	assert_true(t.list[3].isolated);
	topology_finish(&t);
	machine_close(&m);
}

/* Older names of the attributes; two kinds of cores. */
static void two_kinds(void **state)
{
	struct topology t;
	struct machine m;

	(void)state;
	machine_open(&m, NULL);
	machine_write(&m, "/sys/devices/system/cpu/online", "0-2\n");
	machine_write(&m, "/sys/devices/cpu_core/cpus", "0-1\n");
	machine_write(&m, "/sys/devices/cpu_atom/cpus", "2\n");
	for (unsigned i = 0; i < 3; i++) {
		write_cpu(&m, i, "topology/thread_siblings_list", i < 2 ? "0-1\n" : "2\n");
		write_cpu(&m, i, "topology/core_siblings_list", "0-2\n");
	}
	assert_int_equal(topology_take(&m.root, &t, NULL), 0);
	expect(&t.list[1], 0, 0, 0, 0, 0, CORE_PERFORMANCE);
	expect(&t.list[2], 2, 0, 0, 0, 0, CORE_EFFICIENCY);
	topology_finish(&t);
	machine_close(&m);
}

/* What is no list, or one without the processor itself, tells nothing. */
static void garbage(void **state)
{
	struct topology t;
	struct machine m;

	(void)state;
	machine_open(&m, NULL);
	assert_true(topology_take(&m.root, &t, NULL) < 0);
	machine_write(&m, "/sys/devices/system/cpu/online", "0,4-\n");
	assert_true(topology_take(&m.root, &t, NULL) < 0);
	machine_write(&m, "/sys/devices/system/cpu/online", "4\n");
	write_cpu(&m, 4, "topology/core_cpus_list", "0-3\n");
	write_cpu(&m, 4, "cache/index3/level", "99\n");
	write_cpu(&m, 4, "cache/index3/shared_cpu_list", "4\n");
	write_cpu(&m, 4, "cache/index2/level", "2\n");
	write_cpu(&m, 4, "cache/index2/size", "much\n");
	write_cpu(&m, 4, "cache/index2/shared_cpu_list", "4\n");
	assert_int_equal(topology_take(&m.root, &t, NULL), 0);
	expect(&t.list[0], 4, 4, 0, 4, 0, CORE_ALIKE);
	topology_finish(&t);
	machine_close(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(two_caches),
	        cmocka_unit_test(two_kinds),
	        cmocka_unit_test(garbage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
