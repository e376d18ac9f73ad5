/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Hears from udev when a USB device has come or gone and its node is ready. */
#ifndef VM_USBHOT_H
#define VM_USBHOT_H

#include "base/err.h"

#include <systemd/sd-event.h>

struct usb_monitor;

/*
 * @changed is called from the loop, once for a burst of events. Where no udev runs it is never called, and
 * that is no error.
 */
int usb_monitor_create(sd_event *event, void (*changed)(void *user), void *user,
        struct usb_monitor **out, struct err *err);
void usb_monitor_destroy(struct usb_monitor *monitor); /* takes NULL */

#endif
