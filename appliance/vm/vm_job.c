/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vm/vm_impl.h"

#include "base/i18n.h"

#include <errno.h>

struct vm_job *vm_job_create(struct vm *vm, const char *kind, void (*cancel)(struct vm_job *))
{
	struct vm_job *job = xcalloc(1, sizeof(*job));
	struct vms *vms = vm->vms;

	*job = (struct vm_job){.vms = vms,
	        .vm = vm,
	        .id = ++vms->last_job,
	        .kind = kind,
	        .stage = "check",
	        .cancel = cancel,
	        .next = vms->jobs};
	vms->jobs = job;
	return job;
}

struct vm_job *vm_job_create_of(
        struct vms *vms, const char *name, const char *kind, void (*cancel)(struct vm_job *))
{
	struct vm_job *job = xcalloc(1, sizeof(*job));

	*job = (struct vm_job){.vms = vms,
	        .name = xstrdup(name ? name : ""),
	        .id = ++vms->last_job,
	        .kind = kind,
	        .stage = "check",
	        .cancel = cancel,
	        .next = vms->jobs};
	vms->jobs = job;
	return job;
}

static void tell(struct vm_job *job)
{
	const struct vm_listener *listener = &job->vms->listener;

	if (listener->job_changed)
		listener->job_changed(listener->user, job);
}

void vm_job_stage(struct vm_job *job, const char *stage, unsigned percent)
{
	if (!job)
		return;
	job->stage = stage;
	if (percent > job->percent)
		job->percent = percent;
	tell(job);
}

static void free_job(struct vm_job *job)
{
	struct vm_job **at = &job->vms->jobs;

	while (*at != job)
		at = &(*at)->next;
	*at = job->next;
	json_decref(job->result);
	free(job->name);
	free(job);
}

void vm_job_finish(struct vm_job *job, const struct err *err)
{
	if (!job)
		return;
	job->state = VM_JOB_DONE;
	if (err && err->number) {
		job->err = *err;
		job->state = err->number == -ECANCELED ? VM_JOB_CANCELLED : VM_JOB_FAILED;
	} else {
		job->percent = 100;
	}
	tell(job);
	vms_autostart_ended(job->vms, job);
	vms_recover_job_ended(job->vms, job);
	free_job(job);
}

void vm_job_free_all(struct vms *vms)
{
	while (vms->jobs)
		free_job(vms->jobs);
}

struct vm_job_info vm_job_info(const struct vm_job *job)
{
	return (struct vm_job_info){.id = job->id,
	        .kind = job->kind,
	        .vm = job->vm ? job->vm->name : job->name,
	        .state = job->state,
	        .stage = job->stage,
	        .percent = job->percent,
	        .err = &job->err,
	        .result = job->result};
}

void vm_job_cancel(struct vm_job *job)
{
	if (job->cancel && job->state == VM_JOB_RUNNING)
		job->cancel(job);
}

void vm_job_drop(struct vm_job *job)
{
	free_job(job);
}
