/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What must hold before apply, and before our entry becomes the default. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "host-setup/apply.h"
#include "host-setup/apply_rules.h"
#include "host-setup/verify_start.h"
#include "setup_disk.h"
#include "setup_pc.h"

struct fixture {
	struct machine m;
	struct pc pc;
};

static int set_up(void **state)
{
	struct fixture *f = xcalloc(1, sizeof(*f));

	disk_open(&f->m);
	pc_init(&f->pc);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	pc_finish(&f->pc);
	machine_close(&f->m);
	free(f);
	return 0;
}

/* @id gets the plan's. */
static void apply(struct fixture *f, char id[9])
{
	struct plan_wishes none = {0};
	struct err err = {0};
	struct boot boot;
	struct plan plan;

	if (boot_take(&f->m.root, &boot, &err) < 0 ||
	        plan_make(&f->pc.host, &boot, &none, &plan, &err) < 0)
		fail_msg("%s", err.message);
	strv_add(&plan.ways, "ssh");
	if (apply_run(&f->m.root, &plan, &boot, NULL, &err) < 0)
		fail_msg("%s", err.message);
	memcpy(id, plan.id, sizeof(plan.id));
	plan_finish(&plan);
	boot_finish(&boot);
}

static void test_same(void **state)
{
	struct fixture *f = *state;
	struct err err = {0};
	char id[9];

	assert_int_equal(apply_require_same(&f->m.root, &err), -ENOENT);
	assert_true(err_is(&err, CODE_SETUP_NO_PLAN) && err.hint[0]);
	apply(f, id);
	assert_int_equal(apply_require_same(&f->m.root, NULL), 0);
	machine_write(&f->m, PLAN_BIND_CONF, "no device here\n");
	assert_int_equal(apply_require_same(&f->m.root, NULL), -ENOENT);
}

static void test_way_in(void **state)
{
	struct plan plan = {0};
	struct err err = {0};

	(void)state;
	assert_int_equal(apply_require_way_in(&plan, &err), -EPERM);
	assert_true(err_is(&err, CODE_HOST_NO_CONSOLE) && err.hint[0]);
	strv_add(&plan.ways, "ssh");
	assert_int_equal(apply_require_way_in(&plan, NULL), 0);
	plan_finish(&plan);
}

/* The journal remembers the ways in; verify at boot asks it. */
static void test_ways_are_remembered(void **state)
{
	struct fixture *f = *state;
	struct journal journal;
	char id[9];

	apply(f, id);
	assert_int_equal(journal_load(&f->m.root, &journal, NULL), 0);
	assert_int_equal(journal.ways.n, 1);
	assert_string_equal(journal.ways.list[0], "ssh");
	journal_finish(&journal);
}

static void test_keep(void **state)
{
	struct fixture *f = *state;
	struct start start = {0};
	struct err err = {0};
	bool kept = true;
	int lock;

	apply(f, start.report.id);
	start.host.firmware.kernel_release = (char *)KERNEL;
	assert_true(start_kept(&f->m.root, start.report.id, &kept) && !kept);
	lock = journal_lock(&f->m.root, NULL);
	assert_true(start_keep(&f->m.root, &start, &err) < 0);
	assert_true(err_is(&err, CODE_SETUP_BUSY));
	journal_unlock(&f->m.root, lock);
	assert_int_equal(start_keep(&f->m.root, &start, NULL), 0);
	assert_true(start_kept(&f->m.root, start.report.id, &kept) && kept);
}

/* Between the look and the act somebody has undone it: nothing becomes the default. */
static void test_keep_too_late(void **state)
{
	struct fixture *f = *state;
	struct start start = {0};
	struct err err = {0};
	char id[9];
	bool kept;

	apply(f, id);
	strcpy(start.report.id, "00000000");
	start.host.firmware.kernel_release = (char *)KERNEL;
	assert_int_equal(start_keep(&f->m.root, &start, &err), -ESTALE);
	assert_true(start_kept(&f->m.root, "00000000", &kept) && !kept);
}

/* Without a boot loader in sight nobody knows what is the default. */
static void test_kept_unknown(void **state)
{
	struct fixture *f = *state;
	cleanup_free char *boot = machine_path(&f->m, "", "/boot");
	cleanup_free char *away = machine_path(&f->m, "", "/away");
	bool kept = true;

	assert_int_equal(rename(boot, away), 0);
	assert_false(start_kept(&f->m.root, "00000000", &kept));
	assert_false(kept);
}

#define test(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
	        test(test_same),
	        test(test_way_in),
	        test(test_ways_are_remembered),
	        test(test_keep),
	        test(test_keep_too_late),
	        test(test_kept_unknown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
