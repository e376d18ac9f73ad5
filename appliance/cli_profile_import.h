/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CLI_PROFILE_IMPORT_H
#define CLI_PROFILE_IMPORT_H

#include "base/root.h"
#include "move/import.h"

int command_profile_import(struct cli *cli, struct err *err);

/* What of the PC under @root an import asks for; what cannot be read is not there. import_pc_finish() frees it. */
void cli_import_pc(const struct root *root, struct import_pc *out);

#endif
