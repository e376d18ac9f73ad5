/* SPDX-License-Identifier: GPL-2.0-or-later */
/* USB devices when a VM, its QEMU or the daemon ends: everything comes back to the host, or is found again. */
#include "fake_usb.h"

/* --- the end --- */

static void test_vm_ends_while(void **state)
{
	static const char *const commands[] = {"add-fd", "device_add"};
	struct fake *f = *state;

	fake_plug(f, "1-2", WHEEL);
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
		f->hold = commands[i];
		assert_non_null(vms_usb_attach(f->vms, "games", "1-2", NULL));
		fake_settle(f);
		vm_usb_give_up(f->vm);
		f->vm->state = VM_STOPPING;
		fake_answer(f);
		fake_settle(f);
		assert_false(vms_usb_busy(f->vms));
		assert_int_equal(f->added, i);             /* not after the VM's end was decided */
		assert_int_equal(f->vm->journal.n_usb, 1); /* for the release */
		f->vm->state = VM_RUNNING;
		fake_unplug(f, "1-2");
		expect(f, 0);
		fake_pass(f, 11 * S);
		fake_plug(f, "1-2", WHEEL);
	}
}

/* QEMU is gone, or says what is no QMP: what it may have had stays in the journal, to be given back. */
static void end_qemu(struct fake *f, const char *while_it, const char *last)
{
	fake_plug(f, "1-2", WHEEL);
	f->hold = while_it;
	assert_non_null(vms_usb_attach(f->vms, "games", "1-2", NULL));
	fake_settle(f);
	if (last)
		fake_say(f, "%s", last);
	else
		close_fd(&f->peer);
	fake_settle(f);
	assert_false(vms_usb_busy(f->vms));
	assert_int_equal(f->jobs_ended, 1);
	assert_int_equal(f->end, VM_JOB_FAILED);
	assert_int_equal(f->vm->journal.n_usb, 1);
	assert_null(f->vm->qmp);
	fake_unplug(f, "1-2"); /* nothing can be asked any more */
	assert_int_equal(f->vm->journal.n_usb, 1);
}

static void test_qemu_gone(void **state)
{
	end_qemu(*state, "device_add", NULL);
}

static void test_qemu_gone_early(void **state)
{
	end_qemu(*state, "add-fd", NULL);
}

static void test_qemu_talks_nonsense(void **state)
{
	struct fake *f = *state;

	end_qemu(f, "device_add", "]}{ \x01 \r\n");
	assert_non_null(strstr(f->message, "no JSON"));
}

/* Two VMs want it: the one that was started first has it, then the other. */
static void test_from_vm_to_vm(void **state)
{
	struct fake *f = *state;
	struct vm *other = vms_get(f->vms, "older");

	fake_rule(f, PORT);
	f->vm->journal.since = 2;
	other->state = VM_RUNNING;
	other->journal.since = 1;
	*list_append(other->journal.rules, other->journal.n_rules) = (struct journal_rule){
	        .name = xstrdup("rule"), .vendor = -1, .product = -1, .port = xstrdup(PORT)};
	fake_plug(f, "1-2", WHEEL);
	expect(f, 0);
	other->state = VM_STOPPED;
	vms_usb_given_back(f->vms, true);
	fake_pass(f, S);
	expect(f, 1);
	assert_int_equal(f->usb_changes, 2);
}

static void test_stopping_vm_is_left_alone(void **state)
{
	struct fake *f = *state;

	fake_rule(f, PORT);
	f->vm->rung = RUNG_POWERDOWN;
	fake_plug(f, "1-2", WHEEL);
	expect(f, 0);
	f->vm->rung = RUNG_NONE;
	f->vm->state = VM_STARTING;
	fake_event(f);
	expect(f, 0);
	f->vm->state = VM_RUNNING;
	fake_event(f);
	expect(f, 1);
}

static void test_destroyed_while(void **state)
{
	struct fake *f = *state;

	fake_plug(f, "1-2", WHEEL);
	f->hold = "device_add";
	assert_non_null(vms_usb_attach(f->vms, "games", "1-2", NULL));
	fake_settle(f);
	fake_end_daemon(f); /* asserts that no act is left */
}

/* The next daemon: what it finds in the journal, QEMU has or has not. */
static void restart(struct fake *f)
{
	struct journal j = f->vm->journal;

	f->vm->journal = (struct journal){0};
	json_decref(take_ptr(f->held));
	f->hold = f->hold_next;
	fake_end_daemon(f);
	fake_daemon(f);
	journal_finish(&f->vm->journal);
	f->vm->journal = j;
	vm_usb_adopt(f->vm);
	vms_usb_reconcile(f->vms);
	fake_settle(f);
	fake_pass(f, S);
}

static void test_restart_with_it(void **state)
{
	struct fake *f = *state;

	fake_plug(f, "1-2", WHEEL);
	assert_non_null(vms_usb_attach(f->vms, "games", "1-2", NULL));
	fake_settle(f);
	restart(f);
	expect(f, 1);
	assert_int_equal(f->listed, 1);
	assert_int_equal(f->added, 1);
	fake_unplug(f, "1-2");
	expect(f, 0);
}

/* Cut off before device_add: the entry is there, the device is not; a person wanted it. */
static void test_restart_half_way(void **state)
{
	struct fake *f = *state;

	fake_plug(f, "1-2", WHEEL);
	f->hold = "device_add";
	assert_non_null(vms_usb_attach(f->vms, "games", "1-2", NULL));
	fake_settle(f);
	assert_int_equal(f->n_sets, 1);
	restart(f);
	expect(f, 1);
	assert_int_equal(f->added, 1);
}

static void test_restart_unplugged(void **state)
{
	struct fake *f = *state;

	fake_plug(f, "1-2", WHEEL);
	assert_non_null(vms_usb_attach(f->vms, "games", "1-2", NULL));
	fake_settle(f);
	fake_remove(f, "1-2");
	restart(f);
	expect(f, 0);
}

/* What QEMU has is asked first; nothing is done by what the journal alone says. */
static void test_restart_asks_first(void **state)
{
	struct fake *f = *state;

	fake_rule(f, "0000:00:14.0/3");
	fake_plug(f, "1-2", WHEEL);
	assert_non_null(vms_usb_attach(f->vms, "games", "1-2", NULL));
	fake_settle(f);
	fake_remove(f, "1-2");
	f->hold_next = "qom-list";
	restart(f);
	fake_plug(f, "1-3", WHEEL);
	assert_false(vms_usb_busy(f->vms));
	assert_int_equal(f->vm->journal.n_usb, 1);
	fake_answer(f);
	fake_pass(f, S);
	expect(f, 1);
	assert_string_equal(f->vm->journal.usb[0].sysname, "1-3");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        FAKE_TEST(test_vm_ends_while),
	        FAKE_TEST(test_qemu_gone),
	        FAKE_TEST(test_qemu_gone_early),
	        FAKE_TEST(test_qemu_talks_nonsense),
	        FAKE_TEST(test_from_vm_to_vm),
	        FAKE_TEST(test_stopping_vm_is_left_alone),
	        FAKE_TEST(test_destroyed_while),
	        FAKE_TEST(test_restart_with_it),
	        FAKE_TEST(test_restart_half_way),
	        FAKE_TEST(test_restart_unplugged),
	        FAKE_TEST(test_restart_asks_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
