/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * USB devices into a running VM and back. The daemon opens the node and sends the descriptor, so that QEMU
 * needs no access to any. Who a device is, is its port and its number: each plug makes another number.
 */
#include "vm/vm_impl.h"

#include "base/i18n.h"
#include "base/log.h"
#include "vm/usb_choice.h"
#include "vm/usb_rules.h"

#include <assert.h>
#include <errno.h>
#include <time.h>

#define COMMAND_MS 20000u
#define DELETED_MS 10000u

/* One attach or detach under way. */
struct vm_usb_act {
	struct vm_usb_act *next; /* in struct vms's list */
	struct vm *vm;
	struct vm_job *job;           /* NULL: done by a rule, or after an unplug */
	char *id;                     /* of the entry in the VM's journal */
	bool detach, deleted, orphan; /* orphan: the VM has ended, only the reply is awaited */
	bool asked;                   /* device_del holds it until the reply */
	bool done;                    /* told, and kept only because it is asked */
	struct disposable *open;
	sd_event_source *deadline;
	int64_t fdset;
};

static struct journal_usb *entry_of(const struct vm *vm, const char *id, size_t *index)
{
	for (size_t i = 0; i < vm->journal.n_usb; i++) {
		if (streq(vm->journal.usb[i].id, id)) {
			if (index)
				*index = i;
			return &vm->journal.usb[i];
		}
	}
	return NULL;
}

static void save(struct vm *vm)
{
	struct err err;

	if (vm_journal(vm, &err) < 0)
		log_error(&err, "VM %s", vm->name);
}

static void tell_changed(struct vms *vms)
{
	if (vms->listener.usb_changed)
		vms->listener.usb_changed(vms->listener.user);
}

static void remove_entry(struct vm *vm, const char *id)
{
	size_t index;

	if (!entry_of(vm, id, &index))
		return;
	journal_usb_remove(&vm->journal, index);
	save(vm);
}

static void ignore(struct vm *vm, const struct journal_usb *u)
{
	*list_append(vm->ignored, vm->n_ignored) =
	        (struct usb_ignored){.busnum = u->busnum, .devnum = u->devnum};
}

static struct vm_usb_act *new_act(struct vm *vm, struct vm_job *job, const char *id, bool detach)
{
	struct vm_usb_act *a = xcalloc(1, sizeof(*a));

	*a = (struct vm_usb_act){.next = vm->vms->usb_acts,
	        .vm = vm,
	        .job = job,
	        .id = xstrdup(id),
	        .detach = detach,
	        .fdset = -1};
	vm->vms->usb_acts = a;
	return a;
}

static void free_act(struct vm_usb_act *a)
{
	struct vm_usb_act **at = &a->vm->vms->usb_acts;

	while (*at != a)
		at = &(*at)->next;
	*at = a->next;
	disposable_forget(a->open);
	sd_event_source_disable_unref(a->deadline);
	free(a->id);
	free(a);
}

/* Frees it, or leaves that to the reply that still holds it. */
static void end_act(struct vm_usb_act *a)
{
	disposable_forget(take_ptr(a->open));
	if (a->asked)
		a->done = true;
	else
		free_act(a);
}

static void finish(struct vm_usb_act *a, const struct err *err)
{
	struct vms *vms = a->vm->vms;

	if (err && !a->job)
		log_error(err, "VM %s: USB", a->vm->name);
	vm_job_finish(take_ptr(a->job), err);
	end_act(a);
	vms_usb_give_back_more(vms);
	vms_chord_refresh(vms);
	tell_changed(vms);
}

static void remove_fdset(struct vm *vm, int64_t fdset)
{
	if (vm->qmp && fdset >= 0)
		qmp_send(vm->qmp, "remove-fd", json_pack("{s:I}", "fdset-id", (json_int_t)fdset),
		        -1, COMMAND_MS, NULL, NULL);
}

static bool gone(struct vm_usb_act *a, const struct err *err)
{
	if (!a->orphan && !(err && err->number == -ECANCELED))
		return false;
	finish(a, err);
	return true;
}

/* --- attach --- */

static void fail_attach(struct vm_usb_act *a, const struct err *err)
{
	struct journal_usb *u = entry_of(a->vm, a->id, NULL);

	if (u) {
		ignore(a->vm, u);
		remove_fdset(a->vm, u->fdset);
	}
	remove_entry(a->vm, a->id);
	finish(a, err);
}

static void on_attached(void *user, json_t *result, const struct err *err)
{
	struct vm_usb_act *a = user;

	(void)result;
	if (gone(a, err))
		return;
	if (err)
		fail_attach(a, err);
	else
		finish(a, NULL);
}

static void on_fd_added(void *user, json_t *result, const struct err *err)
{
	struct vm_usb_act *a = user;
	struct journal_usb *u;
	cleanup_free char *path = NULL;

	if (gone(a, err))
		return;
	u = entry_of(a->vm, a->id, NULL);
	if (err || !u) {
		fail_attach(a, err);
		return;
	}
	u->fdset = json_integer_value(json_object_get(result, "fdset-id"));
	save(a->vm);
	path = xasprintf("/dev/fdset/%lld", (long long)u->fdset);
	qmp_send(a->vm->qmp, "device_add",
	        json_pack("{s:s, s:s, s:s, s:s}", "driver", "usb-host", "hostdevice", path, "id",
	                a->id, "bus", "usb.0"),
	        -1, COMMAND_MS, on_attached, a);
}

static void on_opened(void *user, int fd, const struct err *err)
{
	struct vm_usb_act *a = user;

	a->open = NULL;
	if (err) {
		fail_attach(a, err);
		return;
	}
	if (!a->vm->qmp) {
		close_fd(&fd);
		finish(a, NULL);
		return;
	}
	vm_job_stage(a->job, "attach", 50);
	qmp_send(a->vm->qmp, "add-fd", NULL, fd, COMMAND_MS, on_fd_added, a);
}

static int open_in_child(const void *argument, int *fd, struct err *err)
{
	struct root root;
	int r = root_open(&root, "/", err);

	return r < 0 ? r : act_usb_open(&root, argument, fd, err);
}

static int attach(struct vm *vm, const struct usb_device *d, struct vm_job *job, struct err *err)
{
	const struct act_usb usb = {.sysname = d->sysname,
	        .busnum = d->busnum,
	        .devnum = d->devnum,
	        .vendor = d->vendor,
	        .product = d->product};
	struct journal_usb *u = list_append(vm->journal.usb, vm->journal.n_usb);
	struct vm_usb_act *a;
	int r;

	vms_chord_learn(vm->vms, d);
	*u = (struct journal_usb){.sysname = xstrdup(d->sysname),
	        .port = xstrdup(d->port),
	        .label = usb_label(d),
	        .id = xasprintf("usb-%s-%u", d->sysname, d->devnum),
	        .busnum = d->busnum,
	        .devnum = d->devnum,
	        .vendor = d->vendor,
	        .product = d->product,
	        .fdset = -1};
	a = new_act(vm, job, u->id, false);
	r = vm_journal(vm, err);
	r = r < 0 ? r
	          : disposable_run(vm->vms->env.event, open_in_child, &usb, ACT_MS, on_opened, a,
	                    &a->open, err);
	if (r < 0) {
		a->job = NULL; /* the caller's to end */
		journal_usb_remove(&vm->journal, vm->journal.n_usb - 1);
		free_act(a);
	}
	return r;
}

/* --- detach --- */

static void on_returned(void *user, int fd, const struct err *err)
{
	struct vm_usb_act *a = user;

	(void)fd;
	a->open = NULL;
	remove_entry(a->vm, a->id);
	finish(a, err);
}

static int return_in_child(const void *argument, int *fd, struct err *err)
{
	struct root root;
	int r = root_open(&root, "/", err);

	(void)fd;
	return r < 0 ? r : act_usb_return(&root, argument, err);
}

/* QEMU has let go of it: close the descriptor there, then see that the host's drivers are back. */
static void after_deleted(struct vm_usb_act *a)
{
	struct journal_usb *u = entry_of(a->vm, a->id, NULL);
	struct act_usb usb;
	struct err err;

	a->deadline = sd_event_source_disable_unref(a->deadline);
	remove_fdset(a->vm, a->fdset);
	if (!u || a->vm->vms->env.session) {
		on_returned(a, -1, NULL);
		return;
	}
	usb = (struct act_usb){.sysname = u->sysname,
	        .busnum = u->busnum,
	        .devnum = u->devnum,
	        .vendor = u->vendor,
	        .product = u->product};
	if (disposable_run(a->vm->vms->env.event, return_in_child, &usb, ACT_MS, on_returned, a,
	            &a->open, &err) < 0)
		on_returned(a, -1, &err);
}

void vm_usb_deleted(struct vm *vm, const char *id)
{
	for (struct vm_usb_act *a = vm->vms->usb_acts; a; a = a->next) {
		if (a->vm == vm && a->detach && !a->deleted && !a->orphan && streq(a->id, id)) {
			a->deleted = true;
			after_deleted(a);
			return;
		}
	}
}

static int on_deleted_late(sd_event_source *source, uint64_t usec, void *user)
{
	struct vm_usb_act *a = user;
	struct err err;

	(void)source, (void)usec;
	err_set(&err, -ETIMEDOUT, _("QEMU did not let go of USB device %s in time"), a->id);
	finish(a, &err);
	return 0;
}

static void on_delete_asked(void *user, json_t *result, const struct err *err)
{
	struct vm_usb_act *a = user;

	(void)result;
	a->asked = false;
	if (a->done) {
		free_act(a);
		return;
	}
	/* QEMU may tell of it before it answers: then on_returned() ends it. */
	if (a->deleted || gone(a, err))
		return;
	if (err)
		finish(a, err);
	else
		sd_event_add_time_relative(a->vm->vms->env.event, &a->deadline, CLOCK_MONOTONIC,
		        DELETED_MS * 1000, 0, on_deleted_late, a);
}

static void detach(struct vm *vm, const struct journal_usb *u, struct vm_job *job)
{
	struct vm_usb_act *a = new_act(vm, job, u->id, true);

	a->fdset = u->fdset;
	a->asked = true;
	qmp_send(vm->qmp, "device_del", json_pack("{s:s}", "id", u->id), -1, COMMAND_MS,
	        on_delete_asked, a);
}

/* --- all of them --- */

static bool under_way(const struct vm *vm, const char *id)
{
	for (const struct vm_usb_act *a = vm->vms->usb_acts; a; a = a->next) {
		if (a->vm == vm && streq(a->id, id))
			return true;
	}
	return false;
}

bool vm_usb_take_out(struct vm *vm, const struct journal_usb *u)
{
	if (under_way(vm, u->id))
		return false;
	ignore(vm, u);
	detach(vm, u, NULL);
	return true;
}

bool vms_usb_busy(const struct vms *vms)
{
	return vms->usb_acts;
}

void vm_usb_give_up(struct vm *vm)
{
	struct err err;

	err_set(&err, -ECANCELED, _("VM %s ends"), vm->name);
	for (struct vm_usb_act *a = vm->vms->usb_acts, *next; a; a = next) {
		next = a->next;
		if (a->vm != vm)
			continue;
		if (a->open || a->deadline) {
			vm_job_finish(take_ptr(a->job), &err);
			end_act(a);
		} else {
			a->orphan =
			        true; /* QMP owes it a reply, which comes at the latest with its end */
		}
	}
}

static const struct journal_usb *attached(
        const struct vms *vms, const struct usb_device *d, const struct vm **out)
{
	for (const struct vm *vm = vms->list; vm; vm = vm->next) {
		for (size_t i = 0; i < vm->journal.n_usb; i++) {
			const struct journal_usb *u = &vm->journal.usb[i];

			*out = vm;
			if (u->busnum == d->busnum && u->devnum == d->devnum)
				return u;
		}
	}
	*out = NULL;
	return NULL;
}

static bool is_ignored(const struct vm *vm, const struct usb_device *d)
{
	for (size_t i = 0; i < vm->n_ignored; i++) {
		if (vm->ignored[i].busnum == d->busnum && vm->ignored[i].devnum == d->devnum)
			return true;
	}
	return false;
}

/* Whether the rules of all VMs that run give it to this one. */
static bool is_wanted(const struct vm *vm, const struct usb_device *d)
{
	const struct journal_rule *rule;
	const struct usb_claimant *owner;
	struct usb_claimant *all = NULL;
	bool wanted;
	size_t n = 0;

	for (const struct vm *v = vm->vms->list; v; v = v->next) {
		if (v->state == VM_RUNNING && !is_ignored(v, d))
			*list_append(all, n) = (struct usb_claimant){.vm = v->name,
			        .rules = v->journal.rules,
			        .n = v->journal.n_rules,
			        .since = v->journal.since};
	}
	owner = usb_rules_owner(all, n, d, &rule);
	wanted = owner && streq(owner->vm, vm->name);
	free(all);
	return wanted;
}

static void attach_wanted(struct vm *vm, const struct host *host)
{
	for (size_t i = 0; i < host->usb.n; i++) {
		const struct usb_device *d = &host->usb.list[i];
		const struct vm *holder;
		struct err err;

		if (!is_wanted(vm, d) || attached(vm->vms, d, &holder))
			continue;
		if (usb_check(host, d, &err) == 0 && attach(vm, d, NULL, &err) == 0)
			continue;
		log_error(&err, "VM %s: USB", vm->name);
		ignore(vm, &(struct journal_usb){.busnum = d->busnum, .devnum = d->devnum});
	}
}

static bool is_there(const struct usb *usb, const struct journal_usb *u)
{
	for (size_t i = 0; i < usb->n; i++) {
		if (usb->list[i].busnum == u->busnum && usb->list[i].devnum == u->devnum)
			return true;
	}
	return false;
}

static void detach_unplugged(struct vm *vm, const struct usb *usb)
{
	for (size_t i = 0; i < vm->journal.n_usb; i++) {
		const struct journal_usb *u = &vm->journal.usb[i];

		if (!is_there(usb, u) && !under_way(vm, u->id))
			detach(vm, u, NULL);
	}
}

static bool any_running(const struct vms *vms)
{
	for (const struct vm *vm = vms->list; vm; vm = vm->next) {
		if (vm->state == VM_RUNNING && (vm->journal.n_rules || vm->journal.n_usb))
			return true;
	}
	return false;
}

void vms_usb_reconcile(struct vms *vms)
{
	cleanup(host_finish) struct host host = {0};

	if (!any_running(vms) || usb_take(&vms->root, &host.usb, NULL) < 0)
		return;
	disks_take(&vms->root, &host.disks, NULL);
	for (struct vm *vm = vms->list; vm; vm = vm->next) {
		if (vm->state != VM_RUNNING || vm->rung != RUNG_NONE || !vm->qmp)
			continue;
		detach_unplugged(vm, &host.usb);
		attach_wanted(vm, &host);
	}
}

/* --- the calls --- */

static struct vm *running(struct vms *vms, const char *name, struct err *err)
{
	struct vm *vm = vms_find(vms, name);

	if (vm && vm->state == VM_RUNNING && vm->qmp)
		return vm;
	err_set(err, -ESRCH, _("VM %s is not running"), name);
	err_code(err, CODE_VM_NOT_RUNNING);
	err_hint(err, _("start it first: playthrough start %s"), name);
	return NULL;
}

static int check_attach(
        struct vms *vms, const struct host *host, const struct usb_device *d, struct err *err)
{
	const struct vm *holder;

	if (attached(vms, d, &holder))
		return err_set(err, -EBUSY, _("USB device %s is in VM %s already"), d->sysname,
		        holder->name);
	return usb_check(host, d, err);
}

struct vm_job *vms_usb_attach(
        struct vms *vms, const char *name, const char *device, struct err *err)
{
	cleanup(host_finish) struct host host = {0};
	struct vm *vm = running(vms, name, err);
	const struct usb_device *d;
	struct vm_job *job;

	if (!vm || usb_take(&vms->root, &host.usb, err) < 0 ||
	        disks_take(&vms->root, &host.disks, err) < 0)
		return NULL;
	d = usb_choose(&host.usb, device, err);
	if (!d || check_attach(vms, &host, d, err) < 0)
		return NULL;
	job = vm_job_create(vm, "usb-attach", NULL);
	if (attach(vm, d, job, err) == 0)
		return job;
	vm_job_drop(job);
	return NULL;
}

static const struct journal_usb *find_attached(const struct vm *vm, const char *device)
{
	for (size_t i = 0; i < vm->journal.n_usb; i++) {
		const struct journal_usb *u = &vm->journal.usb[i];
		cleanup_free char *id = xasprintf("%04x:%04x", u->vendor, u->product);

		if (streq(device, u->sysname) || streq(device, id) ||
		        (u->port && streq(device, u->port)))
			return u;
	}
	return NULL;
}

struct vm_job *vms_usb_detach(
        struct vms *vms, const char *name, const char *device, struct err *err)
{
	struct vm *vm = running(vms, name, err);
	const struct journal_usb *u = vm ? find_attached(vm, device) : NULL;
	struct vm_job *job;

	if (!vm)
		return NULL;
	if (!u || under_way(vm, u->id)) {
		err_set(err, u ? -EBUSY : -ENOENT,
		        u ? _("USB device %s is just being attached to or detached from VM %s")
		          : _("no USB device %s is in VM %s"),
		        device, name);
		err_hint(err, _("see: playthrough usb list"));
		return NULL;
	}
	ignore(vm, u);
	job = vm_job_create(vm, "usb-detach", NULL);
	detach(vm, u, job);
	return job;
}
