/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which pages of this PC a VM's memory is of. Only the host knows: the guest's own tables say nothing of it.
 *
 * The kernel counts the pages of the pool for each process (/proc/PID/status, HugetlbPages), and transparent ones for each
 * cgroup (memory.stat, anon_thp) and process (/proc/PID/smaps_rollup, AnonHugePages; only for its own user or with
 * CAP_SYS_PTRACE, which the daemon has not). Documentation/filesystems/proc.rst, Documentation/admin-guide/cgroup-v2.rst.
 */
#ifndef VM_BACKING_H
#define VM_BACKING_H

#include "base/root.h"

#include <jansson.h>
#include <sys/types.h>

struct backing {
	uint64_t pool_bytes; /* in pages of the pool */
	uint64_t transparent_bytes,
	        all; /* of memory that is no file's: in transparent pages; all */
	bool transparent_known;
};

/* Of the process @pid, whose systemd service @unit is; NULL: it has none. */
void backing_take(const struct root *root, pid_t pid, const char *unit, struct backing *out);

/*
 * A line of a test drive's report, as those that its guest writes (guest/report.h), of a guest with @memory_bytes that was
 * to have pages of @page_bytes; 0: ordinary ones, which the kernel may put together to large ones by itself. Caller owns it.
 */
json_t *backing_line(const struct backing *backing, uint64_t memory_bytes, uint64_t page_bytes);

#endif
