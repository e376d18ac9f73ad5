/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a person asks for: a device into a VM now, or out of it. */
#include "vm/usb/impl.h"

#include "base/i18n.h"
#include "vm/usb/choice.h"
#include "vm/usb/kept.h"

#include <errno.h>

static struct vm *find_running(struct vms *vms, const char *name, struct err *err)
{
	struct vm *vm = vms_find(vms, name);

	if (vm && vm->state == VM_RUNNING && vm->qmp)
		return vm;
	err_set(err, -ESRCH, _("VM %s is not running"), name);
	err_code(err, CODE_VM_NOT_RUNNING);
	err_hint(err, _("start it first: playthrough start %s"), name);
	return NULL;
}

static int check_free(const struct vms *vms, const struct usb_device *d, struct err *err)
{
	const struct vm *holder = usb_holder(vms, d);

	if (!holder)
		return 0;
	err_set(err, -EBUSY, _("USB device %s is in VM %s already"), d->sysname, holder->name);
	err_hint(err, _("take it out first: playthrough usb detach %s %s"), holder->name,
	        d->sysname);
	err_code(err, CODE_USB_TAKEN);
	return -EBUSY;
}

static void forget_kept(struct vms *vms, const struct usb_device *d)
{
	for (struct vm *vm = vms->list; vm; vm = vm->next) {
		usb_kept_drop(&vm->journal, d);
		usb_follow_drop(&vm->follow, usb_follow_find(&vm->follow, d, usb_now(vms)));
	}
}

static int attach(struct vm *vm, struct usb_facts *facts, const char *device, struct vm_job **job,
        struct err *err)
{
	const struct usb_want want = {.vm = vm, .by_hand = true};
	struct vms *vms = vm->vms;
	const struct usb_device *d;
	int r = usb_take(&vms->root, &facts->host.usb, err);

	d = r < 0 ? NULL : usb_choose(&facts->host.usb, device, err);
	if (!d || check_free(vms, d, err) < 0 || usb_may_have(vms, facts, d, err) < 0)
		return -1;
	forget_kept(vms, d);
	*job = vm_job_create(vm, "usb-attach", NULL);
	r = usb_attach(&want, d, *job, err);
	if (r < 0)
		vm_job_drop(*job);
	return r;
}

struct vm_job *vms_usb_attach(
        struct vms *vms, const char *name, const char *device, struct err *err)
{
	struct vm *vm = find_running(vms, name, err);
	struct usb_facts facts = {0};
	struct vm_job *job = NULL;
	int r = vm ? attach(vm, &facts, device, &job, err) : -1;

	host_finish(&facts.host);
	return r < 0 ? NULL : job;
}

static const struct journal_usb *find_attached(const struct vm *vm, const char *device)
{
	for (size_t i = 0; i < vm->journal.n_usb; i++) {
		const struct journal_usb *u = &vm->journal.usb[i];
		cleanup_free char *id = xasprintf("%04x:%04x", u->vendor, u->product);

		if (streq(device, u->sysname) || strcasecmp(device, id) == 0 ||
		        (u->port && streq(device, u->port)))
			return u;
	}
	return NULL;
}

static void take_out(struct vm *vm, const struct journal_usb *u, struct vm_job *job)
{
	usb_kept_add_entry(&vm->journal, u, true);
	usb_save(vm);
	usb_detach(vm, u, job);
}

struct vm_job *vms_usb_detach(
        struct vms *vms, const char *name, const char *device, struct err *err)
{
	struct vm *vm = find_running(vms, name, err);
	const struct journal_usb *u = vm ? find_attached(vm, device) : NULL;
	struct vm_job *job;

	if (!vm)
		return NULL;
	if (!u || usb_act_find(vm, u->id)) {
		err_set(err, u ? -EBUSY : -ENOENT,
		        u ? _("USB device %s is just being attached to or detached from VM %s")
		          : _("no USB device %s is in VM %s"),
		        device, name);
		err_hint(err, _("see: playthrough usb list"));
		return NULL;
	}
	job = vm_job_create(vm, "usb-detach", NULL);
	take_out(vm, u, job);
	return job;
}

bool vm_usb_take_out(struct vm *vm, const struct journal_usb *u)
{
	if (usb_act_find(vm, u->id))
		return false;
	take_out(vm, u, NULL);
	return true;
}
