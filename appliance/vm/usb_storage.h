/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whether the host uses a disk of a USB device, asked of the kernel itself; a part of act_usb_open().
 *
 * Each is opened O_EXCL, which the kernel refuses while a mount, swap or holder stands on it or on a partition, CD drives
 * too, and looked at while it is held. A mount in the moment between this and QEMU's claim is not kept off.
 */
#ifndef VM_USB_STORAGE_H
#define VM_USB_STORAGE_H

#include "base/root.h"

/* Of the device @sysname. -EBUSY: the host uses one. No disks is success. */
int usb_storage_check(const struct root *root, const char *sysname, struct err *err);

#endif
