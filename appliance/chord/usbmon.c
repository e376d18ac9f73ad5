/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "chord/usbmon.h"

#include <string.h>

/* struct usbmon_packet of usbmon.rst, and where its members begin */
enum offset {
	AT_ID = 0,
	AT_TYPE = 8,
	AT_TRANSFER = 9,
	AT_ENDPOINT = 10,
	AT_DEVICE = 11,
	AT_BUS = 12,
	AT_FLAG_SETUP = 14,
	AT_STATUS = 28,
	AT_CAPTURED = 36,
	AT_SETUP = 40,
};

bool usbmon_decode(const uint8_t *bytes, size_t size, struct usbmon_packet *out)
{
	uint32_t captured;
	uint16_t bus;

	*out = (struct usbmon_packet){0};
	if (size < USBMON_HEADER)
		return false;
	memcpy(&captured, bytes + AT_CAPTURED, sizeof(captured));
	if (captured > size - USBMON_HEADER)
		return false;
	memcpy(&out->id, bytes + AT_ID, sizeof(out->id));
	memcpy(&bus, bytes + AT_BUS, sizeof(bus));
	memcpy(&out->status, bytes + AT_STATUS, sizeof(out->status));
	memcpy(out->setup, bytes + AT_SETUP, sizeof(out->setup));
	out->type = (char)bytes[AT_TYPE];
	out->transfer = bytes[AT_TRANSFER];
	out->endpoint = bytes[AT_ENDPOINT];
	out->devnum = bytes[AT_DEVICE];
	out->busnum = bus;
	out->has_setup =
	        out->type == 'S' && out->transfer == USBMON_CONTROL && bytes[AT_FLAG_SETUP] == 0;
	out->data = bytes + USBMON_HEADER;
	out->size = captured;
	return true;
}
