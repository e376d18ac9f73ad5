/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vm/usbhot.h"

#include "base/i18n.h"

#include <errno.h>
#include <libudev.h>
#include <sys/epoll.h>
#include <time.h>

#define BURST_MS 100u /* a device's interfaces come one after the other */

struct usb_monitor {
	sd_event *event;
	struct udev *udev;
	struct udev_monitor *monitor;
	sd_event_source *readable;
	sd_event_source *timer;
	void (*changed)(void *user);
	void *user;
};

static int on_burst_end(sd_event_source *source, uint64_t usec, void *user)
{
	struct usb_monitor *m = user;

	(void)source, (void)usec;
	m->timer = sd_event_source_disable_unref(m->timer);
	m->changed(m->user);
	return 0;
}

/* Which device it was does not matter: whoever is told looks at all of them. */
static int on_readable(sd_event_source *source, int fd, uint32_t events, void *user)
{
	struct usb_monitor *m = user;
	struct udev_device *device;
	bool any = false;

	(void)source, (void)fd, (void)events;
	while ((device = udev_monitor_receive_device(m->monitor))) {
		udev_device_unref(device);
		any = true;
	}
	if (any && !m->timer)
		sd_event_add_time_relative(
		        m->event, &m->timer, CLOCK_MONOTONIC, BURST_MS * 1000, 0, on_burst_end, m);
	return 0;
}

/* "udev": the events that udevd has worked on, when the node has its owner and its links. */
static int start(struct usb_monitor *m)
{
	int r;

	m->udev = udev_new();
	m->monitor = m->udev ? udev_monitor_new_from_netlink(m->udev, "udev") : NULL;
	if (!m->monitor)
		return errno ? -errno : -ENOMEM;
	r = udev_monitor_filter_add_match_subsystem_devtype(m->monitor, "usb", "usb_device");
	r = r < 0 ? r : udev_monitor_enable_receiving(m->monitor);
	return r < 0 ? r
	             : sd_event_add_io(m->event, &m->readable, udev_monitor_get_fd(m->monitor),
	                       EPOLLIN, on_readable, m);
}

int usb_monitor_create(sd_event *event, void (*changed)(void *user), void *user,
        struct usb_monitor **out, struct err *err)
{
	struct usb_monitor *m = xcalloc(1, sizeof(*m));
	int r;

	*m = (struct usb_monitor){.event = event, .changed = changed, .user = user};
	r = start(m);
	if (r < 0) {
		usb_monitor_destroy(m);
		return err_errno(err, r, _("USB devices cannot be watched (udev)"));
	}
	*out = m;
	return 0;
}

void usb_monitor_destroy(struct usb_monitor *m)
{
	if (!m)
		return;
	sd_event_source_disable_unref(m->readable);
	sd_event_source_disable_unref(m->timer);
	udev_monitor_unref(m->monitor);
	udev_unref(m->udev);
	free(m);
}
