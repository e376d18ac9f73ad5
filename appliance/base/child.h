/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Runs another program to its end, with a deadline. No shell in between.
 *
 * The child gets stdin from /dev/null, no descriptor of ours but 0-2, default signals, and dies with
 * the caller. For one-shot programs such as update-grub; never called from a daemon's loop.
 */
#ifndef BASE_CHILD_H
#define BASE_CHILD_H

#include "base/err.h"

struct child_result {
	int status;   /* exit status 0-255, or 128 + signal */
	char *output; /* stdout and stderr together, at most 1 MiB; caller frees */
};

/*
 * @argv[0] is a path or found in PATH; @env adds "NAME=value" strings to the environment (NULL: none).
 * Returns 0 when the program ran to its end, whatever its status; -ENOENT when there is none;
 * -ETIMEDOUT after @timeout_ms, when it was killed.
 */
int child_run(char *const *argv, char *const *env, unsigned timeout_ms, struct child_result *out,
        struct err *err);
/* The same, and a status other than 0 is an error that holds the last line of its output. */
int child_check(char *const *argv, char *const *env, unsigned timeout_ms, struct err *err);

/* "PATH=..." for @env: ours, and sbin, which not every root's PATH has. Caller frees. */
char *child_path_env(void);

#endif
