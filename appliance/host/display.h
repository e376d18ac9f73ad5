/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which display cards show something now, and to whom: DRM cards with their connectors, the programs that have them
 * open, frame buffers, the console.
 */
#ifndef HOST_DISPLAY_H
#define HOST_DISPLAY_H

#include "base/pciaddr.h"
#include "base/root.h"
#include "host/pci.h"

struct display_card {
	char *name; /* "card0", or "fb0" for a frame buffer without DRM */
	bool has_controller;
	struct pci_addr controller;
	struct strv connected; /* connectors whose status is "connected": "Virtual-1" */
	struct strv
	        buses; /* of each of `connected`, its wire for DDC/CI: "i2c-3"; "": none is told */
	bool console;  /* the text console is on it: /sys/class/graphics/fb*, vtconsole bound */
	char *source;  /* folder in sysfs */
	size_t n_outputs;  /* connectors, whatever hangs on them */
	struct strv lit;   /* connectors whose `enabled` is "enabled": a picture goes out there */
	struct strv nodes; /* in /dev/dri: "card0", "renderD128" */
	/*
	 * Programs that have one of the nodes open, "Xorg (812)": from /proc/PID/fd, of which a user sees but his own
	 * processes, and from /sys/kernel/debug/dri/N/clients, which only root may read. None seen does not mean none.
	 */
	struct strv users;
	char *master; /* the one that decides what the screens show; NULL where not told */
	char *frame_buffer; /* "fb0 simpledrmdrmfb": which, and its driver (/sys/class/graphics/fb0/name); NULL: none */
	char *placed_by; /* how displays_place() found its controller, else NULL */
};

struct displays {
	struct display_card *list;
	size_t n;
	/* Where the frame buffer lies that firmware set up, as /proc/iomem says (to root alone); 0 = not told. */
	uint64_t boot_address;
};

int displays_take(const struct root *root, struct displays *out, struct err *err);
void displays_finish(struct displays *displays);
/* The kernel draws into what firmware set up; no driver of the card itself has taken over. */
bool display_is_firmwares(const struct display_card *card);
/*
 * The firmware's frame buffer (simpledrm, efifb) is often no PCI function in sysfs: finds the card whose memory it is,
 * by its address from /proc/iomem or from @log (the kernel log, may be NULL). What is not told stays open.
 */
void displays_place(struct displays *displays, const struct pci *pci, const char *log);

#endif
