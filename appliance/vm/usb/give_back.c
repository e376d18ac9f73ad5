/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Everything back to the host at once, as if each device had been detached by hand: no rule attaches it again
 * before it was unplugged, or somebody says so. A QEMU that hangs is asked too, and is not waited for.
 */
#include "vm/usb/impl.h"

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

/* A child each: one device that hangs in the kernel keeps no other away. */
struct usb_taking {
	struct vms *vms;
	struct usb_taking *next; /* in struct vms's list */
	struct disposable *child;
	char *sysname;
	struct act_usb usb;
};

static void taking_destroy(struct usb_taking *t)
{
	struct usb_taking **at = &t->vms->taking;

	while (*at != t)
		at = &(*at)->next;
	*at = t->next;
	disposable_forget(t->child);
	free(t->sysname);
	free(t);
}

static void on_taken(void *user, int fd, const struct err *err)
{
	struct usb_taking *t = user;

	(void)fd;
	t->child = NULL;
	if (err)
		log_error(err, _("USB device %s could not be taken back by force"), t->sysname);
	taking_destroy(t);
}

static int take_in_child(const void *argument, int *fd, struct err *err)
{
	const struct usb_taking *t = argument;
	struct root root;
	int r = usb_root_again(t->vms, &root, err);

	(void)fd;
	return r < 0 ? r : t->vms->usb.take(&root, &t->usb, err);
}

static int begin_taking(struct usb_taking *t, struct err *err)
{
	if (!t->vms->usb.take)
		return vms_act(t->vms, ACT_USB_TAKE, &t->usb, ACT_MS, on_taken, t, &t->child, err);
	return disposable_run(
	        t->vms->env.event, take_in_child, t, ACT_MS, on_taken, t, &t->child, err);
}

static bool is_being_taken(const struct vms *vms, const struct journal_usb *u)
{
	for (const struct usb_taking *t = vms->taking; t; t = t->next) {
		if (t->usb.busnum == u->busnum && t->usb.devnum == u->devnum)
			return true;
	}
	return false;
}

static void take(struct vms *vms, const struct journal_usb *u)
{
	struct usb_taking *t = xcalloc(1, sizeof(*t));
	struct err err;

	*t = (struct usb_taking){.vms = vms, .next = vms->taking, .sysname = xstrdup(u->sysname)};
	t->usb = (struct act_usb){.sysname = t->sysname,
	        .busnum = u->busnum,
	        .devnum = u->devnum,
	        .vendor = u->vendor,
	        .product = u->product,
	        .instance = u->instance};
	vms->taking = t;
	if (begin_taking(t, &err) < 0)
		on_taken(t, -1, &err);
}

static void take_stuck(struct vms *vms)
{
	struct vm *vm;

	for (size_t i = 0; i < vms->n_leaving; i++) {
		const struct journal_usb *u = find(vms, &vms->leaving[i], &vm);

		if (!u || !vms->leaving[i].asked || is_being_taken(vms, u))
			continue;
		log_warning(_("VM %s: QEMU does not let go of %s (USB device %s): it is "
		              "taken back by force"),
		        vm->name, u->label, u->sysname);
		take(vms, u);
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

	(void)source, (void)usec;
	vms->patience = sd_event_source_disable_unref(vms->patience);
	/* A session has no right to; its act on the device ends with an error. */
	if (!vms->env.session)
		take_stuck(vms);
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
	return n + vms_inputs_give_back(vms);
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
	while (vms->taking)
		taking_destroy(vms->taking);
	vms->patience = sd_event_source_disable_unref(vms->patience);
	free(take_ptr(vms->leaving));
	vms->n_leaving = 0;
}
