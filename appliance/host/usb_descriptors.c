/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "host/usb_descriptors.h"

/* USB 2.0 specification, 9.6.6: bLength, bDescriptorType, bEndpointAddress, bmAttributes, ... */
enum { LENGTH, TYPE, ATTRIBUTES = 3, ENDPOINT = 5, ENDPOINT_LEAST = 7 };

bool usb_descriptors_isochronous(const uint8_t *bytes, size_t n)
{
	/* A length of 0 or 1 leads nowhere, one past the end is cut off: the rest is not believed. */
	for (size_t at = 0; n - at >= 2; at += bytes[at + LENGTH]) {
		const uint8_t *d = bytes + at;

		if (d[LENGTH] < 2 || d[LENGTH] > n - at)
			return false;
		if (d[TYPE] == ENDPOINT && d[LENGTH] >= ENDPOINT_LEAST && (d[ATTRIBUTES] & 3) == 1)
			return true;
	}
	return false;
}
