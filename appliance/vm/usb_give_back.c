/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Everything back to the host at once, as if each device had been detached by hand: no rule attaches it again
 * before it was unplugged, or somebody says so. A QEMU that hangs is asked too, and is not waited for.
 */
#include "vm/usb_impl.h"

#include "base/i18n.h"
#include "base/log.h"

#include <time.h>

#define PATIENCE_MS 3000u /* a QEMU that works lets go within a tenth of that */

static bool is_leaving(const struct vms *vms, const struct journal_usb *u)
{
	for (size_t i = 0; i < vms->n_leaving; i++) {
		if (vms->leaving[i].busnum == u->busnum && vms->leaving[i].devnum == u->devnum)
			return true;
	}
	return false;
}

static const struct journal_usb *find(
        const struct vms *vms, const struct usb_leaving *device, struct vm **out)
{
	for (struct vm *vm = vms->list; vm; vm = vm->next) {
		for (size_t i = 0; i < vm->journal.n_usb; i++) {
			const struct journal_usb *u = &vm->journal.usb[i];

			*out = vm;
			if (u->busnum == device->busnum && u->devnum == device->devnum)
				return u;
		}
	}
	return NULL;
}

/* --- what does not come by itself --- */

static void on_taken(void *user, int fd, const struct err *err)
{
	struct vms *vms = user;

	(void)fd;
	vms->taking = NULL;
	if (err)
		log_error(err, _("USB devices could not be taken back by force"));
}

static int take_one(const struct root *root, const struct journal_usb *u, struct err *err)
{
	const struct act_usb usb = {.sysname = u->sysname,
	        .busnum = u->busnum,
	        .devnum = u->devnum,
	        .vendor = u->vendor,
	        .product = u->product,
	        .instance = u->instance};

	return act_usb_take(root, &usb, err);
}

/* Each for itself: one that does not come keeps no other away. */
static int take_in_child(const void *argument, int *fd, struct err *err)
{
	const struct vms *vms = argument;
	struct root root;
	struct vm *vm;
	int r = usb_root_again(vms, &root, err), all = r;

	(void)fd;
	for (size_t i = 0; i < vms->n_leaving && r == 0; i++) {
		const struct journal_usb *u = find(vms, &vms->leaving[i], &vm);
		int one = u && vms->leaving[i].asked ? take_one(&root, u, all < 0 ? NULL : err) : 0;

		all = all < 0 ? all : one;
	}
	return all;
}

static void tell_stuck(const struct vms *vms)
{
	struct vm *vm;

	for (size_t i = 0; i < vms->n_leaving; i++) {
		const struct journal_usb *u = find(vms, &vms->leaving[i], &vm);

		if (u && vms->leaving[i].asked)
			log_warning(_("VM %s: QEMU does not let go of %s (USB device %s): it is "
			              "taken back by force"),
			        vm->name, u->label, u->sysname);
	}
}

static void arm(struct vms *vms);

/* What is still on its way in is waited for: that ends by itself. */
static void drop_asked(struct vms *vms)
{
	for (size_t i = vms->n_leaving; i-- > 0;) {
		if (vms->leaving[i].asked)
			vms->leaving[i] = vms->leaving[--vms->n_leaving];
	}
	if (vms->n_leaving)
		arm(vms);
}

static int on_late(sd_event_source *source, uint64_t usec, void *user)
{
	struct vms *vms = user;
	struct err err;

	(void)source, (void)usec;
	vms->patience = sd_event_source_disable_unref(vms->patience);
	/* A session has no right to; its act on the device ends with an error. */
	if (!vms->env.session)
		tell_stuck(vms);
	if (!vms->env.session && !vms->taking &&
	        disposable_run(vms->env.event, take_in_child, vms, ACT_MS, on_taken, vms,
	                &vms->taking, &err) < 0)
		on_taken(vms, -1, &err);
	drop_asked(vms);
	return 0;
}

static void arm(struct vms *vms)
{
	if (!vms->patience)
		sd_event_add_time_relative(vms->env.event, &vms->patience, CLOCK_MONOTONIC,
		        PATIENCE_MS * 1000, 0, on_late, vms);
}

/* --- asking for them --- */

static unsigned give_back(struct vm *vm)
{
	unsigned n = 0;

	for (size_t i = 0; i < vm->journal.n_usb; i++, n++) {
		const struct journal_usb *u = &vm->journal.usb[i];

		if (!is_leaving(vm->vms, u))
			*list_append(vm->vms->leaving, vm->vms->n_leaving) =
			        (struct usb_leaving){.busnum = u->busnum, .devnum = u->devnum};
	}
	return n;
}

/* Asks for what nobody asks for yet: one that is just on its way in, when it is there. */
static void ask(struct vms *vms)
{
	for (size_t i = 0; i < vms->n_leaving; i++) {
		struct usb_leaving *l = &vms->leaving[i];
		struct vm *vm;
		const struct journal_usb *u = l->asked ? NULL : find(vms, l, &vm);

		if (!u || vm->state != VM_RUNNING || !vm->qmp)
			continue;
		l->asked =
		        true; /* before: a broken connection fails it at once, and comes here again */
		if (!vm_usb_take_out(vm, u))
			l->asked = false;
	}
}

unsigned vms_usb_give_back_all(struct vms *vms)
{
	unsigned n = 0;

	for (struct vm *vm = vms->list; vm; vm = vm->next) {
		if (vm->state == VM_RUNNING)
			n += give_back(vm);
	}
	if (n)
		arm(vms);
	ask(vms);
	return n;
}

void vms_usb_give_back_more(struct vms *vms)
{
	struct vm *vm;

	for (size_t i = vms->n_leaving; i-- > 0;) {
		if (!find(vms, &vms->leaving[i], &vm))
			vms->leaving[i] = vms->leaving[--vms->n_leaving];
	}
	if (!vms->n_leaving)
		vms->patience = sd_event_source_disable_unref(vms->patience);
	ask(vms);
}

void vms_usb_give_back_finish(struct vms *vms)
{
	disposable_forget(take_ptr(vms->taking));
	vms->patience = sd_event_source_disable_unref(vms->patience);
	free(take_ptr(vms->leaving));
	vms->n_leaving = 0;
}
