/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Apply and undo on a tree of files: whatever happens between, undo gives back every byte. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "host-setup/undo.h"
#include "setup_disk.h"
#include "setup_pc.h"

struct fixture {
	struct machine m;
	struct pc pc;
	char *before; /* the whole tree */
};

static void expect_as_before(struct fixture *f, const char *what)
{
	cleanup_free char *now = disk_snapshot(&f->m);

	size_t same = 0;

	if (streq(now, f->before))
		return;
	while (now[same] == f->before[same])
		same++;
	while (same && now[same - 1] != '\n')
		same--;
	fail_msg("%s: the tree differs:\n- %.*s\n+ %.*s", what,
	        (int)strcspn(f->before + same, "\n"), f->before + same,
	        (int)strcspn(now + same, "\n"), now + same);
}

static int set_up(void **state)
{
	struct fixture *f = xcalloc(1, sizeof(*f));

	disk_open(&f->m);
	pc_init(&f->pc);
	f->before = disk_snapshot(&f->m);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	pc_finish(&f->pc);
	machine_close(&f->m);
	free(f->before);
	free(f);
	unsetenv("FAIL");
	return 0;
}

struct counter {
	int left; /* steps until @then */
	enum apply_go then;
};

static enum apply_go count(void *data, const char *step)
{
	struct counter *c = data;

	(void)step;
	return c->left-- == 0 ? c->then : APPLY_GO_ON;
}

static void make_plan(
        struct fixture *f, const struct plan_wishes *wishes, struct boot *boot, struct plan *plan)
{
	struct plan_wishes none = {0};
	struct err err = {0};

	if (boot_take(&f->m.root, boot, &err) < 0 ||
	        plan_make(&f->pc.host, boot, wishes ? wishes : &none, plan, &err) < 0)
		fail_msg("%s", err.message);
}

/* The command without its talk: lock, recover, plan, apply. */
static int apply(struct fixture *f, const struct plan_wishes *wishes, struct counter *counter,
        struct err *err)
{
	struct apply_watch watch = {.step = count, .data = counter};
	int lock = journal_lock(&f->m.root, err), r;
	struct boot boot;
	struct plan plan;
	bool recovered;

	assert_true(lock >= 0);
	assert_int_equal(apply_recover(&f->m.root, &recovered, err), 0);
	make_plan(f, wishes, &boot, &plan);
	r = apply_run(&f->m.root, &plan, &boot, counter ? &watch : NULL, err);
	plan_finish(&plan);
	boot_finish(&boot);
	journal_unlock(&f->m.root, lock);
	return r;
}

static int undo(struct fixture *f, struct counter *counter, struct err *err)
{
	struct apply_watch watch = {.step = count, .data = counter};
	int lock = journal_lock(&f->m.root, err), r;
	struct journal journal;

	assert_true(lock >= 0);
	r = journal_load(&f->m.root, &journal, err);
	if (r == 0 && journal.state != JOURNAL_NONE)
		r = undo_run(&f->m.root, &journal, counter ? &watch : NULL, err);
	journal_finish(&journal);
	journal_unlock(&f->m.root, lock);
	return r;
}

static void expect_applied(struct fixture *f)
{
	cleanup_free char *config = root_read(&f->m.root, "/boot/grub/grub.cfg");
	cleanup_free char *block = root_read(&f->m.root, "/boot/grub/grubenv");
	struct journal journal;
	struct boot boot;
	struct plan plan;

	make_plan(f, NULL, &boot, &plan);
	assert_int_equal(journal_load(&f->m.root, &journal, NULL), 0);
	assert_int_equal(journal.state, JOURNAL_APPLIED);
	assert_true(apply_in_force(&f->m.root, &journal, &plan, &boot));
	assert_false(plan_changes(&plan));
	assert_non_null(strstr(config, plan.arguments));
	assert_non_null(strstr(block, "\nsaved_entry=Debian\nplaythrough_next="));
	assert_non_null(strstr(block, plan.id));
	assert_true(root_exists(&f->m.root, "/boot/playthrough.cpio"));
	journal_finish(&journal);
	plan_finish(&plan);
	boot_finish(&boot);
}

static void test_apply_then_undo(void **state)
{
	struct fixture *f = *state;
	struct err err = {0};

	if (apply(f, NULL, NULL, &err) < 0)
		fail_msg("%s", err.message);
	expect_applied(f);
	assert_int_equal(undo(f, NULL, &err), 0);
	expect_as_before(f, "undo");
	assert_int_equal(undo(f, NULL, &err), 0);
	expect_as_before(f, "undo again");
}

static void test_apply_twice(void **state)
{
	struct fixture *f = *state;
	cleanup_free char *once = NULL, *twice = NULL;

	assert_int_equal(apply(f, NULL, NULL, NULL), 0);
	once = disk_snapshot(&f->m);
	assert_int_equal(apply(f, NULL, NULL, NULL), 0);
	twice = disk_snapshot(&f->m);
	assert_string_equal(once, twice);
	assert_int_equal(undo(f, NULL, NULL), 0);
	expect_as_before(f, "undo after two");
}

/* Files that were there before us come back, with their modes. */
static void test_old_files_come_back(void **state)
{
	struct fixture *f = *state;
	struct err err = {0};

	machine_write(&f->m, "/etc/grub.d/42_playthrough", "#!/bin/sh\n# somebody's own\n");
	disk_mode(&f->m, "/etc/grub.d/42_playthrough", 0700);
	machine_write(&f->m, "/etc/playthrough/bind.conf", "old\n");
	free(f->before);
	f->before = disk_snapshot(&f->m);
	if (apply(f, NULL, NULL, &err) < 0)
		fail_msg("%s", err.message);
	expect_applied(f);
	assert_int_equal(undo(f, NULL, NULL), 0);
	expect_as_before(f, "undo");
}

/* A second plan over the first one: undo goes back to before the first. */
static void test_another_plan(void **state)
{
	struct fixture *f = *state;
	struct plan_wishes wishes = {0};
	struct pci_addr gpu = f->pc.host.pci.list[PC_GPU].addr;
	struct pci_addr usb = f->pc.host.pci.list[PC_USB].addr;

	assert_int_equal(apply(f, NULL, NULL, NULL), 0);
	plan_wishes_add(&wishes, PLAN_ROLE_GPU, gpu, NULL, -1, -1, "--gpu");
	plan_wishes_add(&wishes, PLAN_ROLE_USB, usb, NULL, -1, -1, "--usb");
	assert_int_equal(apply(f, &wishes, NULL, NULL), 0);
	plan_wishes_finish(&wishes);
	assert_int_equal(undo(f, NULL, NULL), 0);
	expect_as_before(f, "undo of two plans");
}

/* While another plan is written over one that had become the default, the stock entry is the default. */
static void test_another_plan_is_tried_again(void **state)
{
	struct fixture *f = *state;
	struct plan_wishes wishes = {0};
	struct counter counter = {.left = 2, .then = APPLY_DIE};
	struct pci_addr usb = f->pc.host.pci.list[PC_USB].addr;
	cleanup_free char *block = NULL, *again = NULL;
	struct boot boot;
	struct plan plan;

	assert_int_equal(apply(f, NULL, NULL, NULL), 0);
	make_plan(f, NULL, &boot, &plan);
	assert_int_equal(loader_grub.keep(&f->m.root, plan.id, KERNEL, NULL), 0);
	plan_finish(&plan);
	boot_finish(&boot);
	plan_wishes_add(&wishes, PLAN_ROLE_USB, usb, NULL, -1, -1, "--usb");
	assert_true(apply(f, &wishes, &counter, NULL) < 0);
	block = root_read(&f->m.root, "/boot/grub/grubenv");
	assert_null(strstr(block, "playthrough_"));
	assert_int_equal(apply(f, &wishes, NULL, NULL), 0);
	again = root_read(&f->m.root, "/boot/grub/grubenv");
	assert_non_null(strstr(again, "\nplaythrough_next="));
	plan_wishes_finish(&wishes);
	assert_int_equal(undo(f, NULL, NULL), 0);
	expect_as_before(f, "undo");
}

/* Our own files without a journal are not what was there before us. */
static void test_lost_journal(void **state)
{
	struct fixture *f = *state;
	struct err err = {0};

	assert_int_equal(apply(f, NULL, NULL, NULL), 0);
	assert_int_equal(root_remove(&f->m.root, JOURNAL_FILE, NULL), 0);
	if (apply(f, NULL, NULL, &err) < 0)
		fail_msg("%s", err.message);
	assert_int_equal(undo(f, NULL, &err), 0);
	assert_false(root_exists(&f->m.root, "/boot/playthrough.cpio"));
	assert_false(root_exists(&f->m.root, "/etc/grub.d/42_playthrough"));
	assert_false(loader_grub.has_entry(&f->m.root));
}

/* /boot that is not mounted: what cannot be seen is not said to be undone. */
static void test_undo_without_boot(void **state)
{
	struct fixture *f = *state;
	cleanup_free char *boot = machine_path(&f->m, "", "/boot");
	cleanup_free char *away = machine_path(&f->m, "", "/away");
	struct err err = {0};

	assert_int_equal(apply(f, NULL, NULL, NULL), 0);
	assert_int_equal(rename(boot, away), 0);
	assert_true(undo(f, NULL, &err) < 0);
	assert_non_null(strstr(err.hint, "is /boot mounted?"));
	assert_true(root_exists(&f->m.root, JOURNAL_FILE));
	assert_int_equal(rename(away, boot), 0);
	assert_int_equal(undo(f, NULL, NULL), 0);
	expect_as_before(f, "undo with /boot");
}

/* Applied with GRUB, which is no longer what starts the PC: its menu is what undo must clear all the same. */
static void test_another_loader_since(void **state)
{
	struct fixture *f = *state;
	cleanup_free char *config = NULL;
	struct err err = {0};

	disk_systemd_boot(&f->m);
	disk_efivar(&f->m, "LoaderInfo", "GRUB 2.12");
	free(f->before);
	f->before = disk_snapshot(&f->m);
	assert_int_equal(apply(f, NULL, NULL, NULL), 0);
	disk_efivar(&f->m, "LoaderInfo", "systemd-boot 252.38-1~deb12u1");
	assert_int_equal(apply(f, NULL, NULL, &err), -EBUSY);
	assert_string_equal(err.code, "PT-BOOT-01");
	assert_int_equal(undo(f, NULL, NULL), 0);
	config = root_read(&f->m.root, "/boot/grub/grub.cfg");
	assert_non_null(config);
	assert_null(strstr(config, "'playthrough' {"));
	disk_efivar(&f->m, "LoaderInfo", "GRUB 2.12");
	expect_as_before(f, "undo by another loader");
}

static void test_no_grubenv(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(root_remove(&f->m.root, "/boot/grub/grubenv", NULL), 0);
	free(f->before);
	f->before = disk_snapshot(&f->m);
	assert_int_equal(apply(f, NULL, NULL, NULL), 0);
	assert_true(root_exists(&f->m.root, "/boot/grub/grubenv"));
	assert_int_equal(undo(f, NULL, NULL), 0);
	expect_as_before(f, "undo");
}

static void test_each_tool_fails(void **state)
{
	static const char *const tools[] = {"grub-mkconfig", "no-entry", "grub-editenv"};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_SIZE(tools); i++) {
		struct err err = {0};

		setenv("FAIL", tools[i], 1);
		assert_true(apply(f, NULL, NULL, &err) < 0);
		assert_true(starts_with(err.message, "apply failed and was taken back"));
		assert_true(err.code[0] && err.hint[0]);
		expect_as_before(f, tools[i]);
	}
}

/* Ctrl-C before each step in turn. */
static void test_stopped_at_each_step(void **state)
{
	struct fixture *f = *state;
	int r = -1;

	for (int step = 0; r < 0; step++) {
		struct counter counter = {.left = step, .then = APPLY_STOP};
		struct err err = {0};

		assert_true(step < 100);
		r = apply(f, NULL, &counter, &err);
		if (r < 0) {
			assert_true(starts_with(err.message, "apply failed and was taken back"));
			expect_as_before(f, err.message);
		}
	}
	expect_applied(f);
}

/* The power goes at each step in turn: what boots is whole, and undo or the next apply clears up. */
static void test_cut_at_each_step(void **state)
{
	struct fixture *f = *state;
	int r = -1, steps = 0;

	for (int step = 0; r < 0; step++) {
		struct counter counter = {.left = step, .then = APPLY_DIE};
		cleanup_free char *config = NULL;
		struct err err = {0};

		assert_true(step < 100);
		r = apply(f, NULL, &counter, &err);
		config = root_read(&f->m.root, "/boot/grub/grub.cfg");
		assert_non_null(strstr(config, "menuentry 'Debian GNU/Linux'"));
		if (strstr(config, "playthrough"))
			assert_true(root_exists(&f->m.root, "/boot/playthrough.cpio"));
		if (r < 0)
			steps++;
		if (step % 2) { /* cleared up by the next apply, or by undo */
			assert_int_equal(apply(f, NULL, NULL, &err), 0);
			expect_applied(f);
		}
		assert_int_equal(undo(f, NULL, &err), 0);
		expect_as_before(f, err.message);
	}
	assert_true(steps >= 6);
}

static void test_undo_cut_at_each_step(void **state)
{
	struct fixture *f = *state;
	int r = -1;

	for (int step = 0; r < 0; step++) {
		struct counter counter = {.left = step, .then = APPLY_DIE};
		struct err err = {0};

		assert_true(step < 100);
		assert_int_equal(apply(f, NULL, NULL, &err), 0);
		r = undo(f, &counter, &err);
		assert_int_equal(undo(f, NULL, &err), 0);
		expect_as_before(f, err.message);
	}
}

/* A boot menu that cannot be renewed keeps what it names, and undo can be run again. */
static void test_undo_without_mkconfig(void **state)
{
	struct fixture *f = *state;
	struct err err = {0};

	assert_int_equal(apply(f, NULL, NULL, NULL), 0);
	setenv("FAIL", "grub-mkconfig", 1);
	assert_true(undo(f, NULL, &err) < 0);
	assert_string_equal(err.code, "PT-SETUP-17");
	assert_true(root_exists(&f->m.root, "/boot/playthrough.cpio"));
	unsetenv("FAIL");
	assert_int_equal(undo(f, NULL, NULL), 0);
	expect_as_before(f, "undo again");
}

/* Our script ran and found no kernel to add an entry for: its empty part of the menu goes again. */
static void test_menu_with_an_empty_part(void **state)
{
	struct fixture *f = *state;
	struct err err = {0};

	disk_tool(&f->m, "grub-mkconfig",
	        "#!/bin/sh\n"
	        "{ echo \"menuentry 'Debian GNU/Linux' {\"; echo '}'\n"
	        "part='/etc/grub.d/42_playthrough ###'\n"
	        "[ ! -e \"$TEST_ROOT/etc/grub.d/42_playthrough\" ] ||\n"
	        "	printf '### BEGIN %s\\n### END %s\\n' \"$part\" \"$part\"; } >\"$2\"\n");
	assert_true(apply(f, NULL, NULL, &err) < 0);
	assert_string_equal(err.code, "PT-BOOT-04");
	expect_as_before(f, "taken back");
}

/* What a cut of power left where there is no journal, or not one yet. */
static void test_litter(void **state)
{
	static const char *const litter[] = {JOURNAL_FOLDER "/saved/0",
	        JOURNAL_FOLDER "/saved/.1.playthrough-new",
	        JOURNAL_FOLDER "/.journal.json.playthrough-new"};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_SIZE(litter); i++) {
		machine_write(&f->m, litter[i], "half");
		assert_int_equal(undo(f, NULL, NULL), 0);
		expect_as_before(f, litter[i]);
	}
}

/* A link of a person's own would be a file after undo: refused, with nothing changed. */
static void test_something_else_than_a_file(void **state)
{
	struct fixture *f = *state;
	cleanup_free char *link = machine_path(&f->m, "", PLAN_BIND_CONF);
	struct err err = {0};
	struct boot boot;

	assert_int_equal(symlink("elsewhere", link), 0);
	assert_true(boot_take(&f->m.root, &boot, &err) < 0);
	assert_string_equal(err.code, "PT-SETUP-19");
	assert_int_equal(unlink(link), 0);
	assert_int_equal(mkdir(link, 0755), 0);
	assert_true(boot_take(&f->m.root, &boot, &err) < 0);
	assert_string_equal(err.code, "PT-SETUP-19");
}

#define BOOT_ID "/proc/sys/kernel/random/boot_id"

static int restarted(struct fixture *f)
{
	struct journal journal;
	int answer;

	assert_int_equal(journal_load(&f->m.root, &journal, NULL), 0);
	answer = journal_restarted(&f->m.root, &journal);
	journal_finish(&journal);
	return answer;
}

/* "Waiting for a restart" and "restarted, and it was not taken" are two answers. */
static void test_a_restart_since_is_known(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(apply(f, NULL, NULL, NULL), 0);
	machine_write(&f->m, BOOT_ID, "0b\n");
	assert_int_equal(restarted(f), -1);
	assert_int_equal(undo(f, NULL, NULL), 0);
	assert_int_equal(apply(f, NULL, NULL, NULL), 0);
	assert_int_equal(restarted(f), 0);
	machine_write(&f->m, BOOT_ID, "1c\n");
	assert_int_equal(restarted(f), 1);
	assert_int_equal(undo(f, NULL, NULL), 0);
}

static void test_damaged_journal(void **state)
{
	static const char *const bad[] = {"", "{", "[]", "{\"schema\": 2}",
	        "{\"schema\": 1, \"state\": \"applied\", \"id\": \"x\", \"step\": \"\", \"files\": "
	        "[{}], \"folders\": [], \"memory_existed\": true}"};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct err err = {0};
		struct journal journal;

		machine_write(&f->m, JOURNAL_FILE, bad[i]);
		assert_int_equal(journal_load(&f->m.root, &journal, &err), -EBADMSG);
		assert_string_equal(err.code, "PT-SETUP-13");
	}
}

static void test_one_at_a_time(void **state)
{
	struct fixture *f = *state;
	struct err err = {0};
	int lock = journal_lock(&f->m.root, &err);

	assert_true(lock >= 0);
	assert_true(journal_lock(&f->m.root, &err) < 0);
	assert_string_equal(err.code, "PT-SETUP-18");
	journal_unlock(&f->m.root, lock);
	expect_as_before(f, "lock and unlock");
}

/* Ends with 1 where two hold the lock at once. The folder goes with each of them. */
static int hold_again_and_again(const struct root *root, const char *mark)
{
	for (int i = 0; i < 20000; i++) {
		int lock = journal_lock(root, NULL), fd;

		if (lock < 0)
			continue;
		fd = open(mark, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
		if (fd < 0)
			return 1;
		close(fd);
		unlink(mark);
		journal_unlock(root, lock);
	}
	return 0;
}

/* A kernel's plugin meets the health service: it waits, and does not leave the entries as they were. */
static void test_lock_soon(void **state)
{
	struct machine m;
	int lock, status = -1;
	pid_t pid;

	(void)state;
	machine_open(&m, NULL);
	lock = journal_lock(&m.root, NULL);
	assert_true(lock >= 0);
	pid = fork();
	if (pid == 0) {
		close(lock);
		_exit(journal_lock_soon(&m.root, NULL) < 0);
	}
	usleep(250000);
	assert_int_equal(waitpid(pid, &status, WNOHANG), 0);
	journal_unlock(&m.root, lock);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	machine_close(&m);
}

static void test_lock_of_a_folder_that_goes(void **state)
{
	struct machine m;
	cleanup_free char *mark = NULL;
	pid_t pids[3];

	(void)state;
	machine_open(&m, NULL);
	mark = machine_path(&m, "", "/held");
	for (size_t i = 0; i < ARRAY_SIZE(pids); i++) {
		pids[i] = fork();
		if (pids[i] == 0)
			_exit(hold_again_and_again(&m.root, mark));
	}
	for (size_t i = 0; i < ARRAY_SIZE(pids); i++) {
		int status = -1;

		assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
		assert_int_equal(status, 0);
	}
	machine_close(&m);
}

#define test(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
	        test(test_apply_then_undo),
	        test(test_apply_twice),
	        test(test_old_files_come_back),
	        test(test_another_plan),
	        test(test_another_plan_is_tried_again),
	        test(test_lost_journal),
	        test(test_undo_without_boot),
	        test(test_another_loader_since),
	        test(test_no_grubenv),
	        test(test_each_tool_fails),
	        test(test_stopped_at_each_step),
	        test(test_cut_at_each_step),
	        test(test_undo_cut_at_each_step),
	        test(test_undo_without_mkconfig),
	        test(test_menu_with_an_empty_part),
	        test(test_litter),
	        test(test_something_else_than_a_file),
	        test(test_a_restart_since_is_known),
	        test(test_damaged_journal),
	        test(test_one_at_a_time),
	        cmocka_unit_test(test_lock_soon),
	        cmocka_unit_test(test_lock_of_a_folder_that_goes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
