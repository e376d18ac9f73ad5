/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names for USB devices that sysfs leaves unnamed, asked of the devices themselves. This PC only. */
#ifndef SETUP_USB_NAMES_H
#define SETUP_USB_NAMES_H

#include "host/usb.h"

/*
 * Fills product_name where it is NULL: the device's own string where this user may open it, else what its
 * interfaces are ("audio device"). Does nothing where libusb finds no USB.
 */
void usb_names_fill(struct usb *usb);

#endif
