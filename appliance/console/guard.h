/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Ends the process where a call of libspice waits too long. Its main thread waits for its worker where a viewer comes or
 * leaves, and the worker in places waits for a viewer, up to 30 s (such as for the first word on a display's channel).
 * Nobody else could do anything meanwhile: better is a new beginning, which costs the viewer a reconnect.
 *
 * Seconds count in which the main thread neither ran nor waited for a CPU: a slow machine is no reason to end.
 */
#ifndef CONSOLE_GUARD_H
#define CONSOLE_GUARD_H

#include "base/util.h"

#define GUARD_SECONDS 8

/* In the main thread, once. */
void guard_init(void);
/* Around each time that something is done. */
void guard_begin(void);
void guard_end(void);

/* Pure: whether one who had used and awaited @before_ns of CPU a second ago, and @now_ns by now, did nothing but wait. */
bool guard_waited(uint64_t before_ns, uint64_t now_ns);
/* Pure: the sum of the first two numbers of a thread's schedstat; 0: not understood. */
uint64_t guard_read(const char *schedstat);

#endif
