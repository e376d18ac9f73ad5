/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The processors of this PC and what they share: a core, a last-level cache, a memory node. From sysfs,
 * Documentation/admin-guide/cputopology.rst and Documentation/ABI/testing/sysfs-devices-system-cpu of Linux.
 */
#ifndef HOST_TOPOLOGY_H
#define HOST_TOPOLOGY_H

#include "base/cpulist.h"
#include "base/root.h"

/* A processor of two kinds of cores tells which is which; one of equal cores tells nothing. */
enum core_kind { CORE_ALIKE, CORE_PERFORMANCE, CORE_EFFICIENCY };

/* One logical processor that is online. What is shared is named by the lowest processor that shares it. */
struct processor {
	unsigned number;
	unsigned core; /* topology/core_cpus_list, in older kernels thread_siblings_list */
	unsigned
	        cache; /* cache/index*: the one of the highest level; the package where none is told */
	uint64_t cache_bytes; /* its size; 0: not told */
	unsigned package;     /* topology/package_cpus_list, core_siblings_list */
	unsigned node;        /* of memory: /sys/devices/system/node/nodeN/cpulist */
	enum core_kind kind;  /* /sys/devices/cpu_core/cpus and cpu_atom/cpus */
	bool isolated;        /* isolcpus=: /sys/devices/system/cpu/isolated */
};

struct topology {
	struct processor *list; /* ascending numbers */
	size_t n;               /* 0: nothing could be read */
};

/* Fails only where the list of online processors cannot be read. */
int topology_take(const struct root *root, struct topology *out, struct err *err);
void topology_finish(struct topology *topology);

#endif
