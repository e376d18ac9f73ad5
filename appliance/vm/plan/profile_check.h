/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a profile would mean for this PC: whether a start would have it, and what the VM would take. Pure. */
#ifndef VM_PROFILE_CHECK_H
#define VM_PROFILE_CHECK_H

#include "profile/problems.h"
#include "vm/plan/plan.h"

/*
 * Plans a start. A refusal goes to @problems as a warning, at its section of @text, which is the profile's own file; what
 * the VM takes goes to @summary, one sentence each.
 */
void profile_check_plan(const struct host *host, const struct profile *profile, const char *text,
        const struct vm_options *options, struct profile_problems *problems, struct strv *summary);

#endif
