/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vm/usbhot.h"

#include "base/i18n.h"

#include <systemd/sd-device.h>
#include <time.h>

#define BURST_MS 100u /* a device's interfaces come one after the other */

struct usb_monitor {
	sd_event *event;
	sd_device_monitor *monitor;
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

static int on_device(sd_device_monitor *monitor, sd_device *device, void *user)
{
	struct usb_monitor *m = user;

	(void)monitor, (void)device;
	if (!m->timer)
		sd_event_add_time_relative(
		        m->event, &m->timer, CLOCK_MONOTONIC, BURST_MS * 1000, 0, on_burst_end, m);
	return 0;
}

int usb_monitor_create(sd_event *event, void (*changed)(void *user), void *user,
        struct usb_monitor **out, struct err *err)
{
	struct usb_monitor *m = xcalloc(1, sizeof(*m));
	int r;

	*m = (struct usb_monitor){.event = event, .changed = changed, .user = user};
	r = sd_device_monitor_new(&m->monitor);
	r = r < 0 ? r
	          : sd_device_monitor_filter_add_match_subsystem_devtype(
	                    m->monitor, "usb", "usb_device");
	r = r < 0 ? r : sd_device_monitor_attach_event(m->monitor, event);
	r = r < 0 ? r : sd_device_monitor_start(m->monitor, on_device, m);
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
	sd_device_monitor_unref(m->monitor);
	sd_event_source_disable_unref(m->timer);
	free(m);
}
