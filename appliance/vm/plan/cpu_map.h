/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which processors of this PC a VM gets, and how the guest is told of them. Pure.
 *
 * A game suffers where its threads move between last-level caches, share a core without knowing it, or land on a small
 * core. So: all within one such cache where they fit (the largest first: on some processors one of two has more), whole
 * cores with both of their threads, performance cores before efficiency cores, near the card's memory; and what is left
 * does the host's work and QEMU's own.
 */
#ifndef VM_CPU_MAP_H
#define VM_CPU_MAP_H

#include "host/topology.h"

struct cpu_map_wish {
	unsigned count; /* processors of the guest */
	int node;       /* of memory, near which the passed card is; -1: none, or not known */
	/* What other VMs run on: left to them where the rest will do; NULL: nothing. */
	const struct cpulist *taken;
	const char *
	        list; /* these and no others, one for each of the guest's in this order; NULL: chosen */
};

struct cpu_map {
	/* guest[i] is the processor of this PC that the guest's i runs on. */
	unsigned *guest;
	size_t n;                      /* 0: the kernel places them, see @why */
	struct cpulist others;         /* QEMU's own threads */
	unsigned dies, cores, threads; /* the guest's: dies * cores * threads is the count */
	bool same_caches; /* what the guest shares is what this PC's processors share */
	char *why;        /* not pinned: a sentence for people; NULL when pinned */
};

/*
 * A wish that cannot be met is no error where the choice is ours: then nothing is pinned. A list that names what is not
 * online, or not as many as the guest has, is -EINVAL.
 */
int cpu_map_make(const struct topology *topology, const struct cpu_map_wish *wish,
        struct cpu_map *out, struct err *err);
void cpu_map_finish(struct cpu_map *map);

#endif
