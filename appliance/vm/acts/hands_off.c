/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Writes the udev rules that keep the desktop's hands off devices of game VMs, and has udev work anew on the devices
 * whose state that changes; on nothing else.
 *
 * What udev thinks of a device now is read from its database, so that it does not matter what became of an earlier
 * daemon. The file is in /run: no boot begins with it.
 */
#include "vm/acts/acts.h"

#include "base/child.h"
#include "vm/usb/hands_off_facts.h"

#include <fcntl.h>
#include <time.h>

/*
 * After 69-libmtp and 70-power-switch, whose marks are taken away; before 73-seat-late, from which on rules act on
 * what they find, and all that come later: 80-udisks2, 85-nm-unmanaged, 90-pulseaudio.
 */
#define FILE_NAME   USB_HANDS_OFF_FILE
#define DEVICES_MAX 1024 /* below one USB device; a hub's worth of partitions is far less */
#define RELOAD_MS   5000
#define SETTLE_S    "5"
/* udevd looks by itself whether its rules are new, at an event, 3 s after it last did (manager_reload() in 252). */
#define NOTICE_MS 3200

static void tell(const struct root *root, const char *device, const char *action)
{
	cleanup_free char *path = xasprintf("%s/uevent", device);

	root_poke(root, path, action, NULL); /* it may have been unplugged meanwhile */
}

/*
 * libinput follows "add" and "remove" alone (its udev-seat.c), so that an input device comes and goes for the desktop;
 * everything else looks again at "change".
 */
static void tell_device(const struct root *root, const char *device)
{
	cleanup_free char *link = xasprintf("%s/subsystem", device);
	cleanup_free char *subsystem = root_link_name(root, link);

	if (!subsystem)
		return; /* a folder that is no device of udev's */
	if (streq(subsystem, "input") && starts_with(strrchr(device, '/') + 1, "event")) {
		tell(root, device, "remove");
		tell(root, device, "add");
	} else {
		tell(root, device, "change");
	}
}

static void add_folders(const struct root *root, const char *device, struct strv *out)
{
	cleanup_strv struct strv names = {0};

	root_list(root, device, &names);
	strv_foreach (name, &names) {
		cleanup_free char *path = xasprintf("%s/%s", device, *name);
		/* not through links: they lead back up */
		cleanup_close int fd =
		        root_openat(root, path, O_PATH | O_DIRECTORY | O_NOFOLLOW, 0);

		if (fd >= 0 && out->n < DEVICES_MAX)
			strv_take(out, take_ptr(path));
	}
}

/* The device, then all that its drivers made of it. */
static void tell_tree(const struct root *root, const struct usb_device *d)
{
	cleanup_free char *link = xasprintf("/sys/bus/usb/devices/%s", d->sysname);
	cleanup_strv struct strv folders = {0};
	char *real = root_real_path(root, link);

	if (!real)
		return;
	strv_take(&folders, real);
	for (size_t i = 0; i < folders.n; i++) {
		tell_device(root, folders.list[i]);
		add_folders(root, folders.list[i], &folders);
	}
}

/* Whether udev has it marked: 1, 0, or -1 when it has not worked on it yet and will by the new rules. */
static int is_marked(const struct root *root, const struct usb_device *d)
{
	cleanup_free char *path = usb_udev_notes(d);
	cleanup_free char *text = root_read(root, path);
	cleanup_strv struct strv lines = {0};

	if (!text)
		return -1;
	strv_split(&lines, text, "\n");
	return strv_has(&lines, "E:PLAYTHROUGH_USB=1");
}

/* Returns whether there was anything to tell. */
static bool tell_changed(const struct root *root, const struct usb_hands_off *w)
{
	bool any = false;

	for (size_t i = 0; i < w->usb->n; i++) {
		const struct usb_device *d = &w->usb->list[i];
		int marked = is_marked(root, d);

		if (d->hub || marked < 0 || marked == usb_hands_off_has(w, d))
			continue;
		tell_tree(root, d);
		any = true;
	}
	return any;
}

/* By udev's own program: the protocol of its control socket is no interface, and differs between versions. */
static void reload(const struct root *root)
{
	char *const argv[] = {"udevadm", "control", "--reload", NULL};

	if (root_is_host(root) && child_check(argv, NULL, RELOAD_MS, NULL) < 0)
		nanosleep(&(struct timespec){.tv_sec = NOTICE_MS / 1000,
		                  .tv_nsec = NOTICE_MS % 1000 * 1000000L},
		        NULL);
}

/* The next act finds a database that says what came of this one. */
static void settle(const struct root *root)
{
	char *const argv[] = {"udevadm", "settle", "--timeout=" SETTLE_S, NULL};

	if (root_is_host(root))
		child_check(argv, NULL, 2 * RELOAD_MS, NULL);
}

static int write_rules(const struct root *root, const char *text, struct err *err)
{
	size_t size = 0;
	cleanup_free char *old = root_read_bytes(root, FILE_NAME, &size);
	int r;

	if (text ? old && size == strlen(text) && memcmp(old, text, size) == 0 : !old)
		return 0;
	r = text ? root_write(root, FILE_NAME, text, strlen(text), 0644, err)
	         : root_remove(root, FILE_NAME, err);
	if (r == 0)
		reload(root);
	return r;
}

static int do_it(const struct root *root, const struct usb_hands_off *w, struct err *err)
{
	cleanup_free char *text = usb_hands_off_rules(w);
	int r = write_rules(root, text, err);

	if (r == 0 && tell_changed(root, w))
		settle(root);
	return r;
}

int act_usb_hands_off(
        const struct root *root, const struct usb_hands_off_vm *vms, size_t n, struct err *err)
{
	cleanup(usb_hands_off_facts_finish) struct usb_hands_off_facts facts = {0};
	struct usb_hands_off w;
	int r;

	if (!root_exists(root, "/run/udev"))
		return 0;
	r = usb_hands_off_facts_take(root, &facts, err);
	if (r < 0)
		return r;
	w = facts.w;
	w.vms = vms;
	w.n_vms = n;
	return do_it(root, &w, err);
}
