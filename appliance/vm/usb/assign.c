/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * USB rules for good: written into a profile's own file and taken out again, and at once in force where its VM
 * runs.
 */
#include "vm/usb/impl.h"

#include "base/i18n.h"
#include "base/log.h"
#include "profile/editing.h"
#include "vm/usb/assignment.h"
#include "vm/usb/kept.h"
#include "vm/usb/rules.h"

/* --- in force at once --- */

static struct vm *living(struct vms *vms, const char *name)
{
	struct vm *vm = vms_find(vms, name);

	return vm && (vm->state == VM_RUNNING || vm->state == VM_STARTING) ? vm : NULL;
}

static void renew_rules(struct vms *vms, const struct profile *profile)
{
	struct vm *vm = living(vms, profile->name);
	struct err err;

	if (vm) {
		journal_rules_finish(&vm->journal.rules, &vm->journal.n_rules);
		usb_rules_of(profile, &vm->journal.rules, &vm->journal.n_rules);
		if (vm_journal(vm, &err) < 0)
			log_error(&err, "VM %s", vm->name);
		vms_usb_reconcile(vms);
	}
	if (vms->listener.usb_changed)
		vms->listener.usb_changed(vms->listener.user);
}

/* Who assigns a device that was detached by hand before wants it back. */
static void forget_kept(struct vms *vms, const struct usb_device *d)
{
	for (struct vm *vm = vms->list; vm; vm = vm->next)
		usb_kept_drop(&vm->journal, d);
}

static void assign_in_force(
        struct vms *vms, const struct profile *profile, const struct usb_device *d)
{
	struct vm *vm = living(vms, profile->name);

	if (vm && d)
		forget_kept(vms, d);
	renew_rules(vms, profile);
}

static const char *holder_of(const struct vms *vms, const struct usb_device *d)
{
	const struct vm *vm = usb_holder(vms, d);

	return vm ? vm->name : NULL;
}

/* --- what a person should know --- */

/* The device the rule is about; where nothing is plugged in, one that might be. Caller frees .port. */
static struct usb_device example(const struct usb_assignment *a)
{
	const char *port = a->rule.port;

	if (a->device && !a->rule.hub) {
		struct usb_device d = *a->device;

		d.port = xstrdup(d.port);
		return d;
	}
	return (struct usb_device){.port = port ? xstrdup(port) : xasprintf("%s.1", a->rule.hub)};
}

static void note_other(const struct profile *other, const struct usb_assignment *a,
        const struct usb_device *d, struct strv *notes)
{
	unsigned own = usb_rule_rank(&a->rule, d), best = 0;
	struct journal_rule *rules = NULL;
	const char *name = NULL;
	size_t n = 0;

	usb_rules_of(other, &rules, &n);
	for (size_t i = 0; i < n; i++) {
		unsigned rank = usb_rule_rank(&rules[i], d);

		if (rank > best) {
			best = rank;
			name = rules[i].name;
		}
	}
	if (best && best == own)
		strv_addf(notes,
		        _("[usb %s] of %s names it just as closely: when both VMs run, the one "
		          "that was started first has it"),
		        name, other->name);
	else if (best > own)
		strv_addf(notes,
		        _("[usb %s] of %s names it more closely: while %s runs, it goes there"),
		        name, other->name, other->name);
	journal_rules_finish(&rules, &n);
}

static void note_others(struct vms *vms, const char *self, struct usb_assignment *a)
{
	struct usb_device d = example(a);
	cleanup_strv struct strv names = {0};
	struct profile other;

	profile_list(vms->env.profile_folders, &names, NULL);
	strv_foreach (name, &names) {
		if (streq(*name, self) ||
		        profile_find(vms->env.profile_folders, *name, &other, NULL) < 0)
			continue;
		note_other(&other, a, &d, &a->notes);
		profile_finish(&other);
	}
	free(d.port);
}

static void note_now(struct vms *vms, const char *self, struct usb_assignment *a)
{
	const char *holder = a->device ? holder_of(vms, a->device) : NULL;

	if (holder && !streq(holder, self))
		strv_addf(&a->notes,
		        _("VM %s has it now and keeps it until it is unplugged or taken back "
		          "(playthrough usb detach)"),
		        holder);
	else if (!living(vms, self))
		strv_addf(&a->notes, _("%s does not run: it counts from its next start on"), self);
}

static json_t *json_of(const struct strv *list)
{
	json_t *all = json_array();

	strv_foreach (s, list)
		json_array_append_new(all, json_string(*s));
	return all;
}

/* --- assign --- */

static const char *file_of(const struct profile_editing *e, const struct usb_assignment *a)
{
	if (e->n)
		return e->edits[0].file;
	for (size_t i = 0; i < e->profile.n_usb; i++) {
		const struct profile_usb *u = &e->profile.usb[i];

		if (starts_with(a->section, "usb ") && streq(a->section + 4, u->name))
			return u->file;
	}
	return e->profile.file;
}

static int write_rule(
        struct vms *vms, struct profile_editing *e, struct usb_assignment *a, struct err *err)
{
	struct profile renewed;
	int r = profile_editing_add(e, a->comment, a->section, a->keys, err);

	if (r == 0)
		r = profile_editing_write(e, &renewed, err);
	if (r < 0)
		return r;
	assign_in_force(vms, &renewed, a->device);
	profile_finish(&renewed);
	return 0;
}

static int take_facts(struct vms *vms, enum usb_by by, struct host *host, struct err *err)
{
	int r;

	if (by == USB_BY_CONTROLLER)
		return host_take(&vms->root, host, err);
	r = usb_take(&vms->root, &host->usb, err);
	if (r == 0)
		inputs_take(&vms->root, &host->usb, &host->inputs, NULL);
	return r < 0 ? r : disks_take(&vms->root, &host->disks, err);
}

static json_t *assign(struct vms *vms, struct profile_editing *e, const struct usb_request *q,
        struct usb_assignment *a, struct err *err)
{
	int r = usb_assignment_make(q, a, err);

	if (r < 0)
		return NULL;
	if (q->by != USB_BY_CONTROLLER && !a->there) {
		note_now(vms, e->profile.name, a);
		note_others(vms, e->profile.name, a);
	}
	if (!a->there && write_rule(vms, e, a, err) < 0)
		return NULL;
	/* Written by hand while the VM ran, it is in force from now on. */
	if (a->there && living(vms, e->profile.name))
		assign_in_force(vms, &e->profile, a->device);
	return json_pack("{s:s, s:b, s:s, s:s, s:s, s:o}", "vm", e->profile.name, "changed",
	        !a->there, "file", file_of(e, a), "section", a->section, "keys", a->keys, "notes",
	        json_of(&a->notes));
}

json_t *vms_usb_assign(struct vms *vms, const char *name, const char *device,
        const struct usb_assign_options *options, struct err *err)
{
	cleanup(host_finish) struct host host = {0};
	cleanup(profile_editing_finish) struct profile_editing e = {0};
	cleanup(usb_assignment_finish) struct usb_assignment a = {0};
	struct usb_request q = {.host = &host,
	        .sees_chord = vms_chord_sees,
	        .vms = vms,
	        .profile = &e.profile,
	        .device = device,
	        .as = options->as,
	        .session = vms->env.session};

	if (usb_by_parse(options->by, &q.by, err) < 0 ||
	        profile_editing_begin(&e, vms->env.profile_folders, name, err) < 0 ||
	        take_facts(vms, q.by, &host, err) < 0)
		return NULL;
	return assign(vms, &e, &q, &a, err);
}

/* --- unassign --- */

static bool is_in(const struct strv *sections, const char *rule)
{
	cleanup_free char *section = usb_section("usb", rule);

	return strv_has(sections, section);
}

/* What the rules gave to the VM that runs stays there: who plays must not lose a device by an edit. */
static void note_attached(struct vms *vms, const struct profile_editing *e, const struct usb *usb,
        const struct strv *sections, struct strv *notes)
{
	struct journal_rule *rules = NULL;
	size_t n = 0;

	usb_rules_of(&e->profile, &rules, &n);
	for (size_t i = 0; i < usb->n; i++) {
		const char *holder = holder_of(vms, &usb->list[i]);
		const struct journal_rule *removed = NULL, *left = NULL;

		for (size_t k = 0; k < n; k++) {
			if (!usb_rule_rank(&rules[k], &usb->list[i]))
				continue;
			if (is_in(sections, rules[k].name))
				removed = &rules[k];
			else
				left = &rules[k];
		}
		if (removed && left)
			strv_addf(notes, _("%s still goes to %s, by [usb %s]"),
			        usb->list[i].sysname, e->profile.name, left->name);
		else if (removed && holder && streq(holder, e->profile.name))
			strv_addf(notes,
			        _("%s stays in %s until it is unplugged or taken back: "
			          "playthrough usb detach %s %s"),
			        usb->list[i].sysname, holder, holder, usb->list[i].sysname);
	}
	journal_rules_finish(&rules, &n);
}

static void note_controllers(const struct strv *sections, struct strv *notes)
{
	strv_foreach (section, sections) {
		if (!starts_with(*section, "usb-controller"))
			continue;
		strv_addf(notes,
		        _("a VM that runs keeps the controller until it ends; where it is bound at "
		          "boot, playthrough-setup plan shows how to undo that"));
		return;
	}
}

static int remove_rules(
        struct vms *vms, struct profile_editing *e, const struct strv *sections, struct err *err)
{
	struct profile renewed;
	int r = profile_editing_remove(e, sections, err);

	if (r == 0)
		r = profile_editing_write(e, &renewed, err);
	if (r < 0)
		return r;
	renew_rules(vms, &renewed);
	profile_finish(&renewed);
	return 0;
}

json_t *vms_usb_unassign(struct vms *vms, const char *name, const char *what, struct err *err)
{
	cleanup(host_finish) struct host host = {0};
	cleanup(profile_editing_finish) struct profile_editing e = {0};
	cleanup_strv struct strv sections = {0}, files = {0}, notes = {0};
	const struct usb_request q = {.host = &host,
	        .sees_chord = vms_chord_sees,
	        .vms = vms,
	        .profile = &e.profile,
	        .device = what};

	if (profile_editing_begin(&e, vms->env.profile_folders, name, err) < 0 ||
	        usb_take(&vms->root, &host.usb, err) < 0 ||
	        usb_assignment_find(&q, &sections, err) < 0 ||
	        remove_rules(vms, &e, &sections, err) < 0)
		return NULL;
	note_attached(vms, &e, &host.usb, &sections, &notes);
	note_controllers(&sections, &notes);
	for (size_t i = 0; i < e.n; i++)
		strv_add(&files, e.edits[i].file);
	return json_pack("{s:s, s:b, s:o, s:o, s:o}", "vm", e.profile.name, "changed", true,
	        "files", json_of(&files), "sections", json_of(&sections), "notes", json_of(&notes));
}
