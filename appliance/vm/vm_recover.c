/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Recovery by rule: a VM that has died is started again after a while, and where that does not help, from its last good
 * snapshot: each writable disk that is an overlay gets a new one on what it stands on, and the old one stays under its name.
 *
 * What was tried is noted in the VM's folder of the run directory before it is done, so that neither a daemon that dies nor a VM
 * that kills it makes an endless loop of it. A restart of this PC ends it: autostart= says what runs then.
 */
#include "vm/vm_impl.h"

#include "base/i18n.h"
#include "base/log.h"

#include <errno.h>
#include <time.h>

/* {"tries": N, "refused": N, "due": BOOL, "set_back": BOOL, "disks": [DISK...], "doing": DISK, "from": FILE} */
#define NOTE "recovery.json"

static char *note_file(const struct vm *vm)
{
	return vm_file(vm, NOTE);
}

static int write_note(const struct vm *vm, struct err *err)
{
	const struct vm_recover *r = &vm->recover;
	cleanup_free char *file = note_file(vm), *text = NULL;
	json_t *disks = json_array(), *note;
	int done;

	strv_foreach (disk, &r->disks)
		json_array_append_new(disks, json_string(*disk));
	note = json_pack("{s:i, s:i, s:b, s:b, s:o, s:s?, s:s?}", "tries", (int)r->series.tries,
	        "refused", (int)r->series.refused, "due", (int)r->due, "set_back",
	        (int)r->series.set_back, "disks", disks, "doing", r->doing, "from", r->from);
	text = json_dumps(note, JSON_COMPACT);
	done = root_write(&vm->vms->root, file, text, strlen(text), 0600, err);
	json_decref(note);
	return done;
}

static unsigned read_count(const json_t *note, const char *key)
{
	json_int_t n = json_integer_value(json_object_get(note, key));

	return n > 0 && n < 1000 ? (unsigned)n : 0;
}

static void read_note(struct vm *vm)
{
	cleanup_free char *file = note_file(vm);
	cleanup_free char *text = root_read(&vm->vms->root, file);
	json_t *note = text ? json_loads(text, JSON_REJECT_DUPLICATES, NULL) : NULL, *disk;
	struct vm_recover *r = &vm->recover;
	size_t i;

	r->series.tries = read_count(note, "tries");
	r->series.refused = read_count(note, "refused");
	r->doing = xstrdup(json_string_value(json_object_get(note, "doing")));
	r->from = xstrdup(json_string_value(json_object_get(note, "from")));
	r->series.set_back = json_is_true(json_object_get(note, "set_back"));
	r->due = json_is_true(json_object_get(note, "due"));
	json_array_foreach (json_object_get(note, "disks"), i, disk)
		if (json_is_string(disk))
			strv_add(&r->disks, json_string_value(disk));
	json_decref(note);
}

static void tell(struct vm *vm)
{
	const struct vm_listener *listener = &vm->vms->listener;

	if (listener->vm_changed)
		listener->vm_changed(listener->user, vm->name);
}

void vm_recover_finish(struct vm *vm)
{
	sd_event_source_disable_unref(vm->recover.timer);
	strv_finish(&vm->recover.disks);
	free(vm->recover.doing);
	free(vm->recover.from);
	vm->recover = (struct vm_recover){0};
}

bool vm_recover_forget(struct vm *vm)
{
	bool was_due = vm->recover.due;
	cleanup_free char *file = note_file(vm);

	if (vm->recover.series.tries || vm->recover.series.set_back)
		root_remove(&vm->vms->root, file, NULL);
	vm_recover_finish(vm);
	return was_due;
}

bool vm_recover_call_off(struct vm *vm)
{
	for (struct vm_job *job = vm->vms->jobs; vm->recover.job && job; job = job->next) {
		if (job->id != vm->recover.job)
			continue;
		vm_job_cancel(job);
		return false;
	}
	vm_recover_forget(vm);
	return true;
}

/* It stays off, and that is told wherever it is looked at. */
static void give_up(struct vm *vm, const struct err *why)
{
	struct vm_recover *r = &vm->recover;

	r->timer = sd_event_source_disable_unref(r->timer);
	r->due = false;
	r->job = 0;
	r->told = *why;
	err_code(&r->told, CODE_VM_RECOVERY);
	log_error(&r->told, "VM %s", vm->name);
	write_note(vm, NULL);
	tell(vm);
}

/* --- started again --- */

static void judge_end(struct vm *vm, enum recover_end end);

static void restart(struct vm *vm)
{
	const struct vm_start_options options = {.picture_fd = -1, .by_rule = true};
	struct err err;

	if (vms_start(vm->vms, vm->name, &options, &err))
		return;
	log_error(&err, "VM %s is not started again", vm->name);
	vm->end = err;
	sd_event_now(vm->vms->env.event, CLOCK_REALTIME, &vm->end_usec);
	judge_end(vm, RECOVER_REFUSED);
}

/* Of the wall clock, as a person reads it; the new image's name has it. */
static char *tag_now(void)
{
	time_t now = time(NULL);
	char text[32];
	struct tm tm;

	strftime(text, sizeof(text), "recovered-%Y%m%d-%H%M%S", gmtime_r(&now, &tm));
	return xstrdup(text);
}

/* What was begun is noted before, so that after a cut it is seen whether it was done: the profile has another image then. */
static void note_doing(struct vm *vm, const char *disk, const char *image)
{
	struct vm_recover *r = &vm->recover;

	free(r->doing);
	free(r->from);
	r->doing = xstrdup(disk);
	r->from = xstrdup(image);
}

static void note_done(struct vm *vm)
{
	strv_add(&vm->recover.disks, vm->recover.doing);
	note_doing(vm, NULL, NULL);
	write_note(vm, NULL); /* else the profile's image tells */
}

static void look_what_was_done(struct vm *vm, const struct profile *profile)
{
	struct vm_recover *r = &vm->recover;

	for (size_t i = 0; r->doing && i < profile->n_disks; i++) {
		const struct profile_disk *disk = &profile->disks[i];

		if (!streq(disk->name, r->doing))
			continue;
		if (r->from && disk->image && !streq(disk->image, r->from))
			note_done(vm);
		break;
	}
	note_doing(vm, NULL, NULL);
}

static int set_disk_back(struct vm *vm, const char *disk, const char *image, struct err *err)
{
	cleanup_free char *tag = tag_now();
	const struct vm_image_options options = {
	        .verb = "set-back", .vm = vm->name, .disk = disk, .tag = tag, .secret = -1};
	struct vm_job *job;

	note_doing(vm, disk, image);
	if (write_note(vm, err) < 0)
		return err->number;
	job = vms_image(vm->vms, &options, err);
	if (!job)
		return err->number;
	vm->recover.job = vm_job_info(job).id;
	log_warning("VM %s: disk %s goes back to what it stands on; what it was until now stays in "
	            "its file",
	        vm->name, disk);
	return 0;
}

/* The next disk that was not yet, and when all are, the VM. */
static int set_back(struct vm *vm, struct err *err)
{
	struct profile profile;
	int r = profile_find(vm->vms->env.profile_folders, vm->name, &profile, err);
	size_t i;

	if (r < 0)
		return r;
	look_what_was_done(vm, &profile);
	for (i = recover_disk(&profile, 0); i < profile.n_disks; i = recover_disk(&profile, i + 1))
		if (!strv_has(&vm->recover.disks, profile.disks[i].name))
			break;
	if (i < profile.n_disks)
		r = set_disk_back(vm, profile.disks[i].name, profile.disks[i].image, err);
	else if (vm->recover.disks.n)
		restart(vm);
	else
		r = err_set(err, -ENOENT,
		        _("no disk of it stands on a snapshot (backing= of a writable disk; "
		          "playthrough disk snapshot --overlay makes one)"));
	profile_finish(&profile);
	return r;
}

static void refuse_back(struct vm *vm, const struct err *why)
{
	struct err err = *why;

	err_prefix(&err, _("it cannot go back to its last good snapshot"));
	give_up(vm, &err);
}

static void go_on_setting_back(struct vm *vm)
{
	struct err err;

	if (set_back(vm, &err) < 0)
		refuse_back(vm, &err);
}

void vms_recover_job_ended(struct vms *vms, const struct vm_job *job)
{
	for (struct vm *vm = vms->list; vm; vm = vm->next) {
		if (!vm->recover.job || vm->recover.job != job->id)
			continue;
		vm->recover.job = 0;
		if (job->state == VM_JOB_DONE && vm->recover.doing)
			note_done(vm);
		if (vm->stop_job) {
			vm_recover_forget(vm);
			vm_job_finish(take_ptr(vm->stop_job), NULL);
			return;
		}
		if (job->state == VM_JOB_DONE) {
			go_on_setting_back(vm);
			return;
		}
		refuse_back(vm, &job->err);
		return;
	}
}

static int on_due(sd_event_source *source, uint64_t usec, void *user)
{
	struct vm *vm = user;

	(void)source, (void)usec;
	vm->recover.timer = sd_event_source_disable_unref(vm->recover.timer);
	if (vm->state != VM_STOPPED)
		return 0;
	if (vm->recover.series.set_back)
		go_on_setting_back(vm);
	else
		restart(vm);
	return 0;
}

/* --- when it has died --- */

static const char *why_refused(const struct vm *vm)
{
	return vm->end.number ? vm->end.message : _("its start was cut off");
}

static void tell_plan(struct vm *vm, const struct profile *profile, bool back)
{
	struct vm_recover *r = &vm->recover;

	if (r->series.refused)
		err_set(&r->told, -EAGAIN,
		        _("its start by rule was refused and is tried again in %u s (%u of %u): "
		          "%s"),
		        profile->restart_delay, r->series.refused, profile->restart_count,
		        why_refused(vm));
	else if (back)
		err_set(&r->told, -EAGAIN,
		        _("it has died after %u restarts: it goes back to its last good snapshot "
		          "and is started, %u s after its end"),
		        r->series.tries - 1, profile->restart_delay);
	else
		err_set(&r->told, -EAGAIN,
		        _("it has died and is started again, %u s after its end: try %u of %u"),
		        profile->restart_delay, r->series.tries, profile->restart_count);
	err_code(&r->told, CODE_VM_RECOVERY);
	log_warning("VM %s: %s", vm->name, r->told.message);
	tell(vm);
}

/* Written down first: what cannot be noted is not begun. */
static void plan(struct vm *vm, const struct profile *profile, bool back, enum recover_end end)
{
	struct vm_recover *r = &vm->recover;
	struct err err;

	r->due = true;
	r->series.refused = end == RECOVER_REFUSED ? r->series.refused + 1 : 0;
	r->series.tries += end == RECOVER_DIED;
	r->series.set_back |= back;
	if (write_note(vm, &err) < 0) {
		give_up(vm, &err);
		return;
	}
	sd_event_source_disable_unref(r->timer);
	r->timer = NULL;
	sd_event_add_time_relative(vm->vms->env.event, &r->timer, CLOCK_MONOTONIC,
	        (uint64_t)profile->restart_delay * 1000000, 0, on_due, vm);
	tell_plan(vm, profile, back);
}

static void say_why_off(const struct vm *vm, enum recover_end end, struct err *err)
{
	const struct recover_series *series = &vm->recover.series;

	if (end == RECOVER_REFUSED)
		err_set(err, -ECHILD,
		        _("its start by rule was refused again after %u tries: it stays off, and "
		          "its disks are as they were: %s"),
		        series->refused, why_refused(vm));
	else
		err_set(err, -ECHILD, _("it has died again after %u starts by rule: it stays off"),
		        series->tries);
	err_hint(err, _("see why it died (playthrough log %s); a start by hand begins anew"),
	        vm->name);
}

static void judge_end(struct vm *vm, enum recover_end end)
{
	struct vm_recover *r = &vm->recover;
	struct profile profile;
	struct err err;

	if (profile_find(vm->vms->env.profile_folders, vm->name, &profile, &err) < 0) {
		give_up(vm, &err);
		return;
	}
	switch (recover_next(&profile, &r->series, end)) {
	case RECOVER_NOTHING:
		vm_recover_forget(vm);
		break;
	case RECOVER_RESTART:
		plan(vm, &profile, false, end);
		break;
	case RECOVER_SET_BACK:
		plan(vm, &profile, true, end);
		break;
	case RECOVER_GIVE_UP:
		say_why_off(vm, end, &err);
		give_up(vm, &err);
		break;
	}
	profile_finish(&profile);
}

int vm_recover_check(const struct vm *vm, struct err *err)
{
	if (!vm || !vm->recover.job)
		return 0;
	err_set(err, -EBUSY, _("VM %s goes back to its last good snapshot just now"), vm->name);
	err_hint(err, _("it is started then; see: playthrough status %s"), vm->name);
	err_code(err, CODE_VM_RECOVERY);
	return -EBUSY;
}

enum recover_end vm_recover_how(const struct vm *vm)
{
	bool was_up = !vm->start_job || vm->recover.by_rule;
	bool cut_off = vm->recover.due && !vm->start_job; /* its start, with another daemon */

	if (vm->stop_job || vm->journal.test_drive)
		return RECOVER_ENDED;
	if (cut_off)
		return RECOVER_REFUSED;
	if (!vm->end.number || vm->end.number == -ECANCELED || !was_up)
		return RECOVER_ENDED;
	return vm->start_job ? RECOVER_REFUSED : RECOVER_DIED;
}

void vm_recover_ended(struct vm *vm, enum recover_end end)
{
	vm->recover.timer = sd_event_source_disable_unref(vm->recover.timer);
	if (end == RECOVER_ENDED)
		vm_recover_forget(vm);
	else
		judge_end(vm, end);
}

/* --- while it runs --- */

static void watch(struct vm *vm);

static int on_well(sd_event_source *source, uint64_t usec, void *user)
{
	struct vm *vm = user;

	(void)source, (void)usec;
	vm->recover.timer = sd_event_source_disable_unref(vm->recover.timer);
	if (vm->pause.on) { /* one that stands still has not come up */
		watch(vm);
		return 0;
	}
	log_info("VM %s is well again", vm->name);
	vm_recover_forget(vm);
	tell(vm);
	return 0;
}

static void watch(struct vm *vm)
{
	sd_event_add_time_relative(vm->vms->env.event, &vm->recover.timer, CLOCK_MONOTONIC,
	        (uint64_t)RECOVER_WELL_S * 1000000, 0, on_well, vm);
}

void vm_recover_running(struct vm *vm)
{
	struct vm_recover *r = &vm->recover;

	if (!r->series.tries)
		return;
	r->due = false;
	r->series.refused = 0;
	write_note(vm, NULL);
	err_set(&r->told, -EAGAIN,
	        r->series.set_back ? _("it was started from its last good snapshot (start %u by "
	                               "rule)")
	                           : _("it was started again after it had died (start %u by rule)"),
	        r->series.tries);
	if (!r->timer)
		watch(vm);
}

void vms_recover_adopt(struct vms *vms)
{
	cleanup_free char *folder = xasprintf("%s/vm", vms->env.run_dir);
	cleanup_strv struct strv names = {0};

	root_list(&vms->root, folder, &names);
	strv_foreach (name, &names) {
		cleanup_free char *file = xasprintf("%s/%s/" NOTE, folder, *name);
		struct vm *vm;

		if (profile_check_name(*name, NULL) < 0 || !root_exists(&vms->root, file))
			continue;
		vm = vms_get(vms, *name);
		read_note(vm);
		if (vm->state == VM_RUNNING)
			vm_recover_running(vm);
		else if (vm->state == VM_STOPPED && vm->recover.due)
			sd_event_add_time_relative(vms->env.event, &vm->recover.timer,
			        CLOCK_MONOTONIC, 0, 0, on_due, vm);
	}
}
