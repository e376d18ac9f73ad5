/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a daemon finds in the journals of the one before it; whatever cannot be read now is not taken for ended. */
#include "vm/vm_impl.h"

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "machine.h"

#define FOLDER  "/run/playthrough"
#define JOURNAL FOLDER "/vm/games/state.json"

struct fixture {
	struct machine pc;
	sd_event *event;
	struct strv folders;
	struct vms *vms;
	char *run_dir;
	pid_t child;
};

static int create(struct fixture *f, struct vms **out)
{
	const struct vm_listener listener = {0};
	const struct vm_env env = {.event = f->event,
	        .session = true,
	        .run_dir = f->run_dir,
	        .state_dir = f->run_dir,
	        .data_dir = "",
	        .libexec_dir = "",
	        .qemu = "/qemu",
	        .profile_folders = &f->folders};

	return vms_create(&env, &listener, out, NULL);
}

/* The root is the machine's folder, in which nothing has a /proc. */
static int setup(void **state)
{
	struct fixture *f = xcalloc(1, sizeof(*f));

	machine_open(&f->pc, NULL);
	machine_write(&f->pc, FOLDER "/vm/.keep", "");
	f->run_dir = xasprintf("%s" FOLDER, f->pc.folder);
	assert_true(sd_event_new(&f->event) >= 0);
	assert_int_equal(create(f, &f->vms), 0);
	f->vms->env.run_dir = FOLDER;
	root_close(&f->vms->root);
	assert_int_equal(root_open(&f->vms->root, f->pc.folder, NULL), 0);
	f->child = fork();
	if (f->child == 0) {
		pause();
		_exit(0);
	}
	*state = f;
	return 0;
}

static void end_child(struct fixture *f)
{
	if (f->child <= 0)
		return;
	kill(f->child, SIGKILL);
	waitpid(f->child, NULL, 0);
	f->child = 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	end_child(f);
	vms_destroy(f->vms);
	sd_event_unref(f->event);
	strv_finish(&f->folders);
	free(f->run_dir);
	machine_close(&f->pc);
	free(f);
	return 0;
}

static void save(struct fixture *f, pid_t pid, uint64_t start)
{
	struct journal j = {.name = xstrdup("games"),
	        .title = xstrdup("games"),
	        .phase = JOURNAL_RUNNING,
	        .pid = pid,
	        .pid_start = start};

	machine_write(&f->pc, FOLDER "/vm/games/.keep", "");
	assert_int_equal(journal_save(&f->vms->root, JOURNAL, &j, NULL), 0);
	journal_finish(&j);
}

static void test_one_that_lives_is_not_given_up(void **state)
{
	struct fixture *f = *state;
	struct err err;

	save(f, f->child, 7);
	assert_int_equal(vms_adopt_all(f->vms, &err), -EIO);
	assert_non_null(strstr(err.message, "/stat"));
	assert_null(vms_find(f->vms, "games"));
	assert_true(root_exists(&f->vms->root, JOURNAL));
}

/* Its first thread has ended, others have the devices still: its end is waited for, and not taken for granted. */
static void test_one_that_is_dying(void **state)
{
	struct fixture *f = *state;
	cleanup_free char *path = xasprintf("/proc/%d/stat", (int)f->child);

	machine_write(&f->pc, path, "1 (qemu) Z 1 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 2 0 7 0\n");
	save(f, f->child, 7);
	assert_int_equal(vms_adopt_all(f->vms, NULL), 0);
	assert_true(vms_find(f->vms, "games")->pidfd >= 0);
	end_child(f);
	while (vms_find(f->vms, "games")->pidfd >= 0)
		assert_true(sd_event_run(f->event, UINT64_MAX) >= 0);
}

static void test_one_that_ended(void **state)
{
	struct fixture *f = *state;
	pid_t was = f->child;

	save(f, was, 7);
	end_child(f);
	assert_int_equal(vms_adopt_all(f->vms, NULL), 0);
	assert_int_equal(vms_find(f->vms, "games")->state, VM_STOPPING);
}

/* A zombie has ended, though its number is still its own. */
static void test_a_zombie(void **state)
{
	struct fixture *f = *state;
	siginfo_t info;

	save(f, f->child, 7);
	kill(f->child, SIGKILL);
	waitid(P_PID, (id_t)f->child, &info, WEXITED | WNOWAIT);
	assert_int_equal(vms_adopt_all(f->vms, NULL), 0);
	assert_int_equal(vms_find(f->vms, "games")->state, VM_STOPPING);
}

static void test_no_journal(void **state)
{
	struct fixture *f = *state;

	machine_write(&f->pc, JOURNAL, "{\"name\": ");
	assert_int_equal(vms_adopt_all(f->vms, NULL), 0);
	assert_false(root_exists(&f->vms->root, JOURNAL));
	machine_write(&f->pc, JOURNAL "/folder", "");
	assert_int_equal(vms_adopt_all(f->vms, NULL), -EISDIR);
	assert_true(root_exists(&f->vms->root, JOURNAL));
}

static void test_quarantine_that_cannot_be_read(void **state)
{
	struct fixture *f = *state;
	struct vms *next = NULL;

	machine_write(&f->pc, FOLDER "/quarantine.json/folder", "");
	assert_int_equal(create(f, &next), -EISDIR);
	assert_null(next);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup_teardown(
	                test_one_that_lives_is_not_given_up, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_one_that_is_dying, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_one_that_ended, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_a_zombie, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_no_journal, setup, teardown),
	        cmocka_unit_test_setup_teardown(
	                test_quarantine_that_cannot_be_read, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
