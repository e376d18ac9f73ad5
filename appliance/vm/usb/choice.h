/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which USB device is meant, and whether a VM may have it. Pure: decided from facts alone. */
#ifndef VM_USB_CHOICE_H
#define VM_USB_CHOICE_H

#include "host/host.h"
#include "vm/state.h"
#include "vm/usb/ways.h"

/* By sysname "1-2.3", port "0000:00:14.0/2.3" or "vendor:product" (one device only). NULL with @err. */
const struct usb_device *usb_choose(const struct usb *usb, const char *device, struct err *err);
/*
 * Refuses hubs, the host's only keyboard where none of @ways stops the VM without it, and storage that the host
 * uses. Of @host usb, inputs and disks are looked at; disks only for storage.
 */
int usb_check_ways(const struct host *host, const struct usb_device *d, const struct usb_ways *ways,
        struct err *err);
/* The same with what @host alone tells of the ways: a second keyboard or none. */
int usb_check(const struct host *host, const struct usb_device *d, struct err *err);

#endif
