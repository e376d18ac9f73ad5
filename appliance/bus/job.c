/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bus/job.h"
#include "bus/names.h"
#include "bus/text.h"

#include <time.h>

char *bus_job_path(unsigned id)
{
	return xasprintf("%s/%u", BUS_JOB_PATH, id);
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
	uint64_t id;

	if (!starts_with(path, BUS_JOB_PATH "/"))
		return NULL;
	path += strlen(BUS_JOB_PATH "/");
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
