/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Hears from udev that a USB device has come or gone and that its node is ready. */
#ifndef VM_USB_MONITOR_H
#define VM_USB_MONITOR_H

#include "base/err.h"

#include <systemd/sd-event.h>

struct usb_monitor;

/*
 * @changed is called from the loop at once, one time for all events that wait by then; also when the kernel has
 * dropped some, for whoever is told looks at all devices. Which of them waits how long is the caller's to decide:
 * nothing is timed here. Where no udev runs it is never called, and that is no error.
 */
int usb_monitor_create(sd_event *event, void (*changed)(void *user), void *user,
        struct usb_monitor **out, struct err *err);
void usb_monitor_destroy(struct usb_monitor *monitor); /* takes NULL */

#endif
