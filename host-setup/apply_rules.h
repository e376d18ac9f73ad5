/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What must hold before apply does anything, beside the plan itself. */
#ifndef SETUP_APPLY_RULES_H
#define SETUP_APPLY_RULES_H

#include "plan.h"

/* Nothing is taken that could be the last way in: PT-HOST-01 where the plan names none that remains. */
int apply_require_way_in(const struct plan *plan, struct err *err);
/* `apply same`: a plan is in force, and bind.conf tells its devices; else PT-SETUP-32. */
int apply_require_same(const struct root *root, struct err *err);

#endif
