/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vm/vm_usage.h"

#include <unistd.h>

#include "usage_folder.h"

static int setup(void **state)
{
	struct fixture *f = make_folder();

	put(f, "/proc/42/stat",
	        "42 (a ) b) S 1 42 42 0 -1 4194560 100 0 0 0 700 300 0 0 20 0 5 0 5555 9000000 "
	        "2048 18446744073709551615 1 1 0 0 0 0 0\n");
	put(f, "/proc/42/status", "Name:\ta\nVmRSS:\t8192 kB\nHugetlbPages:\t       0 kB\n");
	put(f, CGROUP "/cpu.stat", "usage_usec 12345678\nuser_usec 12000000\nsystem_usec 345678\n");
	put(f, CGROUP "/memory.current", "4294967296\n");
	*state = f;
	return 0;
}

static void test_a_service_is_its_cgroup(void **state)
{
	struct fixture *f = *state;
	struct vm_usage u = {0};

	assert_true(vm_usage_take(&f->root, 42, 5555, UNIT, &u));
	assert_int_equal(u.cpu_usec, 12345678);
	assert_int_equal(u.memory_bytes, 4294967296);
	assert_true(u.at_usec > 0);
}

static void test_huge_pages_count(void **state)
{
	struct fixture *f = *state;
	struct vm_usage u;

	put(f, "/proc/42/status", "HugetlbPages:\t 1048576 kB\n");
	assert_true(vm_usage_take(&f->root, 42, 5555, UNIT, &u));
	assert_int_equal(u.memory_bytes, 4294967296 + (1 << 30));
}

static void test_a_session_is_its_process(void **state)
{
	struct fixture *f = *state;
	const uint64_t ticks = (uint64_t)sysconf(_SC_CLK_TCK);
	struct vm_usage u;

	assert_true(vm_usage_take(&f->root, 42, 5555, NULL, &u));
	assert_int_equal(u.cpu_usec, 1000 * (1000000 / ticks));
	assert_int_equal(u.memory_bytes, 2048 * sysconf(_SC_PAGESIZE));
	/* In the cgroup of whoever started it, the numbers would be everybody's. */
	put(f, "/proc/42/cgroup", "0::/user.slice/user-1000.slice/session-1.scope\n");
	assert_true(vm_usage_take(&f->root, 42, 5555, UNIT, &u));
	assert_int_equal(u.cpu_usec, 1000 * (1000000 / ticks));
}

static void test_half_a_cgroup_is_none(void **state)
{
	struct fixture *f = *state;
	struct vm_usage u;

	assert_int_equal(root_remove(&f->root, CGROUP "/memory.current", NULL), 0);
	assert_true(vm_usage_take(&f->root, 42, 5555, UNIT, &u));
	assert_int_equal(u.memory_bytes, 2048 * sysconf(_SC_PAGESIZE));
}

static void test_another_process_is_not_it(void **state)
{
	struct fixture *f = *state;
	struct vm_usage u;

	assert_false(vm_usage_take(&f->root, 42, 5556, UNIT, &u));
	assert_false(vm_usage_take(&f->root, 43, 5555, UNIT, &u));
	assert_false(vm_usage_take(&f->root, 0, 0, NULL, &u));
	put(f, "/proc/42/stat", "42 (a) S 1");
	assert_false(vm_usage_take(&f->root, 42, 5555, UNIT, &u));
	put(f, "/proc/42/stat", "garbage");
	assert_false(vm_usage_take(&f->root, 42, 5555, UNIT, &u));
}

#define WITH(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	        WITH(test_a_service_is_its_cgroup),
	        WITH(test_huge_pages_count),
	        WITH(test_a_session_is_its_process),
	        WITH(test_half_a_cgroup_is_none),
	        WITH(test_another_process_is_not_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
