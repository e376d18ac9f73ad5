/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The ladder down with an agent in the guest, the guest's own trouble, and its sleep; QEMU is played. */
#include "fake_qemu.h"

#define OPEN                                                                               \
	"[{\"label\": \"serial\", \"frontend-open\": true}, {\"label\": \"guest-agent\", " \
	"\"frontend-open\": true}]"
#define CLOSED "[7, {\"label\": 7}, {\"label\": \"guest-agent\", \"frontend-open\": false}]"

static json_t *shown(struct fake *f, const char *key)
{
	json_t *all = vms_list_json(f->vms);
	json_t *value = json_incref(json_object_get(json_array_get(all, 0), key));

	json_decref(all);
	return value;
}

static bool shown_text(struct fake *f, const char *key, const char *words)
{
	json_t *value = shown(f, key);
	const char *text = json_string_value(value);
	bool same = words ? text && strstr(text, words) : json_is_null(value);

	json_decref(value);
	return same;
}

/* Its port is there, as one that QEMU listens at. */
static int listen_as_agent(struct fake *f)
{
	cleanup_free char *path = xasprintf("%s/vm/games/agent.sock", f->folder);
	int listener = socket_listen(path, 0600, NULL);

	assert_true(listener >= 0);
	vm_agent_connect(f->vm);
	assert_non_null(f->vm->agent);
	return listener;
}

static void stop(struct fake *f)
{
	f->heard[0] = '\0';
	assert_non_null(vms_stop(f->vms, "games", false, NULL));
	fake_settle(f);
}

static const char *stage(const struct fake *f)
{
	return vm_job_info(f->vm->stop_job).stage;
}

/* Somebody is there, and is asked for what is in @words. Returns the agent's end of the conversation. */
static int agent_hears(struct fake *f, int listener, const char *words)
{
	int peer = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	cleanup_free char *answer = NULL;
	char heard[256] = "";

	assert_true(recv(peer, heard, sizeof(heard) - 1, 0) > 0);
	assert_non_null(strstr(heard, "\"id\":"));
	answer = xasprintf("\xff{\"return\": %u}\n",
	        (unsigned)strtoul(strstr(heard, "\"id\":") + 5, NULL, 10));
	assert_true(write(peer, answer, strlen(answer)) > 0);
	fake_settle(f);
	memset(heard, 0, sizeof(heard));
	assert_true(recv(peer, heard, sizeof(heard) - 1, 0) > 0);
	assert_string_equal(heard, words);
	return peer;
}

static void test_the_agent_first(void **state)
{
	struct fake *f = *state;
	cleanup_close int listener = listen_as_agent(f), peer = -1;

	f->chardevs = OPEN;
	stop(f);
	assert_string_equal(f->heard, "query-chardev ");
	assert_string_equal(stage(f), "agent");
	peer = agent_hears(f, listener, "{\"execute\":\"guest-shutdown\"}\n");
	assert_int_equal(f->vm->rung, RUNG_AGENT);
	/* It will not after all. */
	assert_true(write(peer, "{\"error\": 1}\n", 13) > 0);
	fake_settle(f);
	assert_string_equal(stage(f), "powerdown");
	assert_non_null(strstr(f->heard, "system_powerdown "));
	assert_null(f->vm->agent);
}

static void test_no_agent_runs(void **state)
{
	struct fake *f = *state;
	cleanup_close int listener = listen_as_agent(f);

	f->chardevs = CLOSED;
	stop(f);
	assert_string_equal(f->heard, "query-chardev system_powerdown ");
	assert_string_equal(stage(f), "powerdown");
	assert_null(f->vm->agent);
	(void)listener;
}

static void test_qemu_does_not_say(void **state)
{
	struct fake *f = *state;
	cleanup_close int listener = listen_as_agent(f);

	f->refuse = "query-chardev";
	stop(f);
	assert_string_equal(f->heard, "query-chardev system_powerdown ");
	(void)listener;
}

/* Whoever cannot wait does not wait for the agent, either. */
static void test_force(void **state)
{
	struct fake *f = *state;
	cleanup_close int listener = listen_as_agent(f);

	f->chardevs = OPEN;
	stop(f);
	assert_non_null(f->vm->agent);
	assert_non_null(vms_stop(f->vms, "games", true, NULL));
	fake_settle(f);
	assert_string_equal(stage(f), "quit");
	assert_null(f->vm->agent);
	(void)listener;
}

static void test_the_daemon_ends_meanwhile(void **state)
{
	struct fake *f = *state;
	cleanup_close int listener = listen_as_agent(f);

	f->hold = "query-chardev";
	stop(f);
	fake_end_daemon(f);
	assert_null(strstr(f->heard, "quit"));
	fake_daemon(f);
	(void)listener;
}

/* --- the guest's trouble --- */

static void test_crash_pauses(void **state)
{
	struct fake *f = *state;

	assert_true(shown_text(f, "trouble", NULL));
	f->status = "guest-panicked";
	fake_event_of(f, "GUEST_PANICKED", "{\"action\": \"pause\"}");
	fake_event_of(f, "STOP", "");
	fake_settle(f);
	assert_true(shown_text(f, "trouble", "the guest's system has crashed"));
	assert_true(shown_text(f, "pause_reason", "the guest's system has crashed"));
	assert_true(shown_text(f, "pause_code", "PT-VM-41"));
	fake_end_daemon(f);
	fake_daemon(f); /* which has heard nothing of it */
	assert_true(shown_text(f, "pause_reason", "the guest's system has crashed"));
}

static void test_blue_screen(void **state)
{
	struct fake *f = *state;

	fake_event_of(f, "GUEST_PANICKED",
	        "{\"action\": \"run\", \"info\": {\"type\": \"hyper-v\", \"arg1\": 209, \"arg2\": "
	        "0}}");
	fake_settle(f);
	assert_true(shown_text(f, "trouble", "stop code 0xd1"));
	assert_false(f->vm->trouble_ends);
	fake_event_of(f, "GUEST_PANICKED", "{\"info\": {\"type\": 5, \"arg1\": \"x\"}}");
	fake_event_of(f, "GUEST_PANICKED", "");
	fake_settle(f);
	assert_true(shown_text(f, "trouble", "crashed"));
}

static void count(void *user, const char *name)
{
	(void)name;
	++*(unsigned *)user;
}

/* A guest that is left to itself may do it all day. */
static void test_crashes_without_end(void **state)
{
	struct fake *f = *state;
	unsigned told = 0;

	f->vms->listener = (struct vm_listener){.vm_changed = count, .user = &told};
	for (int i = 0; i < 1000; i++) {
		fake_event_of(f, "GUEST_PANICKED", "{\"action\": \"run\"}");
		if (i % 50 == 0)
			fake_settle(f);
	}
	fake_settle(f);
	assert_int_equal(told, 1);
	/* How it ends is known all the same. */
	fake_event_of(f, "GUEST_PANICKED", "{\"action\": \"poweroff\"}");
	fake_settle(f);
	assert_true(f->vm->trouble_ends);
}

static void test_passt_ends(void **state)
{
	struct fake *f = *state;

	fake_event_of(f, "NETDEV_STREAM_DISCONNECTED", "{\"netdev-id\": \"network\"}");
	fake_settle(f);
	assert_true(shown_text(f, "trouble", "passt, which carries the VM's network, has ended"));
	assert_string_equal(f->vm->trouble.code, "PT-NET-05");
	assert_false(f->vm->trouble_ends);
}

/* On its way out QEMU loses it too: the crash stays what it ends for. */
static void test_passt_ends_with_it(void **state)
{
	struct fake *f = *state;

	fake_event_of(f, "GUEST_PANICKED", "{\"action\": \"poweroff\"}");
	fake_event_of(f, "NETDEV_STREAM_DISCONNECTED", "{\"netdev-id\": \"network\"}");
	fake_settle(f);
	assert_true(shown_text(f, "trouble", "crashed") && f->vm->trouble_ends);
}

static void test_it_ends_for_it(void **state)
{
	struct fake *f = *state;

	fake_event_of(f, "WATCHDOG", "{\"action\": \"poweroff\"}");
	fake_event_of(f, "SHUTDOWN", "{\"guest\": true, \"reason\": \"guest-shutdown\"}");
	fake_settle(f);
	vm_gone(f->vm);
	fake_settle(f);
	assert_int_equal(f->vm->state, VM_STOPPED);
	assert_true(err_is(&f->vm->end, CODE_VM_WATCHDOG));
	assert_non_null(strstr(f->vm->end.message, "VM games: the guest hangs"));
	assert_int_equal(f->vm->trouble.number, 0);
}

/* What went well later is not told as a crash. */
static void test_it_goes_on(void **state)
{
	struct fake *f = *state;

	fake_event_of(f, "WATCHDOG", "{\"action\": \"reset\"}");
	fake_event_of(f, "SHUTDOWN", "{\"guest\": true, \"reason\": \"guest-shutdown\"}");
	fake_settle(f);
	assert_true(shown_text(f, "trouble", "watchdog"));
	vm_gone(f->vm);
	fake_settle(f);
	assert_int_equal(f->vm->end.number, 0);
}

/* --- sleep --- */

static bool shown_asleep(struct fake *f)
{
	json_t *value = shown(f, "asleep");
	bool asleep = json_is_true(value);

	assert_true(json_is_boolean(value));
	json_decref(value);
	return asleep;
}

static void fall_asleep(struct fake *f)
{
	f->status = "suspended";
	fake_event_of(f, "SUSPEND", "");
	fake_settle(f);
	assert_true(shown_asleep(f));
}

static void on_reply(void *user, const struct err *err)
{
	*(int *)user = err ? err->number : 1;
}

#define SLEEP_WORDS "{\"execute\":\"guest-suspend-ram\"}\n"

static void test_asked_to_sleep(void **state)
{
	struct fake *f = *state;
	cleanup_close int listener = listen_as_agent(f), peer = -1;
	int told = 0;

	f->chardevs = OPEN;
	assert_int_equal(vms_sleep(f->vms, "games", on_reply, &told, NULL), 0);
	assert_int_equal(vms_sleep(f->vms, "games", on_reply, &told, NULL), -EBUSY);
	fake_settle(f);
	peer = agent_hears(f, listener, SLEEP_WORDS);
	assert_int_equal(told, 0);
	fall_asleep(f);
	assert_int_equal(told, 1);
	told = 0; /* what is so already is no error */
	assert_int_equal(vms_sleep(f->vms, "games", on_reply, &told, NULL), 0);
	fake_settle(f);
	assert_int_equal(told, 1);
	assert_non_null(f->vm->agent); /* free to be asked for something else */
}

static void test_will_not_sleep(void **state)
{
	struct fake *f = *state;
	cleanup_close int listener = listen_as_agent(f), peer = -1;
	int told = 0;

	f->chardevs = OPEN;
	assert_int_equal(vms_sleep(f->vms, "games", on_reply, &told, NULL), 0);
	fake_settle(f);
	peer = agent_hears(f, listener, SLEEP_WORDS);
	assert_true(write(peer, "{\"error\": 1}\n", 13) > 0);
	fake_settle(f);
	assert_int_equal(told, -EREMOTEIO);
	assert_false(shown_asleep(f));
	f->chardevs = CLOSED;
	assert_int_equal(vms_sleep(f->vms, "games", on_reply, &told, NULL), 0);
	fake_settle(f);
	assert_int_equal(told, -ENOENT);
}

/* A stop comes first: whoever waits is told, and the agent hears of the stop alone. */
static void test_stopped_before_it_sleeps(void **state)
{
	struct fake *f = *state;
	cleanup_close int listener = listen_as_agent(f), first = -1, peer = -1;
	int told = 0;

	f->chardevs = OPEN;
	assert_int_equal(vms_sleep(f->vms, "games", on_reply, &told, NULL), 0);
	fake_settle(f);
	first = agent_hears(f, listener, SLEEP_WORDS);
	stop(f);
	assert_int_equal(told, -ESRCH);
	peer = agent_hears(f, listener, "{\"execute\":\"guest-shutdown\"}\n");
}

/* By force the way to the agent goes before QEMU has said whether one listens. */
static void test_forced_before_it_sleeps(void **state)
{
	static int told; /* when the VM is freed */
	struct fake *f = *state;
	cleanup_close int listener = listen_as_agent(f);

	f->chardevs = OPEN;
	assert_int_equal(vms_sleep(f->vms, "games", on_reply, &told, NULL), 0);
	assert_non_null(vms_stop(f->vms, "games", true, NULL));
	fake_settle(f);
	assert_null(f->vm->agent);
	assert_int_not_equal(told, 1);
	(void)listener;
}

static void test_nobody_to_ask_to_sleep(void **state)
{
	struct fake *f = *state;
	struct err err;

	assert_int_equal(vms_sleep(f->vms, "games", on_reply, NULL, &err), -ENOENT);
	f->vm->state = VM_STOPPED;
	assert_int_equal(vms_sleep(f->vms, "games", on_reply, NULL, &err), -ESRCH);
	assert_true(err_is(&err, CODE_VM_NOT_RUNNING));
	f->vm->state = VM_RUNNING;
}

static void test_woken_by_resume(void **state)
{
	struct fake *f = *state;
	int told = 0;

	fall_asleep(f);
	f->heard[0] = '\0';
	assert_int_equal(vms_pause(f->vms, "games", false, on_reply, &told, NULL), 0);
	fake_settle(f);
	assert_string_equal(f->heard, "system_wakeup query-status ");
	assert_int_equal(told, 1);
	assert_false(shown_asleep(f));
}

static void test_woken_by_start(void **state)
{
	const struct vm_start_options options = {.picture_fd = -1};
	struct fake *f = *state;
	struct err err;

	fall_asleep(f);
	assert_non_null(vms_start(f->vms, "games", &options, &err));
	assert_null(vms_start(f->vms, "games", &options, &err)); /* it is being woken */
	fake_settle(f);
	assert_int_equal(f->end, VM_JOB_DONE);
	assert_false(shown_asleep(f));
	assert_null(vms_start(f->vms, "games", &options, &err));
	assert_true(err_is(&err, CODE_VM_RUNNING));
}

static void test_does_not_wake(void **state)
{
	struct fake *f = *state;
	int told = 0;

	fall_asleep(f);
	f->refuse = "system_wakeup";
	assert_int_equal(vms_pause(f->vms, "games", false, on_reply, &told, NULL), 0);
	fake_settle(f);
	assert_int_equal(told, -EREMOTEIO);
	assert_true(shown_asleep(f));
}

/* The power button does not wake it. */
static void test_stopped_asleep(void **state)
{
	struct fake *f = *state;

	fall_asleep(f);
	stop(f);
	assert_string_equal(f->heard, "system_wakeup system_powerdown ");
}

static void test_another_daemon_finds_it_asleep(void **state)
{
	struct fake *f = *state;

	fall_asleep(f);
	fake_end_daemon(f);
	fake_daemon(f);
	assert_true(shown_asleep(f));
	fake_event_of(f, "WAKEUP", "");
	fake_settle(f);
	assert_false(shown_asleep(f));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        FAKE_TEST(test_the_agent_first),
	        FAKE_TEST(test_no_agent_runs),
	        FAKE_TEST(test_qemu_does_not_say),
	        FAKE_TEST(test_force),
	        FAKE_TEST(test_the_daemon_ends_meanwhile),
	        FAKE_TEST(test_crash_pauses),
	        FAKE_TEST(test_blue_screen),
	        FAKE_TEST(test_crashes_without_end),
	        FAKE_TEST(test_passt_ends),
	        FAKE_TEST(test_passt_ends_with_it),
	        FAKE_TEST(test_it_ends_for_it),
	        FAKE_TEST(test_it_goes_on),
	        FAKE_TEST(test_asked_to_sleep),
	        FAKE_TEST(test_will_not_sleep),
	        FAKE_TEST(test_stopped_before_it_sleeps),
	        FAKE_TEST(test_forced_before_it_sleeps),
	        FAKE_TEST(test_nobody_to_ask_to_sleep),
	        FAKE_TEST(test_woken_by_resume),
	        FAKE_TEST(test_woken_by_start),
	        FAKE_TEST(test_does_not_wake),
	        FAKE_TEST(test_stopped_asleep),
	        FAKE_TEST(test_another_daemon_finds_it_asleep),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
