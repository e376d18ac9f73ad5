/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A part of a PCI function that itself stays with this PC is made for a VM, told its network address, and removed.
 *
 * Part of the interface of acts.h: what the caller has checked is checked here again, and all of them may block. Sources:
 * Documentation/PCI/pci-iov-howto.rst, Documentation/ABI/testing/sysfs-bus-pci and sysfs-bus-vfio-mdev.
 */
#ifndef VM_ACTS_SHARE_H
#define VM_ACTS_SHARE_H

#include "vm/acts/acts.h"
#include "vm/acts/netlink.h"
#include "vm/plan/plan.h"

struct act_share {
	enum vm_share_kind kind;
	struct act_function parent; /* address, vendor and device of it */
	unsigned vf, vfs;           /* of a virtual function: its number, and how many are made */
	bool autoprobe; /* this PC's drivers take new virtual functions: not while these are there */
	const char *type, *uuid; /* of a mediated device */
	const char *link;        /* of the parent, a network card */
};

/*
 * Makes it where it is not there, and proves it. The number of virtual functions is changed from 0 alone (-EBUSY): the
 * kernel knows no other way up, and whoever has one would lose it.
 */
int act_share_make(const struct root *root, const struct act_share *share, struct err *err);
/*
 * Removes what act_share_make() made, all virtual functions of the parent with it: -EBUSY while a driver has one of them.
 * Nothing to do, and a parent that is gone, is success.
 */
int act_share_remove(const struct root *root, const struct act_share *share, struct err *err);

/* The address and VLAN of a virtual function, as its network card has them and as it shall have them. */
int act_share_address(const struct act_share *share, struct netlink_vf *out, struct err *err);
int act_share_set_address(
        const struct act_share *share, const struct netlink_vf *will, struct err *err);

#endif
