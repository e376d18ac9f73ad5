/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A program that runs beside the loop: its standard output comes line by line, or as a whole at its end.
 *
 * It gets stdin from /dev/null and our stderr (the journal). It is not killed when we end: what it does to this PC, it
 * ends by itself.
 */
#ifndef SERVICE_TASK_H
#define SERVICE_TASK_H

#include "base/err.h"
#include "base/strv.h"

#include <systemd/sd-event.h>

struct task;

struct task_ops {
	/* Each line as it comes, without its newline; NULL: the output is kept for `done`. */
	void (*line)(void *user, const char *line);
	/* Once, last: exit status 0-255 or 128 + signal, and the output (at most 4 MiB). The task is gone after it. */
	void (*done)(void *user, int status, const char *output);
};

/* @timeout_s: then it gets SIGTERM. NULL with @err where the program cannot be run. */
struct task *task_start(sd_event *event, const struct strv *argv, unsigned timeout_s,
        const struct task_ops *ops, void *user, struct err *err);
/* SIGTERM: it ends when it can, and `done` is called then. */
void task_stop(struct task *task);
/* Leaves the program to itself; `done` is not called. Takes NULL. */
void task_forget(struct task *task);

#endif
