/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Long acts as objects on the bus: .../job/N below their service's path, with interface org.playthrough.Job1.
 *
 * A job is a copy of facts that somebody else reports; a finished one stays readable for 60 s.
 */
#ifndef BUS_JOB_H
#define BUS_JOB_H

#include "base/err.h"

#include <systemd/sd-bus.h>
#include <systemd/sd-event.h>

#define BUS_JOB_KEEP_US (60ull * 1000000)

/* Facts of a job as its owner reports them; strings are copied. */
struct bus_job_facts {
	unsigned id;
	const char *
	        kind; /* "start", "stop", "test-drive", "usb-attach", "usb-detach"; "apply", "undo" */
	const char *vm;    /* "" where it is about none */
	const char *state; /* "running", "done", "failed", "cancelled" */
	const char *stage; /* never translated */
	unsigned percent;
	const struct err *err; /* NULL: none */
	const char *result;    /* JSON, or NULL */
	void *handle;          /* the owner's own; NULL once it cannot be cancelled any more */
};

/* What the object's properties show: the vtable reads these fields. */
struct bus_job {
	uint32_t id, percent;
	char *kind, *vm, *state, *stage, *error, *hint, *code, *result;
	void *handle;
	sd_event_source *expiry;
	struct bus_jobs *owner;
	struct bus_job *next_job; /* link of bus_jobs.first */
};

struct bus_jobs {
	sd_event *event;
	const char *path;                /* BUS_JOB_PATH, or another service's */
	sd_bus_message_handler_t cancel; /* of a job's Cancel(); @userdata is the struct bus_job */
	struct bus_job *first;
};

void bus_jobs_finish(struct bus_jobs *jobs);
struct bus_job *bus_jobs_find(const struct bus_jobs *jobs, unsigned id);
/* By object path; NULL: no such job. */
struct bus_job *bus_jobs_find_path(const struct bus_jobs *jobs, const char *path);
/* Makes or renews the job; one that is finished is dropped 60 s later. Owned by @jobs. */
struct bus_job *bus_jobs_update(struct bus_jobs *jobs, const struct bus_job_facts *facts);
bool bus_job_running(const struct bus_job *job);
/* Object path; caller frees. */
char *bus_job_path(const struct bus_jobs *jobs, unsigned id);
/* Shows all jobs on @bus, until @slot is unreferenced. */
int bus_jobs_show(struct bus_jobs *jobs, sd_bus *bus, sd_bus_slot **slot);
/* Tells @bus what bus_jobs_update() changed. */
void bus_job_tell(const struct bus_jobs *jobs, unsigned id, sd_bus *bus);

#endif
