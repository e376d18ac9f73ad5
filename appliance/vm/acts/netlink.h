/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Network links of this PC by rtnetlink: made, changed, removed. In the network namespace of netlink_open().
 *
 * All return 0 or -errno, and wait for the kernel's answer. Sources: rtnetlink(7), linux/if_link.h, linux/rtnetlink.h.
 */
#ifndef VM_NETLINK_H
#define VM_NETLINK_H

#include <stdbool.h>
#include <stdint.h>

#define NETLINK_MAC 6

int netlink_open(void); /* a descriptor for the others, or -errno */

/* What is said of a link, when it is made or later. Zero leaves all as it is. */
struct netlink_link {
	const char *name;   /* that it is to have from now on */
	const char *alias;  /* for people, and by which we know our own */
	const uint8_t *mac; /* of NETLINK_MAC bytes */
	unsigned mtu;
	int master;        /* index of the bridge that it is to be a port of; 0: none */
	bool up;           /* false: as it is */
	bool no_addresses; /* no IPv6 address of its own: it is a way, and no end */
};

int netlink_index(int nl, const char *name); /* or -ENODEV */
/* The link's alias, "" without one; caller frees. -ENODEV alone: there is no such link. */
int netlink_alias(int nl, const char *name, char **out);

int netlink_set(int nl, int index, const struct netlink_link *link);
int netlink_remove(int nl, int index);
/* A link that is made hears nothing of an alias: netlink_set() tells it. */
int netlink_add_bridge(int nl, const char *name);
/* Of mode bridge, on the link @parent. */
int netlink_add_macvtap(int nl, const char *name, int parent, const struct netlink_link *link);
/* @name here, its other end @peer in the network namespace @netns. */
int netlink_add_veth(int nl, const char *name, const char *peer, int netns);
/*
 * The port of a bridge is in this VLAN and no longer in @before, which the bridge has put it in (0: in none); what it sends
 * needs no tag and what it gets has none.
 */
int netlink_vlan(int nl, int index, unsigned vlan, unsigned before);

/* What a network card does with one of its virtual functions. */
struct netlink_vf {
	uint8_t mac[NETLINK_MAC]; /* all zeroes: the function takes one of its own */
	unsigned vlan;            /* 0: none */
	unsigned qos;             /* priority of what is sent in it, 0 to 7 */
};
/* -ENODEV: the link has no such virtual function. */
int netlink_vf_get(int nl, int index, unsigned vf, struct netlink_vf *out);
/* Changes what differs from @was alone: not every driver can do both. */
int netlink_vf_set(int nl, int index, unsigned vf, const struct netlink_vf *was,
        const struct netlink_vf *will);

#endif
