/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Runs one function in a child process of its own, with a deadline.
 *
 * Unbinding a driver or opening a sleeping disk can hang in the kernel, where nothing interrupts it. There
 * the child hangs, and the daemon goes on.
 */
#ifndef VM_DISPOSABLE_H
#define VM_DISPOSABLE_H

#include "base/err.h"

#include <systemd/sd-event.h>

struct disposable;

/* In the child, which may block. Returns 0 or -errno. @fd (-1) may be set: it is handed to the caller. */
typedef int (*disposable_function)(const void *argument, int *fd, struct err *err);
/* In the caller's loop: @err is NULL when it worked; then @fd is the caller's (-1: none). */
typedef void (*disposable_done)(void *user, int fd, const struct err *err);

/*
 * @argument is needed during this call only: the child has its own copy of all memory, and no descriptor
 * but 0-2. After @timeout_ms it is killed, given up, and @done is told -ETIMEDOUT.
 */
int disposable_run(sd_event *event, disposable_function function, const void *argument,
        unsigned timeout_ms, disposable_done done, void *user, struct disposable **out,
        struct err *err);
/*
 * The same for a process that somebody else has made: its answer comes over @socket, which is this one's from now on, and so is
 * @pidfd (-1: it is no child of ours, and keeps the deadline itself).
 */
void disposable_follow(sd_event *event, int socket, int pidfd, unsigned timeout_ms,
        disposable_done done, void *user, struct disposable **out);
/* The answer, and its end. @r: what the act came to, @err what it said. */
void disposable_answer(int socket, int r, int fd, struct err *err);
/* Takes it from @socket: 0 with @fd, -EAGAIN: it is not there yet; else the error. */
int disposable_hear(int socket, int *fd, struct err *err);
/* @done is not called. The child runs on to its end. Takes NULL. */
void disposable_forget(struct disposable *d);

#endif
