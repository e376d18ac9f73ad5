/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How soon the USB devices are looked at after an event: at once after quiet, and no more often than every 20 ms
 * while events keep coming; every 100 ms when they do so for long. Pure: the caller has the clock.
 */
#ifndef VM_USB_PACE_H
#define VM_USB_PACE_H

#include <stdint.h>

#define USB_PACE_USEC      20000u
#define USB_PACE_LONG_USEC 100000u
#define USB_PACE_LONG      25u /* so many looks in a row are long */
#define USB_PACE_ROW_USEC  250000u

struct usb_pace {
	uint64_t last; /* when the last look was; 0: never */
	unsigned row;  /* looks with less than USB_PACE_ROW_USEC between them */
};

/* When an event of now is looked at: @now or later. */
uint64_t usb_pace_next(const struct usb_pace *pace, uint64_t now);
void usb_pace_looked(struct usb_pace *pace, uint64_t now);

#endif
