/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * All facts about a PC, taken once. Read only; decisions are made elsewhere from this alone.
 */
#ifndef HOST_HOST_H
#define HOST_HOST_H

#include "host/board.h"
#include "host/cpu.h"
#include "host/disk.h"
#include "host/display.h"
#include "host/environment.h"
#include "host/firmware.h"
#include "host/guest_firmware.h"
#include "host/hand_over.h"
#include "host/hyperv.h"
#include "host/input.h"
#include "host/iommu.h"
#include "host/links.h"
#include "host/mdev.h"
#include "host/memory.h"
#include "host/net.h"
#include "host/pci.h"
#include "host/placement.h"
#include "host/ports.h"
#include "host/slot.h"
#include "host/sound.h"
#include "host/topology.h"
#include "host/usb.h"

struct host {
	uint64_t kvmfr_bytes; /* of /dev/kvmfr0, the module kvmfr's memory; 0: it is not there */
	bool live;            /* taken from this running PC, not from a captured one */
	struct environment environment;
	struct cpu cpu;
	struct topology topology;
	struct placement_means placement;
	struct hyperv hyperv;
	struct guest_firmwares firmwares;
	struct firmware firmware;
	struct memory memory;
	struct pci pci;
	struct mdevs mdevs;
	struct iommu iommu;
	struct disks disks;
	struct usb usb;
	struct net net;
	struct net_links links;
	struct displays displays;
	struct inputs inputs;
	struct input_nodes input_nodes;
	struct sounds sounds;
	struct board board;
	struct slots slots;
	struct ports ports;         /* not of host_take(): of the ports that somebody asks for */
	struct hand_over hand_over; /* nor this: of the cards that are to change hands */
};

/* Takes all facts. Missing ones are left empty or unknown; fails only where nothing can be read at all. */
int host_take(const struct root *root, struct host *out, struct err *err);
/*
 * The same without disks, for whoever decides nothing by them: who has them open stands in every program's folder, whose reading
 * takes longer than all the rest.
 */
int host_take_without_disks(const struct root *root, struct host *out, struct err *err);
/* For what USB devices are part of alone: usb, net, inputs, sounds, board, and disks if asked. @out is zeroed before. */
int host_take_usb(const struct root *root, bool disks, struct host *out, struct err *err);
void host_finish(struct host *host);

/*
 * What of this function the host cannot do without as it runs now, one sentence each, most important first, empty
 * when nothing: "boot display", "disk sda (root file system)", "network eth0 (default route)", "keyboard 1-2 ...".
 */
void host_uses(const struct host *host, const struct pci_device *device, struct strv *out);
/* The same of a card that changes hands: without its screens and what it plays, whose users hand_over.h tells. */
void host_uses_beside(const struct host *host, const struct pci_device *device, struct strv *out);
/*
 * All that the host would lose with this function: what it uses, and further what is merely there: sound cards,
 * Bluetooth, disks that nobody uses, other USB devices, the board's small parts.
 */
void host_loses(const struct host *host, const struct pci_device *device, struct strv *out);
/* The same for a whole IOMMU group without its bridges, which stay: most important first, each once. */
void host_group_loses(const struct host *host, const struct iommu_group *group, struct strv *out);

/*
 * What the host does with a USB device now, one sentence each: mounted file systems, network, keyboard, mouse, sound
 * that plays, Bluetooth. Empty: nothing that would be missed.
 */
void host_usb_uses(const struct host *host, const struct usb_device *device, struct strv *out);

/* "camera", "Bluetooth adapter", translated. */
const char *usb_kind_name(enum usb_kind kind);

/* A keyboard that somebody can type on. */
struct host_keyboard {
	const char *name;    /* "USB Keyboard", "" */
	const char *sysname; /* "1-2", "input3" */
	bool sure;           /* false: a mouse with keys, a security key */
	bool mouse;          /* it is one too */
	bool bluetooth;
	bool has_controller; /* false: it hangs on no PCI function (PS/2) and stays whatever goes */
	struct pci_addr controller;
};

/* One keyboard after the other, USB first; *@at is 0 before the first call. False: there are no more. */
bool host_keyboard(const struct host *host, size_t *at, struct host_keyboard *out);
/* Does a keyboard hang on this function? And a sure one on another, or on none? */
bool host_has_keyboard(const struct host *host, struct pci_addr controller);
bool host_has_other_keyboard(const struct host *host, struct pci_addr controller);
/* Is this interface's function the only one with a network? */
bool host_is_only_network(const struct host *host, const struct net_interface *interface);

#endif
