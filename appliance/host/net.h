/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Network interfaces that are PCI functions or USB devices, for saying what a host would lose. */
#ifndef HOST_NET_H
#define HOST_NET_H

#include "base/pciaddr.h"
#include "base/root.h"

struct net_interface {
	char *name;
	bool has_controller;
	struct pci_addr controller;
	bool of_function;   /* the card's end of one of its functions, and none of its plugs */
	char *usb;          /* "1-4": it is this USB device; NULL */
	bool up;            /* /sys/class/net/NAME/operstate is "up" */
	bool default_route; /* /proc/net/route or /proc/net/ipv6_route */
};

struct net {
	struct net_interface *list;
	size_t n;
};

int net_take(const struct root *root, struct net *out, struct err *err);
/* Whether this PC has a way out at all, over whatever link. */
bool net_has_default_route(const struct root *root);
void net_finish(struct net *net);

#endif
