/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vm/plan/usb_options.h"

#include "vm/plan/plan.h"

#include <stdio.h>

#define PORTS (USB_GUEST_PORTS - USB_GUEST_FIRST_PORT + 1)

static bool is_taken(const struct journal *j, unsigned port)
{
	if (port > USB_GUEST_PORTS - j->usb_channels)
		return true;
	for (size_t i = 0; i < j->n_usb; i++) {
		if (j->usb[i].guest_port == port)
			return true;
	}
	return false;
}

/* FNV-1a: http://www.isthe.com/chongo/tech/comp/fnv/ */
static uint32_t hash(const char *text)
{
	uint32_t h = 2166136261u;

	for (; *text; text++)
		h = (h ^ (unsigned char)*text) * 16777619u;
	return h;
}

unsigned usb_guest_port(const struct journal *j, const char *socket)
{
	uint32_t first = socket ? hash(socket) : 0;

	for (unsigned i = 0; i < PORTS; i++) {
		unsigned port = USB_GUEST_FIRST_PORT + (first % PORTS + i) % PORTS;

		if (!is_taken(j, port))
			return port;
	}
	return 0;
}

/*
 * Sound and pictures. QEMU moves them in a ring of `isobufs` transfers of `isobsize` packets, starts to play when half
 * of the ring is full, and hands over what was recorded one whole transfer at a time (hw/usb/host-libusb.c,
 * usb_host_iso_data_out() and _in()). Its 4 x 32 packets are, of a millisecond each (full speed), 64 ms until a
 * headset sounds and 32 ms more in the microphone; 8 x 8 halve the first and quarter the second in a ring that still
 * bridges 64 ms. Of 125 us each (high speed) 4 x 32 are only 16 ms, less than a busy PC makes a guest wait, which is
 * heard as crackling: the ring gets twice as long. A SuperSpeed camera's packets have up to 48 KiB: twice the
 * ring would take nearly all of the 16 MiB that usbfs lends (usbcore.usbfs_memory_mb), so that stays.
 */
static void add_streaming(json_t *options, const struct usb_device *d)
{
	bool full_speed = d->speed_mbps <= 12;

	if (!d->isochronous || d->speed_mbps > 480)
		return;
	json_object_set_new(options, "isobufs", json_integer(8));
	json_object_set_new(options, "isobsize", json_integer(full_speed ? 8 : 32));
}

json_t *usb_options(const struct usb_device *d, const struct journal_usb *u, bool keep_quiet)
{
	char path[32], port[16];
	json_t *options;

	snprintf(path, sizeof(path), "/dev/fdset/%lld", (long long)u->fdset);
	snprintf(port, sizeof(port), "%u", u->guest_port);
	/*
	 * Named, or QEMU would put a hub of USB 1.1 into the last free port by itself, behind which a fast device
	 * cannot be (hw/usb/bus.c, usb_claim_port()). `pipeline` stays on: it only joins bulk reads.
	 */
	options = json_pack("{s:s, s:s, s:s, s:s, s:s}", "driver", "usb-host", "hostdevice", path,
	        "id", u->id, "bus", VM_USB_BUS, "port", port);
	add_streaming(options, d);
	/*
	 * A reset by the guest is passed on, since some need it to wake up. But one that answers a reset by leaving
	 * the bus (iPhone and iPad do: QEMU commit ba4c735b4fc7, for which this option was made) would be reset,
	 * followed and attached for ever.
	 */
	if (keep_quiet)
		json_object_set_new(options, "guest-reset", json_false());
	return options;
}
