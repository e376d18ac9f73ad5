/* SPDX-License-Identifier: GPL-2.0-or-later */
/* profile export: what is beyond other programs' formats: the plan for this PC, and a unit of systemd from it. */
#ifndef CLI_EXPORT_H
#define CLI_EXPORT_H

#include "move/export.h"
#include "vm/plan/plan.h"

#include <stdio.h>

/*
 * The unit from a plan for this PC, whose arguments it has, with paths where the daemon would hand over descriptors. Nothing
 * of it needs Playthrough. Pure.
 */
void cli_export_systemd(
        const struct profile *profile, const struct vm_plan *plan, struct exported *out);

#endif
