/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The monitor shows the game while it runs: its input is read, journalled, switched, and switched back in the end. Whatever
 * comes of it is told and holds up nobody, for a monitor has buttons.
 */
#include "vm/vm_impl.h"

#include "base/i18n.h"
#include "base/log.h"

#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

void vm_monitor_journal(struct vm *vm, const struct vm_plan *plan)
{
	vm->journal.monitor_bus = xstrdup(plan->monitor_bus);
	vm->journal.monitor_will = plan->monitor_input;
	if (plan->monitor_not)
		log_warning(_("VM %s: the monitor is not switched to the game: %s"), vm->name,
		        plan->monitor_not);
}

/* The answer is a byte in a file without a name. */
static void on_switched(void *user, int fd, const struct err *err)
{
	struct vm *vm = user;

	(void)fd;
	vm->monitor = NULL;
	if (err)
		log_warning(_("VM %s: the monitor is not switched to the game: %s"), vm->name,
		        err->message);
}

/* One whose input is not known afterwards could not be switched back. */
static void on_known(void *user, int fd, const struct err *err)
{
	struct vm *vm = user;
	struct journal *j = &vm->journal;
	const struct act_monitor order = {j->monitor_bus, j->monitor_will};
	struct err own;
	uint8_t input;

	vm->monitor = NULL;
	if (!err && pread(fd, &input, 1, 0) != 1)
		err = (err_set(&own, -EIO, _("the monitor does not answer (DDC/CI)")), &own);
	close_fd(&fd);
	if (err) {
		on_switched(vm, -1, err);
		return;
	}
	if (input == j->monitor_will || input == 0)
		return;
	j->monitor_was = input;
	if (vm_journal(vm, &own) < 0 || vms_act(vm->vms, ACT_SHOW_INPUT, &order, ACT_MS,
	                                        on_switched, vm, &vm->monitor, &own) < 0)
		on_switched(vm, -1, &own);
}

void vm_monitor_play(struct vm *vm)
{
	const struct act_monitor order = {.bus = vm->journal.monitor_bus};
	struct err err;

	if (vm->journal.monitor_bus && vms_act(vm->vms, ACT_INPUT_SHOWN, &order, ACT_MS, on_known,
	                                       vm, &vm->monitor, &err) < 0)
		on_switched(vm, -1, &err);
}

int vm_monitor_release(struct vm *vm, disposable_done done, struct err *err)
{
	const struct journal *j = &vm->journal;
	const struct act_monitor order = {j->monitor_bus, j->monitor_was};

	disposable_forget(take_ptr(vm->monitor));
	if (!j->monitor_bus || !j->monitor_was)
		return 0;
	return vms_act(vm->vms, ACT_SHOW_INPUT, &order, ACT_MS, done, vm, &vm->act, err);
}
