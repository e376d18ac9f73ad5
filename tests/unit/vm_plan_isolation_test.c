/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vm/plan/plan_parts.h"

#include <setjmp.h>
#include <stdio.h>

#include <cmocka.h>

/* Four cores of two threads: N and N + 4. */
static const struct {
	const char *profile;
	unsigned guest[8]; /* of the guest, ended by 99 */
	const char *others;
	bool session, no_kvm, no_systemd, no_cpusets;
	const char *kept, *why;
} cases[] = {
        {"[gpu]", {2, 6, 3, 7, 99}, "0-1,4-5", .kept = "2-3,6-7"},
        {"[gpu]", {2, 3, 99}, "0-1,4-5", .kept = "2-3,6-7"}, /* whole cores */
        {"[gpu]", {0, 1, 2, 3, 99}, "4-7", .kept = "0-3"},   /* but QEMU needs a place */
        {"[gpu]", {2, 6, 99}, "0", .no_systemd = true, .kept = "2,6",
                .why = "systemd does not run it"},
        {"[gpu]", {2, 6, 99}, "0", .no_cpusets = true, .kept = "2,6", .why = "of version 1"},
        {"[gpu]", {99}, "", .why = "are not pinned (pin="},
        {"[gpu]", {99}, "", .no_kvm = true},
        {"[gpu]\n[cpu]\npin=no", {99}, "", .kept = NULL},
        {"[gpu]\n[cpu]\nisolate=no", {2, 6, 99}, "0", .kept = NULL},
        {"[gpu]", {0, 1, 2, 3, 4, 5, 6, 7}, "0-7", .why = "the VM has all of them"},
        {"", {2, 6, 99}, "0", .kept = NULL},
        {"[cpu]\nisolate=yes", {2, 6, 99}, "0", .kept = "2,6"},
        {"[cpu]\nisolate=yes\npin=no", {99}, "", .why = "are not pinned (pin="},
        {"[cpu]\nisolate=yes", {2, 6, 99}, "0", .session = true, .why = "daemon alone can do that"},
};

static void load_profile(const char *text, struct profile *out)
{
	bool gpu = starts_with(text, "[gpu]");
	cleanup_free char *all = xasprintf("%s%s\n",
	        gpu ? "[gpu]\naddress=0000:01:00.0\nid=8086:10d3\n" : "", gpu ? text + 5 : text);
	struct err err;

	if (profile_parse(all, "games.profile", out, &err) < 0)
		fail_msg("%s", err.message);
}

static void kept_and_why(void **state)
{
	struct processor processors[8];

	(void)state;
	for (unsigned i = 0; i < 8; i++)
		processors[i] = (struct processor){.number = i, .core = i % 4};
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct host host = {.topology = {processors, 8},
		        .placement = {!cases[i].no_systemd, !cases[i].no_cpusets}};
		const struct vm_options options = {.session = cases[i].session};
		struct vm_plan plan = {.kvm = !cases[i].no_kvm};
		struct profile profile;
		const struct planning p = {&host, &profile, &options, &plan};
		cleanup_free char *kept = NULL;

		load_profile(cases[i].profile, &profile);
		for (size_t k = 0; k < 8 && cases[i].guest[k] != 99; k++)
			*list_append(plan.cpus.guest, plan.cpus.n) = cases[i].guest[k];
		assert_int_equal(cpulist_parse(cases[i].others, &plan.cpus.others), 0);
		plan_isolation(&p);
		kept = cpulist_format(&plan.kept);
		if (!streq(kept, cases[i].kept ? cases[i].kept : "") ||
		        !plan.not_kept != !cases[i].why ||
		        (cases[i].why && !strstr(plan.not_kept, cases[i].why)))
			fail_msg("case %zu: %s: %s", i, kept, plan.not_kept ? plan.not_kept : "-");
		vm_plan_finish(&plan);
		profile_finish(&profile);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(kept_and_why)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
