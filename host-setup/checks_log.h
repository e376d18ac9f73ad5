/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Why interrupt remapping is off, in words that the running PC and a pasted log share. Private to checks. */
#ifndef SETUP_CHECKS_LOG_H
#define SETUP_CHECKS_LOG_H

#include "checks.h"

void fail_ivrs_ioapic(struct check_result *r);
void fail_intel_ioapic(struct check_result *r);
void fail_erratum(const struct told_log *log, struct check_result *r);

#endif
