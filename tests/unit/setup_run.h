/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Apply and undo on a PC of setup_disk.h and setup_pc.h, as the tests of the loaders need them: a fixture that is
 * whatever its test's set_up() makes of it, and what must hold after each.
 */
#ifndef TEST_SETUP_RUN_H
#define TEST_SETUP_RUN_H

#include "host-setup/efi_boot.h"
#include "host-setup/undo.h"
#include "setup_disk.h"
#include "setup_pc.h"

struct fixture {
	struct machine m;
	struct pc pc;
	char *before; /* disk_snapshot() */
	char id[9];   /* of the last plan */
};

static inline void snapshot(struct fixture *f)
{
	free(f->before);
	f->before = disk_snapshot(&f->m);
}

static inline int tear_down(void **state)
{
	struct fixture *f = *state;

	pc_finish(&f->pc);
	machine_close(&f->m);
	free(f->before);
	free(f);
	unsetenv("FAIL");
	return 0;
}

static inline int make_plan(
        struct fixture *f, struct boot *boot, struct plan *plan, struct err *err)
{
	struct plan_wishes none = {0};
	int r = boot_take(&f->m.root, boot, err);

	return r < 0 ? r : plan_make(&f->pc.host, boot, &none, plan, err);
}

static inline int apply(struct fixture *f, struct err *err)
{
	struct boot boot;
	struct plan plan;
	int lock = journal_lock(&f->m.root, err), r = make_plan(f, &boot, &plan, err);

	if (r == 0) {
		memcpy(f->id, plan.id, sizeof(f->id));
		r = apply_run(&f->m.root, &plan, &boot, NULL, err);
		plan_finish(&plan);
		boot_finish(&boot);
	}
	if (lock >= 0)
		journal_unlock(&f->m.root, lock);
	return r;
}

static inline void must_apply(struct fixture *f)
{
	struct err err = {0};

	if (apply(f, &err) < 0)
		fail_msg("%s", err.message);
}

static inline int undo(struct fixture *f, struct err *err)
{
	struct journal journal;
	int lock = journal_lock(&f->m.root, err), r = journal_load(&f->m.root, &journal, err);

	if (r == 0)
		r = undo_run(&f->m.root, &journal, NULL, err);
	journal_finish(&journal);
	journal_unlock(&f->m.root, lock);
	return r;
}

static inline void must_undo(struct fixture *f)
{
	struct err err = {0};

	if (undo(f, &err) < 0)
		fail_msg("%s", err.message);
}

static inline void expect_as_before(struct fixture *f)
{
	cleanup_free char *now = disk_snapshot(&f->m);

	assert_string_equal(now, f->before);
}

static inline void expect_var(struct fixture *f, const char *path, const char *value)
{
	cleanup_free char *now = efivar_text(&f->m.root, path);

	if (value)
		assert_string_equal(now, value);
	else
		assert_null(now);
}

#endif
