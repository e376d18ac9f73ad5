/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Pause: the VM's processors stand still, and nothing else of it. QEMU alone knows whether they do: it is asked, and its
 * events are followed, since it also stops a VM by itself, as when the disk of an image is full. The states are those of
 * RunState in QEMU's qapi/run-state.json.
 */
#include "vm/vm_impl.h"

#include "base/i18n.h"
#include "base/log.h"

#include <errno.h>

/* `stop` writes out what the disks have not written yet. */
#define COMMAND_MS 60000u

static void send_cont(struct vm *vm)
{
	qmp_send(vm->qmp, "cont", NULL, -1, COMMAND_MS, NULL, NULL);
}

static void note(struct vm *vm, bool on, const struct err *why)
{
	const struct vm_listener *listener = &vm->vms->listener;
	struct vm_pause *p = &vm->pause;
	bool same = p->on == on && streq(p->why.message, why ? why->message : "");

	p->on = on;
	p->why = why ? *why : (struct err){0};
	/* A `stop` that QEMU did after its deadline, when the guest had been asked already to shut down. */
	if (on && !why && !p->asked && vm->qmp &&
	        (vm->rung == RUNG_AGENT || vm->rung == RUNG_POWERDOWN))
		send_cont(vm);
	if (same || vm->state == VM_STOPPED)
		return;
	if (why)
		log_error(why, "VM %s is paused", vm->name);
	else if (on)
		log_info("VM %s is paused", vm->name);
	else
		log_info("VM %s goes on", vm->name);
	if (listener->vm_changed)
		listener->vm_changed(listener->user, vm->name);
}

/* --- what QEMU says --- */

/* @node: QEMU's, of the disk; @reason: where the host's system gave one. */
static void set_disk_fault(
        struct vm *vm, const char *node, bool full, const char *reason, struct err *fault)
{
	const char *disk = !node ? "?" : starts_with(node, "node-") ? node + strlen("node-") : node;

	if (full) {
		err_set(fault, -ENOSPC,
		        _("disk %s has no room left for what the guest writes: the file system "
		          "that "
		          "holds its image is full"),
		        disk);
		err_hint(fault, _("make room there, then resume it: playthrough resume %s"),
		        vm->name);
	} else {
		err_set(fault, -EIO, _("disk %s has failed: %s"), disk,
		        reason ? reason : strerror(EIO));
		err_hint(fault,
		        _("see the kernel log (dmesg); then resume it: playthrough resume %s"),
		        vm->name);
	}
	err_code(fault, CODE_VM_DISK_FAULT);
}

/* Why QEMU has stopped it in this state; false: because a person wanted it. */
static bool explain(const struct vm *vm, const char *status, struct err *why)
{
	if (streq(status, "paused") || streq(status, "prelaunch"))
		return false;
	if (vm_trouble_of(vm, status, why))
		return true;
	if (streq(status, "io-error") && vm->pause.fault.number) {
		*why = vm->pause.fault;
	} else if (streq(status, "io-error")) {
		err_set(why, -EIO, _("a disk is full, or has failed"));
		err_hint(why,
		        _("make room where its images lie, or see the kernel log (dmesg); then "
		          "resume it: playthrough resume %s"),
		        vm->name);
		err_code(why, CODE_VM_DISK_FAULT);
	} else {
		err_set(why, -EIO, _("QEMU stopped it in the state \"%s\""), status);
		err_hint(why,
		        _("if it cannot be resumed, end it: playthrough stop %s --force; QEMU's "
		          "own "
		          "words are in %s/vm/%s/qemu.log"),
		        vm->name, vm->vms->env.run_dir, vm->name);
		err_code(why, CODE_VM_HALTED);
	}
	return true;
}

/* A guest that sleeps or has switched itself off is not paused: it is as it wants to be. */
static bool stands_still(const char *status)
{
	return !streq(status, "running") && !streq(status, "suspended") &&
	       !streq(status, "shutdown");
}

/* Which disk it was, where the event was told to a daemon that is no more. */
static void on_block(void *user, json_t *result, const struct err *err)
{
	struct vm *vm = user;
	const json_t *disk;
	size_t i;

	if (err || !vm->pause.on || vm->pause.fault.number)
		return;
	json_array_foreach (result, i, disk) {
		const char *status = json_string_value(json_object_get(disk, "io-status"));
		const json_t *node =
		        json_object_get(json_object_get(disk, "inserted"), "node-name");

		if (!status || streq(status, "ok"))
			continue;
		set_disk_fault(vm, json_string_value(node), streq(status, "nospace"), NULL,
		        &vm->pause.fault);
		note(vm, true, &vm->pause.fault);
		return;
	}
}

static void take_status(struct vm *vm, json_t *result)
{
	const char *status = json_string_value(json_object_get(result, "status"));
	struct err why;

	if (!status)
		return;
	vm_sleep_note(vm, streq(status, "suspended"));
	if (stands_still(status))
		note(vm, true, explain(vm, status, &why) ? &why : NULL);
	else
		note(vm, false, NULL);
	if (streq(status, "io-error") && !vm->pause.fault.number)
		qmp_send(vm->qmp, "query-block", NULL, -1, COMMAND_MS, on_block, vm);
}

static void on_status(void *user, json_t *result, const struct err *err)
{
	if (!err)
		take_status(user, result);
}

void vm_pause_ask(struct vm *vm)
{
	qmp_send(vm->qmp, "query-status", NULL, -1, COMMAND_MS, on_status, vm);
}

void vm_pause_event(struct vm *vm, const char *name, json_t *data)
{
	const char *action = json_string_value(json_object_get(data, "action"));
	struct vm_pause *p = &vm->pause;

	if (vm->state == VM_STARTING) /* it is let run for the first time */
		return;
	if (streq(name, "BLOCK_IO_ERROR") && action && streq(action, "stop")) {
		set_disk_fault(vm, json_string_value(json_object_get(data, "node-name")),
		        json_is_true(json_object_get(data, "nospace")),
		        json_string_value(json_object_get(data, "reason")), &p->fault);
	} else if (streq(name, "RESUME")) {
		p->fault = (struct err){0};
		note(vm, false, NULL);
	} else if (streq(name, "STOP") && !p->asked && vm->qmp) {
		vm_pause_ask(vm);
	} else if (streq(name, "STOP")) {
		note(vm, true, NULL);
	}
}

void vm_pause_end(struct vm *vm)
{
	if (vm->pause.on || vm->pause.asked)
		send_cont(vm);
	vm_sleep_end(vm);
}

/* --- what a person wants --- */

struct wish {
	struct vm *vm;
	bool pause;
	void (*reply)(void *user, const struct err *err);
	void *user;
};

static void answer(struct wish *wish, const struct err *err)
{
	struct err own;

	if (err && (err->number == -ECANCELED || err->number == -EPIPE)) {
		err_set(&own, -ESRCH, _("VM %s has ended meanwhile"), wish->vm->name);
		err_code(&own, CODE_VM_NOT_RUNNING);
		err = &own;
	}
	wish->reply(wish->user, err);
	free(wish);
}

static int refuse_stopping(const struct vm *vm, struct err *err)
{
	err_set(err, -EBUSY, _("VM %s is still stopping"), vm->name);
	err_code(err, CODE_VM_RUNNING);
	return -EBUSY;
}

static void set_disobeyed(const struct wish *wish, struct err *err)
{
	*err = wish->vm->pause.why;
	if (wish->vm->state == VM_STOPPING) {
		refuse_stopping(wish->vm, err);
		return;
	}
	if (!err->number) {
		err_set(err, -EIO,
		        wish->pause ? _("the guest sleeps or is off, so there is nothing to pause")
		                    : _("QEMU did not resume it"));
		err_code(err, CODE_VM_HALTED);
	}
	err_prefix(err, _("VM %s"), wish->vm->name);
}

/* QEMU takes both commands in any state, and does not always obey. */
static void on_wished(void *user, json_t *result, const struct err *err)
{
	struct wish *wish = user;
	struct err own;

	if (!err)
		take_status(wish->vm, result);
	if (err || (wish->vm->pause.on == wish->pause && (wish->pause || !wish->vm->asleep))) {
		answer(wish, err);
		return;
	}
	set_disobeyed(wish, &own);
	answer(wish, &own);
}

static void on_obeyed(void *user, json_t *result, const struct err *err)
{
	struct wish *wish = user;
	struct vm *vm = wish->vm;

	(void)result;
	if (wish->pause)
		vm->pause.asked--;
	if (err)
		answer(wish, err);
	else
		qmp_send(vm->qmp, "query-status", NULL, -1, COMMAND_MS, on_wished, wish);
}

int vm_pause_check(const struct vm *vm, const char *name, struct err *err)
{
	if (!vm || vm->state == VM_STOPPED || vm->state == VM_STARTING) {
		err_set(err, -ESRCH, _("VM %s is not running"), name);
		err_code(err, CODE_VM_NOT_RUNNING);
		return -ESRCH;
	}
	if (vm->state == VM_STOPPING)
		return refuse_stopping(vm, err);
	if (!vm->qmp)
		return err_set(err, -EPIPE, _("VM %s: QEMU does not listen to us any more"), name);
	if (vm->journal.test_drive && !vm->reported)
		return err_set(err, -EBUSY,
		        _("VM %s is on a test drive, whose report is awaited for a limited time"),
		        name);
	return 0;
}

int vms_pause(struct vms *vms, const char *name, bool pause,
        void (*reply)(void *user, const struct err *err), void *user, struct err *err)
{
	struct vm *vm = vms_find(vms, name);
	int r = vm_pause_check(vm, name, err);
	struct wish *wish;

	if (r < 0)
		return r;
	wish = xcalloc(1, sizeof(*wish));
	*wish = (struct wish){.vm = vm, .pause = pause, .reply = reply, .user = user};
	vm->pause.asked += pause;
	/* One that sleeps is not paused: it is woken. */
	qmp_send(vm->qmp,
	        pause        ? "stop"
	        : vm->asleep ? "system_wakeup"
	                     : "cont",
	        NULL, -1, COMMAND_MS, on_obeyed, wish);
	return 0;
}
