/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Profiles offered, shown, tried and written, for whoever edits them over D-Bus.
 *
 * A profile may name any file as disk, kernel or ROM, and QEMU is handed it: writing one is for administrators
 * (org.playthrough.configure), who can read and write that file anyway. Looking and trying are for everybody, so these
 * tell of files only what everybody can see (seen_by_all.h), and read no text but profiles. A session's daemon has its
 * user's rights, and no more to hide.
 */
#include "vm/vm_impl.h"

#include "base/i18n.h"
#include "bus/text.h"
#include "profile/problems.h"
#include "profile/store.h"
#include "vm/plan/offer_disk.h"
#include "vm/plan/profile_check.h"
#include "vm/plan/seen_by_all.h"

#include <errno.h>

static json_t *text_json(const char *text)
{
	cleanup_free char *valid = text_utf8(text);

	return json_string(valid);
}

static json_t *texts_json(const struct strv *texts)
{
	json_t *all = json_array();

	strv_foreach (text, texts)
		json_array_append_new(all, text_json(*text));
	return all;
}

static json_t *problem_json(const struct profile_problem *p)
{
	return json_pack("{s:o, s:i, s:o, s:o, s:o, s:o, s:s, s:s}", "file", text_json(p->file),
	        "line", p->line, "section", text_json(p->section), "key", text_json(p->key),
	        "message", text_json(p->err.message), "hint", text_json(p->err.hint), "code",
	        p->err.code, "severity", p->warning ? "warning" : "error");
}

static json_t *problems_json(const struct profile_problems *problems)
{
	json_t *all = json_array();

	for (size_t i = 0; i < problems->n; i++)
		json_array_append_new(all, problem_json(&problems->list[i]));
	return all;
}

/* --- offers --- */

json_t *vms_profile_offers(struct vms *vms, struct err *err)
{
	const struct host *host = vms_facts(vms, err);
	cleanup_strv struct strv names = {0};
	struct vm_options options = {0};
	struct offer_request q = {.host = host,
	        .session = vms->env.session,
	        .names = &names,
	        .pci_free = vms_check_pci_free,
	        .disk_free = vms_check_disk_free,
	        .vms = vms};

	if (!host || profile_list(vms->env.profile_folders, &names, err) < 0)
		return NULL;
	vms_network_options(&options);
	q.makes_links = options.makes_links;
	return offers_json(&q);
}

json_t *vms_disk_list(struct vms *vms, struct err *err)
{
	const struct host *host = vms_facts(vms, err);
	const struct offer_request q = {.host = host,
	        .session = vms->env.session,
	        .disk_free = vms_check_disk_free,
	        .vms = vms};

	return host ? offer_disk_list(&q) : NULL;
}

/* --- what is hidden --- */

static bool is_hidden(const struct vms *vms, const char *file)
{
	return !vms->env.session && root_is_host(&vms->root) && !seen_readable(file);
}

static void refuse_hidden(const char *file, struct err *err)
{
	err_set(err, -EACCES, _("%s is not readable by everybody, so it is not shown here"), file);
	err_hint(err, _("let everybody read it (chmod a+r), or look at it as root"));
	err_code(err, CODE_PROFILE_FILE);
}

/* --- show --- */

/* The text, as it stands in the file. NULL: it is no text, and @err says so. */
static char *read_text(const char *file, struct err *err)
{
	cleanup_free char *text = NULL, *valid = NULL;
	size_t size = 0;

	text = profile_read(file, &size, err);
	if (!text)
		return NULL;
	valid = text_utf8(text);
	if (strlen(text) == size && streq(text, valid))
		return take_ptr(text);
	err_set(err, -EINVAL, _("%s: it is no UTF-8 text"), file);
	err_hint(err, _("edit it by hand; playthrough profile check says whether it is good"));
	err_code(err, CODE_PROFILE_BAD);
	return NULL;
}

static void check_shown(const struct vms *vms, const struct strv *files, const char *text,
        struct profile_problems *problems)
{
	struct profile profile;

	strv_foreach (file, files) {
		struct err err = {0};

		if (!is_hidden(vms, *file))
			continue;
		refuse_hidden(*file, &err);
		profile_problems_add(problems, *file, &err);
		return;
	}
	if (profile_problems_find(files, text, &profile, problems) == 0)
		profile_finish(&profile);
}

/* With what they say, as far as everybody may read it: a key there counts in place of the profile's. */
static json_t *drop_ins_json(const struct vms *vms, const struct strv *files)
{
	json_t *all = json_array();

	for (size_t i = 1; i < files->n; i++) {
		const char *file = files->list[i];
		cleanup_free char *text = is_hidden(vms, file) ? NULL : read_text(file, NULL);

		json_array_append_new(
		        all, json_pack("{s:o, s:s?}", "file", text_json(file), "text", text));
	}
	return all;
}

static json_t *show(const struct vms *vms, const char *name, const struct strv *files)
{
	const char *file = files->list[0];
	cleanup(profile_problems_finish) struct profile_problems problems = {0};
	cleanup_free char *own = profile_own_file(vms->env.profile_folders, name), *text = NULL;
	struct err err = {0};
	json_t *json = json_pack(
	        "{s:s, s:o, s:b}", "name", name, "file", text_json(file), "own", streq(file, own));
	struct strv drop_ins = {files->list + 1, files->n - 1};

	if (is_hidden(vms, file))
		refuse_hidden(file, &err);
	else
		text = read_text(file, &err);
	if (text)
		check_shown(vms, files, text, &problems);
	else
		profile_problems_add(&problems, file, &err);
	json_object_set_new(json, "text", text ? json_string(text) : json_null());
	json_object_set_new(json, "files", texts_json(&drop_ins));
	json_object_set_new(json, "drop_ins", drop_ins_json(vms, files));
	json_object_set_new(
	        json, "error", problems.n ? problem_json(&problems.list[0]) : json_null());
	return json;
}

json_t *vms_profile_show(struct vms *vms, const char *name, struct err *err)
{
	cleanup_strv struct strv files = {0};

	if (profile_files(vms->env.profile_folders, name, &files, err) < 0)
		return NULL;
	return show(vms, name, &files);
}

/* --- check --- */

/* The files that would be read, without those that are hidden, each of which is a problem. */
static int take_files(const struct vms *vms, const char *name, struct strv *files,
        struct profile_problems *problems, struct err *err)
{
	cleanup_strv struct strv all = {0};
	int r = profile_own_files(vms->env.profile_folders, name, &all, err);

	if (r < 0)
		return r;
	strv_add(files, all.list[0]);
	for (size_t i = 1; i < all.n; i++) {
		struct err hidden = {0};

		if (!is_hidden(vms, all.list[i])) {
			strv_add(files, all.list[i]);
			continue;
		}
		refuse_hidden(all.list[i], &hidden);
		profile_problems_add(problems, all.list[i], &hidden)->warning = true;
	}
	return 0;
}

static bool runs(const struct vms *vms, const char *name)
{
	for (const struct vm *vm = vms->list; vm; vm = vm->next)
		if (streq(vm->name, name))
			return vm->state != VM_STOPPED;
	return false;
}

/* Another's profile of that name, and what of it is not read any more. */
static void note_other(const struct vms *vms, const char *name, const char *own, struct strv *notes)
{
	cleanup_free char *at = profile_where(vms->env.profile_folders, name);
	cleanup_strv struct strv now = {0}, then = {0};

	if (!at || streq(at, own))
		return;
	strv_addf(notes, _("it is written into %s, which counts in place of %s"), own, at);
	if (profile_files(vms->env.profile_folders, name, &now, NULL) < 0 ||
	        profile_files_of(own, &then, NULL) < 0)
		return;
	for (size_t i = 1; i < now.n; i++)
		if (!strv_has(&then, now.list[i]))
			strv_addf(notes, _("%s is not read any more then"), now.list[i]);
}

static json_t *notes_json(const struct vms *vms, const char *name, const struct strv *files)
{
	cleanup_strv struct strv notes = {0};

	note_other(vms, name, files->list[0], &notes);
	for (size_t i = 1; i < files->n; i++)
		strv_addf(&notes, _("%s speaks after it and may change what it says"),
		        files->list[i]);
	if (runs(vms, name))
		strv_addf(
		        &notes, _("%s runs: what is written counts from its next start on"), name);
	return texts_json(&notes);
}

static void try_plan(struct vms *vms, const struct profile *profile, const char *text,
        struct profile_problems *problems, struct strv *summary)
{
	struct vm_options options = {0};
	struct err err = {0};
	const struct host *host = vms_facts(vms, &err);

	if (!host) {
		profile_problems_add(problems, profile->file, &err)->warning = true;
		return;
	}
	vms_plan_options(vms, &options);
	options.exists = vms->env.session ? NULL : seen_exists;
	options.read_rom = vms->env.session ? NULL : plan_look_at_rom;
	profile_check_plan(host, profile, text, &options, problems, summary);
}

static void check(struct vms *vms, const struct strv *files, const char *text,
        struct profile_problems *problems, struct strv *summary)
{
	struct profile profile;

	if (profile_problems_find(files, text, &profile, problems) < 0)
		return;
	try_plan(vms, &profile, text, problems, summary);
	profile_finish(&profile);
}

static int check_size(const char *text, struct err *err)
{
	if (strlen(text) <= PROFILE_TEXT_MAX)
		return 0;
	err_set(err, -EFBIG, _("%zu bytes are too many for a profile"), strlen(text));
	err_hint(err, _("a profile that is written here has at most %u bytes"), PROFILE_TEXT_MAX);
	err_code(err, CODE_PROFILE_BAD);
	return -EFBIG;
}

/* A name that cannot be is a problem like any other to whoever is typing it. */
json_t *vms_profile_check(struct vms *vms, const char *name, const char *text, struct err *err)
{
	cleanup(profile_problems_finish) struct profile_problems problems = {0};
	cleanup_strv struct strv files = {0}, summary = {0};
	struct err bad = {0};

	if (check_size(text, err) < 0)
		return NULL;
	if (profile_check_name(name, &bad) < 0) {
		profile_problems_add(&problems, "", &bad);
		return json_pack("{s:o, s:[], s:[]}", "problems", problems_json(&problems),
		        "summary", "notes");
	}
	if (take_files(vms, name, &files, &problems, err) < 0)
		return NULL;
	check(vms, &files, text, &problems, &summary);
	return json_pack("{s:o, s:o, s:o}", "problems", problems_json(&problems), "summary",
	        texts_json(&summary), "notes", notes_json(vms, name, &files));
}

/* --- write and remove --- */

/* The list is made anew for each who asks; the folder's own watch finds the [usb] rules. */
static void tell_changed(struct vms *vms, const char *name)
{
	if (vms->listener.vm_changed)
		vms->listener.vm_changed(vms->listener.user, name);
}

char *vms_profile_write(
        struct vms *vms, const char *name, const char *text, const char *expected, struct err *err)
{
	char *file = NULL;

	if (profile_store_write(vms->env.profile_folders, name, text, expected, &file, err) == 0)
		tell_changed(vms, name);
	return file;
}

char *vms_profile_remove(struct vms *vms, const char *name, const char *expected, struct err *err)
{
	char *file = NULL;

	if (runs(vms, name)) {
		err_set(err, -EBUSY, _("VM %s runs, so its profile is not removed"), name);
		err_hint(err, _("stop that VM first: playthrough stop %s"), name);
		err_code(err, CODE_VM_RUNNING);
		return NULL;
	}
	if (profile_store_remove(vms->env.profile_folders, name, expected, &file, err) == 0)
		tell_changed(vms, name);
	return file;
}
