/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tests of the guest run in children: what a child that hangs or dies makes of the report. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "task.h"
#include "util.h"

static const struct plan_item item = {PLAN_PCI, "card", "00:04.0"};
static const struct probe given = {.item = &item};

static void speak(struct probe *probe, const void *data)
{
	probe_waiting(probe, "present", "an answer");
	probe_result(probe, "present", PROBE_PASS, "%s", (const char *)data);
}

static void hang(struct probe *probe, const void *data)
{
	(void)data;
	probe_result(probe, "present", PROBE_PASS, "there");
	probe_waiting(probe, "dma", "the moon");
	for (;;)
		pause();
}

static void die(struct probe *probe, const void *data)
{
	(void)data;
	probe_waiting(probe, "dma", "the moon");
	raise(SIGKILL);
}

/* Waits for the task's next result, as the guest's loop does; false where it ended without. */
static bool next(struct task *task, struct probe_message *message)
{
	while (!task_next_result(task, message)) {
		if (task->ended)
			return false;
		guest_sleep_ms(5);
	}
	return true;
}

static void finish(struct task *task)
{
	if (task->fd >= 0)
		close(task->fd);
	waitpid(task->pid, NULL, 0);
}

static void result_comes_through(void **state)
{
	struct probe_message message;
	struct task task;

	(void)state;
	assert_true(task_start(&task, &given, 5000, speak, "hello"));
	assert_true(next(&task, &message));
	assert_string_equal(message.capability, "present");
	assert_string_equal(message.detail, "hello");
	assert_int_equal(message.status, PROBE_PASS);
	assert_false(next(&task, &message));
	finish(&task);
}

static void hanging_test_fails_with_what_it_waited_for(void **state)
{
	int64_t start = guest_now_ms();
	struct probe_message message;
	struct task task;
	int status;

	(void)state;
	assert_true(task_start(&task, &given, 300, hang, NULL));
	assert_true(next(&task, &message));
	assert_int_equal(message.status, PROBE_PASS);
	assert_true(next(&task, &message));
	assert_true(guest_now_ms() - start >= 300);
	assert_int_equal(message.status, PROBE_FAIL);
	assert_string_equal(message.capability, "dma");
	assert_non_null(strstr(message.detail, "it was waiting for: the moon"));
	assert_true(task.ended);
	assert_int_equal(waitpid(task.pid, &status, 0), task.pid);
	assert_true(WIFSIGNALED(status));
}

static void dying_test_fails(void **state)
{
	struct probe_message message;
	struct task task;

	(void)state;
	assert_true(task_start(&task, &given, 5000, die, NULL));
	assert_true(next(&task, &message));
	assert_int_equal(message.status, PROBE_FAIL);
	assert_string_equal(
	        message.detail, "the test's process died; it was waiting for: the moon");
	assert_false(next(&task, &message));
	finish(&task);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(result_comes_through),
	        cmocka_unit_test(hanging_test_fails_with_what_it_waited_for),
	        cmocka_unit_test(dying_test_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
