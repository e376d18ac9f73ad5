/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whose a USB device is by the profiles' rules. Pure.
 *
 * The closer a rule names a device, the stronger it is: by serial number, by what it is, by the port it is in, by a
 * hub above it (the nearest one first). What a rule says must all be so. Between two VMs that run with
 * equally close rules, the one that was started first has it.
 */
#ifndef VM_USB_RULES_H
#define VM_USB_RULES_H

#include "host/usb.h"
#include "profile/profile.h"
#include "vm/state.h"

/* The rules of one VM that runs. */
struct usb_claimant {
	const char *vm;
	const struct journal_rule *rules;
	size_t n;
	uint64_t since; /* when it was started */
};

/* The rules of a profile, added to @list. */
void usb_rules_of(const struct profile *profile, struct journal_rule **list, size_t *n);
/* How closely @rule names @d: 0 is not at all. Hubs are nobody's. */
unsigned usb_rule_rank(const struct journal_rule *rule, const struct usb_device *d);
/* Who has it and by which rule; NULL: nobody. */
const struct usb_claimant *usb_rules_owner(const struct usb_claimant *claimants, size_t n,
        const struct usb_device *d, const struct journal_rule **rule);

#endif
