/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Does and undoes what the plan lists (plan/hand_over.h) for a card that this PC and a game share. */
#ifndef VM_ACTS_HAND_OVER_H
#define VM_ACTS_HAND_OVER_H

#include "base/pciaddr.h"
#include "base/root.h"
#include "vm/plan/hand_over.h"

#define HAND_MS      30000u  /* how long a driver may take to let go of a card that was in use */
#define HAND_FREE_MS 25000u  /* programs to close it: logind ends a user's own after 10 seconds */
#define HAND_UNIT_MS 120000u /* and a service to end: systemd kills it after 90 seconds */

/* Both may block: run them disposably. What is done already, or undone, is success. */
int hand_act_do(const struct root *root, const struct hand_act *act, struct err *err);
int hand_act_undo(const struct root *root, const struct hand_act *act, struct err *err);

/*
 * For a card whose former driver @previous does not take it back: takes the function off the bus and has the kernel look
 * for it again, once.
 */
int hand_find_again(
        const struct root *root, struct pci_addr addr, const char *previous, struct err *err);

#endif
