/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A unit of systemd that runs a VM without Playthrough, and its text. */
#ifndef CLI_EXPORT_UNIT_H
#define CLI_EXPORT_UNIT_H

#include "move/export_parts.h"
#include "vm/plan/plan.h"

#include <stdio.h>

struct unit {
	struct exporting e;
	const struct vm_plan *plan;
	struct strv before, after, args; /* ExecStartPre=, ExecStopPost=, of ExecStart= */
	char *name;                      /* "vm-games" */
};

void cli_unit_write(FILE *out, const struct unit *u);

#endif
