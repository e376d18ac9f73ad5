/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The interfaces on which a USB device tells keys and buttons: HID, and those of Xbox pads, which are their maker's own. */
#ifndef HOST_USB_HID_H
#define HOST_USB_HID_H

#include "base/root.h"

struct usb_hid {
	uint8_t number, class, subclass, protocol; /* of the interface */
	uint8_t endpoint; /* its interrupt endpoint inwards: 0x81; without one it is not listed */
	/* The report descriptor, bytes that the device wrote; NULL while no driver of the HID layer has the interface. */
	uint8_t *descriptor;
	size_t size; /* of it, at most USB_HID_DESCRIPTOR_MAX */
};

struct usb_hids {
	struct usb_hid *list;
	size_t n;
};

#define USB_HID_DESCRIPTOR_MAX 4096u /* HID_MAX_DESCRIPTOR_SIZE of linux/hid.h */

/* Of the device @sysname; one that is gone has none. */
void usb_hids_take(const struct root *root, const char *sysname, struct usb_hids *out);
void usb_hids_finish(struct usb_hids *hids);

#endif
