/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vm/acts/acts.h"

#include <setjmp.h>
#include <cmocka.h>

#include "machine.h"

#define POOL "/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages"
#define MIB  ((uint64_t)1 << 20)

/* The first line: a file keeps what was behind the number that was written over it. */
static uint64_t pool(const struct machine *m)
{
	cleanup_free char *text = root_read(&m->root, POOL);
	uint64_t pages = 0;

	assert_non_null(text);
	text[strcspn(text, "\n")] = '\0';
	assert_int_equal(parse_u64(text, 10, UINT64_MAX, &pages), 0);
	return pages;
}

/* A kernel that has as many as are wanted: a file keeps what is written. */
static void there_and_back(void **state)
{
	struct act_pages pages = {.bytes = 2 * MIB, .before = 5, .count = 100};
	struct machine m;

	(void)state;
	machine_open(&m, NULL);
	machine_write(&m, POOL, "5\n");
	assert_int_equal(act_pages_take(&m.root, &pages, NULL), 0);
	assert_int_equal(pool(&m), 105);
	machine_write(&m, POOL, "120\n"); /* somebody else's, meanwhile */
	pages.taken = true;
	assert_int_equal(act_pages_return(&m.root, &pages, NULL), 0);
	assert_int_equal(pool(&m), 20);
	machine_close(&m);
}

/* The journal says that taking them was begun, and not whether it came to pass. */
static void cut_off(void **state)
{
	static const struct {
		const char *now;
		uint64_t then;
	} cases[] = {{"5\n", 5}, {"105\n", 5}, {"70\n", 5}, {"3\n", 3}, {"140\n", 40}};
	const struct act_pages pages = {.bytes = 2 * MIB, .before = 5, .count = 100};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct machine m;

		machine_open(&m, NULL);
		machine_write(&m, POOL, cases[i].now);
		assert_int_equal(act_pages_return(&m.root, &pages, NULL), 0);
		assert_int_equal(pool(&m), cases[i].then);
		machine_close(&m);
	}
}

static void no_pool(void **state)
{
	const struct act_pages pages = {.bytes = 1024 * MIB, .count = 1};
	struct machine m;
	struct err err;

	(void)state;
	machine_open(&m, NULL);
	assert_int_equal(act_pages_take(&m.root, &pages, &err), -ENOENT);
	assert_non_null(strstr(err.message, "hugepages-1048576kB"));
	machine_close(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(there_and_back),
	        cmocka_unit_test(cut_off),
	        cmocka_unit_test(no_pool),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
