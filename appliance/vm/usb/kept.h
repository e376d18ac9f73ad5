/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Devices that stay with the host though a rule wants them: a person took them out of the VM, or they were refused.
 *
 * A person's word holds until the device is unplugged and plugged again by a person, or attached. A device that resets
 * itself or changes its mode is gone for a moment as well; no hand is as quick as that. So one of the same maker that
 * is back in its socket within 2 s is still the one that was detached. Pure: the caller has the clock.
 */
#ifndef VM_USB_KEPT_H
#define VM_USB_KEPT_H

#include "host/usb.h"
#include "vm/state.h"

#define USB_KEPT_USEC 2000000u

/* @by_hand: a person wants it so. */
void usb_kept_add(struct journal *journal, const struct usb_device *d, bool by_hand);
void usb_kept_add_entry(struct journal *journal, const struct journal_usb *u, bool by_hand);
bool usb_kept_has(const struct journal *journal, const struct usb_device *d);
bool usb_kept_has_entry(const struct journal *journal, const struct journal_usb *u);
bool usb_kept_by_hand(const struct journal *journal, const struct usb_device *d);
/* A person attaches it after all. */
void usb_kept_drop(struct journal *journal, const struct usb_device *d);
/*
 * Compares with what is plugged in at @now: those that were unplugged are dropped, those that came back within
 * the time are followed. Returns whether anything is different from what was written.
 */
bool usb_kept_look(struct journal *journal, const struct usb *usb, uint64_t now);

#endif
