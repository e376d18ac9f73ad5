/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A device out of a running VM and back to the host; also one that was pulled out and that QEMU still shows. */
#include "vm/usb/impl.h"

#include "base/i18n.h"
#include "base/log.h"

#include <errno.h>
#include <time.h>

/*
 * QEMU never drops a set of which usb-host took a copy: it closes that by close(), where only qemu_close() counts
 * (hw/usb/host-libusb.c, usb_host_close()). Since a port's set has always the same number, no more than one for each
 * port is ever left, and empty. Of a paused VM the descriptor stays until the next remove-fd after it runs
 * again (monitor_fdset_cleanup()); a newer one in the same set goes before it.
 */
void usb_fdset_remove(struct vm *vm, struct journal_usb *u)
{
	if (vm->qmp && u->fdset >= 0)
		qmp_send(vm->qmp, "remove-fd", json_pack("{s:I}", "fdset-id", (json_int_t)u->fdset),
		        -1, vm->vms->usb.command_ms, NULL, NULL);
	u->fdset = -1;
}

static void on_returned(void *user, int fd, const struct err *err)
{
	struct vm_usb_act *a = user;
	const struct err why = a->why.number ? a->why : err ? *err : (struct err){0};

	(void)fd;
	a->child = NULL;
	if (!a->orphan) /* its VM is being released, by the list of entries */
		usb_entry_remove(a->vm, a->id);
	vms_hands_off_plugged(a->vm->vms); /* a keyboard is seen to be one again */
	usb_tell_changed(a->vm->vms);
	usb_act_finish(a, why.number ? &why : NULL);
}

/* One that was unplugged needs no child to find that out. */
static bool is_there(const struct vms *vms, const struct act_usb *usb)
{
	cleanup_free char *folder = xasprintf("/sys/bus/usb/devices/%s", usb->sysname);
	struct stat st;

	return root_stat(&vms->root, folder, &st) == 0 &&
	       (!usb->instance || st.st_ino == usb->instance);
}

void usb_give_back(struct vm_usb_act *a)
{
	struct journal_usb *u = usb_entry(a->vm, a->id);
	struct vms *vms = a->vm->vms;
	struct err err;

	a->stage = USB_RETURNING;
	a->deadline = sd_event_source_disable_unref(a->deadline);
	if (u)
		usb_fdset_remove(a->vm, u);
	if (!a->sysname || vms->env.session || !is_there(vms, &a->usb)) {
		on_returned(a, -1, NULL);
		return;
	}
	if (vms_act(vms, ACT_USB_BACK, &a->usb, ACT_MS, on_returned, a, &a->child, &err) < 0)
		on_returned(a, -1, &err);
}

void vm_usb_deleted(struct vm *vm, const char *id)
{
	struct vm_usb_act *a = usb_act_find(vm, id);

	if (a && a->orphan)
		return;
	if (!a && !usb_entry(vm, id))
		return; /* none of ours, or told twice */
	if (!a)         /* after its time, or QEMU let go by itself */
		a = usb_act_create(vm, NULL, id, USB_DELETING);
	a->deleted = true;
	if (a->stage == USB_DELETING)
		usb_give_back(a);
}

static void refused(struct vm_usb_act *a, const struct err *err)
{
	struct journal_usb *u = usb_entry(a->vm, a->id);

	if (u)
		u->refusals++;
	usb_act_finish(a, a->why.number ? &a->why : err);
}

static int on_deleted_late(sd_event_source *source, uint64_t usec, void *user)
{
	struct vm_usb_act *a = user;
	struct err err;

	(void)source, (void)usec;
	err_set(&err, -ETIMEDOUT, _("QEMU did not let go of USB device %s in time"), a->id);
	refused(a, &err);
	return 0;
}

static void on_delete_asked(void *user, json_t *result, const struct err *err)
{
	struct vm_usb_act *a = user;

	(void)result;
	/* QEMU may tell of it before it answers: then on_returned() ends it, or has. */
	if (a->deleted && !a->done && !a->orphan) {
		a->asked = false;
		return;
	}
	if (usb_act_answered(a, err))
		return;
	if (err && err->number == -ENODEV) /* it never had it, or has told of it long ago */
		usb_give_back(a);
	else if (err)
		refused(a, err);
	else
		sd_event_add_time_relative(a->vm->vms->env.event, &a->deadline, CLOCK_MONOTONIC,
		        USB_DELETED_MS * 1000, 1000, on_deleted_late, a);
}

void usb_detach_act(struct vm_usb_act *a)
{
	a->stage = USB_DELETING;
	usb_act_ask(a, "device_del", json_pack("{s:s}", "id", a->id), -1, on_delete_asked);
}

void usb_detach(struct vm *vm, const struct journal_usb *u, struct vm_job *job)
{
	usb_detach_act(usb_act_create(vm, job, u->id, USB_DELETING));
}
