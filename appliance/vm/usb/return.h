/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A USB device back to the host's drivers; a part of act_usb_return().
 *
 * A QEMU that ends in order gives the interfaces back itself. When it was killed, the kernel takes them from usbfs as
 * the last descriptor is closed, and then nobody drives them; and the guest may have left the device unconfigured.
 */
#ifndef VM_USB_RETURN_H
#define VM_USB_RETURN_H

#include "base/root.h"

/* Of the device @sysname, which was compared. An interface that no driver wants is no error. */
int usb_return(const struct root *root, const char *sysname, struct err *err);

#endif
