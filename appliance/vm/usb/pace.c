/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vm/usb/pace.h"

uint64_t usb_pace_next(const struct usb_pace *pace, uint64_t now)
{
	uint64_t pause = pace->row < USB_PACE_LONG ? USB_PACE_USEC : USB_PACE_LONG_USEC;

	return pace->last && now < pace->last + pause ? pace->last + pause : now;
}

void usb_pace_looked(struct usb_pace *pace, uint64_t now)
{
	pace->row = pace->last && now < pace->last + USB_PACE_ROW_USEC ? pace->row + 1 : 0;
	pace->last = now;
}
