/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The walk over the acts: each in the journal before it is begun, all undone when one fails, a driver that hangs. */
#include "vm/acts/hand_over.h"
#include "vm/vm_impl.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <cmocka.h>

/* Nothing of these is there, so that doing them is nothing on any PC. */
#define NO_CARD   "fffe:fd:1e.7"
#define NO_BUFFER "no-such-driver/no-such-driver.0"
#define BROKEN    "no slash"

struct fixture {
	char folder[64];
	sd_event *event;
	struct vms *vms;
	struct vm *vm;
	struct strv folders; /* of profiles */
};

static int setup(void **state)
{
	static const struct vm_listener nobody;
	struct fixture *f = xcalloc(1, sizeof(*f));
	cleanup_free char *folder = NULL;
	struct vm_env env = {.session = true,
	        .run_dir = f->folder,
	        .data_dir = "",
	        .state_dir = f->folder,
	        .libexec_dir = "",
	        .qemu = ""};

	strcpy(f->folder, "/tmp/playthrough-hand-XXXXXX");
	assert_non_null(mkdtemp(f->folder));
	assert_true(sd_event_new(&f->event) >= 0);
	env.event = f->event;
	env.profile_folders = &f->folders;
	strv_add(&f->folders, f->folder);
	assert_int_equal(vms_create(&env, &nobody, &f->vms, NULL), 0);
	folder = xasprintf("%s/vm", f->folder);
	mkdir(folder, 0700);
	free(folder);
	folder = xasprintf("%s/vm/games", f->folder);
	assert_int_equal(mkdir(folder, 0700), 0);
	f->vm = vms_get(f->vms, "games");
	f->vm->journal.name = xstrdup("games");
	strcpy(f->vm->journal.nonce, "0");
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	cleanup_free char *command = xasprintf("rm -rf '%s'", f->folder);

	vms_destroy(f->vms);
	sd_event_unref(f->event);
	assert_int_equal(system(command), 0);
	strv_finish(&f->folders);
	free(f);
	return 0;
}

static void add(struct fixture *f, enum hand_kind kind, const char *what)
{
	hand_acts_add(&f->vm->journal.hand, &f->vm->journal.n_hand, kind, what);
}

/* How many acts the journal on the disk says were begun; -1: there is none. */
static int begun(const struct fixture *f)
{
	cleanup_free char *file = xasprintf("%s/vm/games/state.json", f->folder);
	struct journal j;
	int n = 0;

	if (journal_load(&f->vms->root, file, &j, NULL) < 0)
		return -1;
	for (size_t i = 0; i < j.n_hand; i++)
		n += j.hand[i].begun;
	journal_finish(&j);
	return n;
}

static void start(struct fixture *f)
{
	f->vm->state = VM_STARTING;
	f->vm->starting = xcalloc(1, sizeof(*f->vm->starting));
	f->vm->starting->log = -1;
	vm_claim(f->vm);
}

static void until_stopped(struct fixture *f)
{
	for (unsigned i = 0; i < 500 && f->vm->state != VM_STOPPED; i++)
		assert_true(sd_event_run(f->event, 20000) >= 0);
	assert_int_equal(f->vm->state, VM_STOPPED);
}

static void test_journal_first(void **state)
{
	struct fixture *f = *state;

	add(f, HAND_FREE, NO_CARD);
	add(f, HAND_BUFFER, NO_BUFFER);
	add(f, HAND_BUFFER, BROKEN);
	add(f, HAND_FREE, NO_CARD);
	start(f);
	for (size_t at = 1; at <= 3; at++) {
		assert_int_equal(begun(f), at);
		assert_non_null(f->vm->act);
		while (f->vm->state == VM_STARTING && f->vm->starting->handed < at)
			assert_true(sd_event_run(f->event, 20000) >= 0);
	}
	until_stopped(f);
	assert_int_equal(f->vm->end.number, -EINVAL);
	assert_int_equal(begun(f), -1);
	/* What could not be undone is told. */
	assert_true(err_is(&f->vm->lost, CODE_HAND_LOST));
	assert_non_null(strstr(f->vm->lost.message, BROKEN));
}

/* As the next daemon finds it: acts that were not begun are none of its business. */
static void test_release_only_what_was_begun(void **state)
{
	struct fixture *f = *state;

	add(f, HAND_BUFFER, NO_BUFFER);
	add(f, HAND_BUFFER, BROKEN);
	f->vm->journal.hand[0].begun = true;
	f->vm->state = VM_STOPPING;
	vm_release(f->vm);
	until_stopped(f);
	assert_int_equal(f->vm->lost.number, 0);
}

/* Whoever waited for a driver that hangs would hang too: the card is quarantined, untouched. */
static void test_stuck(void **state)
{
	struct journal_pci card = {.addr = {0xfffe, 0xfd, 0x1e, 7},
	        .previous = (char *)"nvidia",
	        .handed = true,
	        .touched = true};
	struct fixture *f = *state;
	struct err late, other, own;

	err_set(&late, -ETIMEDOUT, "late");
	err_set(&other, -EIO, "other");
	assert_ptr_equal(vm_hand_over_stuck(&card, &other, &own), &other);
	assert_false(card.stuck);
	assert_ptr_equal(vm_hand_over_stuck(&card, &late, &own), &own);
	assert_true(card.stuck && err_is(&own, CODE_HAND_STUCK));
	assert_non_null(strstr(own.message, "driver nvidia did not let go"));

	card.previous = xstrdup(card.previous);
	*list_append(f->vm->journal.pci, f->vm->journal.n_pci) = card;
	f->vm->state = VM_STOPPING;
	vm_release(f->vm);
	assert_null(f->vm->act);
	until_stopped(f);
	assert_true(err_is(&f->vm->lost, CODE_VM_QUARANTINE));
	assert_non_null(vms_quarantine_find(f->vms, card.addr));

	card = (struct journal_pci){.previous = (char *)"x"};
	assert_ptr_equal(vm_hand_over_stuck(&card, &late, &own), &late); /* not one of these */
}

static void write_file(const struct fixture *f, const char *name, const char *text)
{
	cleanup_free char *path = xasprintf("%s/%s", f->folder, name);
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(chmod(path, 0755), 0);
}

/* Nobody looks at it: whoever did might hang with its driver. */
static void test_quarantined_is_not_looked_at(void **state)
{
	struct journal_pci card = {.addr = {0xfffe, 0xfd, 0x1e, 7}};
	const struct vm_start_options options = {.picture_fd = -1};
	struct fixture *f = *state;
	struct err err = {0};

	write_file(f, "games.profile",
	        "[vm]\nguest=linux\n[gpu]\naddress=" NO_CARD "\nid=10de:1b81\nhand-over=yes\n");
	err_set(&err, -EIO, "it hangs");
	vms_quarantine_add(f->vms, &card, &err);
	assert_null(vms_start(f->vms, "games", &options, &err));
	if (!err_is(&err, CODE_VM_QUARANTINE))
		fail_msg("%s %s", err.code, err.message);
}

/* A systemctl of our own, which writes down what it is told. */
static void expect_undo(struct fixture *f, const char *script, int want, const char *said)
{
	const struct hand_act stop = {.kind = HAND_STOP, .what = (char *)"gdm.service"};
	cleanup_free char *path = xasprintf("%s:/usr/bin:/bin", f->folder), *text = NULL;
	cleanup_free char *log = xasprintf("%s/said", f->folder);
	cleanup_free char *all =
	        xasprintf("#!/bin/sh\necho $1 >> %s\ncase $1 in %s esac\n", log, script);
	struct err err = {0};

	unlink(log);
	write_file(f, "systemctl", all);
	assert_int_equal(setenv("PATH", path, 1), 0);
	assert_int_equal(hand_act_undo(&f->vms->root, &stop, &err), want);
	text = root_read(&f->vms->root, log);
	assert_string_equal(text, said);
	if (want < 0)
		assert_non_null(strstr(err.message, "gdm.service"));
}

static void test_a_service_that_does_not_come_back(void **state)
{
	struct fixture *f = *state;

	expect_undo(f, "is-failed) exit 1;;", 0, "reset-failed\nstart\nis-failed");
	expect_undo(f, "is-failed) exit 0;;", -EIO, "reset-failed\nstart\nis-failed");
	expect_undo(f, "reset-failed) exit 1;; is-failed) exit 1;;", 0,
	        "reset-failed\nstart\nis-failed");
	expect_undo(f, "start) echo gdm.service is broken; exit 1;;", -EIO, "reset-failed\nstart");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup_teardown(test_journal_first, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_release_only_what_was_begun, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_stuck, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_quarantined_is_not_looked_at, setup, teardown),
	        cmocka_unit_test_setup_teardown(
	                test_a_service_that_does_not_come_back, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
