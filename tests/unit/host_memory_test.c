/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Memory as /proc/meminfo tells it, in bytes. */
#include "host/memory.h"
#include "machine.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void test_machine(void **state)
{
	struct machine m;
	struct memory memory;

	(void)state;
	machine_open(&m, "intel-desktop");
	assert_int_equal(memory_take(&m.root, &memory, NULL), 0);
	assert_int_equal(memory.total_bytes, UINT64_C(32768000) * 1024);
	assert_int_equal(memory.available_bytes, UINT64_C(30000000) * 1024);
	assert_int_equal(memory.hugepages_total, 16);
	assert_int_equal(memory.hugepages_free, 12);
	assert_int_equal(memory.hugepage_bytes, 2 << 20);
	machine_close(&m);
}

static void test_garbage_and_nothing(void **state)
{
	struct machine m;
	struct memory memory;
	struct err err = {0};

	(void)state;
	machine_open(&m, "garbage");
	assert_int_equal(memory_take(&m.root, &memory, NULL), 0);
	assert_int_equal(memory.total_bytes, 0);
	assert_int_equal(memory.available_bytes, 0);
	assert_int_equal(memory.hugepages_total, 0);
	assert_int_equal(memory.hugepages_free, 0);
	machine_close(&m);
	machine_open(&m, NULL);
	assert_int_equal(memory_take(&m.root, &memory, &err), -ENOENT);
	assert_non_null(strstr(err.message, "/proc/meminfo"));
	machine_close(&m);
}

static void test_nodes(void **state)
{
	struct memory memory;
	struct machine m;

	(void)state;
	machine_open(&m, NULL);
	machine_write(&m, "/proc/meminfo", "MemTotal: 16384 kB\n");
	machine_write(&m, "/sys/devices/system/node/node0/meminfo",
	        "Node 0 MemTotal:        8192 kB\nNode 0 MemFree:         1024 kB\n"
	        "Node 0 Active(file):     100 kB\nNode 0 Inactive(file):   200 kB\n"
	        "Node 0 Active(anon):    4000 kB\nNode 0 HugePages_Total:     0\n");
	machine_write(&m, "/sys/devices/system/node/node3/meminfo", "nonsense\n:\n\n");
	assert_int_equal(memory_take(&m.root, &memory, NULL), 0);
	assert_int_equal(memory.n_nodes, 2);
	assert_int_equal(memory.nodes[0].total_bytes, 8192 << 10);
	assert_int_equal(memory.nodes[0].available_bytes, 1324 << 10);
	assert_int_equal(memory.nodes[1].number, 3);
	assert_int_equal(memory.nodes[1].available_bytes, 0);
	machine_close(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_machine),
	        cmocka_unit_test(test_garbage_and_nothing),
	        cmocka_unit_test(test_nodes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
