/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What playthrough-bind decides: the list of devices and this PC -> which addresses go to vfio-pci.
 *
 * Reads only, below a root folder, so that it can be tried on a tree of files. Nothing is allocated and
 * nothing is taken on trust: one device that is not what the list says, and none is bound.
 */
#ifndef EARLY_BIND_H
#define EARLY_BIND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BIND_DEVICES_MAX 64
#define BIND_PATH_MAX    128

struct bind_device {
	char path[BIND_PATH_MAX]; /* slots from the root bus down: "0000:00:04.0/00.0" */
	unsigned vendor, device, subsystem_vendor, subsystem_device, class_code;
	char serial[17]; /* 16 hex digits, "" when the list names none */
	/* what was found */
	char address[32];
	char driver[64]; /* bound already; "" when none */
};

struct bind_list {
	char id[9]; /* of the plan, 8 hex digits */
	struct bind_device devices[BIND_DEVICES_MAX];
	size_t n;
	bool none; /* it says that there are none: the entry is for the IOMMU alone */
};

enum bind_verdict {
	BIND_NOT_ASKED, /* the kernel command line holds no playthrough= of ours: say nothing */
	BIND_REFUSED,   /* bind nothing; @why tells */
	BIND_GO
};

/* Reads bind.conf's text. False with @why on anything it does not know. */
bool bind_parse(const char *text, struct bind_list *out, char *why, size_t size);
/* Finds the device of @d below @root and compares it. Fills address and driver; false with @why. */
bool bind_find(const char *root, struct bind_device *d, char *why, size_t size);
/*
 * The whole decision: reads ROOT/proc/cmdline and ROOT/etc/playthrough/bind.conf, finds every device.
 * With BIND_GO, a device whose driver is neither "" nor "vfio-pci" is to be left alone.
 */
enum bind_verdict bind_decide(const char *root, struct bind_list *out, char *why, size_t size);

#endif
