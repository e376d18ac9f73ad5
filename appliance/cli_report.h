/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What `report` and `support` have in common: sections of a text that can be passed on. */
#ifndef CLI_REPORT_H
#define CLI_REPORT_H

#include "base/problem.h"
#include "cli.h"

/* What one of our neighbours prints, harmless; how it failed where it did not run. @argv ends with NULL. Caller frees. */
char *report_output_of(char *const *argv, unsigned timeout_ms);
/* This PC's system, QEMU's version and ours. */
void report_add_versions(struct problem *problem);
/*
 * Serial numbers wherever they stand in @json; nothing that is passed on has them. Those that are too short to be told from
 * other words elsewhere are taken out of @json.
 */
void report_learn(struct problem *problem, json_t *json);
/* Writes it into @file, "-" prints it, NULL is a new file called after @name whose path is printed. */
int report_put(struct problem *problem, const char *file, const char *name, struct err *err);

#endif
