/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Verify: after a start with our entry, did early boot do what the plan says?
 *
 * Pure: facts and bind.conf's devices in, findings out. What cannot be read is `unknown`, never a pass.
 */
#ifndef SETUP_VERIFY_H
#define SETUP_VERIFY_H

#include "check.h"
#include "plan.h"
#include "way_in.h"

struct verify_finding {
	const char *id;   /* "device.bound", as in JSON */
	const char *code; /* "PT-HOST-04"; NULL when it asks for no act */
	enum check_status status;
	char *summary;
	char *source, *value; /* the evidence */
	char *fix;            /* NULL: none */
};

enum verify_state {
	VERIFY_NOT_APPLIED, /* no plan is applied */
	VERIFY_NOT_BOOTED,  /* this start did not take our entry */
	VERIFY_BOOTED
};

struct verify_report {
	enum verify_state state;
	char id[9];
	int restarted; /* since the plan was applied: 1, 0, -1 not known */
	bool half_way; /* an apply or undo is at work, or was interrupted */
	bool given_up; /* our entry was tried, and the PC restarted by itself */
	bool by_hand; /* a person keeps the loader's configuration, and makes our entry the default */
	struct verify_finding *list; /* only with VERIFY_BOOTED, but for one that says why not */
	size_t n;
};

/* @applied: id of the applied plan, "" none; @conf: bind.conf's text, NULL when it is not there. */
void verify_run(
        const struct host *host, const char *applied, const char *conf, struct verify_report *out);
/*
 * Adds whether the ways into the host that the plan named are there. Returns true where one is; nothing is added for
 * a start that is not with our entry.
 */
bool verify_ways(const struct host *host, const struct facts *facts, const char *conf,
        const struct strv *ways, struct verify_report *report);
/* Whether a screen of the host's that the plan named is there: who sits before it sees something. */
bool verify_screen(const struct host *host, const struct facts *facts, const char *conf,
        const struct strv *ways);
void verify_finish(struct verify_report *report);

/* 0 all well, 4 a person must act (apply, or start our entry), 1 something is wrong. */
int verify_exit_code(const struct verify_report *report);

/* @why: a failure to make the entry the default, or one without a number. */
json_t *verify_json(const struct verify_report *report, bool kept, const struct err *why);
void verify_print(const struct verify_report *report, FILE *out);

#endif
