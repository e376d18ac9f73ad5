/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What backup and restore share: progress, cancelling, and words for what a file holds. */
#ifndef CLI_BACKUP_H
#define CLI_BACKUP_H

#include "backup/collect.h"
#include "backup/watch.h"
#include "cli.h"

/* Shows progress on a terminal, and ends it on Ctrl-C. Once for a process. */
void cli_backup_watch(struct backup_watch *watch);
/* Takes the progress off the line. */
void cli_backup_quiet(void);
/* In system mode only root reads and writes a VM's state. */
int cli_backup_allowed(const struct cli *cli, const char *command, struct err *err);
/* A size for people. Caller frees. */
char *cli_backup_size(uint64_t bytes);
void cli_backup_put_left(const struct backup_manifest *manifest);
json_t *cli_backup_left_json(const struct backup_manifest *manifest);
/* What a stranger's file made a message of: so that it steers no terminal. Returns its number. */
int cli_backup_harmless(struct err *err);

#endif
