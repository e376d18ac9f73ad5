/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What acts_net*.c share; nobody else includes it. */
#ifndef VM_ACTS_NET_PARTS_H
#define VM_ACTS_NET_PARTS_H

#include "vm/acts/net.h"
#include "vm/acts/netlink.h"

/*
 * What a link is called until it has its alias and its name, in one act of the kernel's: whoever is killed before leaves none
 * that nobody knows.
 */
#define ACT_LINK_HALF "playthrough-new"

/* acts_net_ovs.c: the link as a port of a bridge of Open vSwitch, and no more. */
int act_ovs_add(const struct act_link *link, struct err *err);
int act_ovs_remove(const struct act_link *link, struct err *err);

#endif
