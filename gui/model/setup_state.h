/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How far the setup of this PC is, and what becomes of an act with it: `playthrough-setup verify --json` and a job of
 * org.playthrough.Setup1 as plain data. Pure; texts are harmless and at most PC_TEXT_MOST bytes.
 */
#ifndef MODEL_SETUP_STATE_H
#define MODEL_SETUP_STATE_H

#include "model/pc.h"

#define SETUP_STAGES_MOST 96u

enum setup_phase {
	SETUP_UNKNOWN,   /* a word of a later service */
	SETUP_NONE,      /* no plan is applied */
	SETUP_HALF_WAY,  /* an apply or undo was interrupted, or somebody else's is at work */
	SETUP_WAITING,   /* applied; this PC was not restarted since */
	SETUP_FELL_BACK, /* restarted since, and this start is the stock entry's */
	SETUP_NOT_TAKEN, /* this start is the stock entry's; whether there was one since is not known */
	SETUP_TRIAL,     /* our entry's start, and not the default yet */
	SETUP_KEPT
};

enum setup_act { SETUP_NO_ACT, SETUP_APPLY, SETUP_UNDO, SETUP_KEEP, SETUP_RESTART };

/* Where an act is. One that has ended stays until it is forgotten. */
enum setup_step {
	SETUP_IDLE,
	SETUP_ASKED, /* no answer yet: maybe a person types a password */
	SETUP_AT_WORK,
	SETUP_DONE,
	SETUP_FAILED,
	SETUP_CANCELLED,
	SETUP_REFUSED, /* before anything began */
	SETUP_LOST     /* the service ended while it was at work */
};

struct setup_stage {
	char *name; /* "write /etc/x" */
	uint64_t begin_ms;
};

struct setup_state {
	bool asking, told;
	char *why, *hint, *code; /* why it cannot be asked; "" */
	enum setup_phase phase;
	char *plan;                /* the id of the one that is applied; "" */
	bool ready;                /* this start is all well */
	bool given_up;             /* our entry was tried, and this PC restarted by itself */
	bool by_hand;              /* a person makes our entry the default */
	bool may_restart;          /* logind does it for this user, or asks for a password */
	struct pc_point *findings; /* what is wrong first */
	size_t n_findings;

	enum setup_act act;
	enum setup_step step;
	bool was_ours;             /* it began in a start of our entry */
	char *job;                 /* its path; "" */
	bool cancellable, halting; /* halting: that is on its way */
	bool denied;               /* it takes an administrator */
	unsigned percent;
	struct setup_stage *stages; /* the last is the one it is in */
	size_t n_stages;
	uint64_t begin_ms, end_ms;
	char *act_why, *act_hint, *act_code,
	        *act_plan; /* of one that came to nothing; act_plan: the id */
};

void setup_state_init(struct setup_state *state);
void setup_state_finish(struct setup_state *state);

void setup_state_asking(struct setup_state *state);
void setup_state_absent(struct setup_state *state, const struct err *why);
/* From Verify or Keep. On garbage -EBADMSG with @err, and what was told before stays. */
int setup_state_set(struct setup_state *state, const char *json, struct err *err);
/* What logind's CanReboot says: "yes", "challenge"... */
void setup_state_set_restart(struct setup_state *state, const char *word);

/* --- an act --- */

/* @plan: NULL where it is about none. */
void setup_state_begin(
        struct setup_state *state, enum setup_act act, const char *plan, uint64_t now_ms);
/* The service has made a job of it. */
void setup_state_job(struct setup_state *state, const char *path);
struct setup_job_facts {
	const char *kind, *state, *stage; /* kind: "apply", "undo" */
	unsigned percent;
	const struct err *why;
};
void setup_state_set_job(
        struct setup_state *state, const struct setup_job_facts *facts, uint64_t now_ms);
/* It was cancelled, or that was refused: the job's end is told by the job. */
void setup_state_halt(struct setup_state *state, bool halting);
/* It ended without a job: well, or refused. */
void setup_state_ended(struct setup_state *state, const struct err *why, uint64_t now_ms);
/* Nobody can tell any more what became of the job. */
void setup_state_lost(struct setup_state *state, uint64_t now_ms);
/* The answer to Keep: the phase says whether it is kept, or the document why not. */
int setup_state_kept(struct setup_state *state, const char *json, uint64_t now_ms, struct err *err);
/* What ended was read. */
void setup_state_forget(struct setup_state *state);

bool setup_state_busy(const struct setup_state *state); /* asked, or at work */
bool setup_state_over(const struct setup_state *state); /* there is an end to be read */
/* Whether the service says that what it had done was taken back. */
bool setup_state_taken_back(const struct setup_state *state);
/* Why it came to nothing, without the words that only say so. */
const char *setup_state_cause(const struct setup_state *state);
/* Whether the facts have changed since the plan was made. */
bool setup_state_stale(const struct setup_state *state);

#endif
