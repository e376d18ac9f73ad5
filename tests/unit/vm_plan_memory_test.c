/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vm/plan/plan_parts.h"

#include <errno.h>
#include <setjmp.h>
#include <stdio.h>

#include <cmocka.h>

#define MIB (1ull << 20)
#define GIB (1ull << 30)

/* Sizes in MiB. */
static const struct {
	const char *profile;
	uint64_t total, available, pool, promised, to_come; /* of pages of 2 MiB */
	unsigned n_pci;
	uint64_t size, memlock, pages;
	const char *refusal, *hint;
} cases[] = {
        /* an eighth, but at least one GiB and at most four; 256 MiB of QEMU's; what maps it */
        {"size=max", .total = 16384, .available = 14000, .size = 11650},
        {"size=max", .total = 65536, .available = 60000, .size = 55430},
        {"size=max", .total = 4096, .available = 3500, .size = 2210},
        {"size=max", .total = 1024, .available = 900, .size = 130},
        {"size=max", .available = 3500, .size = 2210},
        {"size=max", .total = 4096, .available = 1300, .refusal = "the host needs 1024 MiB",
                .hint = "size=2G"},
        {"size=max", .total = 4096, .refusal = "is not known", .hint = "size=8G"},
        {"size=max", .total = 16384, .available = 14000, .n_pci = 3, .size = 11650,
                .memlock = 11650 + 64 + 24},
        /* pages of the pool are there beside it, but for those that another VM is about to take */
        {"size=max\nhugepages=2M", .total = 16384, .available = 10000, .pool = 1000, .size = 9664,
                .pages = 3832},
        {"size=max\nhugepages=2M", .total = 16384, .available = 10000, .pool = 1000,
                .promised = 400, .to_come = 100, .size = 8666, .pages = 3733},
        {"size=4G\nhugepages=2M", .total = 16384, .available = 10000, .pool = 1000, .size = 4096,
                .pages = 1048},
        {"size=4G\nhugepages=2M", .total = 16384, .available = 10000, .pool = 1000, .promised = 900,
                .size = 4096, .pages = 1948},
        {"size=8G\nhugepages=2M", .total = 16384, .available = 8000, .pool = 1000, .promised = 900,
                .refusal = "and this PC can spare 6976 MiB", .hint = "size=7176M or less"},
        {"size=8G\nhugepages=2M", .total = 16384, .available = 10000, .pool = 1000, .to_come = 2000,
                .refusal = "can spare 4976 MiB", .hint = "size=6976M"},
        /* what fits is named */
        {"size=8G", .total = 16384, .available = 8192, .size = 8192},
        {"size=8G", .total = 16384, .available = 8000, .refusal = "8000 MiB are available",
                .hint = "size=8000M or less"},
        {"size=8G", .total = 16384, .available = 8000, .n_pci = 2,
                .refusal = "8000 MiB are available", .hint = "size=6896M or less"},
        {"size=6896M", .total = 16384, .available = 8000, .n_pci = 2, .size = 6896,
                .memlock = 6976},
        {"size=6897M", .total = 16384, .available = 8000, .n_pci = 2,
                .refusal = "6977 MiB must stay in memory", .hint = "size=6896M or less"},
        {"size=1G", .total = 1024, .available = 100, .n_pci = 1, .refusal = "100 MiB are available",
                .hint = "lower size="},
        {"size=8G", .total = 16384, .size = 8192}, /* not known: QEMU finds out */
};

static void sizes(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct host host = {.memory = {.total_bytes = cases[i].total * MIB,
		                            .available_bytes = cases[i].available * MIB,
		                            .pools = {{.bytes = 2 * MIB,
		                                    .pages = cases[i].pool,
		                                    .free = cases[i].pool}},
		                            .n_pools = 1}};
		const struct vm_options options = {
		        .promised = {{2 * MIB, cases[i].promised, cases[i].to_come}}};
		struct vm_plan plan = {.n_pci = cases[i].n_pci};
		cleanup_free char *text = xasprintf("[memory]\n%s\n", cases[i].profile);
		struct profile profile;
		const struct planning p = {&host, &profile, &options, &plan};
		struct err err = {0};
		int r;

		assert_int_equal(profile_parse(text, "games.profile", &profile, NULL), 0);
		r = plan_memory(&p, &err);
		if (cases[i].refusal ? r == 0 || !strstr(err.message, cases[i].refusal) ||
		                               !strstr(err.hint, cases[i].hint)
		                     : r < 0 || plan.memory_bytes != cases[i].size * MIB ||
		                               plan.memlock_bytes != cases[i].memlock * MIB ||
		                               plan.pages != cases[i].pages)
			fail_msg("case %zu: %llu MiB, locked %llu, %llu pages; %s; %s", i,
			        (unsigned long long)(plan.memory_bytes / MIB),
			        (unsigned long long)(plan.memlock_bytes / MIB),
			        (unsigned long long)plan.pages, err.message, err.hint);
		profile_finish(&profile);
	}
}

/* What a refusal says would fit does. */
static void what_fits_fits(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const char *at = cases[i].hint ? strstr(cases[i].hint, "M or less") : NULL;
		cleanup_free char *text = NULL, *size = NULL;
		bool pages = strstr(cases[i].profile, "hugepages=2M") != NULL;
		struct profile profile;
		struct host host = {.memory = {.total_bytes = cases[i].total * MIB,
		                            .available_bytes = cases[i].available * MIB,
		                            .pools = {{.bytes = 2 * MIB,
		                                    .pages = cases[i].pool,
		                                    .free = cases[i].pool}},
		                            .n_pools = 1}};
		const struct vm_options options = {
		        .promised = {{2 * MIB, cases[i].promised, cases[i].to_come}}};
		struct vm_plan plan = {.n_pci = cases[i].n_pci};
		const struct planning p = {&host, &profile, &options, &plan};
		struct err err = {0};

		if (!at)
			continue;
		size = xstrndup(cases[i].hint, (size_t)(at - cases[i].hint) + 1);
		text = xasprintf("[memory]\n%s\n%s", size, pages ? "hugepages=2M\n" : "");
		assert_int_equal(profile_parse(text, "games.profile", &profile, NULL), 0);
		if (plan_memory(&p, &err) < 0)
			fail_msg("case %zu: %s", i, err.message);
		profile_finish(&profile);
	}
}

/* What others have been promised is not given away twice, and is named. */
static void promised_to_others(void **state)
{
	struct host host = {.memory = {.total_bytes = 16 * GIB, .available_bytes = 12 * GIB}};
	struct vm_options options = {0};
	struct vm_plan plan = {0};
	struct profile profile;
	const struct planning p = {&host, &profile, &options, &plan};
	struct err err = {0};

	(void)state;
	assert_int_equal(profile_parse("[memory]\nsize=8G\n", "games.profile", &profile, NULL), 0);
	assert_int_equal(plan_memory(&p, &err), 0);
	options.promised_bytes = 4 * GIB;
	assert_int_equal(plan_memory(&p, &err), 0);
	/* A second one of the same size, started in the same second: nothing of the first is used yet. */
	options.promised_bytes = vm_plan_untouched(8 * GIB, 0);
	assert_int_equal(plan_memory(&p, &err), -ENOMEM);
	assert_true(err_is(&err, CODE_MEM_SHORT));
	assert_non_null(strstr(err.message, "promised 8448 MiB that they do not use yet"));
	assert_non_null(strstr(err.message, "3840 MiB are available"));
	assert_non_null(strstr(err.hint, "size=3840M or less"));
	options.promised_bytes = 100 * GIB;
	assert_int_equal(plan_memory(&p, &err), -ENOMEM);
	host.memory.available_bytes = 0; /* not known: QEMU finds out */
	assert_int_equal(plan_memory(&p, &err), 0);
	profile_finish(&profile);
}

static void what_is_used_is_not_promised(void **state)
{
	static const struct {
		uint64_t promised, resident, left;
	} rows[] = {{8192, 0, 8448}, {8192, 300, 8148}, {8192, 8192, 256}, {8192, 8448, 0},
	        {8192, 9000, 0}};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		assert_int_equal(
		        vm_plan_untouched(rows[i].promised * MIB, rows[i].resident * MIB) / MIB,
		        rows[i].left);
}

/* What the guest shares with a program of this PC is memory, too. */
static void beside_looking_glass(void **state)
{
	struct host host = {.memory = {.total_bytes = 16 * GIB, .available_bytes = 14000 * MIB}};
	const struct vm_options options = {0};
	struct vm_plan plan = {.glass_bytes = 128 * MIB, .n_pci = 1};
	struct profile profile;
	const struct planning p = {&host, &profile, &options, &plan};

	(void)state;
	assert_int_equal(profile_parse("[memory]\nsize=max\n", "games.profile", &profile, NULL), 0);
	assert_int_equal(plan_memory(&p, NULL), 0);
	assert_int_equal(plan.memory_bytes, 11522 * MIB);
	assert_int_equal(plan.memlock_bytes, (11522 + 128 + 64 + 8) * MIB);
	profile_finish(&profile);
}

/* A start does not look for who has this PC's disks open where none of them can go to the VM. */
static void needs_disks(void **state)
{
	static const struct {
		const char *text;
		bool needs;
	} asked[] = {
	        {"[memory]\nsize=1G\n", false},
	        {"[disk a]\nimage=/srv/a.raw\n", false},
	        {"[disk a]\nimage=/srv/a.raw\n[disk b]\ndevice=/dev/disk/by-id/ata-b\nserial=B\n",
	                true},
	        {"[pci card]\naddress=0000:01:00.0\nid=8086:10d3\n", true},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(asked); i++) {
		struct profile profile;

		assert_int_equal(profile_parse(asked[i].text, "games.profile", &profile, NULL), 0);
		assert_int_equal(vm_plan_needs_disks(&profile), asked[i].needs);
		profile_finish(&profile);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(needs_disks),
	        cmocka_unit_test(sizes),
	        cmocka_unit_test(what_fits_fits),
	        cmocka_unit_test(promised_to_others),
	        cmocka_unit_test(what_is_used_is_not_promised),
	        cmocka_unit_test(beside_looking_glass),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
