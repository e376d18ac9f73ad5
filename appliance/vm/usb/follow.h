/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Devices that have just left a VM by themselves: the one that comes back is attached again.
 *
 * Who comes back:
 * - in the same socket within 10 s a device of the same maker, whatever its product number: a reset, a phone or wheel that
 *   changes its mode;
 * - in the same socket within 3 s any device: firmware that restarts as its chip's loader has another maker, and no
 *   hand pulls one device and plugs another in that time;
 * - in another socket within 10 s a device with the same maker, product and serial number: it was moved.
 * Pure: the caller has the clock (microseconds).
 */
#ifndef VM_USB_FOLLOW_H
#define VM_USB_FOLLOW_H

#include "host/usb.h"
#include "vm/state.h"

#define USB_FOLLOW_USEC       10000000u
#define USB_FOLLOW_OTHER_USEC 3000000u

struct usb_follow {
	struct usb_left {
		char *port, *serial;
		uint16_t vendor, product;
		bool by_hand; /* a person had attached it, no rule */
		uint64_t at;
	} * list;
	size_t n;
};

void usb_follow_left(struct usb_follow *follow, const struct journal_usb *u, uint64_t now);
/* The one that @d is by now; NULL: none. */
const struct usb_left *usb_follow_find(
        const struct usb_follow *follow, const struct usb_device *d, uint64_t now);
/* It is back, or it is not wanted any more. Takes NULL. */
void usb_follow_drop(struct usb_follow *follow, const struct usb_left *left);
void usb_follow_expire(struct usb_follow *follow, uint64_t now);
void usb_follow_finish(struct usb_follow *follow);

#endif
