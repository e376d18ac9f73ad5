/* SPDX-License-Identifier: GPL-2.0-or-later */
/* profile new: what little it asks, each time with a good answer that Enter takes. */
#ifndef CLI_PROFILE_ASK_H
#define CLI_PROFILE_ASK_H

#include "cli.h"

/* What was answered; the options of @cli point here. */
struct profile_answers {
	char *guest, *memory, *cpus;
};

/*
 * Asks on @out, and reads from @in, what no option of @cli has said: the system, the card, the disk, memory and processors.
 * The answers become options. -ECANCELED where the answers end.
 */
int cli_profile_ask(struct cli *cli, const json_t *offers, FILE *in, FILE *out,
        struct profile_answers *answers, struct err *err);
void profile_answers_finish(struct profile_answers *answers);

#endif
