/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bus/job.h"
#include "bus/names.h"
#include "bus/text.h"

#include <time.h>

char *bus_job_path(const struct bus_jobs *jobs, unsigned id)
{
	return xasprintf("%s/%u", jobs->path, id);
}

bool bus_job_running(const struct bus_job *job)
{
	return streq(job->state, "running");
}

static void clear_texts(struct bus_job *job)
{
	free(job->kind);
	free(job->vm);
	free(job->state);
	free(job->stage);
	free(job->error);
	free(job->hint);
	free(job->code);
	free(job->result);
}

static void job_destroy(struct bus_job *job)
{
	sd_event_source_disable_unref(job->expiry);
	clear_texts(job);
	free(job);
}

void bus_jobs_finish(struct bus_jobs *jobs)
{
	while (jobs->first) {
		struct bus_job *job = jobs->first;

		jobs->first = job->next_job;
		job_destroy(job);
	}
}

struct bus_job *bus_jobs_find(const struct bus_jobs *jobs, unsigned id)
{
	for (struct bus_job *job = jobs->first; job; job = job->next_job)
		if (job->id == id)
			return job;
	return NULL;
}

struct bus_job *bus_jobs_find_path(const struct bus_jobs *jobs, const char *path)
{
	size_t n = strlen(jobs->path);
	uint64_t id;

	if (strncmp(path, jobs->path, n) || path[n] != '/')
		return NULL;
	path += n + 1;
	if (parse_u64(path, 10, UINT32_MAX, &id) < 0 || (path[0] == '0' && path[1]))
		return NULL;
	return bus_jobs_find(jobs, (unsigned)id);
}

static int on_expiry(sd_event_source *source, uint64_t now_us, void *user)
{
	struct bus_job *job = user, **link = &job->owner->first;

	(void)source;
	(void)now_us;
	while (*link != job)
		link = &(*link)->next_job;
	*link = job->next_job;
	job_destroy(job);
	return 0;
}

static struct bus_job *job_create(struct bus_jobs *jobs, unsigned id)
{
	struct bus_job *job = xcalloc(1, sizeof(*job));

	job->id = id;
	job->owner = jobs;
	job->next_job = jobs->first;
	jobs->first = job;
	return job;
}

struct bus_job *bus_jobs_update(struct bus_jobs *jobs, const struct bus_job_facts *facts)
{
	struct bus_job *job = bus_jobs_find(jobs, facts->id);

	if (!job)
		job = job_create(jobs, facts->id);
	clear_texts(job);
	job->kind = text_utf8(facts->kind);
	job->vm = text_utf8(facts->vm);
	job->state = text_utf8(facts->state);
	job->stage = text_utf8(facts->stage ? facts->stage : "");
	job->error = text_utf8(facts->err ? facts->err->message : "");
	job->hint = text_utf8(facts->err ? facts->err->hint : "");
	job->code = text_utf8(facts->err ? facts->err->code : "");
	job->result = text_utf8(facts->result ? facts->result : "");
	job->percent = facts->percent;
	job->handle = facts->handle;
	if (!bus_job_running(job) && !job->expiry)
		sd_event_add_time_relative(jobs->event, &job->expiry, CLOCK_MONOTONIC,
		        BUS_JOB_KEEP_US, 1000000, on_expiry, job);
	return job;
}

/* --- on the bus --- */

static int on_cancel(sd_bus_message *call, void *user, sd_bus_error *ret)
{
	const struct bus_job *job = user;

	return job->owner->cancel(call, user, ret);
}

#define FACT(name, type, field, flags) \
	SD_BUS_PROPERTY(name, type, NULL, offsetof(struct bus_job, field), flags)
#define CHANGES SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE
#define CONST   SD_BUS_VTABLE_PROPERTY_CONST

static const sd_bus_vtable job_vtable[] = {SD_BUS_VTABLE_START(0), FACT("Kind", "s", kind, CONST),
        FACT("VM", "s", vm, CONST), FACT("State", "s", state, CHANGES),
        FACT("Stage", "s", stage, CHANGES), FACT("Percent", "u", percent, CHANGES),
        FACT("Error", "s", error, CHANGES), FACT("Hint", "s", hint, CHANGES),
        FACT("Code", "s", code, CHANGES), FACT("Result", "s", result, CHANGES),
        SD_BUS_METHOD_WITH_NAMES("Cancel", "", "", "", "", on_cancel, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_VTABLE_END};

static int find_job(sd_bus *bus, const char *path, const char *interface, void *user, void **found,
        sd_bus_error *ret)
{
	(void)bus;
	(void)interface;
	(void)ret;
	*found = bus_jobs_find_path(user, path);
	return *found ? 1 : 0;
}

int bus_jobs_show(struct bus_jobs *jobs, sd_bus *bus, sd_bus_slot **slot)
{
	return sd_bus_add_fallback_vtable(
	        bus, slot, jobs->path, BUS_JOB_INTERFACE, job_vtable, find_job, jobs);
}

/* A connection that is going away cannot take a signal, and its end is handled elsewhere. */
void bus_job_tell(const struct bus_jobs *jobs, unsigned id, sd_bus *bus)
{
	cleanup_free char *path = bus_job_path(jobs, id);

	sd_bus_emit_properties_changed(bus, path, BUS_JOB_INTERFACE, "State", "Stage", "Percent",
	        "Error", "Hint", "Code", "Result", NULL);
}
