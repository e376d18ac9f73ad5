/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef IMAGE_USE_H
#define IMAGE_USE_H

/* Whether another program that uses QEMU's locks has the file open, for writing too; unknown where locks cannot be asked for. */
enum image_use { IMAGE_FREE, IMAGE_READ, IMAGE_WRITTEN, IMAGE_UNKNOWN };
enum image_use image_use(int fd);

#endif
