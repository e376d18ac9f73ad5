/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What of this PC a VM shares: whose it is while the VM runs and afterwards, by the acts that are asked for. This file plays
 * those; a child leaves word of each in a file.
 */
#include "fake_qemu.h"

#include <errno.h>
#include <stdio.h>

static char told[128];

int __wrap_act_input_give(
        const struct root *root, const struct act_input *input, uid_t uid, struct err *err);
int __wrap_act_glass_give(const struct root *root, const struct act_glass *glass, struct err *err);
int __wrap_act_glass_return(
        const struct root *root, const struct act_glass *glass, struct err *err);

static void tell(const char *what, const char *whose, unsigned uid, unsigned gid)
{
	FILE *f = fopen(told, "a");

	assert_non_null(f);
	fprintf(f, "%s %s %u %u;", what, whose, uid, gid);
	fclose(f);
}

int __wrap_act_input_give(
        const struct root *root, const struct act_input *input, uid_t uid, struct err *err)
{
	(void)root, (void)err;
	tell(input->node, input->input, uid, 0);
	return 0;
}

int __wrap_act_glass_give(const struct root *root, const struct act_glass *glass, struct err *err)
{
	(void)root, (void)err;
	tell("give", glass->path, glass->uid, glass->gid);
	return 0;
}

int __wrap_act_glass_return(const struct root *root, const struct act_glass *glass, struct err *err)
{
	(void)root, (void)err;
	tell("return", glass->path, glass->uid, glass->gid);
	return 0;
}

/* --- the journal --- */

static int unheard =
        -1; /* the end of QEMU's, which is to have heard nothing when the journal is written; -1: it may have */

int __real_vm_journal(struct vm *vm, struct err *err);
int __wrap_vm_journal(struct vm *vm, struct err *err);

int __wrap_vm_journal(struct vm *vm, struct err *err)
{
	char word;

	if (unheard >= 0 && vm->journal.inputs[0].returned) {
		assert_true(recv(unheard, &word, 1, MSG_PEEK | MSG_DONTWAIT) < 0);
		unheard = -1;
	}
	return __real_vm_journal(vm, err);
}

/* --- who sits at this PC --- */

static const char *sitter; /* the class of the session there; NULL: there is none */

int __wrap_sd_seat_get_active(const char *seat, char **session, uid_t *uid);
int __wrap_sd_session_get_class(const char *session, char **class);

int __wrap_sd_seat_get_active(const char *seat, char **session, uid_t *uid)
{
	assert_string_equal(seat, "seat0");
	if (!sitter)
		return -ENODATA;
	*session = xstrdup("c1");
	*uid = 1000;
	return 0;
}

int __wrap_sd_session_get_class(const char *session, char **class)
{
	assert_string_equal(session, "c1");
	*class = xstrdup(sitter);
	return 0;
}

static void done(void *user, int fd, const struct err *err)
{
	(void)fd;
	assert_null(err);
	((struct vm *)user)->act = NULL;
}

static void expect(struct fake *f, const char *want)
{
	cleanup_free char *found = NULL;

	for (unsigned i = 0; i < 500 && f->vm->act; i++)
		sd_event_run(f->event, 20000);
	assert_null(f->vm->act);
	found = root_read(&f->vms->root, "/told");
	assert_string_equal(found ? found : "", want);
	unlink(told);
}

static void begin(struct fake *f)
{
	struct journal *j = &f->vm->journal;

	snprintf(told, sizeof(told), "%s/told", f->folder);
	*list_append(j->inputs, j->n_inputs) = (struct journal_input){
	        .name = xstrdup("keyboard"), .node = xstrdup("event3"), .input = xstrdup("input7")};
	j->glass = xstrdup("/dev/kvmfr0");
	j->glass_gid = 78;
}

static void test_given_and_taken_back(void **state)
{
	struct fake *f = *state;
	struct err err;

	begin(f);
	assert_int_equal(vm_input_release(f->vm, 0, done, &err), 0);
	expect(f, ""); /* it was never given */
	assert_int_equal(vm_input_give(f->vm, 0, 61200, done, &err), 0);
	expect(f, "event3 input7 61200 0;");
	assert_true(f->vm->journal.inputs[0].given);
	assert_int_equal(vm_input_release(f->vm, 0, done, &err), 0);
	expect(f, "event3 input7 0 0;");
	assert_int_equal(vm_glass_give(f->vm, 61200, done, &err), 0);
	expect(f, "give /dev/kvmfr0 0 61200;");
	sitter = "greeter";
	assert_int_equal(vm_glass_give(f->vm, 61200, done, &err), 0);
	expect(f, "give /dev/kvmfr0 0 61200;");
	sitter = "user";
	assert_int_equal(vm_glass_give(f->vm, 61200, done, &err), 0);
	expect(f, "give /dev/kvmfr0 1000 61200;");
	f->vms->env.session = false;
	assert_int_equal(vm_glass_release(f->vm, done, &err), 0);
	expect(f, "return /dev/kvmfr0 0 78;");
	f->vms->env.session = true;
	assert_int_equal(vm_glass_release(f->vm, done, &err), 0);
	expect(f, ""); /* a session has not changed whose the node is */
}

/* While the VM runs: once QEMU has let go of it, its user cannot open it again. */
static void test_given_back(void **state)
{
	struct fake *f = *state;
	struct err err;

	begin(f);
	assert_int_equal(vm_input_give(f->vm, 0, 61200, done, &err), 0);
	expect(f, "event3 input7 61200 0;");
	assert_int_equal(vms_inputs_give_back(f->vms), 1);
	assert_null(f->vm->inputs); /* QEMU has it open still */
	fake_settle(f);
	assert_non_null(strstr(f->heard, "object-del"));
	for (unsigned i = 0; i < 500 && f->vm->journal.inputs[0].given; i++)
		sd_event_run(f->event, 20000);
	expect(f, "event3 input7 0 0;");
	assert_false(f->vm->journal.inputs[0].given);
	assert_int_equal(vm_input_release(f->vm, 0, done, &err), 0);
	expect(f, ""); /* it may be another VM's by now */
}

static void await_root(struct fake *f)
{
	for (unsigned n = 0; n < 500 && f->vm->journal.inputs[0].given; n++) {
		sd_event_run(f->event, 20000);
		if (f->peer >= 0)
			fake_serve(f);
	}
	expect(f, "event3 input7 0 0;");
	assert_false(f->vm->journal.inputs[0].given);
}

/* What is to be done is in the journal before QEMU hears of it. */
static void test_journal_comes_first(void **state)
{
	struct fake *f = *state;

	begin(f);
	f->vm->journal.inputs[0].given = true;
	unheard = f->peer;
	assert_int_equal(vms_inputs_give_back(f->vms), 1);
	assert_int_equal(unheard, -1); /* it was written */
	await_root(f);
}

/* The daemon was killed: nobody knows whether QEMU has heard that it is to let go. */
static void test_given_back_by_the_next_daemon(void **state)
{
	struct fake *f = *state;
	struct journal_input *i;

	begin(f);
	i = &f->vm->journal.inputs[0];
	i->given = true;
	vm_inputs_let_go(f->vm);
	fake_settle(f);
	assert_null(strstr(f->heard, "object-del")); /* it was not given back */
	i->returned = true;
	vm_inputs_let_go(f->vm);
	assert_null(f->vm->inputs);
	await_root(f);
	assert_non_null(strstr(f->heard, "object-del"));
}

/* QEMU still has it: so does its user, and the chord does the same again. */
static void test_not_let_go(void **state)
{
	struct fake *f = *state;

	begin(f);
	f->vm->journal.inputs[0].given = true;
	f->refuse = "object-del";
	f->objects = "[{\"name\": \"input-0\", \"type\": \"child<input-linux>\"}]";
	assert_int_equal(vms_inputs_give_back(f->vms), 1);
	assert_int_equal(vms_inputs_give_back(f->vms), 0); /* it is being asked */
	fake_settle(f);
	assert_null(f->vm->inputs);
	assert_true(f->vm->journal.inputs[0].given && !f->vm->journal.inputs[0].returned);
	f->refuse = f->objects = NULL;
	assert_int_equal(vms_inputs_give_back(f->vms), 1);
	await_root(f);
}

/* QEMU hangs, or its connection is gone: the node comes back all the same. */
static void test_without_qmp(void **state)
{
	struct fake *f = *state;

	begin(f);
	f->vm->journal.inputs[0].given = true;
	close_fd(&f->peer);
	assert_int_equal(vms_inputs_give_back(f->vms), 1);
	await_root(f);
	assert_null(f->vm->qmp);
	f->vm->journal.inputs[0].returned = false;
	f->vm->journal.inputs[0].given = true;
	assert_int_equal(vms_inputs_give_back(f->vms), 1);
	await_root(f);
}

/* What one VM has, no other one gets. */
static void test_clash(void **state)
{
	struct vm_claim_input wanted = {.name = (char *)"a",
	        .device = (char *)"/dev/input/by-id/kbd",
	        .input = (char *)"input7"};
	struct fake *f = *state;
	struct err err;

	begin(f);
	assert_int_equal(vms_check_input_free(f->vms, &wanted, &err), -EBUSY);
	assert_true(err_is(&err, CODE_VM_CLAIMED));
	assert_non_null(strstr(err.message, "/dev/input/by-id/kbd is in use by VM games"));
	f->vm->journal.inputs[0].returned = true;
	assert_int_equal(vms_check_input_free(f->vms, &wanted, &err), 0);
	f->vm->journal.inputs[0].given = true; /* not yet */
	assert_int_equal(vms_check_input_free(f->vms, &wanted, &err), -EBUSY);
	wanted.input = (char *)"input8";
	assert_int_equal(vms_check_input_free(f->vms, &wanted, &err), 0);
	assert_int_equal(vms_check_glass_free(f->vms, "/dev/kvmfr0", &err), -EBUSY);
	assert_true(err_is(&err, CODE_VM_CLAIMED));
	assert_int_equal(vms_check_glass_free(f->vms, "/dev/shm/looking-glass-x", &err), 0);
}

/* As the bus shows it; what was given back is not shared any more. */
static void test_status(void **state)
{
	struct fake *f = *state;
	json_t *status;

	begin(f);
	status = vms_status_json(f->vms, "games", NULL);
	assert_string_equal(
	        json_string_value(json_array_get(json_object_get(status, "shared_inputs"), 0)),
	        "keyboard");
	assert_string_equal(
	        json_string_value(json_object_get(status, "looking_glass")), "/dev/kvmfr0");
	json_decref(status);
	f->vm->journal.inputs[0].returned = true;
	status = vms_status_json(f->vms, "games", NULL);
	assert_int_equal(json_array_size(json_object_get(status, "shared_inputs")), 0);
	json_decref(status);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup_teardown(
	                test_given_and_taken_back, fake_setup, fake_teardown),
	        cmocka_unit_test_setup_teardown(test_given_back, fake_setup, fake_teardown),
	        cmocka_unit_test_setup_teardown(
	                test_given_back_by_the_next_daemon, fake_setup, fake_teardown),
	        FAKE_TEST(test_journal_comes_first),
	        FAKE_TEST(test_not_let_go),
	        FAKE_TEST(test_without_qmp),
	        cmocka_unit_test_setup_teardown(test_status, fake_setup, fake_teardown),
	        cmocka_unit_test_setup_teardown(test_clash, fake_setup, fake_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
