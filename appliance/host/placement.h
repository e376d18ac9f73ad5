/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where this PC's own work runs, as far as it can be told to run elsewhere: systemd's units (cpusets of control groups,
 * Documentation/admin-guide/cgroup-v2.rst of Linux), interrupts (Documentation/core-api/irq/irq-affinity.rst), and the
 * kernel's unbound workers (Documentation/core-api/workqueue.rst).
 */
#ifndef HOST_PLACEMENT_H
#define HOST_PLACEMENT_H

#include "base/cpulist.h"
#include "base/root.h"

enum place_kind {
	PLACE_UNIT,        /* of systemd, right below the root of all ("system.slice"), or ours */
	PLACE_IRQ_DEFAULT, /* of interrupts that are yet to come */
	PLACE_IRQ,         /* by number */
	PLACE_WORKERS,
};

struct place {
	enum place_kind kind;
	char *name; /* "" where there is one only */
	struct cpulist
	        cpus; /* a unit's is empty where nothing was said of it: then it runs anywhere */
};

/* Whether systemd can say where its units run. */
struct placement_means {
	bool systemd; /* /run/systemd/system: it runs this PC, sd_booted(3) */
	bool cpusets; /* /sys/fs/cgroup/cgroup.controllers has "cpuset": control groups version 2 */
};

struct placement {
	struct placement_means means;
	struct cpulist online, possible; /* /sys/devices/system/cpu */
	bool balanced;                   /* irqbalance runs, and moves interrupts as it likes */
	struct place *list;              /* those that could be read */
	size_t n;
};

/* The slice of VMs, which is none of the units; what else is in it is, each service by itself. */
#define PLACEMENT_OUR_SLICE "playthrough.slice"

struct placement_means placement_means_take(const struct root *root);
void placement_take(const struct root *root, struct placement *out);
void placement_finish(struct placement *placement);

/* The file that says so, and its text, which is a list or a mask. Caller frees. */
char *place_path(enum place_kind kind, const char *name);
char *place_format(enum place_kind kind, const struct cpulist *cpus);
/* What it says now. 0, or -errno: it is gone, or says something else. */
int place_read(
        const struct root *root, enum place_kind kind, const char *name, struct cpulist *out);

#endif
