/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The part of the plan about cards that this PC uses itself until a game starts ([gpu] hand-over=yes). */
#ifndef VM_PLAN_HAND_OVER_H
#define VM_PLAN_HAND_OVER_H

#include "vm/plan/plan_parts.h"

/* Whether a profile hands cards over; and whether this function is one, or sits on the same card. */
bool plan_hands_over(const struct profile *profile);
bool plan_is_handed(const struct profile *profile, struct pci_addr addr);
/* Fills host->hand_over with what a start must know. Without it a plan says nothing of who has the card in use. */
void plan_take_hand_over(const struct root *root, const struct profile *profile, struct host *host);
/* After the claims are complete. */
int plan_hand_over(const struct planning *p, struct err *err);

#endif
