/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What playthrough-setup prints for programs, read. Pure. */
#ifndef SERVICE_ANSWERS_H
#define SERVICE_ANSWERS_H

#include "base/err.h"

/* 8 small hexadecimal digits. */
bool answer_is_id(const char *text);
/* The id in `plan --json`; caller frees. NULL with @err: its refusal, or that it cannot be understood. */
char *answer_plan_id(const char *json, int status, struct err *err);
/* Whether it is one JSON object; else @err says how @verb ended. */
int answer_check(const char *json, const char *verb, int status, struct err *err);

/* A line of `apply --progress`. */
struct answer_line {
	char *stage; /* NULL: none in this line */
	unsigned percent;
	bool done;
	bool failed; /* `err` says why */
	struct err err;
};

/* A line that is none of these leaves all empty. */
void answer_read_line(const char *line, struct answer_line *out);
void answer_line_finish(struct answer_line *line);

#endif
