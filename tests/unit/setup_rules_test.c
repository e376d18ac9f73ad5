/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What must hold before apply, before our entry becomes the default, and before a start is given up. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "host-setup/apply.h"
#include "host-setup/apply_rules.h"
#include "host-setup/health.h"
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

static void start_with(struct fixture *f, const char *id)
{
	cleanup_free char *cmdline = xasprintf("root=/dev/sda1 playthrough=%s\n", id);

	machine_write(&f->m, "/proc/cmdline", cmdline);
}

/* A tree on which no device is bound, so that the start is never well. */
static void test_give_up(void **state)
{
	struct fixture *f = *state;
	char id[9];

	machine_write(&f->m, "/proc/meminfo", "MemTotal: 1024 kB\n");
	apply(f, id);
	machine_write(&f->m, "/proc/cmdline", "root=/dev/sda1\n");
	assert_int_equal(health_give_up(&f->m.root, NULL), HEALTH_NOTHING);
	assert_int_equal(health_at_boot(&f->m.root, NULL), HEALTH_NOTHING);
	start_with(f, id);
	assert_int_equal(health_give_up(&f->m.root, NULL), HEALTH_RESTART);
	machine_write(&f->m, HEALTH_PERSON, "");
	assert_int_equal(health_give_up(&f->m.root, NULL), HEALTH_NOTHING);
	assert_int_equal(root_remove(&f->m.root, HEALTH_PERSON, NULL), 0);
	machine_write(&f->m, "/run/systemd/sessions/1", "CLASS=user\nSTATE=active\n");
	assert_int_equal(health_give_up(&f->m.root, NULL), HEALTH_NOTHING);
	assert_int_equal(root_remove(&f->m.root, "/run/systemd/sessions/1", NULL), 0);
	assert_int_equal(health_give_up(&f->m.root, NULL), HEALTH_RESTART);
	machine_write(&f->m, JOURNAL_FILE, "damaged");
	assert_int_equal(health_give_up(&f->m.root, NULL), HEALTH_RESTART);
	assert_int_equal(root_remove(&f->m.root, JOURNAL_FILE, NULL), 0);
	assert_int_equal(health_give_up(&f->m.root, NULL), HEALTH_RESTART);
	assert_int_equal(loader_grub.keep(&f->m.root, id, KERNEL, NULL), 0);
	assert_int_equal(health_give_up(&f->m.root, NULL), HEALTH_NOTHING);
	assert_int_equal(health_at_boot(&f->m.root, NULL), HEALTH_NOTHING);
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
	        test(test_give_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
