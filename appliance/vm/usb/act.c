/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vm/usb/impl.h"

#include "base/i18n.h"
#include "base/log.h"

#include <errno.h>

struct journal_usb *usb_entry(const struct vm *vm, const char *id)
{
	for (size_t i = 0; i < vm->journal.n_usb; i++) {
		if (streq(vm->journal.usb[i].id, id))
			return &vm->journal.usb[i];
	}
	return NULL;
}

void usb_save(struct vm *vm)
{
	struct err err;

	if (vm_journal(vm, &err) < 0)
		log_error(&err, "VM %s", vm->name);
}

int usb_root_again(const struct vms *vms, struct root *root, struct err *err)
{
	return root_open(root, *vms->root.path ? vms->root.path : "/", err);
}

void usb_entry_remove(struct vm *vm, const char *id)
{
	struct journal_usb *u = usb_entry(vm, id);

	if (!u)
		return;
	journal_usb_remove(&vm->journal, (size_t)(u - vm->journal.usb));
	usb_save(vm);
}

struct vm_usb_act *usb_act_create(
        struct vm *vm, struct vm_job *job, const char *id, enum usb_stage stage)
{
	const struct journal_usb *u = usb_entry(vm, id);
	struct vm_usb_act *a = xcalloc(1, sizeof(*a));

	*a = (struct vm_usb_act){
	        .next = vm->vms->usb.acts, .vm = vm, .job = job, .id = xstrdup(id), .stage = stage};
	if (u) {
		a->sysname = xstrdup(u->sysname);
		a->usb = (struct act_usb){.sysname = a->sysname,
		        .busnum = u->busnum,
		        .devnum = u->devnum,
		        .vendor = u->vendor,
		        .product = u->product,
		        .instance = u->instance,
		        .keeps_driver = vm->vms->env.session};
	}
	vm->vms->usb.acts = a;
	return a;
}

struct vm_usb_act *usb_act_find(const struct vm *vm, const char *id)
{
	for (struct vm_usb_act *a = vm->vms->usb.acts; a; a = a->next) {
		if (a->vm == vm && !a->done && streq(a->id, id))
			return a;
	}
	return NULL;
}

static void free_act(struct vm_usb_act *a)
{
	struct vm_usb_act **at = &a->vm->vms->usb.acts;

	while (*at != a)
		at = &(*at)->next;
	*at = a->next;
	disposable_forget(a->child);
	sd_event_source_disable_unref(a->deadline);
	json_decref(a->options);
	free(a->id);
	free(a->sysname);
	free(a);
}

static void end_act(struct vm_usb_act *a)
{
	disposable_forget(take_ptr(a->child));
	a->deadline = sd_event_source_disable_unref(a->deadline);
	if (a->asked)
		a->done = true;
	else
		free_act(a);
}

void usb_act_drop(struct vm_usb_act *a)
{
	a->job = NULL;
	free_act(a);
}

void usb_act_finish(struct vm_usb_act *a, const struct err *err)
{
	struct vms *vms = a->vm->vms;

	if (err && err->number && !a->job && !a->orphan)
		log_error(err, "VM %s: USB", a->vm->name);
	vm_job_finish(take_ptr(a->job), err);
	end_act(a);
	vms_usb_give_back_more(vms);
	vms_chord_refresh(vms);
	/* What the last look had to leave alone because of this one. */
	if (vms->usb.waiting)
		usb_look_soon(vms);
}

void usb_act_ask(
        struct vm_usb_act *a, const char *command, json_t *arguments, int fd, qmp_reply reply)
{
	a->asked = true;
	qmp_send(a->vm->qmp, command, arguments, fd, a->vm->vms->usb.command_ms, reply, a);
}

bool usb_act_answered(struct vm_usb_act *a, const struct err *err)
{
	a->asked = false;
	if (a->done) {
		free_act(a);
		return true;
	}
	/* Where QEMU is gone, the entry stays for whoever gives everything back. */
	if (!a->orphan && !(err && (err->number == -ECANCELED || err->number == -EPIPE)))
		return false;
	usb_act_finish(a, err && a->why.number ? &a->why : err);
	return true;
}

bool vms_usb_busy(const struct vms *vms)
{
	return vms->usb.acts;
}

void vm_usb_give_up(struct vm *vm)
{
	struct err err;

	err_set(&err, -ECANCELED, _("VM %s ends"), vm->name);
	for (struct vm_usb_act *a = vm->vms->usb.acts, *next; a; a = next) {
		next = a->next;
		if (a->vm != vm || a->done)
			continue;
		/* The reply comes at the latest with QMP's end; what is just opened is given back then. */
		if ((a->asked && !a->child) || (a->child && a->stage == USB_OPENING)) {
			if (!a->asked)
				vm_job_finish(take_ptr(a->job), &err);
			a->orphan = true;
		} else {
			vm_job_finish(take_ptr(a->job), &err);
			end_act(a);
		}
	}
	usb_follow_finish(&vm->follow);
}

void vm_usb_forget(struct vm *vm)
{
	for (struct vm_usb_act *a = vm->vms->usb.acts, *next; a; a = next) {
		next = a->next;
		if (a->vm == vm && a->child)
			end_act(a);
	}
}
