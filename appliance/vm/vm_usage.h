/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How much a VM uses of the PC: a few small files of the kernel, which are read at once and never wait. */
#ifndef VM_USAGE_H
#define VM_USAGE_H

#include "base/root.h"

#include <sys/types.h>

struct vm_usage {
	uint64_t cpu_usec; /* processor time since its start: of all its threads and processes */
	uint64_t memory_bytes; /* that it has of this PC now, huge pages too */
	uint64_t at_usec;      /* when this was so, of the monotonic clock */
};

/*
 * Of the process @pid, or where @unit is its systemd service, of all that is in its cgroup (cgroups(7), v2). @start: when
 * @pid was started, see process_start_time(). False: there is no such process any more, or the kernel does not tell.
 */
bool vm_usage_take(
        const struct root *root, pid_t pid, uint64_t start, const char *unit, struct vm_usage *out);

/* The folder of the unit's own cgroup; NULL: the process is not in it. Caller frees. */
char *vm_usage_cgroup(const struct root *root, pid_t pid, const char *unit);
/* The value of the line "NAME value" or "NAME: value kB" of a file of the kernel's; @text may be NULL. */
bool vm_usage_number(const char *text, const char *name, uint64_t *out);

/* What the process has of ordinary memory. */
uint64_t vm_usage_resident_bytes(const struct root *root, pid_t pid);
/* Of that memory what is in huge pages, of any size. */
uint64_t vm_usage_huge_bytes(const struct root *root, pid_t pid);

#endif
