/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One look at all USB devices: what has left a VM, what belongs into one, and what waits for its time. */
#include "vm/usb/impl.h"

#include "base/i18n.h"
#include "base/log.h"
#include "host/usb_names.h"
#include "vm/usb/choice.h"
#include "vm/usb/kept.h"
#include "vm/usb/rules.h"

#include <assert.h>
#include <errno.h>
#include <time.h>

#define ACCURACY_US 1000u /* 0 would be sd-event's 250 ms */

struct look {
	struct vms *vms;
	struct usb_facts facts;
	uint64_t now;
};

uint64_t usb_now(const struct vms *vms)
{
	uint64_t now = 0;

	if (vms->usb.now)
		return vms->usb.now(vms);
	sd_event_now(vms->env.event, CLOCK_MONOTONIC, &now);
	return now;
}

void usb_tell_changed(struct vms *vms)
{
	if (vms->listener.usb_changed)
		vms->listener.usb_changed(vms->listener.user);
}

bool usb_is_entry(const struct journal_usb *u, const struct usb_device *d)
{
	return u->busnum == d->busnum && u->devnum == d->devnum && u->vendor == d->vendor &&
	       u->product == d->product &&
	       (!u->instance || !d->instance || u->instance == d->instance);
}

struct vm *usb_holder(const struct vms *vms, const struct usb_device *d)
{
	for (struct vm *vm = vms->list; vm; vm = vm->next) {
		for (size_t i = 0; i < vm->journal.n_usb; i++) {
			if (usb_is_entry(&vm->journal.usb[i], d))
				return vm;
		}
	}
	return NULL;
}

/* --- may it --- */

/*
 * By its class, or by a driver of its maker's own: a card reader of class ff has disks too (rtsx_usb). Without a driver
 * there is no disk; those of game devices, named here, are spared the look.
 */
static bool may_hold_disk(const struct usb_device *d)
{
	static const char *const others[] = {
	        "usbhid", "xpad", "snd-usb-audio", "uvcvideo", "btusb", "usbfs"};
	size_t known = 0;

	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		known += strv_has(&d->drivers, others[i]);
	return d->storage || known < d->drivers.n;
}

/* What a VM has, or is just getting, is none of the host's keyboards, though the host's driver may still be on it. */
static void leave_out_given(const struct vms *vms, struct usb *usb, const struct usb_device *d)
{
	for (size_t i = 0; i < usb->n; i++) {
		if (&usb->list[i] != d && usb_holder(vms, &usb->list[i]))
			strv_finish(&usb->list[i].drivers);
	}
}

int usb_may_have(
        struct vms *vms, struct usb_facts *facts, const struct usb_device *d, struct err *err)
{
	const struct usb_ways ways = {.chord = vms_chord_would_see(vms, d)};
	int r = 0;

	/* Only the input layer knows a keyboard that does not say that it is one, and those that are not of USB. */
	if (!facts->inputs && (strv_has(&d->drivers, "usbhid") || strv_has(&d->drivers, "btusb"))) {
		facts->inputs = true;
		inputs_take(&vms->root, &facts->host.usb, &facts->host.inputs, NULL);
	}
	if (!facts->disks && may_hold_disk(d)) {
		r = disks_take(&vms->root, &facts->host.disks, err);
		facts->disks = r == 0;
	}
	leave_out_given(vms, &facts->host.usb, d);
	return r < 0 ? r : usb_check_ways(&facts->host, d, &ways, err);
}

/* --- who wants it --- */

static bool can_change(const struct vm *vm)
{
	return vm->state == VM_RUNNING && vm->rung == RUNG_NONE && vm->qmp && !vm->usb_unsure;
}

static bool is_kept_by_hand(const struct vms *vms, const struct usb_device *d)
{
	for (const struct vm *vm = vms->list; vm; vm = vm->next) {
		if (usb_kept_by_hand(&vm->journal, d))
			return true;
	}
	return false;
}

/* By the rules of all VMs that run. */
static struct vm *find_owner(const struct vms *vms, const struct usb_device *d)
{
	const struct usb_claimant *owner;
	const struct journal_rule *rule;
	struct usb_claimant *all = NULL;
	struct vm *found = NULL;
	size_t n = 0;

	for (const struct vm *vm = vms->list; vm; vm = vm->next) {
		if (vm->state == VM_RUNNING && !usb_kept_has(&vm->journal, d))
			*list_append(all, n) = (struct usb_claimant){.vm = vm->name,
			        .rules = vm->journal.rules,
			        .n = vm->journal.n_rules,
			        .since = vm->journal.since};
	}
	owner = usb_rules_owner(all, n, d, &rule);
	for (struct vm *vm = vms->list; vm && owner && !found; vm = vm->next)
		found = streq(owner->vm, vm->name) ? vm : NULL;
	free(all);
	return found;
}

/* The VM that it has just left, or as which it comes back. */
static struct vm *find_left(const struct look *l, const struct usb_device *d, bool by_hand)
{
	for (struct vm *vm = l->vms->list; vm; vm = vm->next) {
		const struct usb_left *left = usb_follow_find(&vm->follow, d, l->now);

		if (left && left->by_hand == by_hand && !usb_kept_has(&vm->journal, d))
			return vm;
	}
	return NULL;
}

/* A person's word goes before the rules, and they before what was so by a rule a moment ago. */
static struct usb_want find_want(const struct look *l, const struct usb_device *d)
{
	struct usb_want want = {.vm = find_left(l, d, true), .by_hand = true};

	if (want.vm)
		return want;
	want.by_hand = false;
	want.vm = find_owner(l->vms, d);
	if (!want.vm)
		want.vm = find_left(l, d, false);
	return want;
}

/* --- in --- */

/*
 * Whether udev has done its part: then its entry is there (libudev's udev_device_get_is_initialized() asks for the
 * same). When it has, it tells, and that is the next look.
 */
static bool is_processed(const struct vms *vms, const struct usb_device *d)
{
	cleanup_free char *entry = usb_udev_notes(d);

	return !root_exists(&vms->root, "/run/udev/control") || root_exists(&vms->root, entry);
}

/* One that has gone from the same socket leaves first: its port in the guest, its fdset and perhaps its id are free then. */
static bool is_socket_busy(const struct vms *vms, const struct usb_device *d)
{
	for (const struct vm *vm = vms->list; vm; vm = vm->next) {
		for (size_t i = 0; i < vm->journal.n_usb; i++) {
			const struct journal_usb *u = &vm->journal.usb[i];

			if ((u->port && d->port && streq(u->port, d->port)) ||
			        (u->busnum == d->busnum && u->devnum == d->devnum))
				return true;
		}
	}
	return false;
}

static bool has_its_time(struct look *l, const struct usb_device *d)
{
	cleanup_free char *label = NULL;

	switch (usb_limit_ask(&l->vms->usb.limit, d->port, l->now)) {
	case USB_LIMIT_GO:
		return true;
	case USB_LIMIT_WAIT:
		return false;
	case USB_LIMIT_BEGINS:
		label = usb_name(d);
		log_warning(_("USB port %s: %s was attached %u times within %u s and is attached "
		              "less often until it rests: is it the cable, or its firmware?"),
		        d->port, label, USB_LIMIT_ATTACHES, (unsigned)(USB_LIMIT_USEC / 1000000));
		return true;
	}
	return true;
}

static void attach_wanted(struct look *l, const struct usb_device *d)
{
	struct vms *vms = l->vms;
	struct usb_want want;
	struct err err;

	if (d->hub || d->root_hub || usb_holder(vms, d) || is_kept_by_hand(vms, d))
		return;
	want = find_want(l, d);
	if (!want.vm || !can_change(want.vm) || !is_processed(vms, d))
		return;
	if (is_socket_busy(vms, d)) {
		vms->usb.waiting = true;
		return;
	}
	if (!has_its_time(l, d))
		return;
	usb_follow_drop(&want.vm->follow, usb_follow_find(&want.vm->follow, d, l->now));
	if (usb_may_have(vms, &l->facts, d, &err) == 0 && usb_attach(&want, d, NULL, &err) == 0)
		return;
	log_error(&err, "VM %s: USB", want.vm->name);
	usb_kept_add(&want.vm->journal, d, false);
	usb_save(want.vm);
}

/* --- out --- */

static bool is_there(const struct usb *usb, const struct journal_usb *u)
{
	for (size_t i = 0; i < usb->n; i++) {
		if (usb_is_entry(u, &usb->list[i]))
			return true;
	}
	return false;
}

static void detach_unplugged(struct look *l, struct vm *vm)
{
	for (size_t i = 0; i < vm->journal.n_usb; i++) {
		const struct journal_usb *u = &vm->journal.usb[i];

		if (is_there(&l->facts.host.usb, u) || u->refusals >= USB_REFUSALS)
			continue;
		if (usb_act_find(vm, u->id)) {
			vm->vms->usb.waiting = true;
			continue;
		}
		usb_follow_left(&vm->follow, u, l->now);
		usb_detach(vm, u, NULL);
	}
}

static void look_at_vm(struct look *l, struct vm *vm)
{
	usb_follow_expire(&vm->follow, l->now);
	if (usb_kept_look(&vm->journal, &l->facts.host.usb, l->now) && vm->state == VM_RUNNING)
		usb_save(vm);
	if (can_change(vm))
		detach_unplugged(l, vm);
}

/* --- when --- */

static int on_wake(sd_event_source *source, uint64_t usec, void *user)
{
	struct vms *vms = user;

	(void)source, (void)usec;
	vms->usb.wake = sd_event_source_disable_unref(vms->usb.wake);
	vms_usb_reconcile(vms);
	return 0;
}

static void wake_at(struct vms *vms, uint64_t usec)
{
	uint64_t armed;

	if (vms->usb.wake && sd_event_source_get_time(vms->usb.wake, &armed) >= 0 && armed <= usec)
		return;
	vms->usb.wake = sd_event_source_disable_unref(vms->usb.wake);
	sd_event_add_time(
	        vms->env.event, &vms->usb.wake, CLOCK_MONOTONIC, usec, ACCURACY_US, on_wake, vms);
}

void vms_usb_event(struct vms *vms)
{
	uint64_t now = usb_now(vms), next = usb_pace_next(&vms->usb.pace, now);

	if (next > now)
		wake_at(vms, next);
	else
		vms_usb_reconcile(vms);
}

static int on_soon(sd_event_source *source, void *user)
{
	struct vms *vms = user;

	(void)source;
	vms->usb.soon = sd_event_source_disable_unref(vms->usb.soon);
	vms_usb_event(vms);
	return 0;
}

void usb_look_soon(struct vms *vms)
{
	if (!vms->usb.soon)
		sd_event_add_defer(vms->env.event, &vms->usb.soon, on_soon, vms);
}

/* A pause ends, or a storm is over: nothing else would wake us for it. */
static void wait_for_storms(struct look *l)
{
	struct vms *vms = l->vms;
	char *calm;
	uint64_t next;

	while ((calm = usb_limit_calm(&vms->usb.limit, l->now))) {
		log_info(_("USB port %s: the device there has come to rest"), calm);
		free(calm);
	}
	next = usb_limit_next(&vms->usb.limit, l->now);
	if (next != UINT64_MAX)
		wake_at(vms, next);
}

/* --- the look --- */

/* Takes the list of what is plugged in; returns whether it is another than before. */
static bool note_seen(struct vms *vms, const struct usb *usb)
{
	struct strv names = {0};
	char *seen;
	bool changed;

	for (size_t i = 0; i < usb->n; i++)
		strv_addf(&names, "%s %u %llu", usb->list[i].sysname, usb->list[i].devnum,
		        (unsigned long long)usb->list[i].instance);
	seen = strv_join(&names, "\n");
	strv_finish(&names);
	changed = vms->usb.seen && !streq(vms->usb.seen, seen);
	free(vms->usb.seen);
	vms->usb.seen = seen;
	return changed;
}

void vms_usb_reconcile(struct vms *vms)
{
	struct look l = {.vms = vms, .now = usb_now(vms)};
	bool changed;

	usb_pace_looked(&vms->usb.pace, l.now);
	if (usb_take(&vms->root, &l.facts.host.usb, NULL) < 0)
		return;
	vms->usb.waiting = false;
	changed = note_seen(vms, &l.facts.host.usb);
	for (struct vm *vm = vms->list; vm; vm = vm->next)
		look_at_vm(&l, vm);
	for (size_t i = 0; i < l.facts.host.usb.n; i++)
		attach_wanted(&l, &l.facts.host.usb.list[i]);
	wait_for_storms(&l);
	host_finish(&l.facts.host);
	if (changed)
		usb_tell_changed(vms);
}

void vms_usb_given_back(struct vms *vms, bool had_usb)
{
	if (!had_usb)
		return;
	vms_usb_give_back_more(vms); /* those that were on their way in when it ended */
	usb_tell_changed(vms);
	usb_look_soon(vms); /* another VM may have been waiting for them */
}

void vms_usb_finish(struct vms *vms)
{
	assert(!vms->usb.acts);
	sd_event_source_disable_unref(vms->usb.wake);
	sd_event_source_disable_unref(vms->usb.soon);
	usb_limit_finish(&vms->usb.limit);
	for (size_t i = 0; i < ARRAY_SIZE(vms->usb.answers); i++)
		usb_answer_finish(&vms->usb.answers[i]);
	free(vms->usb.seen);
}
