/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * As much of a shell script as tells its words: quotes, lines that go on, variables and arrays that were set before. Nothing is run; what
 * only a shell could know ($(...), a variable from elsewhere) stays as it is written.
 */
#ifndef MOVE_IMPORT_SHELL_H
#define MOVE_IMPORT_SHELL_H

#include "move/import_draft.h"

struct shell {
	struct shell_command {
		struct strv words;
		int *lines; /* of each word */
	} * commands;
	size_t n_commands;
	struct shell_variable {
		char *name;
		struct strv values; /* of an array; of others one */
		int line;
	} * variables;
	size_t n_variables;
};

/* An error is "FILE:LINE: why" (import_refuse()): a quote that does not end, or more text than a script has. */
int shell_read(const struct draft *d, const char *text, struct shell *out, struct err *err);
void shell_finish(struct shell *shell);

#endif
