/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Memory of this PC. */
#ifndef HOST_MEMORY_H
#define HOST_MEMORY_H

#include "base/root.h"

/* A pool of huge pages: /sys/kernel/mm/hugepages/hugepages-SIZEkB. */
struct page_pool {
	uint64_t bytes; /* of each page */
	uint64_t pages, free;
	uint64_t reserved; /* of those that are free */
};

/* One node of memory: /sys/devices/system/node/nodeN/meminfo. */
struct memory_node {
	unsigned number;
	uint64_t total_bytes;     /* MemTotal */
	uint64_t available_bytes; /* MemFree, and what holds files: Active(file), Inactive(file) */
};

#define MEMORY_NODES_MOST 16u

#define PAGE_POOLS_MOST 2u /* of x86: 2 MiB and 1 GiB */

struct memory {
	uint64_t total_bytes;     /* /proc/meminfo MemTotal */
	uint64_t available_bytes; /* /proc/meminfo MemAvailable */
	uint64_t hugepages_total; /* /proc/meminfo HugePages_Total, of the default size */
	uint64_t hugepages_free;
	uint64_t hugepage_bytes; /* /proc/meminfo Hugepagesize; 0 unknown */
	struct page_pool pools[PAGE_POOLS_MOST];
	size_t n_pools;
	struct memory_node nodes[MEMORY_NODES_MOST];
	size_t n_nodes;
	uint64_t memlock_bytes; /* this process's RLIMIT_MEMLOCK; UINT64_MAX unlimited */
};

/* The pool of pages of this size; NULL: the kernel or the processor has none. */
const struct page_pool *memory_pool(const struct memory *memory, uint64_t page_bytes);

int memory_take(const struct root *root, struct memory *out, struct err *err);

#endif
