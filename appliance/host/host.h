/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * All facts about a PC, taken once. Read only; decisions are made elsewhere from this alone.
 */
#ifndef HOST_HOST_H
#define HOST_HOST_H

#include "host/cpu.h"
#include "host/disk.h"
#include "host/display.h"
#include "host/environment.h"
#include "host/firmware.h"
#include "host/iommu.h"
#include "host/memory.h"
#include "host/net.h"
#include "host/pci.h"
#include "host/usb.h"

struct host {
	bool live; /* taken from this running PC, not from a captured one */
	struct environment environment;
	struct cpu cpu;
	struct firmware firmware;
	struct memory memory;
	struct pci pci;
	struct iommu iommu;
	struct disks disks;
	struct usb usb;
	struct net net;
	struct displays displays;
};

/* Takes all facts. Missing ones are left empty or unknown; fails only where nothing can be read at all. */
int host_take(const struct root *root, struct host *out, struct err *err);
void host_finish(struct host *host);

/*
 * What the host would lose with this function, one sentence each, most important first, empty when
 * nothing: "boot display", "disk sda (root file system)", "network eth0 (default route)", "keyboard 1-2 ...".
 */
void host_uses(const struct host *host, const struct pci_device *device, struct strv *out);

#endif
