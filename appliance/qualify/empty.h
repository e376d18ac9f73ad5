/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whether a whole disk is empty, so that a test may write on it. What is not known is a refusal: udev must have looked at
 * the disk and found nothing, the kernel must know no partition and no user, and its first and last bytes must be 0.
 */
#ifndef QUALIFY_EMPTY_H
#define QUALIFY_EMPTY_H

#include "base/err.h"
#include "host/disk.h"

#define QUALIFY_EDGE ((size_t)1 << 20) /* bytes at both ends that must be 0 */

/* @udev is udev's record of it (/run/udev/data/b8:0); NULL: there is none. 0, or -EBUSY with @err. */
int qualify_empty(const struct disk *disk, const char *udev, struct err *err);
/* The bytes of an open disk. 0, -EBUSY with @err, or what reading failed with. */
int qualify_empty_edges(int fd, uint64_t size, const char *name, struct err *err);

#endif
