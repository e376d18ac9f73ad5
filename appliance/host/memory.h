/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Memory of this PC. */
#ifndef HOST_MEMORY_H
#define HOST_MEMORY_H

#include "base/root.h"

struct memory {
	uint64_t total_bytes;     /* /proc/meminfo MemTotal */
	uint64_t available_bytes; /* /proc/meminfo MemAvailable */
	uint64_t hugepages_total; /* /proc/meminfo HugePages_Total, of the default size */
	uint64_t hugepages_free;
	uint64_t hugepage_bytes; /* /proc/meminfo Hugepagesize; 0 unknown */
	uint64_t memlock_bytes;  /* this process's RLIMIT_MEMLOCK; UINT64_MAX unlimited */
};

int memory_take(const struct root *root, struct memory *out, struct err *err);

#endif
