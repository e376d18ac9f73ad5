/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * USB rules for good: written into a profile's own file and taken out again, and at once in force where its VM
 * runs. A profile of the first folder is edited where it is; any other, which is the distribution's or another
 * person's, gets a drop-in in the first folder.
 */
#include "vm/vm_impl.h"

#include "base/i18n.h"
#include "base/log.h"
#include "vm/usb_assignment.h"
#include "vm/usb_rules.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#define DROP_IN "usb.conf"

/* A profile that is being edited: its files as they are, and what is to be written. */
struct editing {
	struct vms *vms;
	struct strv files;
	struct profile profile;
	struct file_edit {
		char *file, *old, *text; /* old NULL: it is not there yet; text NULL: it goes */
	} * edits;
	size_t n;
};

static void editing_finish(struct editing *e)
{
	for (size_t i = 0; i < e->n; i++) {
		free(e->edits[i].file);
		free(e->edits[i].old);
		free(e->edits[i].text);
	}
	free(e->edits);
	strv_finish(&e->files);
	profile_finish(&e->profile);
}

static int editing_begin(struct vms *vms, const char *name, struct editing *e, struct err *err)
{
	int r = profile_files(vms->env.profile_folders, name, &e->files, err);

	e->vms = vms;
	return r < 0 ? r : profile_load_files(&e->files, NULL, 0, &e->profile, err);
}

/* The profile's own file in the first folder, and the folder of its drop-ins there. Caller frees. */
static char *own_file(const struct editing *e)
{
	return xasprintf("%s/%s.profile", e->vms->env.profile_folders->list[0], e->profile.name);
}

static bool is_ours(const struct editing *e, const char *file)
{
	cleanup_free char *own = own_file(e), *drop_ins = xasprintf("%s.d/", own);

	return streq(file, own) || starts_with(file, drop_ins);
}

static bool is_drop_in(const struct editing *e, const char *file)
{
	return !streq(file, e->files.list[0]);
}

static int refuse_file(const char *file, const char *why, struct err *err)
{
	err_set(err, -EPERM, "%s: %s", file, why);
	err_hint(err, _("edit it by hand; playthrough profile check says whether it is good"));
	err_code(err, CODE_USB_RULE_FILE);
	return -EPERM;
}

/* What would be replaced must be the file itself. */
static int check_file(const char *file, struct err *err)
{
	struct stat st;

	if (lstat(file, &st) < 0)
		return errno == ENOENT ? 0 : err_errno(err, -errno, "%s", file);
	if (S_ISLNK(st.st_mode))
		return refuse_file(file, _("a symbolic link, which is not replaced"), err);
	return 0;
}

/* Whole text of a file of the profile; "" and *@there false where there is none. NULL with @err. */
static char *read_text(const char *file, bool *there, struct err *err)
{
	char *text;
	size_t size;

	*there = access(file, F_OK) == 0;
	if (!*there)
		return xstrdup("");
	text = profile_read(file, &size, err);
	if (!text || strlen(text) == size)
		return text;
	refuse_file(file, _("a NUL byte is in it"), err);
	free(text);
	return NULL;
}

/* Takes @old and @text. */
static void add_edit(struct editing *e, const char *file, char *old, char *text)
{
	*list_append(e->edits, e->n) = (struct file_edit){xstrdup(file), old, text};
}

/* The profile as it will be: nothing is written that could not be read. */
static int try_edits(const struct editing *e, struct profile *out, struct err *err)
{
	cleanup_strv struct strv files = {0};
	struct profile_text *instead = xcalloc(e->n + 1, sizeof(*instead));
	int r;

	strv_foreach (file, &e->files)
		strv_add(&files, *file);
	for (size_t i = 0; i < e->n; i++) {
		instead[i] = (struct profile_text){e->edits[i].file, e->edits[i].text};
		if (!strv_has(&files, e->edits[i].file))
			strv_add(&files, e->edits[i].file);
	}
	r = profile_load_files(&files, instead, e->n, out, err);
	free(instead);
	return r;
}

static int explain(const char *file, int r, struct err *err)
{
	if (r == -ESTALE || r == -EWOULDBLOCK) {
		err_set(err, r, _("%s: somebody else changed it just now, so nothing was written"),
		        file);
		err_hint(err, _("do it once more"));
		err_code(err, CODE_USB_RULE_FILE);
	} else if (err) {
		err_hint(err, _("is the file system writable? (findmnt -T %s)"), file);
		err_code(err, CODE_USB_RULE_FILE);
	}
	return r;
}

/* The daemon's umask closes folders to others, who read profiles too. */
static int make_drop_in_folder(const struct root *root, const char *file, struct err *err)
{
	cleanup_free char *folder = xstrndup(file, (size_t)(strrchr(file, '/') - file));
	cleanup_close int fd = -1;
	int r;

	if (root_exists(root, folder))
		return 0;
	r = root_make_folder(root, folder, err);
	if (r < 0)
		return r;
	fd = root_openat(root, folder, O_RDONLY | O_DIRECTORY, 0);
	return fd >= 0 && fchmod(fd, 0755) == 0 ? 0 : err_errno(err, -errno, "%s", folder);
}

static int write_edits(const struct editing *e, struct err *err)
{
	struct root root;
	int r = root_open(&root, "/", err);

	if (r < 0)
		return r;
	for (size_t i = 0; i < e->n && r == 0; i++) {
		const struct file_edit *edit = &e->edits[i];

		r = edit->old ? 0 : make_drop_in_folder(&root, edit->file, err);
		if (r == 0)
			r = root_exchange(&root, edit->file, edit->old, edit->text, err);
		if (r < 0)
			explain(edit->file, r, err);
	}
	root_close(&root);
	return r;
}

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
static void forget_ignored(struct vm *vm, const struct usb_device *d)
{
	size_t kept = 0;

	for (size_t i = 0; i < vm->n_ignored; i++) {
		if (vm->ignored[i].busnum != d->busnum || vm->ignored[i].devnum != d->devnum)
			vm->ignored[kept++] = vm->ignored[i];
	}
	vm->n_ignored = kept;
}

static void assign_in_force(
        struct vms *vms, const struct profile *profile, const struct usb_device *d)
{
	struct vm *vm = living(vms, profile->name);

	if (vm && d)
		forget_ignored(vm, d);
	renew_rules(vms, profile);
}

static const char *holder_of(const struct vms *vms, const struct usb_device *d)
{
	for (const struct vm *vm = vms->list; vm; vm = vm->next) {
		for (size_t i = 0; i < vm->journal.n_usb; i++) {
			if (vm->journal.usb[i].busnum == d->busnum &&
			        vm->journal.usb[i].devnum == d->devnum)
				return vm->name;
		}
	}
	return NULL;
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
	if (best == own)
		strv_addf(notes,
		        _("[usb %s] of %s names it just as closely: when both VMs run, the one "
		          "that was "
		          "started first has it"),
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
	const struct vm *vm = vms_find(vms, self);
	const char *holder = a->device ? holder_of(vms, a->device) : NULL;

	if (holder && !streq(holder, self))
		strv_addf(&a->notes,
		        _("VM %s has it now and keeps it until it is unplugged or taken back "
		          "(playthrough usb detach)"),
		        holder);
	else if (!vm || vm->state != VM_RUNNING)
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

/* Puts the section at the end of the file that is the person's. */
static int edit_in(struct editing *e, const struct usb_assignment *a, struct err *err)
{
	cleanup_free char *own = own_file(e), *drop_in = xasprintf("%s.d/%s", own, DROP_IN);
	const char *file = streq(e->files.list[0], own) ? own : drop_in;
	cleanup_free char *old = NULL, *edited = NULL;
	bool there;

	if (check_file(file, err) < 0)
		return -EPERM;
	old = read_text(file, &there, err);
	if (!old)
		return -EIO;
	edited = profile_add_section(old, a->comment, a->section, a->keys, err);
	if (!edited) {
		err_prefix(err, "%s", file);
		return -EINVAL;
	}
	add_edit(e, file, there ? take_ptr(old) : NULL, take_ptr(edited));
	return 0;
}

static const char *file_of(const struct editing *e, const struct usb_assignment *a)
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

static int write_rule(struct editing *e, struct usb_assignment *a, struct err *err)
{
	struct profile renewed;
	int r = edit_in(e, a, err);

	if (r == 0)
		r = try_edits(e, &renewed, err);
	if (r < 0)
		return r;
	r = write_edits(e, err);
	if (r == 0)
		assign_in_force(e->vms, &renewed, a->device);
	profile_finish(&renewed);
	return r;
}

static int take_facts(struct vms *vms, enum usb_by by, struct host *host, struct err *err)
{
	int r;

	if (by == USB_BY_CONTROLLER)
		return host_take(&vms->root, host, err);
	r = usb_take(&vms->root, &host->usb, err);
	return r < 0 ? r : disks_take(&vms->root, &host->disks, err);
}

static json_t *assign(
        struct editing *e, const struct usb_request *q, struct usb_assignment *a, struct err *err)
{
	int r = usb_assignment_make(q, a, err);

	if (r < 0)
		return NULL;
	if (q->by != USB_BY_CONTROLLER && !a->there) {
		note_now(e->vms, e->profile.name, a);
		note_others(e->vms, e->profile.name, a);
	}
	if (!a->there && write_rule(e, a, err) < 0)
		return NULL;
	/* Written by hand while the VM ran, it is in force from now on. */
	if (a->there && living(e->vms, e->profile.name))
		assign_in_force(e->vms, &e->profile, a->device);
	return json_pack("{s:s, s:b, s:s, s:s, s:s, s:o}", "vm", e->profile.name, "changed",
	        !a->there, "file", file_of(e, a), "section", a->section, "keys", a->keys, "notes",
	        json_of(&a->notes));
}

json_t *vms_usb_assign(struct vms *vms, const char *name, const char *device,
        const struct usb_assign_options *options, struct err *err)
{
	cleanup(host_finish) struct host host = {0};
	cleanup(editing_finish) struct editing e = {0};
	cleanup(usb_assignment_finish) struct usb_assignment a = {0};
	struct usb_request q = {.host = &host,
	        .profile = &e.profile,
	        .device = device,
	        .as = options->as,
	        .session = vms->env.session};

	if (usb_by_parse(options->by, &q.by, err) < 0 || editing_begin(vms, name, &e, err) < 0 ||
	        take_facts(vms, q.by, &host, err) < 0)
		return NULL;
	return assign(&e, &q, &a, err);
}

/* --- unassign --- */

static char *without(const char *text, const struct strv *sections, struct err *err)
{
	char *now = xstrdup(text);

	strv_foreach (section, sections) {
		char *next = now ? profile_remove_section(now, *section, err) : NULL;

		free(now);
		now = next;
	}
	return now;
}

/* Every file of the profile that has one of the sections, without it. */
static int edit_out(struct editing *e, const struct strv *sections, struct err *err)
{
	strv_foreach (file, &e->files) {
		cleanup_free char *old = NULL, *edited = NULL;
		bool there, empty;

		old = read_text(*file, &there, err);
		edited = old ? without(old, sections, err) : NULL;
		if (!edited)
			return -EIO;
		if (streq(old, edited))
			continue;
		if (!is_ours(e, *file))
			return refuse_file(*file,
			        _("this profile of others is not edited, and has the rule"), err);
		if (check_file(*file, err) < 0)
			return -EPERM;
		empty = !*edited;
		add_edit(e, *file, take_ptr(old),
		        empty && is_drop_in(e, *file) ? NULL : take_ptr(edited));
	}
	return 0;
}

static bool is_in(const struct strv *sections, const char *rule)
{
	cleanup_free char *section = usb_section("usb", rule);

	return strv_has(sections, section);
}

/* What the rules gave to the VM that runs stays there: who plays must not lose a device by an edit. */
static void note_attached(
        struct editing *e, const struct usb *usb, const struct strv *sections, struct strv *notes)
{
	struct journal_rule *rules = NULL;
	size_t n = 0;

	usb_rules_of(&e->profile, &rules, &n);
	for (size_t i = 0; i < usb->n; i++) {
		const char *holder = holder_of(e->vms, &usb->list[i]);
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
			        _("%s stays in %s until it is unplugged or taken back: playthrough "
			          "usb "
			          "detach %s %s"),
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

static int remove_rules(struct editing *e, const struct strv *sections, struct err *err)
{
	struct profile renewed;
	int r = edit_out(e, sections, err);

	if (r == 0)
		r = try_edits(e, &renewed, err);
	if (r < 0)
		return r;
	r = write_edits(e, err);
	if (r == 0)
		renew_rules(e->vms, &renewed);
	profile_finish(&renewed);
	return r;
}

json_t *vms_usb_unassign(struct vms *vms, const char *name, const char *what, struct err *err)
{
	cleanup(host_finish) struct host host = {0};
	cleanup(editing_finish) struct editing e = {0};
	cleanup_strv struct strv sections = {0}, files = {0}, notes = {0};
	const struct usb_request q = {.host = &host, .profile = &e.profile, .device = what};

	if (editing_begin(vms, name, &e, err) < 0 || usb_take(&vms->root, &host.usb, err) < 0 ||
	        usb_assignment_find(&q, &sections, err) < 0 || remove_rules(&e, &sections, err) < 0)
		return NULL;
	note_attached(&e, &host.usb, &sections, &notes);
	note_controllers(&sections, &notes);
	for (size_t i = 0; i < e.n; i++)
		strv_add(&files, e.edits[i].file);
	return json_pack("{s:s, s:b, s:o, s:o, s:o}", "vm", e.profile.name, "changed", true,
	        "files", json_of(&files), "sections", json_of(&sections), "notes", json_of(&notes));
}
