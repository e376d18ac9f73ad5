/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names for people: the device's own strings, and where it has none udev's hardware database. */
#ifndef HOST_USB_NAMES_H
#define HOST_USB_NAMES_H

#include "host/usb.h"

/*
 * Fills product_name and manufacturer where they are NULL from the database of the PC we run on, which knows devices by
 * vendor and product alone. Does nothing where there is no database.
 */
void usb_names_fill(struct usb *usb);
/* "Logitech G29", "Logitech USB Keyboard" (its maker said once), "046d:c24f" where nothing is known; caller frees. */
char *usb_name(const struct usb_device *d);

#endif
