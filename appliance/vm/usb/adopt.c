/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * After a restart of the daemon: the journal has each device that was attached or about to be, or about to leave.
 * Which of them QEMU has, QEMU says.
 */
#include "vm/usb/impl.h"

#include "base/log.h"
#include "vm/usb/kept.h"

static bool has_name(json_t *children, const char *id)
{
	json_t *child;
	size_t i;

	json_array_foreach (children, i, child) {
		const char *name = json_string_value(json_object_get(child, "name"));

		if (name && streq(name, id))
			return true;
	}
	return false;
}

/* One that a person wanted is tried again as if it had left and come back; the rules see to theirs. */
static void give_back_missing(struct vm *vm, json_t *children)
{
	cleanup_strv struct strv missing = {0};

	for (size_t i = 0; i < vm->journal.n_usb; i++) {
		const struct journal_usb *u = &vm->journal.usb[i];

		if (has_name(children, u->id) || usb_act_find(vm, u->id))
			continue;
		strv_add(&missing, u->id);
		if (!usb_kept_has_entry(&vm->journal, u))
			usb_follow_left(&vm->follow, u, usb_now(vm->vms));
	}
	strv_foreach (id, &missing)
		usb_give_back(usb_act_create(vm, NULL, *id, USB_DELETING));
}

static void on_children(void *user, json_t *result, const struct err *err)
{
	struct vm *vm = user;

	if (vm->state != VM_RUNNING || !vm->qmp)
		return;
	if (err)
		log_error(err, "VM %s: USB", vm->name);
	else if (json_is_array(result))
		give_back_missing(vm, result);
	for (size_t i = 0; i < vm->journal.n_usb; i++)
		usb_fdset_remove(vm, &vm->journal.usb[i]);
	vm->usb_unsure = false;
	usb_look_soon(vm->vms);
}

void vm_usb_adopt(struct vm *vm)
{
	if (!vm->journal.n_usb || !vm->qmp || vm->state != VM_RUNNING)
		return;
	vm->usb_unsure = true;
	qmp_send(vm->qmp, "qom-list", json_pack("{s:s}", "path", "/machine/peripheral"), -1,
	        vm->vms->usb.command_ms, on_children, vm);
}
