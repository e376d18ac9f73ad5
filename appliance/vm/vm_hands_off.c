/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Follows the profiles and has udev keep the desktop off the USB devices that are assigned in them.
 *
 * Folders of profiles are watched, and where there is none yet the nearest one above it; nothing is polled. Of a
 * profile that cannot be read at the moment (an editor is not done with it), the rules it had stay.
 */
#include "vm/vm_impl.h"

#include "base/log.h"
#include "vm/usb/hands_off_facts.h"
#include "vm/usb/rules.h"

#include <sys/inotify.h>
#include <time.h>

#define BURST_MS    100u /* an editor renames and writes more than one file */
#define HANDS_MS    30000u
#define WATCH_ABOVE (IN_CREATE | IN_MOVED_TO | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR)
#define WATCH       (WATCH_ABOVE | IN_CLOSE_WRITE | IN_DELETE | IN_MOVED_FROM)

struct vm_hands_off {
	struct usb_hands_off_vm *list;
	size_t n;
	bool begun; /* it was looked once */
	bool known; /* @text is what was last asked for, and it worked as far as is known */
	char *text; /* NULL: no rules */
	struct disposable *act;
	bool again; /* something has changed since it began */
	struct watch **watches;
	size_t n_watches;
	sd_event_source *burst, *glance; /* a look is due: at the profiles, at what is plugged in */
};

struct watch {
	struct vms *vms;
	sd_event_source *source;
	char *awaited; /* the folder that is not there yet; NULL: anything counts */
};

static void free_list(struct usb_hands_off_vm *list, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		free(list[i].name);
		journal_rules_finish(&list[i].rules, &list[i].n);
	}
	free(list);
}

/* --- what is wanted --- */

static struct usb_hands_off_vm *find(struct vm_hands_off *h, const char *name)
{
	for (size_t i = 0; i < h->n; i++) {
		if (h->list[i].name && streq(h->list[i].name, name))
			return &h->list[i];
	}
	return NULL;
}

static struct usb_hands_off_vm load(struct vms *vms, const char *name)
{
	struct usb_hands_off_vm vm = {0}, *old = find(vms->hands_off, name);
	struct profile profile;
	struct err err;

	if (profile_find(vms->env.profile_folders, name, &profile, &err) == 0) {
		vm.name = xstrdup(name);
		usb_rules_of(&profile, &vm.rules, &vm.n);
		profile_finish(&profile);
		return vm;
	}
	log_warning("%s", err.message);
	if (old) {
		vm = *old;
		*old = (struct usb_hands_off_vm){0};
	}
	return vm;
}

static void load_all(struct vms *vms)
{
	struct vm_hands_off *h = vms->hands_off;
	struct usb_hands_off_vm *list = NULL;
	cleanup_strv struct strv names = {0};
	size_t n = 0;
	struct err err;

	if (profile_list(vms->env.profile_folders, &names, &err) < 0)
		log_warning("%s", err.message);
	strv_foreach (name, &names) {
		struct usb_hands_off_vm vm = load(vms, *name);

		if (vm.name)
			*list_append(list, n) = vm;
	}
	free_list(h->list, h->n);
	h->list = list;
	h->n = n;
}

/* Without facts there is no keyboard, and all rules stand. */
static char *text_of(struct vms *vms)
{
	cleanup(usb_hands_off_facts_finish) struct usb_hands_off_facts facts = {0};
	struct vm_hands_off *h = vms->hands_off;

	usb_hands_off_facts_take(&vms->root, &facts, NULL);
	facts.w.usb = &facts.usb;
	facts.w.vms = h->list;
	facts.w.n_vms = h->n;
	return usb_hands_off_rules(&facts.w);
}

/* --- the act --- */

static void look(struct vms *vms);

static void on_done(void *user, int fd, const struct err *err)
{
	struct vms *vms = user;
	struct vm_hands_off *h = vms->hands_off;

	(void)fd;
	h->act = NULL;
	if (err) {
		h->known = false; /* tried again when something changes */
		log_error(err, "USB: udev's rules");
	}
	if (h->again)
		look(vms);
}

static void act(struct vms *vms)
{
	struct vm_hands_off *h = vms->hands_off;
	const struct act_hands hands = {h->list, h->n};
	struct err err;

	if (vms->env.session)
		return; /* udev is not ours there */
	if (vms_act(vms, ACT_HANDS_OFF, &hands, HANDS_MS, on_done, vms, &h->act, &err) < 0) {
		h->known = false;
		log_error(&err, "USB: udev's rules");
	}
	vms_hold_acts(vms);
}

bool vms_hands_off_any(const struct vms *vms)
{
	return vms->hands_off && vms->hands_off->text;
}

static bool same(const char *a, const char *b)
{
	return a && b ? streq(a, b) : a == b;
}

/* Acts when the text is not what it was: it is another one also when the last keyboard comes or goes. */
static void look(struct vms *vms)
{
	const struct vm_listener *listener = &vms->listener;
	struct vm_hands_off *h = vms->hands_off;
	cleanup_free char *before = NULL;
	bool first = !h->begun;

	h->again = h->act;
	if (h->act)
		return;
	before = h->text;
	h->text = text_of(vms);
	if (h->known && same(before, h->text))
		return;
	h->known = h->begun = true;
	act(vms);
	if (!first && !same(before, h->text) && listener->usb_changed)
		listener->usb_changed(listener->user);
}

void vms_usb_rules_changed(struct vms *vms)
{
	load_all(vms);
	look(vms);
}

static int on_glance(sd_event_source *source, uint64_t usec, void *user)
{
	struct vms *vms = user;

	(void)source, (void)usec;
	vms->hands_off->glance = sd_event_source_disable_unref(vms->hands_off->glance);
	look(vms);
	return 0;
}

/* Not at once: a game that waits for its device goes first, and one look does for many events. */
void vms_hands_off_plugged(struct vms *vms)
{
	struct vm_hands_off *h = vms->hands_off;

	if (h && !h->glance && (h->text || !h->known))
		sd_event_add_time_relative(vms->env.event, &h->glance, CLOCK_MONOTONIC,
		        BURST_MS * 1000, 0, on_glance, vms);
}

/* --- the profiles' folders --- */

static void unwatch(struct vm_hands_off *h)
{
	for (size_t i = 0; i < h->n_watches; i++) {
		sd_event_source_disable_unref(h->watches[i]->source);
		free(h->watches[i]->awaited);
		free(h->watches[i]);
	}
	free(take_ptr(h->watches));
	h->n_watches = 0;
}

static int on_event(sd_event_source *source, const struct inotify_event *event, void *user);

/* @awaited: of all that happens in @folder, the coming of that folder alone matters. */
static int watch(struct vms *vms, const char *folder, const char *awaited)
{
	struct vm_hands_off *h = vms->hands_off;
	struct watch *w = xcalloc(1, sizeof(*w));
	int r = sd_event_add_inotify(
	        vms->env.event, &w->source, folder, awaited ? WATCH_ABOVE : WATCH, on_event, w);

	if (r < 0) {
		free(w);
		return r;
	}
	w->vms = vms;
	w->awaited = xstrdup(awaited);
	*list_append(h->watches, h->n_watches) = w;
	return 0;
}

/* Its drop-ins, NAME.profile.d/, are folders of their own. */
static void watch_drop_ins(struct vms *vms, const char *folder)
{
	cleanup_strv struct strv names = {0};

	root_list(&vms->root, folder, &names);
	strv_foreach (name, &names) {
		cleanup_free char *path = xasprintf("%s/%s", folder, *name);

		if (ends_with(*name, ".profile.d"))
			watch(vms, path, NULL);
	}
}

/* False: what was to be awaited has been made since it was looked for, and nothing would tell of it. */
static bool watch_folder(struct vms *vms, const char *folder)
{
	cleanup_free char *path = xstrdup(folder);
	char *slash;

	if (watch(vms, path, NULL) >= 0) {
		watch_drop_ins(vms, path);
		return true;
	}
	while ((slash = strrchr(path, '/')) && slash > path) {
		cleanup_free char *awaited = xstrdup(path);

		*slash = '\0';
		if (watch(vms, path, slash + 1) >= 0)
			return !root_exists(&vms->root, awaited);
	}
	return true;
}

static void watch_all(struct vms *vms)
{
	unwatch(vms->hands_off);
	strv_foreach (folder, vms->env.profile_folders) {
		/* Twice: what is a file and no folder stays one. */
		if (!watch_folder(vms, *folder))
			watch_folder(vms, *folder);
	}
}

/* First watched, then looked at: no change in between is missed. */
static int on_burst_end(sd_event_source *source, uint64_t usec, void *user)
{
	struct vms *vms = user;

	(void)source, (void)usec;
	vms->hands_off->burst = sd_event_source_disable_unref(vms->hands_off->burst);
	watch_all(vms);
	vms_usb_rules_changed(vms);
	return 0;
}

static int on_event(sd_event_source *source, const struct inotify_event *event, void *user)
{
	const struct watch *w = user;
	struct vm_hands_off *h = w->vms->hands_off;

	(void)source;
	if (w->awaited && event->len && !streq(event->name, w->awaited))
		return 0;
	if (!h->burst)
		sd_event_add_time_relative(w->vms->env.event, &h->burst, CLOCK_MONOTONIC,
		        BURST_MS * 1000, 0, on_burst_end, w->vms);
	return 0;
}

void vms_hands_off_create(struct vms *vms)
{
	vms->hands_off = xcalloc(1, sizeof(*vms->hands_off));
	if (!vms->env.profile_folders)
		return;
	watch_all(vms);
	vms_usb_rules_changed(vms);
}

void vms_hands_off_destroy(struct vms *vms)
{
	struct vm_hands_off *h = vms->hands_off;

	if (!h)
		return;
	unwatch(h);
	sd_event_source_disable_unref(h->burst);
	sd_event_source_disable_unref(h->glance);
	disposable_forget(h->act);
	free_list(h->list, h->n);
	free(h->text);
	free(h);
	vms->hands_off = NULL;
}
