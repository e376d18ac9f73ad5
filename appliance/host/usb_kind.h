/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a USB device is for people, decided from its interfaces, its maker and its input devices. Pure. */
#ifndef HOST_USB_KIND_H
#define HOST_USB_KIND_H

#include "host/usb.h"

/* By its numbers alone; USB_KIND_OTHER where they say nothing. */
enum usb_kind usb_kind_of_interface(uint64_t class, uint64_t sub, uint64_t protocol);
/* Notes one interface; @name is its own string, NULL where it has none. */
void usb_kind_note(
        struct usb_device *d, uint64_t class, uint64_t sub, uint64_t protocol, const char *name);
/* Decides `kind` from all that was noted; again whenever more is known. */
void usb_kind_settle(struct usb_device *d);
/* "gamepad", "audio": never translated, for JSON. */
const char *usb_kind_code(enum usb_kind kind);

#endif
