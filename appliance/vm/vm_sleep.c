/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A guest that sleeps (S3): Windows goes to sleep by itself. Its VM runs, but nobody sees anything until it is woken, by a
 * device of its own, or from here when a person starts or resumes it.
 */
#include "vm/vm_impl.h"

#include "base/i18n.h"
#include "base/log.h"

#define WAKE_MS 20000u

void vm_sleep_note(struct vm *vm, bool asleep)
{
	const struct vm_listener *listener = &vm->vms->listener;

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
