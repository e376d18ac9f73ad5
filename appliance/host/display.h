/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which display cards show something now: DRM cards with their connectors, frame buffers, the console. */
#ifndef HOST_DISPLAY_H
#define HOST_DISPLAY_H

#include "base/pciaddr.h"
#include "base/root.h"

struct display_card {
	char *name; /* "card0", or "fb0" for a frame buffer without DRM */
	bool has_controller;
	struct pci_addr controller;
	struct strv connected; /* connectors whose status is "connected": "Virtual-1" */
	bool console; /* the text console is on it: /sys/class/graphics/fb*, vtconsole bound */
	char *source; /* folder in sysfs */
};

struct displays {
	struct display_card *list;
	size_t n;
};

int displays_take(const struct root *root, struct displays *out, struct err *err);
void displays_finish(struct displays *displays);

#endif
