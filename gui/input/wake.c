/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "input/wake.h"
#include "base/util.h"
#include "input/stir.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/input.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <systemd/sd-event.h>
#include <time.h>
#include <unistd.h>

#define FOLDER "/dev/input"
/* udev's rules give a new device its rights and SDL its news a moment after it is there. */
#define SETTLE_US    300000u
#define SETTLES      4
#define DEVICES_MOST 64u

struct device {
	struct wake *wake;
	char name[32];
	int fd;
	struct stir stir; /* of a pad; of others everything counts */
	sd_event_source *source;
};

struct wake {
	sd_event *event;
	bool all;
	void (*fired)(void *user);
	void *user;
	int inotify, settles;
	sd_event_source *watch, *settle;
	struct device *devices[DEVICES_MOST];
	unsigned n_devices;
};

static void device_destroy(struct device *device)
{
	sd_event_source_disable_unref(device->source);
	close_fd(&device->fd);
	free(device);
}

static void drop(struct wake *wake, struct device *device)
{
	for (unsigned i = 0; i < wake->n_devices; i++) {
		if (wake->devices[i] != device)
			continue;
		wake->devices[i] = wake->devices[--wake->n_devices];
		device_destroy(device);
		return;
	}
}

static int on_input(sd_event_source *source, int fd, uint32_t events, void *user)
{
	struct device *device = user;
	struct wake *wake = device->wake;
	struct input_event read_now[64];
	bool counts = false;
	ssize_t n;

	(void)source, (void)events;
	while ((n = read(fd, read_now, sizeof(read_now))) > 0)
		counts |= stir_take(&device->stir, read_now, (size_t)n / sizeof(*read_now));
	if (counts || n == 0 || errno != EAGAIN)
		wake->fired(wake->user);
	if (n == 0 || errno != EAGAIN)
		drop(wake, device);
	return 0;
}

static bool has_bit(const unsigned char *bits, unsigned bit)
{
	return bits[bit / 8] & 1u << bit % 8;
}

static bool is_pad(int fd)
{
	unsigned char bits[KEY_MAX / 8 + 1] = {0};

	return ioctl(fd, EVIOCGBIT(EV_KEY, sizeof(bits)), bits) >= 0 &&
	       (has_bit(bits, BTN_GAMEPAD) || has_bit(bits, BTN_JOYSTICK));
}

/* What a pad's gyroscope measures, a thousand times a second, in a device of its own. */
static bool is_motion_sensor(int fd)
{
	unsigned char bits[INPUT_PROP_MAX / 8 + 1] = {0};

	return ioctl(fd, EVIOCGPROP(sizeof(bits)), bits) >= 0 &&
	       has_bit(bits, INPUT_PROP_ACCELEROMETER);
}

static void set_bit(unsigned char *bits, unsigned bit)
{
	bits[bit / 8] |= (unsigned char)(1u << bit % 8);
}

static void mask(int fd, unsigned type, const unsigned char *bits, size_t size)
{
	const struct input_mask wanted = {
	        .type = type, .codes_size = (uint32_t)size, .codes_ptr = (uintptr_t)bits};

	ioctl(fd, EVIOCSMASK,
	        &wanted); /* Linux 4.4; without it more is read, and nothing is wrong */
}

/* Of a pad's axes only the stick and the crosses do anything; the kernel keeps the rest to itself. */
static void tell_kernel(int fd)
{
	unsigned char axes[ABS_MAX / 8 + 1] = {0};
	const unsigned char none[MSC_MAX / 8 + 1] = {0};

	set_bit(axes, ABS_X);
	set_bit(axes, ABS_Y);
	for (unsigned code = ABS_HAT0X; code <= ABS_HAT3Y; code++)
		set_bit(axes, code);
	mask(fd, EV_ABS, axes, sizeof(axes));
	mask(fd, EV_MSC, none, sizeof(none));
}

static void learn_axes(struct device *device)
{
	for (unsigned code = ABS_X; code <= ABS_Y; code++) {
		struct input_absinfo info = {0};

		if (ioctl(device->fd, EVIOCGABS(code), &info) >= 0)
			stir_set_axis(&device->stir, code, info.minimum, info.maximum);
	}
}

static bool known(const struct wake *wake, const char *name)
{
	for (unsigned i = 0; i < wake->n_devices; i++)
		if (streq(wake->devices[i]->name, name))
			return true;
	return false;
}

static void add(struct wake *wake, const char *name)
{
	cleanup_free char *path = xasprintf(FOLDER "/%s", name);
	struct device *device;
	cleanup_close int fd = -1;
	bool pad;

	if (wake->n_devices == DEVICES_MOST || known(wake, name))
		return;
	fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	pad = fd >= 0 && is_pad(fd);
	if (fd < 0 || !(wake->all || pad) || is_motion_sensor(fd))
		return;
	device = xcalloc(1, sizeof(*device));
	*device = (struct device){.wake = wake, .fd = take_fd(fd)};
	snprintf(device->name, sizeof(device->name), "%s", name);
	if (pad) {
		tell_kernel(device->fd);
		learn_axes(device);
	}
	if (sd_event_add_io(wake->event, &device->source, device->fd, EPOLLIN, on_input, device) <
	        0)
		device_destroy(device);
	else
		wake->devices[wake->n_devices++] = device;
}

static void scan(struct wake *wake)
{
	DIR *dir = opendir(FOLDER);
	struct dirent *entry;

	while (dir && (entry = readdir(dir)))
		if (starts_with(entry->d_name, "event") && strlen(entry->d_name) < 32)
			add(wake, entry->d_name);
	if (dir)
		closedir(dir);
}

static int on_settle(sd_event_source *source, uint64_t usec, void *user)
{
	struct wake *wake = user;

	(void)usec;
	scan(wake);
	wake->fired(wake->user);
	if (--wake->settles > 0) {
		sd_event_source_set_time_relative(source, SETTLE_US);
		sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
	}
	return 0;
}

/* Before the first device there is no folder: then what is above it is watched until there is. */
static void watch_folder(struct wake *wake)
{
	const uint32_t news = IN_CREATE | IN_ATTRIB | IN_DELETE;

	if (wake->inotify >= 0 && inotify_add_watch(wake->inotify, FOLDER, news) < 0)
		inotify_add_watch(wake->inotify, "/dev", IN_CREATE | IN_ONLYDIR);
}

static int on_folder(sd_event_source *source, int fd, uint32_t events, void *user)
{
	struct wake *wake = user;
	char away[4096];

	(void)source, (void)events;
	while (read(fd, away, sizeof(away)) > 0)
		;
	watch_folder(wake);
	scan(wake);
	wake->fired(wake->user);
	wake->settles = SETTLES;
	wake->settle = sd_event_source_disable_unref(wake->settle);
	sd_event_add_time_relative(
	        wake->event, &wake->settle, CLOCK_MONOTONIC, SETTLE_US, 10000, on_settle, wake);
	return 0;
}

struct wake *wake_create(sd_event *event, bool all, void (*fired)(void *user), void *user)
{
	struct wake *wake = xcalloc(1, sizeof(*wake));

	*wake = (struct wake){
	        .event = sd_event_ref(event), .all = all, .fired = fired, .user = user};
	wake->inotify = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	watch_folder(wake);
	if (wake->inotify >= 0)
		sd_event_add_io(event, &wake->watch, wake->inotify, EPOLLIN, on_folder, wake);
	scan(wake);
	return wake;
}

void wake_destroy(struct wake *wake)
{
	if (!wake)
		return;
	while (wake->n_devices)
		device_destroy(wake->devices[--wake->n_devices]);
	sd_event_source_disable_unref(wake->watch);
	sd_event_source_disable_unref(wake->settle);
	close_fd(&wake->inotify);
	sd_event_unref(wake->event);
	free(wake);
}
