/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Pause and resume: QEMU is played; what a caller is told, and what the VM is told to be, is the truth of it. */
#include "fake_qemu.h"

#include <fcntl.h>

struct told {
	unsigned n;
	struct err err; /* number 0: it worked */
};

static void on_reply(void *user, const struct err *err)
{
	struct told *told = user;

	told->n++;
	told->err = err ? *err : (struct err){0};
}

static void wish(struct fake *f, bool pause, struct told *told)
{
	*told = (struct told){0};
	assert_int_equal(vms_pause(f->vms, "games", pause, on_reply, told, NULL), 0);
	fake_settle(f);
}

/* As the bus shows it. */
static bool shown_paused(struct fake *f, const char *reason)
{
	json_t *all = vms_list_json(f->vms), *vm = json_array_get(all, 0);
	bool paused = json_is_true(json_object_get(vm, "paused"));
	const char *why = json_string_value(json_object_get(vm, "pause_reason"));

	assert_string_equal(json_string_value(json_object_get(vm, "state")),
	        f->vm->state == VM_STOPPING ? "stopping" : "running");
	if (reason)
		assert_non_null(strstr(why, reason));
	else
		assert_null(why);
	json_decref(all);
	return paused;
}

static void test_there_and_back(void **state)
{
	struct fake *f = *state;
	struct told told;

	assert_false(shown_paused(f, NULL));
	wish(f, true, &told);
	assert_int_equal(told.n, 1);
	assert_int_equal(told.err.number, 0);
	assert_true(shown_paused(f, NULL));
	wish(f, true, &told); /* what is so already is no error */
	assert_int_equal(told.err.number, 0);
	wish(f, false, &told);
	assert_int_equal(told.err.number, 0);
	assert_false(shown_paused(f, NULL));
}

static void test_what_does_not_run_is_not_paused(void **state)
{
	struct fake *f = *state;
	struct err err;

	assert_int_equal(vms_pause(f->vms, "nobody", true, on_reply, NULL, &err), -ESRCH);
	assert_true(err_is(&err, CODE_VM_NOT_RUNNING));
	f->vm->state = VM_STARTING;
	assert_int_equal(vms_pause(f->vms, "games", true, on_reply, NULL, &err), -ESRCH);
	f->vm->state = VM_STOPPING;
	assert_int_equal(vms_pause(f->vms, "games", false, on_reply, NULL, &err), -EBUSY);
	assert_true(err_is(&err, CODE_VM_RUNNING));
	f->vm->state = VM_RUNNING;
	f->vm->journal.test_drive = true;
	assert_int_equal(vms_pause(f->vms, "games", true, on_reply, NULL, &err), -EBUSY);
	f->vm->reported = true;
	f->vm->journal.test_drive = false;
	assert_null(strstr(f->heard, "stop"));
}

static void test_a_refusal_is_passed_on(void **state)
{
	struct fake *f = *state;
	struct told told;

	f->refuse = "stop";
	wish(f, true, &told);
	assert_int_equal(told.err.number, -EREMOTEIO);
	assert_false(shown_paused(f, NULL));
	assert_int_equal(f->vm->pause.asked, 0);
}

/* QEMU takes `stop` from a guest that sleeps, and nothing comes of it. */
static void test_obedience_is_not_believed(void **state)
{
	struct fake *f = *state;
	struct told told;

	f->status = "suspended";
	wish(f, true, &told);
	assert_int_equal(told.err.number, -EIO);
	assert_false(shown_paused(f, NULL));
	f->status = "internal-error";
	fake_event_of(f, "WAKEUP", "");
	fake_settle(f);
	wish(f, false, &told);
	assert_int_equal(told.err.number, -EIO);
	assert_true(err_is(&told.err, CODE_VM_HALTED));
	assert_true(shown_paused(f, "internal-error"));
}

static void test_the_answer_is_late(void **state)
{
	struct fake *f = *state;
	struct told told;

	f->hold = "stop";
	wish(f, true, &told);
	assert_int_equal(told.n, 0);
	assert_false(shown_paused(f, NULL));
	fake_answer(f);
	fake_settle(f);
	assert_int_equal(told.n, 1);
	assert_int_equal(told.err.number, 0);
	assert_true(shown_paused(f, NULL));
}

static void test_the_vm_ends_meanwhile(void **state)
{
	struct fake *f = *state;
	struct told told;

	f->hold = "stop";
	wish(f, true, &told);
	close_fd(&f->peer);
	fake_settle(f);
	assert_int_equal(told.n, 1);
	assert_int_equal(told.err.number, -ESRCH);
	assert_true(err_is(&told.err, CODE_VM_NOT_RUNNING));
}

static void test_the_daemon_ends_meanwhile(void **state)
{
	struct fake *f = *state;
	struct told told;

	f->hold = "stop";
	wish(f, true, &told);
	fake_end_daemon(f);
	assert_int_equal(told.n, 1);
	assert_true(told.err.number < 0);
	fake_daemon(f);
}

static void test_another_daemon_finds_it_paused(void **state)
{
	struct fake *f = *state;
	struct told told;

	wish(f, true, &told);
	fake_end_daemon(f);
	fake_daemon(f);
	assert_true(shown_paused(f, NULL));
	wish(f, false, &told);
	assert_int_equal(told.err.number, 0);
	fake_end_daemon(f);
	fake_daemon(f);
	assert_false(shown_paused(f, NULL));
}

static void say_full(struct fake *f, const char *nospace)
{
	cleanup_free char *data = xasprintf("{\"device\": \"\", \"node-name\": \"node-system\", "
	                                    "\"operation\": \"write\", \"action\": \"stop\", "
	                                    "\"nospace\": %s, \"reason\": \"Some reason\"}",
	        nospace);

	f->status = "io-error";
	fake_event_of(f, "BLOCK_IO_ERROR", data);
	fake_event_of(f, "STOP", "");
	fake_settle(f);
}

static void test_qemu_pauses_it_for_a_disk(void **state)
{
	struct fake *f = *state;
	struct told told;

	say_full(f, "true");
	assert_true(shown_paused(f, "disk system has no room left"));
	assert_true(err_is(&f->vm->pause.why, CODE_VM_DISK_FAULT));
	wish(f, false, &told);
	assert_int_equal(told.err.number, 0);
	assert_false(shown_paused(f, NULL));
	say_full(f, "false");
	assert_true(shown_paused(f, "disk system has failed: Some reason"));
}

/* The event is gone with the daemon that heard it; the state is not. */
static void test_another_daemon_finds_a_fault(void **state)
{
	struct fake *f = *state;

	say_full(f, "true");
	fake_end_daemon(f);
	fake_daemon(f);
	assert_true(shown_paused(f, "a disk is full, or has failed"));
	/* Unless QEMU tells which disk it was. */
	f->blocks = "[{\"device\": \"\", \"io-status\": \"ok\"}, {\"device\": \"\"},"
	            " {\"io-status\": \"nospace\", \"inserted\": {\"node-name\": \"node-games\"}}]";
	fake_end_daemon(f);
	fake_daemon(f);
	assert_true(shown_paused(f, "disk games has no room left"));
	f->blocks = "[{\"io-status\": \"failed\"}, 7]";
	fake_end_daemon(f);
	fake_daemon(f);
	assert_true(shown_paused(f, "disk ? has failed"));
}

/* What QEMU reports to the guest does not stop it, and is forgotten. */
static void test_a_fault_that_goes_on(void **state)
{
	struct fake *f = *state;
	struct told told;

	fake_event_of(f, "BLOCK_IO_ERROR",
	        "{\"node-name\": \"node-system\", \"action\": \"report\", \"nospace\": false}");
	fake_settle(f);
	assert_false(shown_paused(f, NULL));
	wish(f, true, &told);
	assert_true(shown_paused(f, NULL));
}

static void stop(struct fake *f)
{
	f->heard[0] = '\0';
	assert_non_null(vms_stop(f->vms, "games", false, NULL));
	fake_settle(f);
}

static void test_a_paused_vm_can_be_stopped(void **state)
{
	struct fake *f = *state;
	struct told told;

	wish(f, true, &told);
	stop(f);
	assert_string_equal(f->heard, "cont system_powerdown ");
	assert_string_equal(f->status, "running");
	assert_false(shown_paused(f, NULL));
}

static void test_one_that_runs_is_not_resumed(void **state)
{
	struct fake *f = *state;

	stop(f);
	assert_string_equal(f->heard, "system_powerdown ");
}

/* The wish to pause is still on its way when the VM is stopped: it must not stand still for ever. */
static void test_paused_while_stopping(void **state)
{
	struct fake *f = *state;
	struct told told;

	f->hold = "stop";
	wish(f, true, &told);
	stop(f);
	fake_answer(f);
	fake_settle(f);
	assert_string_equal(f->status, "running");
	assert_false(shown_paused(f, NULL));
	assert_int_equal(told.n, 1);
	assert_int_equal(told.err.number, -EBUSY);
	assert_non_null(strstr(f->heard, "cont system_powerdown "));
}

/* QEMU does the `stop` when nobody waits for it any more, and after the guest was asked. */
static void test_paused_after_the_power_button(void **state)
{
	struct fake *f = *state;

	stop(f);
	f->status = "paused";
	fake_event_of(f, "STOP", "");
	fake_settle(f);
	assert_string_equal(f->status, "running");
	assert_false(shown_paused(f, NULL));
}

/* The twin of it: a disk that is full while the guest shuts down is not tried again and again. */
static void test_full_after_the_power_button(void **state)
{
	struct fake *f = *state;

	stop(f);
	say_full(f, "true");
	assert_true(shown_paused(f, "no room left"));
	assert_null(strstr(f->heard, "cont"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        FAKE_TEST(test_there_and_back),
	        FAKE_TEST(test_what_does_not_run_is_not_paused),
	        FAKE_TEST(test_a_refusal_is_passed_on),
	        FAKE_TEST(test_obedience_is_not_believed),
	        FAKE_TEST(test_the_answer_is_late),
	        FAKE_TEST(test_the_vm_ends_meanwhile),
	        FAKE_TEST(test_the_daemon_ends_meanwhile),
	        FAKE_TEST(test_another_daemon_finds_it_paused),
	        FAKE_TEST(test_qemu_pauses_it_for_a_disk),
	        FAKE_TEST(test_another_daemon_finds_a_fault),
	        FAKE_TEST(test_a_fault_that_goes_on),
	        FAKE_TEST(test_a_paused_vm_can_be_stopped),
	        FAKE_TEST(test_one_that_runs_is_not_resumed),
	        FAKE_TEST(test_paused_while_stopping),
	        FAKE_TEST(test_paused_after_the_power_button),
	        FAKE_TEST(test_full_after_the_power_button),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
