/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Shuts a process in that reads a stranger's bytes: it can open the programs and libraries of this system and the files
 * that it was given, each for reading alone or for writing too, and nothing else; no network, no other process.
 */
#ifndef IMAGE_JAIL_H
#define IMAGE_JAIL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct jail {
	const int *files; /* open descriptors */
	size_t n_files;
	uint32_t writable; /* bit N: files[N] */
	uint64_t memory_bytes, cpu_seconds, file_bytes;
	bool fence_needed;
};

/*
 * Limits and files, for this process and what it starts. Landlock (Linux 5.13) does it; a kernel without is an error
 * only where @fence_needed. Returns 0 or -errno.
 */
int jail_enter(const struct jail *jail);
/* The system calls: to be called last before exec. */
int jail_filter_calls(void);

#endif
