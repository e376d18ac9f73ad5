/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Ways to stop a VM that has the host's only keyboard. Without any of them that keyboard stays with the host. Pure.
 */
#ifndef VM_USB_WAYS_H
#define VM_USB_WAYS_H

#include "host/host.h"

struct usb_ways {
	bool chord;        /* a combination of keys or pad buttons is watched for, in the VM too */
	bool spice;        /* the console answers from another PC */
	bool power_button; /* this PC's button stops the VM; that it shuts down the PC does not count */
	bool second_keyboard; /* one more that somebody can type on stays with the host */
};

/*
 * The keyboards that would remain without @d, in @host's usb and inputs: those of USB that no VM has, PS/2 ones
 * and an inner one of a laptop. A Bluetooth one counts only where its adapter is known to be another device than @d.
 */
bool usb_ways_second_keyboard(const struct host *host, const struct usb_device *d);
/* Whether a keyboard of the host's speaks through @d, or may: the kernel often does not tell through which adapter. */
bool usb_ways_carries_keyboard(const struct host *host, const struct usb_device *d);
bool usb_ways_any(const struct usb_ways *ways);
/* "second keyboard, key combination ...", those that are missing, in the reader's language; caller frees. */
char *usb_ways_missing(const struct usb_ways *ways);

#endif
