/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What goes wrong inside the guest, as far as it tells: its system crashes (pvpanic, or what Windows tells Hyper-V), or
 * nobody feeds its watchdog. QEMU's events GUEST_PANICKED and WATCHDOG (qapi/run-state.json) say so, and what it does then;
 * beside them, that what carries its network has ended (NETDEV_STREAM_DISCONNECTED, qapi/net.json).
 */
#include "vm/vm_impl.h"

#include "base/i18n.h"
#include "base/log.h"

#include <errno.h>
#include <time.h>

#define TELL_AGAIN_US 10000000u

/* Windows' stop code, as its blue screen has it. */
static void add_stop_code(json_t *data, struct err *why)
{
	const json_t *info = json_object_get(data, "info");
	const char *type = json_string_value(json_object_get(info, "type"));
	const json_t *code = json_object_get(info, "arg1");

	if (type && streq(type, "hyper-v") && json_is_integer(code))
		err_set(why, -EFAULT, _("the guest's system has crashed: stop code 0x%llx"),
		        (unsigned long long)json_integer_value(code));
}

static void set_crash(json_t *data, struct err *why)
{
	err_set(why, -EFAULT, _("the guest's system has crashed"));
	add_stop_code(data, why);
	err_code(why, CODE_VM_CRASHED);
}

static void set_hang(struct err *why)
{
	err_set(why, -EDEADLK,
	        _("the guest hangs: nobody has fed its watchdog for as long as it wanted"));
	err_code(why, CODE_VM_WATCHDOG);
}

static void hint_at(const struct vm *vm, const char *action, struct err *why)
{
	if (streq(action, "pause"))
		err_hint(why, _("look at its screen, then end it: playthrough stop %s --force"),
		        vm->name);
	else if (streq(action, "poweroff"))
		err_hint(why,
		        _("see the guest's console: playthrough log %s; crash= and watchdog= in "
		          "[vm] of its profile say what is done then"),
		        vm->name);
	else
		err_hint(why, _("see the guest's console: playthrough log %s"), vm->name);
}

/* A guest that is left to itself may crash as often as it likes: whoever listens is not told of each. */
static bool was_told_just_now(struct vm *vm)
{
	uint64_t now = 0;

	sd_event_now(vm->vms->env.event, CLOCK_MONOTONIC, &now);
	if (vm->trouble_usec && now - vm->trouble_usec < TELL_AGAIN_US)
		return true;
	vm->trouble_usec = now;
	return false;
}

static bool set_trouble(struct vm *vm, const char *name, json_t *data, const char *action)
{
	/* When QEMU ends it may be that passt ends first. */
	const bool lives = vm->rung == RUNG_NONE && !vm->releasing && !vm->trouble_ends;

	if (lives && vm_side_event(vm, name, data, &vm->trouble))
		return true;
	if (streq(name, "GUEST_PANICKED"))
		set_crash(data, &vm->trouble);
	else if (streq(name, "WATCHDOG"))
		set_hang(&vm->trouble);
	else
		return false;
	hint_at(vm, action, &vm->trouble);
	return true;
}

void vm_trouble_event(struct vm *vm, const char *name, json_t *data)
{
	const char *action = json_string_value(json_object_get(data, "action"));
	const struct vm_listener *listener = &vm->vms->listener;

	action = action ? action : "";
	if (!set_trouble(vm, name, data, action))
		return;
	vm->trouble_ends = streq(action, "poweroff") || streq(action, "shutdown");
	if (was_told_just_now(vm))
		return;
	log_error(&vm->trouble, "VM %s", vm->name);
	if (listener->vm_changed)
		listener->vm_changed(listener->user, vm->name);
}

bool vm_trouble_of(const struct vm *vm, const char *status, struct err *why)
{
	bool crashed = streq(status, "guest-panicked");

	if (!crashed && !streq(status, "watchdog"))
		return false;
	if (vm->trouble.number) {
		*why = vm->trouble;
		return true;
	}
	if (crashed)
		set_crash(NULL, why);
	else
		set_hang(why);
	hint_at(vm, "pause", why);
	return true;
}
