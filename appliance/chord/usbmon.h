/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A packet of usbmon's binary interface: what went over a USB bus. Pure; the data are a stranger's.
 * Linux: Documentation/usb/usbmon.rst, drivers/usb/mon/mon_bin.c
 */
#ifndef CHORD_USBMON_H
#define CHORD_USBMON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/ioctl.h>

#define USBMON_HEADER 64u

/* struct mon_bin_stats, struct mon_bin_mfetch of mon_bin.c; no header of the kernel's has them. */
struct usbmon_stats {
	uint32_t queued, dropped;
};

struct usbmon_mfetch {
	uint32_t *offsets;
	uint32_t n_fetch, n_flush;
};

#define USBMON_STATS     _IOR(0x92, 3, struct usbmon_stats) /* drops are counted from the last call */
#define USBMON_RING_SIZE _IO(0x92, 4)
#define USBMON_MFETCH    _IOWR(0x92, 7, struct usbmon_mfetch)

enum usbmon_transfer { USBMON_ISOCHRONOUS, USBMON_INTERRUPT, USBMON_CONTROL, USBMON_BULK };

struct usbmon_packet {
	uint64_t id; /* the same at its submission and its end */
	char type;   /* 'S' submission, 'C' end, 'E' the submission failed, '@' filler */
	uint8_t transfer, endpoint;
	unsigned busnum, devnum;
	int32_t status;
	bool has_setup; /* only at the submission of a control transfer */
	uint8_t setup[8];
	const uint8_t *data; /* points into what was decoded */
	size_t size;
};

/* Decodes the packet that @bytes begin with. False: they hold none as a whole. */
bool usbmon_decode(const uint8_t *bytes, size_t size, struct usbmon_packet *out);

#endif
