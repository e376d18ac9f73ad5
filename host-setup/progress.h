/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What apply and undo say while they work: a line for people, or with --progress one line of JSON for a program:
 * {"stage": "write /etc/...", "percent": 20}, and at the end {"done": true} or
 * {"error": {"number": -5, "code": "PT-SETUP-14", "message": "...", "hint": "..."}}. A stage is untranslated.
 */
#ifndef SETUP_PROGRESS_H
#define SETUP_PROGRESS_H

#include "base/err.h"

struct progress {
	bool machine;
	unsigned done, total; /* steps; @total may be a guess */
};

void progress_step(struct progress *progress, const char *step);
/* The last line for a program; @r as the command returns it. */
void progress_end(int r, const struct err *err);

#endif
