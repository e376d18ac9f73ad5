/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a report says (base/problem.h) of what the front end knows: pure, the file is written by others. */
#ifndef MODEL_REPORT_H
#define MODEL_REPORT_H

#include "model/model.h"

/* What the daemon was asked for the report alone: NULL where it was not, or refused. */
struct report_answers {
	const char *status; /* Status, JSON */
	const char *log;
	const struct err *log_why; /* why there is no log; NULL */
	const struct err *refused; /* what was refused last; NULL, or number 0: nothing */
};

/* @vm "": of this PC and the connection alone. Caller frees. */
char *report_of(const struct model *model, const char *vm, const struct report_answers *answers);

#endif
