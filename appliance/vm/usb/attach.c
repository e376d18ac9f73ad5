/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A device into a running VM: the daemon opens its node and sends the descriptor, so that QEMU needs no access to
 * any. The journal knows of it first, down to the fdset and the port, so that whatever ends the daemon half way,
 * the next one can undo it.
 *
 * A child opens the node. That costs a millisecond or two, and open() may block for long: the kernel wakes a
 * suspended device in it and waits for the device's lock, which hub_wq holds for seconds where a device does not answer
 * (drivers/usb/core/devio.c, usbdev_open()).
 */
#include "vm/usb/impl.h"

#include "base/i18n.h"
#include "base/log.h"
#include "host/usb_names.h"
#include "vm/usb/choice.h"
#include "vm/usb/kept.h"
#include "vm/plan/usb_options.h"

#include <errno.h>

/* One that went away meanwhile is nobody's fault; another shall not be tried again until it was unplugged. */
static void keep_away(struct vm *vm, const struct journal_usb *u, const struct err *err)
{
	if (err->number != -ENODEV)
		usb_kept_add_entry(&vm->journal, u, false);
}

/* QEMU has no device yet. */
static void fail(struct vm_usb_act *a, const struct err *err)
{
	const struct journal_usb *u = usb_entry(a->vm, a->id);

	a->why = *err;
	if (u)
		keep_away(a->vm, u, err);
	usb_give_back(a); /* its disks may have left the host */
}

static void on_added(void *user, json_t *result, const struct err *err)
{
	struct vm_usb_act *a = user;
	struct journal_usb *u;

	(void)result;
	if (usb_act_answered(a, err))
		return;
	u = usb_entry(a->vm, a->id);
	/* Its own copy is open: usb-host duplicates what it takes from an fdset. */
	if (u && !err)
		usb_fdset_remove(a->vm, u);
	if (err) {
		a->why = *err;
		if (u)
			keep_away(a->vm, u, err);
	}
	if (a->deleted || (err && err->number == -EREMOTEIO)) {
		usb_give_back(a); /* QEMU may have unbound the host's drivers before it gave up */
	} else if (err) {
		usb_detach_act(a); /* it may still come to have it */
	} else {
		usb_save(a->vm);
		vms_hands_off_plugged(a->vm->vms); /* the host may have one keyboard less */
		usb_tell_changed(a->vm->vms);
		usb_act_finish(a, NULL);
	}
}

static void on_fd_added(void *user, json_t *result, const struct err *err)
{
	struct vm_usb_act *a = user;

	(void)result; /* the fdset's number was ours to choose */
	if (usb_act_answered(a, err))
		return;
	if (err) {
		fail(a, err);
		return;
	}
	a->stage = USB_ADDING;
	usb_act_ask(a, "device_add", take_ptr(a->options), -1, on_added);
}

/* Opening waited for the kernel, which by now has made the interfaces that were missing when we looked. */
static int look_again(const struct vm_usb_act *a, const struct journal_usb *u, struct err *err)
{
	struct vms *vms = a->vm->vms;
	const struct usb_device *d = NULL;
	struct usb_facts facts = {0};
	int r = usb_take(&vms->root, &facts.host.usb, err);

	for (size_t i = 0; i < facts.host.usb.n; i++) {
		if (usb_is_entry(u, &facts.host.usb.list[i]))
			d = &facts.host.usb.list[i];
	}
	if (r == 0 && !d)
		r = err_set(err, -ENODEV, _("USB device %s (%04x:%04x) is not there any more"),
		        u->sysname, u->vendor, u->product);
	if (r == 0)
		vms_chord_learn(vms, d);
	r = r < 0 ? r : usb_may_have(vms, &facts, d, err);
	host_finish(&facts.host);
	return r;
}

static void on_opened(void *user, int fd, const struct err *err)
{
	struct vm_usb_act *a = user;
	const struct journal_usb *u = usb_entry(a->vm, a->id);
	struct err why;

	a->child = NULL;
	if (a->orphan || (!err && (!a->vm->qmp || !u))) {
		close_fd(&fd);
		usb_give_back(a);
		return;
	}
	if (err) {
		fail(a, err);
		return;
	}
	if (a->unsure && look_again(a, u, &why) < 0) {
		close_fd(&fd);
		fail(a, &why);
		return;
	}
	vm_job_stage(a->job, "attach", 50);
	a->stage = USB_ADDING_FD;
	usb_act_ask(
	        a, "add-fd", json_pack("{s:I}", "fdset-id", (json_int_t)u->fdset), fd, on_fd_added);
}

struct opening {
	const struct vms *vms;
	struct act_usb usb;
};

static int open_in_child(const void *argument, int *fd, struct err *err)
{
	const struct opening *o = argument;
	struct root root;
	int r = usb_root_again(o->vms, &root, err);

	return r < 0 ? r : o->vms->usb.open(&root, &o->usb, fd, err);
}

static int begin_opening(struct vm_usb_act *a, struct err *err)
{
	struct vms *vms = a->vm->vms;
	const struct opening opening = {vms, a->usb};

	if (!vms->usb.open)
		return vms_act(vms, ACT_USB_OPEN, &a->usb, ACT_MS, on_opened, a, &a->child, err);
	return disposable_run(
	        vms->env.event, open_in_child, &opening, ACT_MS, on_opened, a, &a->child, err);
}

static struct journal_usb *add_entry(
        const struct usb_want *want, const struct usb_device *d, unsigned guest_port)
{
	struct journal *j = &want->vm->journal;
	struct journal_usb *u = list_append(j->usb, j->n_usb);

	*u = (struct journal_usb){.sysname = xstrdup(d->sysname),
	        .port = xstrdup(d->port),
	        .label = usb_name(d),
	        .id = xasprintf("usb-%s-%u", d->sysname, d->devnum),
	        .busnum = d->busnum,
	        .devnum = d->devnum,
	        .vendor = d->vendor,
	        .product = d->product,
	        .serial = xstrdup(d->serial),
	        .instance = d->instance,
	        .guest_port = guest_port,
	        .by_hand = want->by_hand,
	        .fdset = USB_FDSET_BASE + (int64_t)guest_port};
	return u;
}

static int refuse_full(const struct vm *vm, const struct usb_device *d, struct err *err)
{
	err_set(err, -ENOSPC,
	        _("USB device %s: all %u USB ports that VM %s has for devices are taken"),
	        d->sysname, USB_GUEST_PORTS - USB_GUEST_FIRST_PORT + 1 - vm->journal.usb_channels,
	        vm->name);
	err_hint(err,
	        _("detach a device first: playthrough usb detach %s DEVICE; or give the VM a "
	          "whole USB controller: [usb-controller] in its profile"),
	        vm->name);
	err_code(err, CODE_USB_FULL);
	return -ENOSPC;
}

int usb_attach(const struct usb_want *want, const struct usb_device *d, struct vm_job *job,
        struct err *err)
{
	struct vm *vm = want->vm;
	const unsigned port = usb_guest_port(&vm->journal, d->port);
	struct journal_usb *u;
	struct vm_usb_act *a;
	int r;

	if (!port)
		return refuse_full(vm, d, err);
	vms_chord_learn(vm->vms, d);
	u = add_entry(want, d, port);
	a = usb_act_create(vm, job, u->id, USB_OPENING);
	a->unsure = d->unfinished;
	a->options = usb_options(d, u, usb_limit_is_storm(&vm->vms->usb.limit, d->port));
	r = vm_journal(vm, err);
	r = r < 0 ? r : begin_opening(a, err);
	if (r < 0) {
		usb_act_drop(a);
		journal_usb_remove(&vm->journal, vm->journal.n_usb - 1);
	}
	return r;
}
