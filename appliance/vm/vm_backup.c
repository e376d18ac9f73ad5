/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A copy of a disk while its VM runs and writes, as it was at one moment: QEMU makes it (blockdev-backup) into a file
 * that is opened here, and notes in a bitmap of the image what changes from that moment on, for the next one.
 *
 * The bitmap that a copy was made by is kept until the copy has its name, and the next one is begun in the same transaction: whatever
 * ends on the way, what is noted last goes on from a copy that is there. QEMU: docs/interop/bitmaps.rst.
 */
#include "vm/vm_backup.h"

#include "base/i18n.h"
#include "image/run.h"

#include <errno.h>
#include <fcntl.h>
#include <time.h>
#include <unistd.h>

#define COMMAND_MS 30000u

static void undo(struct vm_backup *b);

/* The VM may have ended meanwhile; its name is found anew each time. */
struct qmp *vm_backup_qmp(const struct vm_backup *b)
{
	struct vm *vm = vms_find(b->work->vms, b->work->name);

	return vm && vm->state == VM_RUNNING && !b->gone ? vm->qmp : NULL;
}

void vm_backup_ask(
        struct vm_backup *b, const char *command, json_t *arguments, int fd, qmp_reply reply)
{
	struct qmp *qmp = vm_backup_qmp(b);
	struct err err;

	b->asked++;
	if (qmp) {
		qmp_send(qmp, command, arguments, fd, COMMAND_MS, reply, b);
		return;
	}
	json_decref(arguments);
	close_fd(&fd);
	err_set(&err, -ESRCH, _("VM %s has ended meanwhile"), b->work->name);
	err_code(&err, CODE_VM_NOT_RUNNING);
	reply(b, NULL, &err);
}

/* Whether a reply is not to be looked at any more; each begins with it. */
bool vm_backup_is_over(struct vm_backup *b)
{
	b->asked--;
	if (!b->dead)
		return false;
	if (!b->asked)
		vm_backup_destroy(b);
	return true;
}

/* --- 5: it has its name --- */

static void on_bitmap_removed(void *user, json_t *result, const struct err *err)
{
	(void)result, (void)err; /* one that stays is removed at the next backup */
	vm_backup_is_over(user);
}

void vm_backup_drop_bitmap(struct vm_backup *b, const char *name)
{
	if (name && vm_backup_qmp(b))
		vm_backup_ask(b, "block-dirty-bitmap-remove",
		        json_pack("{s:s, s:s}", "node", b->source, "name", name), -1,
		        on_bitmap_removed);
}

static void on_published(void *user, json_t *result, int fd, const struct err *err)
{
	struct vm_image *work = user;
	struct vm_backup *b = work->backup;
	struct err own;

	work->task = NULL;
	close_fd(&fd);
	if (err) {
		b->hidden_is_gone = true;
		vm_backup_fail(b, err);
		return;
	}
	json_object_set_new(result, "incremental", json_boolean(work->incremental));
	if (vm_backup_write_note(b, &own) < 0) {
		/* What is noted goes on from the backup before this one, and is more than is needed. */
		vm_backup_drop_bitmap(b, b->new_bitmap);
		vm_image_end(work, result, NULL);
		return;
	}
	vm_backup_drop_bitmap(b, b->old_bitmap);
	vm_image_end(work, result, NULL);
}

static void publish(struct vm_backup *b)
{
	struct vm_image *work = b->work;
	struct err err;

	work->job->cancel =
	        NULL; /* from its name on it is a backup, and what is noted belongs to it */
	work->request.verb = IMAGE_PUBLISH;
	work->request.fd = take_fd(b->fd);
	vm_job_stage(work->job, "write", 96);
	if (vm_image_task(work, on_published, &err) < 0)
		vm_backup_fail(b, &err);
}

static void on_fd_removed(void *user, json_t *result, const struct err *err)
{
	struct vm_backup *b = user;

	(void)result, (void)err;
	if (vm_backup_is_over(b))
		return;
	if (b->work->cancelled && !b->why.number) /* after the last byte */
		err_set(&b->why, -ECANCELED, _("the backup was cancelled"));
	if (b->why.number)
		undo(b);
	else
		publish(b);
}

static void on_node_deleted(void *user, json_t *result, const struct err *err)
{
	struct vm_backup *b = user;

	(void)result;
	if (vm_backup_is_over(b))
		return;
	if (err && !b->why.number) {
		vm_backup_fail(b, err);
		return;
	}
	b->node = false;
	vm_backup_ask(b, "remove-fd", json_pack("{s:I}", "fdset-id", (json_int_t)b->fdset), -1,
	        on_fd_removed);
	b->fdset = -1;
}

/* --- 4: QEMU copies --- */

static void ended(struct vm_backup *b)
{
	b->tick = sd_event_source_disable_unref(b->tick);
	b->copying = false;
	vm_backup_ask(
	        b, "blockdev-del", json_pack("{s:s}", "node-name", b->target), -1, on_node_deleted);
}

void vm_backup_event(struct vm *vm, const char *name, json_t *data)
{
	const char *device = json_string_value(json_object_get(data, "device"));
	const char *error = json_string_value(json_object_get(data, "error"));

	for (struct vm_image *w = vm->vms->images; w && device; w = w->next) {
		struct vm_backup *b = w->backup;

		if (!b || !b->copying || !streq(w->name, vm->name) || !streq(device, b->target))
			continue;
		if (streq(name, "BLOCK_JOB_CANCELLED"))
			err_set(&b->why, -ECANCELED, _("the backup was cancelled"));
		else if (!streq(name, "BLOCK_JOB_COMPLETED"))
			continue;
		else if (error && image_is_of_room(error))
			image_refuse_space(error, &b->why);
		else if (error)
			err_set(&b->why, -EIO, _("QEMU could not make the backup: %s"), error);
		ended(b);
		return;
	}
}

static void take_progress(struct vm_backup *b, json_t *jobs)
{
	json_t *job;
	size_t i;

	json_array_foreach (jobs, i, job) {
		const char *id = json_string_value(json_object_get(job, "id"));
		json_int_t now = json_integer_value(json_object_get(job, "current-progress"));
		json_int_t all = json_integer_value(json_object_get(job, "total-progress"));

		if (id && streq(id, b->target) && all > 0 && now >= 0 && now <= all)
			vm_job_stage(b->work->job, "copy",
			        5 + (unsigned)(90.0 * (double)now / (double)all));
	}
}

static int on_tick(sd_event_source *source, uint64_t usec, void *user);

static void on_jobs(void *user, json_t *result, const struct err *err)
{
	struct vm_backup *b = user;

	if (vm_backup_is_over(b))
		return;
	if (err && b->copying) {
		b->copying = false;
		vm_backup_fail(b, err);
		return;
	}
	if (!b->copying)
		return;
	take_progress(b, result);
	b->tick = sd_event_source_disable_unref(b->tick);
	sd_event_add_time_relative(b->work->vms->env.event, &b->tick, CLOCK_MONOTONIC,
	        VM_BACKUP_TICK_US, 0, on_tick, b);
}

static int on_tick(sd_event_source *source, uint64_t usec, void *user)
{
	struct vm_backup *b = user;

	(void)source, (void)usec;
	vm_backup_ask(b, "query-jobs", NULL, -1, on_jobs);
	return 0;
}

static void on_begun(void *user, json_t *result, const struct err *err)
{
	struct vm_backup *b = user;

	(void)result;
	if (vm_backup_is_over(b))
		return;
	if (err) {
		b->copying = false;
		vm_backup_fail(b, err);
		return;
	}
	b->noted = true;
	vm_job_stage(b->work->job, "copy", 5);
	if (b->work->cancelled)
		vm_backup_cancel(b->work);
	vm_backup_ask(b, "query-jobs", NULL, -1, on_jobs);
}

/* One moment for all of it. */
void vm_backup_copy(struct vm_backup *b)
{
	json_t *copy = json_pack("{s:s, s:s, s:s, s:s}", "job-id", b->target, "device", b->source,
	        "target", b->target, "sync", b->work->incremental ? "bitmap" : "full");

	if (b->work->incremental) {
		json_object_set_new(copy, "bitmap", json_string(b->old_bitmap));
		json_object_set_new(copy, "bitmap-mode", json_string("never"));
	}
	b->copying = true;
	vm_backup_ask(b, "transaction",
	        json_pack("{s:[{s:s, s:{s:s, s:s, s:b}}, {s:s, s:o}]}", "actions", "type",
	                "block-dirty-bitmap-add", "data", "node", b->source, "name", b->new_bitmap,
	                "persistent", (int)b->persistent, "type", "blockdev-backup", "data", copy),
	        -1, on_begun);
}

/* --- when it fails --- */

static void on_discarded(void *user, json_t *result, int fd, const struct err *err)
{
	struct vm_image *work = user;
	struct err why = work->backup->why;

	(void)result, (void)err;
	work->task = NULL;
	close_fd(&fd);
	vm_image_end(work, NULL, &why);
}

/* What is left to take back, one after the other. */
static void undo(struct vm_backup *b)
{
	struct vm_image *work = b->work;
	struct err ignored;

	if (b->node && vm_backup_qmp(b)) {
		vm_backup_ask(b, "blockdev-del", json_pack("{s:s}", "node-name", b->target), -1,
		        on_node_deleted);
		b->node = false;
		return;
	}
	if (b->fdset >= 0 && vm_backup_qmp(b)) {
		vm_backup_ask(b, "remove-fd", json_pack("{s:I}", "fdset-id", (json_int_t)b->fdset),
		        -1, on_fd_removed);
		b->fdset = -1;
		return;
	}
	if (b->noted) {
		b->noted = false;
		vm_backup_drop_bitmap(b, b->new_bitmap);
	}
	if (!b->hidden_is_gone && work->request.hidden) {
		b->hidden_is_gone = true;
		work->request.verb = IMAGE_DISCARD;
		work->request.fd = take_fd(b->fd);
		if (vm_image_task(work, on_discarded, &ignored) == 0)
			return;
	}
	ignored = b->why;
	vm_image_end(work, NULL, &ignored);
}

void vm_backup_fail(struct vm_backup *b, const struct err *err)
{
	/* It has hung up: what is asked of it now would wait for its deadline. */
	if (err->number == -EPIPE || err->number == -ESRCH || err->number == -ETIMEDOUT)
		b->gone = true;
	if (!b->why.number)
		b->why = *err;
	if (b->work->cancelled)
		b->why.number = -ECANCELED;
	b->tick = sd_event_source_disable_unref(b->tick);
	undo(b);
}

static void on_cancel_asked(void *user, json_t *result, const struct err *err)
{
	(void)result, (void)err; /* its event tells the end */
	vm_backup_is_over(user);
}

void vm_backup_cancel(struct vm_image *work)
{
	struct vm_backup *b = work->backup;

	if (b && b->copying && b->noted)
		vm_backup_ask(b, "block-job-cancel",
		        json_pack("{s:s, s:b}", "device", b->target, "force", 1), -1,
		        on_cancel_asked);
}

void vm_backup_free(struct vm_backup *b)
{
	if (!b)
		return;
	b->tick = sd_event_source_disable_unref(b->tick);
	b->dead = true;
	if (!b->asked)
		vm_backup_destroy(b);
}
