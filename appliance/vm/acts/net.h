/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The acts that need CAP_NET_ADMIN: the link of a network card of a VM is made, and what outlives it is removed.
 *
 * Part of the interface of acts.h: what the caller has checked is checked here again, all of them may block, and links
 * that we have not made are never changed or removed. Ours are known by their alias.
 */
#ifndef VM_ACTS_NET_H
#define VM_ACTS_NET_H

#include "profile/profile.h"

struct act_link {
	enum profile_network type; /* neither user nor none */
	const char *vm;            /* its name */
	const char *card;          /* of its section; "" of the first */
	const char *tap;           /* as of net_link_of_vm(@vm, @card) */
	const char *link;          /* of this PC; NULL of a private one */
	const char *mac;           /* of the guest's card */
	const char
	        *lock; /* a file that is made: who makes and removes links waits for one another */
	bool own_bridge; /* @link is VM_BRIDGE, to be made */
	unsigned vlan, queues;
};

/*
 * Opens one queue of the card's link; the first one makes it, and plugs it in. It is gone when the last descriptor of it is
 * closed, but for a macvtap, a port of Open vSwitch and a bridge of our own, which act_link_remove() removes.
 */
int act_link_open(const struct root *root, const struct act_link *link, unsigned queue, int *fd,
        struct err *err);
int act_vhost_open(const struct root *root, int *fd, struct err *err);
/* After the VM's end. Nothing to do is success. */
int act_link_remove(const struct root *root, const struct act_link *link, struct err *err);
/* Ports of Open vSwitch outlive a power cut: takes those of ours out that belong to none of @vms. */
int act_link_sweep(const struct root *root, const struct strv *vms, struct err *err);

#endif
