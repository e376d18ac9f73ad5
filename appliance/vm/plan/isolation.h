/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Processors kept for games while they run: the host's own work is told to stay off them, and told again what it was told
 * before when they are free. Pure, but for the journal.
 *
 * All VMs share one list of what was changed, since two of them may keep different processors from the same unit: what is
 * kept is always the sum of what the VMs keep that run now. Somebody else may change a place meanwhile, with irqbalance
 * or by hand: what is neither as it was nor as we made it is theirs from then on.
 *
 * Interrupts of passed devices come to be when the guest switches them on, at the default, and so where QEMU's own threads
 * run. Where the processor posts interrupts (VT-d PI, AVIC) the hardware delivers them to the guest's processor wherever that
 * is, and no place matters. Where it does not, an interrupt on a guest's processor makes that one leave the guest for the
 * host's handler, while a handler that runs elsewhere posts it to the running guest (Documentation/virt/kvm of Linux; KVM's
 * irqfd): so elsewhere is the better place for both.
 */
#ifndef VM_ISOLATION_H
#define VM_ISOLATION_H

#include "host/placement.h"

struct isolation_entry {
	enum place_kind kind;
	char *name;
	struct cpulist before;   /* as it was before the first of our changes */
	struct cpulist was, now; /* before the last one, and after it: if it came to pass */
	bool failed;             /* the last one did; not written */
	bool gone; /* a unit that has ended: what systemd was told of it is kept; not written */
};

struct isolation {
	struct isolation_entry *list;
	size_t n;
};

/* Whether the host has a processor left when @kept are kept from it. */
bool isolation_leaves_some(const struct placement *facts, const struct cpulist *kept);
/*
 * Makes @changes what must be in the journal before, and be done to have @kept kept, from what it was. Nothing kept: what
 * there is left to give back; what is so already or somebody else's is out of it. A unit that has ended stays in it: what
 * systemd was told is in a file (/run/systemd/system.control) that outlives the unit, and holds when it begins anew.
 */
void isolation_decide(
        struct isolation *changes, const struct placement *facts, const struct cpulist *kept);
/* It is done: out of it goes what is as it was. What failed stays, for another time. */
void isolation_done(struct isolation *changes);
/* systemd does not know the unit any more: it has nothing to undo. */
void isolation_forget(struct isolation_entry *entry);
/* Whether somebody else has changed it meanwhile. */
bool isolation_is_foreign(const struct isolation_entry *entry, const struct cpulist *cpus);

/* An empty one is no file. */
int isolation_save(const struct root *root, const char *path, const struct isolation *changes,
        struct err *err);
/* What was written before this PC was started counts no more: @out is empty then. */
int isolation_load(
        const struct root *root, const char *path, struct isolation *out, struct err *err);
void isolation_finish(struct isolation *changes);

#endif
