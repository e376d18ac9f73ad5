/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A test running in a child process, as the main process sees it: what it says, and its deadline.
 * A child that hangs is killed; one that cannot even be killed (a device that never answers keeps
 * it in the kernel) is left behind.
 */
#pragma once

#include <sys/types.h>

#include "probe.h"

/* Runs in the child. data is what task_start was given. */
typedef void (*task_run_fn)(struct probe *probe, const void *data);

struct task {
	size_t item; /* index in the plan */
	pid_t pid;
	int fd; /* -1: closed */
	int64_t start_ms, said_ms, limit_ms;
	char capability[24]; /* being tested now, or empty */
	char waiting[480];   /* for what */
	bool ended;          /* all is said */
	unsigned owed;       /* texts a display was sent and has not shown yet */
};

/* Starts the child. probe is copied into it. Returns false where no process could be made. */
bool task_start(struct task *task, const struct probe *probe, int limit_ms, task_run_fn run,
        const void *data);

/*
 * Takes the child's next word. Returns true with message filled where it is a result. A child that
 * is past its deadline or died in a test gives a result too: fail, with what it waited for.
 */
bool task_next_result(struct task *task, struct probe_message *message);
