/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Everything back to the host at once, as if each device had been detached by hand: no rule attaches it again
 * before it was unplugged, or somebody says so.
 */
#include "vm/vm_impl.h"

#include "base/log.h"

static void add_leaving(struct vms *vms, const struct journal_usb *u)
{
	*list_append(vms->leaving, vms->n_leaving) =
	        (struct usb_ignored){.busnum = u->busnum, .devnum = u->devnum};
}

/* What is just on its way in is taken out as soon as it is there. Returns how many are asked back. */
static unsigned give_back(struct vm *vm)
{
	unsigned n = 0;

	for (size_t i = 0; i < vm->journal.n_usb; i++) {
		n++;
		if (!vm_usb_take_out(vm, &vm->journal.usb[i]))
			add_leaving(vm->vms, &vm->journal.usb[i]);
	}
	return n;
}

unsigned vms_usb_give_back_all(struct vms *vms)
{
	unsigned n = 0;

	for (struct vm *vm = vms->list; vm; vm = vm->next) {
		if (vm->state == VM_RUNNING && vm->qmp)
			n += give_back(vm);
	}
	return n;
}

static void take_out(struct vms *vms, struct usb_ignored device)
{
	for (struct vm *vm = vms->list; vm; vm = vm->next) {
		for (size_t i = 0; i < vm->journal.n_usb; i++) {
			const struct journal_usb *u = &vm->journal.usb[i];

			if (u->busnum != device.busnum || u->devnum != device.devnum)
				continue;
			if (vm->state == VM_RUNNING && vm->qmp && !vm_usb_take_out(vm, u))
				add_leaving(vms, u);
			return;
		}
	}
}

void vms_usb_give_back_more(struct vms *vms)
{
	cleanup_free struct usb_ignored *list = take_ptr(vms->leaving);
	size_t n = vms->n_leaving;

	vms->n_leaving = 0;
	for (size_t i = 0; i < n; i++)
		take_out(vms, list[i]);
}
