/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vm/usb/monitor.h"

#include "base/i18n.h"
#include "base/log.h"

#include <errno.h>
#include <libudev.h>
#include <sys/epoll.h>

#define AT_ONCE_MAX 256u /* events read in one turn of the loop; what is left wakes it again */

struct usb_monitor {
	struct udev *udev;
	struct udev_monitor *monitor;
	sd_event_source *readable;
	void (*changed)(void *user);
	void *user;
};

/* Returns whether there was one, or more than the socket's buffer could hold. */
static bool take_event(struct usb_monitor *m, bool *overflow)
{
	struct udev_device *device;

	errno = 0;
	device = udev_monitor_receive_device(m->monitor);
	if (device)
		udev_device_unref(device);
	else if (errno == ENOBUFS)
		*overflow = true;
	return device || errno == ENOBUFS;
}

/* Which device it was does not matter: whoever is told looks at all of them. */
static int on_readable(sd_event_source *source, int fd, uint32_t events, void *user)
{
	struct usb_monitor *m = user;
	bool any = false, overflow = false;

	(void)source, (void)fd, (void)events;
	for (unsigned i = 0; i < AT_ONCE_MAX && take_event(m, &overflow); i++)
		any = true;
	if (overflow)
		log_warning("%s", _("udev sent more USB events than could be kept: "
		                    "all USB devices are looked at anew"));
	if (any)
		m->changed(m->user);
	return 0;
}

/* "udev": the events that udevd has worked on, when the node has its owner and its links. */
static int start(struct usb_monitor *m, sd_event *event)
{
	int r;

	m->udev = udev_new();
	m->monitor = m->udev ? udev_monitor_new_from_netlink(m->udev, "udev") : NULL;
	if (!m->monitor)
		return errno ? -errno : -ENOMEM;
	r = udev_monitor_filter_add_match_subsystem_devtype(m->monitor, "usb", "usb_device");
	r = r < 0 ? r : udev_monitor_enable_receiving(m->monitor);
	return r < 0 ? r
	             : sd_event_add_io(event, &m->readable, udev_monitor_get_fd(m->monitor),
	                       EPOLLIN, on_readable, m);
}

int usb_monitor_create(sd_event *event, void (*changed)(void *user), void *user,
        struct usb_monitor **out, struct err *err)
{
	struct usb_monitor *m = xcalloc(1, sizeof(*m));
	int r;

	*m = (struct usb_monitor){.changed = changed, .user = user};
	r = start(m, event);
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
	udev_monitor_unref(m->monitor);
	udev_unref(m->udev);
	free(m);
}
