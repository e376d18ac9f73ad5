/* SPDX-License-Identifier: GPL-2.0-or-later */
/* All network links of this PC, those that are made of others too, for a VM that is to be on one of them. */
#ifndef HOST_LINKS_H
#define HOST_LINKS_H

#include "base/root.h"

struct net_link {
	char *name;
	bool ethernet;       /* /sys/class/net/NAME/type is 1 (ARPHRD_ETHER) and it is not lo */
	bool up;             /* IFF_UP of /sys/class/net/NAME/flags: somebody has set it up */
	bool device;         /* there is hardware behind it */
	bool wireless;       /* phy80211 or wireless: its access point knows one address only */
	bool bridge;         /* a bridge of Linux */
	bool vlan_filtering; /* of a bridge */
	char *upper;         /* the bridge or bond that it belongs to; NULL */
	struct strv ports;   /* of a bridge */
};

struct net_links {
	struct net_link *list;
	size_t n;
	bool tun;              /* /dev/net/tun is there */
	bool vhost_net;        /* /dev/vhost-net is there */
	bool ovs;              /* the data base of Open vSwitch answers at OVS_SOCKET */
	bool ovs_vsctl, passt; /* these programs are there */
	bool way_out;          /* there is a default route, over whatever link */
};

#define OVS_SOCKET    "/run/openvswitch/db.sock"
#define OVS_PROGRAM   "/usr/bin/ovs-vsctl"
#define PASST_PROGRAM "/usr/bin/passt"

void links_take(const struct root *root, struct net_links *out);
void links_finish(struct net_links *links);
const struct net_link *links_find(const struct net_links *links, const char *name); /* NULL: none */

#endif
