/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A guest that sleeps (S3): Windows goes to sleep by itself. Its VM runs, but nobody sees anything until it is woken, by a
 * device of its own, or from here when a person starts or resumes it. It also goes to sleep when its agent asks it to, as it is
 * asked before this PC sleeps (playthrough-sleep.service): a passed card has lost all that it was told when its power comes
 * back, and drivers that have slept know it.
 */
#include "vm/vm_impl.h"

#include "base/i18n.h"
#include "base/log.h"

#include <errno.h>

#define WAKE_MS 20000u
#define SLEEP_MS \
	20000u /* its drivers write out what they have; less than a caller on D-Bus waits */
#define ASK_MS 5000u

struct vm_sleep_wish {
	void (*reply)(void *user, const struct err *err);
	void *user;
	sd_event_source *late;
};

/* Whatever was said, the agent is free for the next question. */
static void end_wish(struct vm *vm, const struct err *err)
{
	cleanup_free struct vm_sleep_wish *wish = take_ptr(vm->sleep_wish);

	if (!wish)
		return;
	sd_event_source_disable_unref(wish->late);
	if (vm->agent) {
		guest_agent_destroy(take_ptr(vm->agent));
		vm_agent_connect(vm);
	}
	wish->reply(wish->user, err);
}

void vm_sleep_forget(struct vm *vm)
{
	struct err err;

	err_set(&err, -ESRCH, _("VM %s has ended meanwhile"), vm->name);
	err_code(&err, CODE_VM_NOT_RUNNING);
	end_wish(vm, &err);
}

void vm_sleep_note(struct vm *vm, bool asleep)
{
	const struct vm_listener *listener = &vm->vms->listener;

	if (asleep)
		end_wish(vm, NULL);
	if (vm->asleep == asleep || vm->state == VM_STOPPED)
		return;
	vm->asleep = asleep;
	log_info(asleep ? "VM %s sleeps" : "VM %s is awake", vm->name);
	if (listener->vm_changed)
		listener->vm_changed(listener->user, vm->name);
}

void vm_sleep_event(struct vm *vm, const char *name)
{
	if (streq(name, "SUSPEND"))
		vm_sleep_note(vm, true);
	else if (streq(name, "WAKEUP") || streq(name, "RESET") || streq(name, "SHUTDOWN"))
		vm_sleep_note(vm, false);
}

void vm_sleep_end(struct vm *vm)
{
	vm_sleep_forget(vm);
	if (vm->asleep)
		qmp_send(vm->qmp, "system_wakeup", NULL, -1, WAKE_MS, NULL, NULL);
}

static void on_woken(void *user, json_t *result, const struct err *err)
{
	struct vm *vm = user;

	(void)result;
	vm_job_finish(take_ptr(vm->start_job), err);
}

struct vm_job *vm_sleep_wake(struct vm *vm)
{
	if (vm->state != VM_RUNNING || !vm->asleep || !vm->qmp || vm->start_job || vm->stop_job)
		return NULL;
	vm->start_job = vm_job_create(vm, "start", NULL);
	qmp_send(vm->qmp, "system_wakeup", NULL, -1, WAKE_MS, on_woken, vm);
	return vm->start_job;
}

/* --- asked to sleep --- */

static void on_refused(void *user, const struct err *why)
{
	end_wish(user, why);
}

static int on_late(sd_event_source *source, uint64_t usec, void *user)
{
	struct err err;

	(void)source, (void)usec;
	err_set(&err, -ETIMEDOUT, _("the guest did not fall asleep within %u seconds"),
	        SLEEP_MS / 1000);
	end_wish(user, &err);
	return 0;
}

static void on_chardevs(void *user, json_t *result, const struct err *err)
{
	struct vm *vm = user;
	struct err own;

	if (!vm->sleep_wish || !vm->agent) /* QEMU is being ended, of which it is told then */
		return;
	if (vm->asleep) {
		end_wish(vm, NULL);
		return;
	}
	if (!err && !vm_agent_listens(result)) {
		err = &own;
		err_set(&own, -ENOENT, _("no agent runs in the guest"));
		err_hint(&own, _("install QEMU's agent in it (qemu-guest-agent)"));
	}
	if (!err && guest_agent_ask(vm->agent, GUEST_AGENT_SLEEP, on_refused, vm, &own) < 0)
		err = &own;
	if (err)
		end_wish(vm, err);
}

static int check(const struct vm *vm, const char *name, struct err *err)
{
	int r = vm_pause_check(vm, name, err);

	if (r < 0)
		return r;
	if (vm->sleep_wish)
		return err_set(err, -EBUSY, _("VM %s has been asked to sleep already"), name);
	if (vm->pause.on || vm->pause.asked)
		return err_set(err, -EBUSY, _("VM %s is paused, and hears nothing"), name);
	if (!vm->agent)
		return err_set(err, -ENOENT, _("VM %s has no way to an agent in its guest"), name);
	return 0;
}

int vms_sleep(struct vms *vms, const char *name, void (*reply)(void *user, const struct err *err),
        void *user, struct err *err)
{
	struct vm *vm = vms_find(vms, name);
	int r = check(vm, name, err);

	if (r < 0)
		return r;
	vm->sleep_wish = xcalloc(1, sizeof(*vm->sleep_wish));
	*vm->sleep_wish = (struct vm_sleep_wish){.reply = reply, .user = user};
	sd_event_add_time_relative(vms->env.event, &vm->sleep_wish->late, CLOCK_MONOTONIC,
	        (uint64_t)SLEEP_MS * 1000, 0, on_late, vm);
	qmp_send(vm->qmp, "query-chardev", NULL, -1, ASK_MS, on_chardevs, vm);
	return 0;
}
