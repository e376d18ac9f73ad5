/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A device's descriptors as the kernel keeps them (/sys/bus/usb/devices/1-2/descriptors): the device descriptor and
 * all configurations, byte for byte as the device sent them. It may lie.
 */
#ifndef HOST_USB_DESCRIPTORS_H
#define HOST_USB_DESCRIPTORS_H

#include "base/util.h"

/*
 * Whether any alternate setting of any interface has an isochronous endpoint: sound, pictures, a Bluetooth adapter's
 * voice, and what a maker's own class (ff) hides. sysfs shows the endpoints of the current settings only, where the
 * isochronous ones are asleep.
 */
bool usb_descriptors_isochronous(const uint8_t *bytes, size_t n);

#endif
