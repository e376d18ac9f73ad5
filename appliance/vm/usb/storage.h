/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The disks of a USB device on their way into a VM; a part of act_usb_open().
 *
 * Between the look whether the host uses one and QEMU's claim somebody may mount it. So each is opened O_EXCL, which the
 * kernel refuses while a mount, swap or holder stands on it or on a partition, CD drives too; looked at while it is held; and
 * held while the host's driver is taken off the device: then there is no disk any more that could be mounted.
 */
#ifndef VM_USB_STORAGE_H
#define VM_USB_STORAGE_H

#include "base/root.h"

/*
 * Of the device @sysname, whose node is open as @node; -1: the driver stays. -EBUSY: the host uses a disk. No disks is
 * success. What was taken off usb_return() gives back, after a failure too.
 */
int usb_storage_take(const struct root *root, const char *sysname, int node, struct err *err);

#endif
