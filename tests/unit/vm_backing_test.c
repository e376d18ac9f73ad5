/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vm/backing.h"

#include "usage_folder.h"

#define MIB (1ull << 20)

static int setup(void **state)
{
	struct fixture *f = make_folder();

	put(f, "/proc/42/status", "Name:\ta\nHugetlbPages:\t  524288 kB\n");
	*state = f;
	return 0;
}

static void assert_line(const struct backing *b, uint64_t memory, uint64_t page, const char *status,
        const char *says)
{
	json_t *line = backing_line(b, memory, page);

	assert_string_equal(json_string_value(json_object_get(line, "event")), "result");
	assert_string_equal(json_string_value(json_object_get(line, "status")), status);
	if (!strstr(json_string_value(json_object_get(line, "detail")), says))
		fail_msg("%s", json_string_value(json_object_get(line, "detail")));
	json_decref(line);
}

static void test_pages_of_the_pool(void **state)
{
	struct fixture *f = *state;
	struct backing b;

	backing_take(&f->root, 42, UNIT, &b);
	assert_int_equal(b.pool_bytes, 512 * MIB);
	assert_line(&b, 512 * MIB, 2 * MIB, "pass",
	        "512 MiB of its 512 MiB are in huge pages of 2 MiB");
	assert_line(&b, 1024 * MIB, 2 * MIB, "fail", "512 MiB of its 1024 MiB");
}

static void test_transparent_pages(void **state)
{
	struct fixture *f = *state;
	struct backing b;

	backing_take(&f->root, 42, UNIT, &b);
	assert_false(b.transparent_known);
	assert_line(&b, 512 * MIB, 0, "not-testable", "does not tell");
	/* its own process, where there is no service */
	put(f, "/proc/42/smaps_rollup",
	        "56400000-7ffe00000 ---p 00000000 00:00 0 [rollup]\nRss: 409600 kB\nAnonymous: "
	        "307200 "
	        "kB\nAnonHugePages: 204800 kB\n");
	backing_take(&f->root, 42, NULL, &b);
	assert_line(
	        &b, 512 * MIB, 0, "pass", "of 300 MiB that QEMU has, 200 MiB are in transparent");
	put(f, CGROUP "/memory.stat", "anon 104857600\nfile 0\nanon_thp 52428800\n");
	backing_take(&f->root, 42, UNIT, &b);
	assert_line(
	        &b, 512 * MIB, 0, "pass", "of 100 MiB that QEMU has, 50 MiB are in transparent");
}

/* The process has gone. */
static void test_nothing_to_read(void **state)
{
	struct fixture *f = *state;
	struct backing b;

	backing_take(&f->root, 43, UNIT, &b);
	assert_true(!b.pool_bytes && !b.transparent_known);
	assert_line(&b, 512 * MIB, 2 * MIB, "fail", "0 MiB of its 512 MiB");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup_teardown(test_pages_of_the_pool, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_transparent_pages, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_nothing_to_read, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
