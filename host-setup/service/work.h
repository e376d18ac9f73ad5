/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * playthrough-setup at work: a child for each call that only looks, which is answered at its end, and for each change,
 * which is a job.
 */
#ifndef SERVICE_WORK_H
#define SERVICE_WORK_H

#include "base/strv.h"
#include "bus/job.h"

#include <systemd/sd-bus.h>
#include <systemd/sd-event.h>

#define WORKS_PLANS_MAX 16u

enum work_kind {
	WORK_CHECK,
	WORK_PLAN,
	WORK_PLAN_TEXT,
	WORK_VERIFY,
	WORK_KEEP,
	WORK_APPLY,
	WORK_UNDO
};

struct work;

/* All but @plans and what follows is the caller's, and outlives it. */
struct works {
	sd_event *event;
	sd_bus *bus;
	const char *program;
	struct bus_jobs *jobs; /* of which the handle is a struct work, where it can be cancelled */
	/* The options under which a plan was made, so that a change needs its id alone. */
	struct remembered {
		char id[9];
		struct strv options;
	} plans[WORKS_PLANS_MAX];
	size_t next_plan; /* the oldest: overwritten next */
	unsigned last_job;
	struct work *first;
};

/* Begins a look that answers @call. @options, which may be NULL, are taken over. */
int works_look(struct works *works, sd_bus_message *call, enum work_kind kind, struct strv *options,
        struct err *err);
/* Begins a change, with @id of a plan or NULL, and answers @call with its job. */
int works_job(struct works *works, sd_bus_message *call, enum work_kind kind, const char *id,
        struct err *err);
void works_cancel(struct work *work);
/* The children go on by themselves; their calls stay without an answer. */
void works_finish(struct works *works);

#endif
