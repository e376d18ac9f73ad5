/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * VMs that start with this PC (autostart= of their profiles): once in a start of the PC, one after the other.
 *
 * A start of the PC with our boot entry must be found well first, which playthrough-setup verify notes in the run
 * directory: a game that runs counts as a person who is at work, and a start that is not well would never be given up
 * for the stock entry.
 *
 * Nobody waits for the network before the daemon: a bridge or a card may come a moment after it.
 */
#include "vm/vm_impl.h"

#include "base/i18n.h"
#include "base/log.h"

#include <errno.h>
#include <sys/inotify.h>
#include <time.h>

#define DONE     "autostarted" /* in the run directory, as long as this PC is not restarted */
#define VERIFIED "verified"
#define LATE_S   600u /* whoever starts the daemon after that does not start the PC */
#define LINKS_S  60u  /* that all of them together wait for their networks */
#define AGAIN_MS 2000u

struct vms_autostart {
	struct strv names;
	size_t next;
	unsigned job;        /* the number of the start under way; 0: none */
	bool waits;          /* for the network of the one at @next; told */
	uint64_t until_usec; /* monotonic: that such waiting ends; 0: nobody has waited yet */
	sd_event_source *soon, *watch;
};

static bool is_there(const struct vms *vms, const char *name)
{
	cleanup_free char *path = xasprintf("%s/%s", vms->env.run_dir, name);

	return root_exists(&vms->root, path);
}

/* Whether this PC was started with our boot entry and nobody has found it well yet. */
static bool is_unverified(const struct vms *vms)
{
	cleanup_free char *cmdline = root_read(&vms->root, "/proc/cmdline");
	cleanup_strv struct strv words = {0};

	strv_split(&words, cmdline ? cmdline : "", " \n");
	strv_foreach (word, &words)
		if (starts_with(*word, "playthrough="))
			return !is_there(vms, VERIFIED);
	return false;
}

static void find_names(const struct vms *vms, struct strv *out)
{
	cleanup_strv struct strv all = {0};

	profile_list(vms->env.profile_folders, &all, NULL);
	strv_foreach (name, &all) {
		struct profile profile;
		struct err err;

		if (profile_find(vms->env.profile_folders, *name, &profile, &err) < 0)
			continue; /* told wherever profiles are listed */
		if (profile.autostart)
			strv_add(out, *name);
		profile_finish(&profile);
	}
}

/* As of one that has ended: whoever looks at the list reads why it does not run. */
static void tell_failure(struct vms *vms, const char *name, const struct err *err)
{
	struct vm *vm = vms_get(vms, name);
	const struct vm_listener *listener = &vms->listener;

	log_error(err, "VM %s", name);
	if (vm->state != VM_STOPPED)
		return;
	vm->end = *err;
	sd_event_now(vms->env.event, CLOCK_REALTIME, &vm->end_usec);
	if (listener->vm_changed)
		listener->vm_changed(listener->user, name);
}

/* Its bridge or network card is not there or not up, or Open vSwitch has not started: plan_link.c. */
static bool lacks_link(const struct err *err)
{
	if (err_is(err, CODE_NET_LINK))
		return err->number == -ENODEV || err->number == -ENETDOWN;
	return err_is(err, CODE_NET_PROGRAM) && err->number == -ENOENT;
}

static void go_on(struct vms *vms);

static int on_again(sd_event_source *source, uint64_t usec, void *user)
{
	(void)source, (void)usec;
	go_on(user);
	return 0;
}

/* False: it has waited long enough. */
static bool wait_for_link(struct vms *vms, const char *name, const struct err *why)
{
	struct vms_autostart *a = vms->autostart;
	struct err err = *why;
	uint64_t now = 0;

	sd_event_now(vms->env.event, CLOCK_MONOTONIC, &now);
	if (!a->until_usec)
		a->until_usec = now + LINKS_S * 1000000ull;
	if (now >= a->until_usec ||
	        sd_event_add_time_relative(vms->env.event, &a->soon, CLOCK_MONOTONIC,
	                AGAIN_MS * 1000ull, 0, on_again, vms) < 0)
		return false;
	if (!a->waits) {
		err_prefix(&err, _("it starts with this PC, and waits up to %u s for its network"),
		        LINKS_S);
		tell_failure(vms, name, &err);
	}
	a->waits = true;
	return true;
}

/* Whether it is under way. One that a person was quicker with is no failure. */
static bool start_one(struct vms *vms, const char *name)
{
	const struct vm_start_options options = {.picture_fd = -1};
	struct vms_autostart *a = vms->autostart;
	struct vm_job *job;
	struct err err;

	if (!a->waits)
		log_info("VM %s starts with this PC", name);
	job = vms_start(vms, name, &options, &err);
	if (!job && lacks_link(&err) && wait_for_link(vms, name, &err))
		return true;
	a->waits = false;
	a->next++;
	if (job)
		a->job = vm_job_info(job).id;
	else if (err.number != -EALREADY)
		tell_failure(vms, name, &err);
	return job;
}

static void go_on(struct vms *vms)
{
	struct vms_autostart *a = vms->autostart;

	a->soon = sd_event_source_disable_unref(a->soon);
	while (a->next < a->names.n)
		if (start_one(vms, a->names.list[a->next]))
			return;
	vms_autostart_finish(vms);
}

static int on_soon(sd_event_source *source, void *user)
{
	(void)source;
	go_on(user);
	return 0;
}

static void go_on_soon(struct vms *vms)
{
	struct vms_autostart *a = vms->autostart;

	a->job = 0;
	if (!a->soon)
		sd_event_add_defer(vms->env.event, &a->soon, on_soon, vms);
}

void vms_autostart_ended(struct vms *vms, const struct vm_job *job)
{
	if (vms->autostart && vms->autostart->job && vms->autostart->job == job->id)
		go_on_soon(vms);
}

/* The note comes first: a daemon that dies of one of them does not start it again and again. */
static void begin(struct vms *vms)
{
	cleanup_free char *done = xasprintf("%s/" DONE, vms->env.run_dir);
	struct vms_autostart *a = vms->autostart;
	struct err err;

	a->watch = sd_event_source_disable_unref(a->watch);
	strv_finish(&a->names);
	find_names(vms, &a->names);
	if (root_write(&vms->root, done, "", 0, 0644, &err) == 0) {
		go_on_soon(vms);
		return;
	}
	log_error(&err, "no VM starts with this PC");
	vms_autostart_finish(vms);
}

static int on_change(sd_event_source *source, const struct inotify_event *event, void *user)
{
	struct vms *vms = user;

	(void)source, (void)event;
	if (is_there(vms, VERIFIED))
		begin(vms);
	return 0;
}

static void wait_until_verified(struct vms *vms)
{
	cleanup_free char *folder = root_full_path(&vms->root, vms->env.run_dir);
	cleanup_free char *names = strv_join(&vms->autostart->names, ", ");
	struct err err;

	err_set(&err, -EAGAIN,
	        _("%s would start with this PC, whose new boot entry is not verified yet"), names);
	err_hint(&err, _("they start as soon as it is: playthrough-setup verify"));
	err_code(&err, CODE_VM_AUTOSTART);
	log_error(&err, "autostart");
	if (sd_event_add_inotify(vms->env.event, &vms->autostart->watch, folder,
	            IN_CREATE | IN_MOVED_TO, on_change, vms) < 0) {
		log_warning("%s is not watched", folder);
		vms_autostart_finish(vms);
	} else if (is_there(vms, VERIFIED)) { /* meanwhile */
		begin(vms);
	}
}

/* A daemon that is first asked for hours later, by whoever only looks at the list, starts nobody's game. */
static bool is_late(const struct vms *vms)
{
	cleanup_free char *uptime = root_read(&vms->root, "/proc/uptime");

	return uptime && strtoull(uptime, NULL, 10) > LATE_S;
}

void vms_autostart(struct vms *vms)
{
	if (vms->env.session || vms->autostart || is_there(vms, DONE) || is_late(vms))
		return;
	vms->autostart = xcalloc(1, sizeof(*vms->autostart));
	find_names(vms, &vms->autostart->names);
	if (vms->autostart->names.n && is_unverified(vms))
		wait_until_verified(vms);
	else
		begin(vms);
}

void vms_autostart_finish(struct vms *vms)
{
	struct vms_autostart *a = take_ptr(vms->autostart);

	if (!a)
		return;
	sd_event_source_disable_unref(a->soon);
	sd_event_source_disable_unref(a->watch);
	strv_finish(&a->names);
	free(a);
}
