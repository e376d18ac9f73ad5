/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What fails in a daemon under test, and how the test orders it.
 *
 * build/faults/shim.so is preloaded into playthroughd. Each allocation and each system call is known by its stack: who called
 * whom until it was made. While the test has it armed, the shim notes each stack once; or it lets the wanted one fail, once.
 * Test and shim share one mapped file, $FAULTS_CONTROL, which is a struct faults.
 */
#ifndef FAULTS_SHIM_H
#define FAULTS_SHIM_H

#include <stdbool.h>
#include <stdint.h>

#define FAULTS_MOST 16384

enum faults_kind { FAULTS_ALLOCATIONS = 1, FAULTS_CALLS = 2 };

/* Python reads and writes this (daemon_faults.py): no padding, all 64 bit. */
struct faults {
	uint64_t kind;  /* enum faults_kind; 0: nothing is noted and nothing fails */
	uint64_t wants; /* the stack that fails, once; 0: all are noted */
	uint64_t fired; /* it did */
	int64_t clock;  /* seconds that CLOCK_REALTIME is off by */
	int64_t ahead;  /* seconds that CLOCK_MONOTONIC is off by: timers see it when it wakes */
	int64_t blocks; /* allocated and not freed, by the daemon since it began */
	int64_t bytes;  /* of them */
	uint64_t n;
	struct {
		uint64_t stack;
		uint64_t what; /* the system call's number; of an allocation 0 */
	} noted[FAULTS_MOST];
};

/* NULL: not under test. */
extern struct faults *faults;

/* Of whoever calls the shim: equal in every run of the same programs, wherever they are loaded. */
uint64_t faults_stack(void);

/* Returns whether this one fails. @what is as in struct faults. */
bool faults_due(enum faults_kind kind, uint64_t what);

/* A call that never fails and is never noted: as syscall(2), the error in the result. */
long faults_call(long nr, long a, long b, long c, long d, long e, long f);

/* System calls are caught from now on, in this process and those that it forks. */
void faults_catch_calls(void);

#endif
