/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files of ours that a person edited since apply: undo and apply lose nothing of that. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "host-setup/edited_ask.h"
#include "host-setup/edited.h"
#include "host-setup/undo.h"
#include "setup_disk.h"
#include "setup_pc.h"

#define SCRIPT "/etc/grub.d/42_playthrough"
#define CONF   PLAN_BIND_CONF
#define MINE   "#!/bin/sh\n# what I made of it\n"

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

static void apply(struct fixture *f, int gpu)
{
	struct plan_wishes wishes = {0};
	struct err err = {0};
	struct boot boot;
	struct plan plan;

	plan_wishes_add(
	        &wishes, PLAN_ROLE_OTHER, pc_device(&f->pc, gpu)->addr, NULL, -1, -1, "test");
	if (boot_take(&f->m.root, &boot, &err) < 0 ||
	        plan_make(&f->pc.host, &boot, &wishes, &plan, &err) < 0 ||
	        apply_run(&f->m.root, &plan, &boot, NULL, &err) < 0)
		fail_msg("%s", err.message);
	plan_finish(&plan);
	boot_finish(&boot);
	plan_wishes_finish(&wishes);
}

static int undo(struct fixture *f, const struct apply_watch *watch)
{
	struct journal journal;
	int r;

	assert_int_equal(journal_load(&f->m.root, &journal, NULL), 0);
	r = undo_run(&f->m.root, &journal, watch, NULL);
	journal_finish(&journal);
	return r;
}

/* Whether the journal takes @path for edited. */
static bool is_edited(struct fixture *f, const char *path)
{
	struct journal journal;
	bool edited;

	assert_int_equal(journal_load(&f->m.root, &journal, NULL), 0);
	edited = edited_since(&f->m.root, journal_find(&journal, path));
	journal_finish(&journal);
	return edited;
}

static void expect_text(struct fixture *f, const char *path, const char *text)
{
	cleanup_free char *now = root_read(&f->m.root, path);

	assert_non_null(now);
	assert_true(starts_with(text, now)); /* its last newline is cut */
	assert_int_equal(strlen(text), strlen(now) + 1);
}

static void test_not_edited(void **state)
{
	struct fixture *f = *state;

	apply(f, PC_GPU);
	assert_false(is_edited(f, SCRIPT));
	assert_false(is_edited(f, CONF));
	apply(f, PC_USB);
	assert_false(is_edited(f, CONF));
	assert_int_equal(root_remove(&f->m.root, CONF, NULL), 0);
	assert_false(is_edited(f, CONF));
	assert_int_equal(undo(f, NULL), 0);
	assert_false(root_exists(&f->m.root, CONF EDITED_ENDING));
	assert_false(root_exists(&f->m.root, SCRIPT EDITED_ENDING));
}

static void test_undo_keeps_it(void **state)
{
	struct fixture *f = *state;
	struct stat st;

	machine_write(&f->m, SCRIPT, "#!/bin/sh\n# before us\n");
	disk_mode(&f->m, SCRIPT, 0755);
	apply(f, PC_GPU);
	machine_write(&f->m, SCRIPT, MINE);
	disk_mode(&f->m, SCRIPT, 0755);
	machine_write(&f->m, CONF, "my list\n");
	assert_true(is_edited(f, SCRIPT) && is_edited(f, CONF));
	assert_int_equal(undo(f, NULL), 0);
	expect_text(f, SCRIPT, "#!/bin/sh\n# before us\n");
	expect_text(f, SCRIPT EDITED_ENDING, MINE);
	expect_text(f, CONF EDITED_ENDING, "my list\n");
	assert_false(root_exists(&f->m.root, CONF));
	/* grub-mkconfig runs whatever is executable there */
	assert_int_equal(root_stat(&f->m.root, SCRIPT EDITED_ENDING, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0644);
}

/* What was there before us and is there again is nobody's new work. */
static void test_put_back_by_hand(void **state)
{
	struct fixture *f = *state;

	machine_write(&f->m, CONF, "before us\n");
	apply(f, PC_GPU);
	machine_write(&f->m, CONF, "before us\n");
	assert_false(is_edited(f, CONF));
	assert_int_equal(undo(f, NULL), 0);
	expect_text(f, CONF, "before us\n");
	assert_false(root_exists(&f->m.root, CONF EDITED_ENDING));
}

static void test_apply_keeps_it(void **state)
{
	struct fixture *f = *state;

	apply(f, PC_GPU);
	machine_write(&f->m, CONF, "my list\n");
	apply(f, PC_GPU);
	expect_text(f, CONF EDITED_ENDING, "my list\n");
	assert_false(is_edited(f, CONF));
}

/* Versions of yesterday are not written over, and the same one is not kept twice. */
static void test_names(void **state)
{
	struct fixture *f = *state;
	cleanup_free char *first = NULL, *second = NULL;
	struct journal journal;
	const struct journal_file *file;

	apply(f, PC_GPU);
	machine_write(&f->m, CONF EDITED_ENDING, "yesterday's\n");
	machine_write(&f->m, CONF, "today's\n");
	assert_int_equal(journal_load(&f->m.root, &journal, NULL), 0);
	file = journal_find(&journal, CONF);
	assert_int_equal(edited_keep(&f->m.root, file, &first, NULL), 0);
	assert_int_equal(edited_keep(&f->m.root, file, &second, NULL), 0);
	assert_string_equal(first, CONF EDITED_ENDING "-2");
	assert_string_equal(first, second);
	expect_text(f, CONF EDITED_ENDING, "yesterday's\n");
	journal_finish(&journal);
}

static void test_diff(void **state)
{
	struct fixture *f = *state;
	cleanup_free char *old = NULL, *new = NULL, *diff = NULL;
	struct journal journal;

	apply(f, PC_GPU);
	old = root_read(&f->m.root, CONF);
	new = xasprintf("%s\n# mine\n", old);
	machine_write(&f->m, CONF, new);
	assert_int_equal(journal_load(&f->m.root, &journal, NULL), 0);
	diff = edited_diff(&f->m.root, journal_find(&journal, CONF));
	assert_non_null(strstr(diff, "\n+# mine\n"));
	assert_null(strstr(diff, "\n-device"));
	journal_finish(&journal);
}

/* A file that the person keeps in its place is no business of undo any more. */
static void test_disowned(void **state)
{
	struct fixture *f = *state;
	struct journal journal;

	apply(f, PC_GPU);
	machine_write(&f->m, CONF, "my list\n");
	assert_int_equal(journal_load(&f->m.root, &journal, NULL), 0);
	journal_disown(&journal, CONF);
	assert_null(journal_find(&journal, CONF));
	assert_non_null(journal_find(&journal, SCRIPT));
	assert_int_equal(undo_run(&f->m.root, &journal, NULL, NULL), 0);
	journal_finish(&journal);
	expect_text(f, CONF, "my list\n");
	assert_false(root_exists(&f->m.root, CONF EDITED_ENDING));
	assert_false(root_exists(&f->m.root, SCRIPT));
	assert_false(root_exists(&f->m.root, JOURNAL_FILE));
}

/* What edited_ask() returns for these answers; @left gets which of the two files undo still has. */
static int answer(struct fixture *f, const char *answers, bool left[2])
{
	FILE *in = answers ? fmemopen((char *)answers, strlen(answers) + 1, "r") : NULL;
	FILE *out = fopen("/dev/null", "w");
	struct err err = {0};
	struct journal journal;
	int r;

	assert_int_equal(journal_load(&f->m.root, &journal, NULL), 0);
	r = edited_ask(&f->m.root, &journal, in, out, &err);
	assert_true(r == 0 || err_is(&err, CODE_SETUP_EDITED));
	left[0] = journal_find(&journal, CONF);
	left[1] = journal_find(&journal, SCRIPT);
	journal_finish(&journal);
	if (in)
		fclose(in);
	fclose(out);
	return r;
}

static void test_ask(void **state)
{
	/* The script comes first, as the last that was written. */
	static const struct {
		const char *answers;
		int r;
		bool conf, script;
	} cases[] = {
	        {"r\nr\n", 0, true, true},
	        {"r\nk\n", 0, false, true},
	        {"k\nk\n", -ECANCELED, true, true}, /* the entry hangs on it */
	        {"s\n", -ECANCELED, true, true},
	        {"r\nrubbish\n", -ECANCELED, true, true},
	        {"r\n\n", -ECANCELED, true, true},
	        {"r\n", -ECANCELED, true, true},
	        {NULL, 0, true, true},
	};
	struct fixture *f = *state;

	apply(f, PC_GPU);
	machine_write(&f->m, SCRIPT, MINE);
	machine_write(&f->m, CONF, "my list\n");
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		bool left[2];

		if (answer(f, cases[i].answers, left) != cases[i].r)
			fail_msg("case %zu", i);
		assert_true(left[0] == cases[i].conf && left[1] == cases[i].script);
	}
}

static enum apply_go count(void *data, const char *step)
{
	int *left = data;

	(void)step;
	return (*left)-- == 0 ? APPLY_DIE : APPLY_GO_ON;
}

/* The power goes at each step of an undo in turn: the person's bytes are always somewhere. */
static void test_cut_at_each_step(void **state)
{
	struct fixture *f = *state;
	int r = -1;

	for (int step = 0; r < 0; step++) {
		int left = step;
		struct apply_watch watch = {.step = count, .data = &left};

		assert_true(step < 100);
		apply(f, PC_GPU);
		machine_write(&f->m, SCRIPT, MINE);
		r = undo(f, &watch);
		if (r < 0)
			assert_int_equal(undo(f, NULL), 0);
		expect_text(f, SCRIPT EDITED_ENDING, MINE);
		assert_false(root_exists(&f->m.root, SCRIPT));
		assert_false(root_exists(&f->m.root, SCRIPT EDITED_ENDING "-2"));
		root_remove(&f->m.root, SCRIPT EDITED_ENDING, NULL);
	}
}

/* The journal of an older version knows no hash: what it cannot tell is kept. */
static void test_no_hash(void **state)
{
	struct fixture *f = *state;
	struct journal journal;
	struct journal_file *file;

	apply(f, PC_GPU);
	assert_int_equal(journal_load(&f->m.root, &journal, NULL), 0);
	file = (struct journal_file *)journal_find(&journal, CONF);
	strv_finish(&file->written);
	assert_true(edited_since(&f->m.root, file));
	journal_finish(&journal);
}

#define test(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
	        test(test_not_edited),
	        test(test_undo_keeps_it),
	        test(test_put_back_by_hand),
	        test(test_apply_keeps_it),
	        test(test_names),
	        test(test_diff),
	        test(test_disowned),
	        test(test_cut_at_each_step),
	        test(test_no_hash),
	        test(test_ask),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
