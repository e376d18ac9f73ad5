/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Acts on image files as jobs: begun, told of, ended. */
#include "vm/vm_image.h"

#include "base/i18n.h"
#include "vm/acts/serve.h"

#include <errno.h>
#include <unistd.h>

/* --- its process --- */

static void on_progress(void *user, const char *stage, unsigned percent)
{
	static const char *const stages[] = {"check", "copy", "verify", "write"};
	struct vm_image *work = user;

	for (size_t i = 0; i < ARRAY_SIZE(stages); i++)
		if (streq(stage, stages[i]))
			vm_job_stage(work->job, stages[i], percent);
}

int vm_image_task(struct vm_image *work,
        void (*done)(void *user, json_t *result, int fd, const struct err *err), struct err *err)
{
	const struct image_handler handler = {.progress = on_progress, .done = done, .user = work};
	struct acts acts = vms_acts(work->vms);
	int fds[2], socket, pidfd;
	size_t n = acts_work_fds(&work->request, fds);
	int r = acts_begin(&acts, ACT_IMAGE_WORK, &work->request, 0, fds, n, &socket, &pidfd, err);

	if (r == 0)
		image_task_follow(work->vms->env.event, socket, pidfd, &handler, &work->task);
	return r;
}

static void work_free(struct vm_image *work)
{
	struct vm_image **at = &work->vms->images;

	while (*at && *at != work)
		at = &(*at)->next;
	if (*at)
		*at = work->next;
	image_task_forget(work->task);
	vm_backup_free(work->backup);
	image_request_finish(&work->request);
	free(work->name);
	free(work->disk);
	free(work);
}

void vms_images_finish(struct vms *vms)
{
	while (vms->images)
		work_free(vms->images);
}

void vm_image_end(struct vm_image *work, json_t *result, const struct err *err)
{
	struct vm_job *job = work->job;

	if (!err && result)
		job->result = json_incref(result);
	job->cancel = NULL;
	work_free(work);
	vm_job_finish(job, err);
}

static void on_done(void *user, json_t *result, int fd, const struct err *err)
{
	struct vm_image *work = user;
	struct err own;

	work->task = NULL;
	close_fd(&fd);
	if (!err && work->overlay && vm_image_write_overlay(work->vms, work, &own) < 0)
		err = &own;
	vm_image_end(work, result, err);
}

static void on_cancel(struct vm_job *job)
{
	struct vm_image *work = job->user;

	work->cancelled = true;
	if (work->task)
		image_task_cancel(work->task);
	else
		vm_backup_cancel(work);
}

/* --- the call --- */

static bool vm_runs(struct vms *vms, const char *name)
{
	const struct vm *vm = name ? vms_find(vms, name) : NULL;

	return vm && vm->state != VM_STOPPED;
}

static int start(struct vm_image *work, const struct vm_image_word *word, struct err *err)
{
	if (work->request.file) {
		int r = vm_image_check_users(work, word, err);

		if (r < 0)
			return r;
	}
	if (word->verb == IMAGE_BACKUP && vm_runs(work->vms, work->name))
		return vm_backup_start(work, err);
	if (work->incremental) {
		err_set(err, -EOPNOTSUPP,
		        _("VM %s does not run: only a running QEMU notes what has changed"),
		        work->name ? work->name : "-");
		err_hint(err, _("start it first, or make a full backup"));
		err_code(err, CODE_IMAGE_BACKUP);
		return -EOPNOTSUPP;
	}
	return vm_image_task(work, on_done, err);
}

struct vm_job *vms_image(struct vms *vms, const struct vm_image_options *options, struct err *err)
{
	const struct vm_image_word *word = vm_image_word(options->verb);
	struct vm_image *work = xcalloc(1, sizeof(*work));
	int r = 0;

	*work = (struct vm_image){.vms = vms,
	        .request = {.secret = options->secret, .fd = -1},
	        .name = xstrdup(options->vm),
	        .disk = xstrdup(options->disk),
	        .incremental = options->incremental};
	if (!word)
		r = err_set(err, -EINVAL, _("there is no act on a disk called %s"), options->verb);
	r = r < 0 ? r : vm_image_judge(work, options, word, err);
	if (r == 0) {
		work->overlay = word->verb == IMAGE_OVERLAY && work->name;
		work->job = vm_job_create_of(vms, work->name, word->kind, on_cancel);
		work->job->user = work;
		r = start(work, word, err);
	}
	if (r == 0) {
		work->next = vms->images;
		vms->images = work;
		return work->job;
	}
	if (work->job)
		vm_job_drop(work->job);
	work_free(work);
	return NULL;
}
