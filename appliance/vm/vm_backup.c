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

#include <errno.h>
#include <fcntl.h>
#include <time.h>
#include <unistd.h>

#define COMMAND_MS 30000u
#define TICK_US    500000u

static void fail(struct vm_backup *b, const struct err *err);
static void undo(struct vm_backup *b);

/* The VM may have ended meanwhile; its name is found anew each time. */
static struct qmp *qmp_of(const struct vm_backup *b)
{
	struct vm *vm = vms_find(b->work->vms, b->work->name);

	return vm && vm->state == VM_RUNNING ? vm->qmp : NULL;
}

static void ask(
        struct vm_backup *b, const char *command, json_t *arguments, int fd, qmp_reply reply)
{
	struct qmp *qmp = qmp_of(b);
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
static bool is_over(struct vm_backup *b)
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
	is_over(user);
}

static void remove_bitmap(struct vm_backup *b, const char *name)
{
	if (name && qmp_of(b))
		ask(b, "block-dirty-bitmap-remove",
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
		fail(b, err);
		return;
	}
	json_object_set_new(result, "incremental", json_boolean(work->incremental));
	if (vm_backup_write_note(b, &own) < 0) {
		/* What is noted goes on from the backup before this one, and is more than is needed. */
		remove_bitmap(b, b->new_bitmap);
		vm_image_end(work, result, NULL);
		return;
	}
	remove_bitmap(b, b->old_bitmap);
	vm_image_end(work, result, NULL);
}

static void publish(struct vm_backup *b)
{
	struct vm_image *work = b->work;
	struct err err;

	work->request.verb = IMAGE_PUBLISH;
	work->request.fd = take_fd(b->fd);
	vm_job_stage(work->job, "write", 96);
	if (vm_image_task(work, on_published, &err) < 0)
		fail(b, &err);
}

static void on_fd_removed(void *user, json_t *result, const struct err *err)
{
	struct vm_backup *b = user;

	(void)result, (void)err;
	if (is_over(b))
		return;
	if (b->why.number)
		undo(b);
	else
		publish(b);
}

static void on_node_deleted(void *user, json_t *result, const struct err *err)
{
	struct vm_backup *b = user;

	(void)result;
	if (is_over(b))
		return;
	if (err && !b->why.number) {
		fail(b, err);
		return;
	}
	b->node = false;
	ask(b, "remove-fd", json_pack("{s:I}", "fdset-id", (json_int_t)b->fdset), -1,
	        on_fd_removed);
	b->fdset = -1;
}

/* --- 4: QEMU copies --- */

static void ended(struct vm_backup *b)
{
	b->tick = sd_event_source_disable_unref(b->tick);
	b->copying = false;
	ask(b, "blockdev-del", json_pack("{s:s}", "node-name", b->target), -1, on_node_deleted);
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

	if (is_over(b))
		return;
	if (err && b->copying) {
		b->copying = false;
		fail(b, err);
		return;
	}
	if (!b->copying)
		return;
	take_progress(b, result);
	b->tick = sd_event_source_disable_unref(b->tick);
	sd_event_add_time_relative(
	        b->work->vms->env.event, &b->tick, CLOCK_MONOTONIC, TICK_US, 0, on_tick, b);
}

static int on_tick(sd_event_source *source, uint64_t usec, void *user)
{
	struct vm_backup *b = user;

	(void)source, (void)usec;
	ask(b, "query-jobs", NULL, -1, on_jobs);
	return 0;
}

static void on_begun(void *user, json_t *result, const struct err *err)
{
	struct vm_backup *b = user;

	(void)result;
	if (is_over(b))
		return;
	if (err) {
		b->copying = false;
		fail(b, err);
		return;
	}
	b->noted = true;
	vm_job_stage(b->work->job, "copy", 5);
	if (b->work->cancelled)
		vm_backup_cancel(b->work);
	ask(b, "query-jobs", NULL, -1, on_jobs);
}

/* One moment for all of it. */
static void begin_copy(struct vm_backup *b)
{
	json_t *copy = json_pack("{s:s, s:s, s:s, s:s}", "job-id", b->target, "device", b->source,
	        "target", b->target, "sync", b->work->incremental ? "bitmap" : "full");

	if (b->work->incremental) {
		json_object_set_new(copy, "bitmap", json_string(b->old_bitmap));
		json_object_set_new(copy, "bitmap-mode", json_string("never"));
	}
	b->copying = true;
	ask(b, "transaction",
	        json_pack("{s:[{s:s, s:{s:s, s:s, s:b}}, {s:s, s:o}]}", "actions", "type",
	                "block-dirty-bitmap-add", "data", "node", b->source, "name", b->new_bitmap,
	                "persistent", (int)b->persistent, "type", "blockdev-backup", "data", copy),
	        -1, on_begun);
}

/* --- 3: QEMU gets the file --- */

static void on_node_added(void *user, json_t *result, const struct err *err)
{
	struct vm_backup *b = user;

	(void)result;
	if (is_over(b))
		return;
	if (err) {
		fail(b, err);
		return;
	}
	b->node = true;
	begin_copy(b);
}

static void add_node(struct vm_backup *b)
{
	cleanup_free char *file = xasprintf("/dev/fdset/%lld", (long long)b->fdset);
	json_t *node = json_pack("{s:s, s:s, s:{s:s, s:s}, s:n}", "driver", "qcow2", "node-name",
	        b->target, "file", "driver", "file", "filename", file, "backing");

	if (b->encrypted)
		json_object_set_new(node, "encrypt",
		        json_pack("{s:s, s:s+}", "format", "luks", "key-secret", "secret-",
		                b->work->disk));
	ask(b, "blockdev-add", node, -1, on_node_added);
}

static void on_fd_added(void *user, json_t *result, const struct err *err)
{
	struct vm_backup *b = user;

	if (is_over(b))
		return;
	if (err) {
		fail(b, err);
		return;
	}
	b->fdset = json_integer_value(json_object_get(result, "fdset-id"));
	add_node(b);
}

static void on_prepared(void *user, json_t *result, int fd, const struct err *err)
{
	struct vm_image *work = user;
	struct vm_backup *b = work->backup;
	int copy;

	work->task = NULL;
	b->fd = fd;
	if (err) {
		b->hidden_is_gone = true;
		fail(b, err);
		return;
	}
	work->request.hidden = xstrdup(json_string_value(json_object_get(result, "hidden")));
	copy = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	ask(b, "add-fd", json_pack("{s:s}", "opaque", b->target), copy, on_fd_added);
}

/* --- 2: a file for it --- */

/* As the header of the new file names it: backups in one folder can be moved together. */
static char *name_of_base(const struct vm_backup *b)
{
	const char *target = b->work->request.target, *slash = strrchr(target, '/');
	size_t n = (size_t)(slash - target) + 1;

	return xstrdup(strncmp(b->base, target, n) == 0 && !strchr(b->base + n, '/') ? b->base + n
	                                                                             : b->base);
}

/* The request is the source's so far; what it stands on is of no use any more. */
static void prepare(struct vm_backup *b)
{
	struct image_request *request = &b->work->request;
	struct err err;

	for (size_t i = 0; i < request->n_backing; i++) {
		free(request->backing[i].path);
		free(request->backing[i].format);
	}
	request->n_backing = 0;
	if (b->work->incremental)
		request->backing[request->n_backing++] =
		        (struct image_backing){name_of_base(b), xstrdup("qcow2")};
	request->verb = IMAGE_PREPARE;
	request->encrypt = b->encrypted;
	free(request->target_format);
	request->target_format = xstrdup("qcow2");
	if (vm_image_task(b->work, on_prepared, &err) < 0) {
		b->hidden_is_gone = true;
		fail(b, &err);
	}
}

/* --- 1: what QEMU has --- */

/* Bitmaps of ours that nothing goes on from. */
static bool take_bitmaps(struct vm_backup *b, json_t *bitmaps)
{
	bool found = false;
	json_t *bitmap;
	size_t i;

	json_array_foreach (bitmaps, i, bitmap) {
		const char *name = json_string_value(json_object_get(bitmap, "name"));
		bool bad = json_is_true(json_object_get(bitmap, "inconsistent"));

		if (!name || !starts_with(name, VM_BACKUP_BITMAP))
			continue;
		if (b->old_bitmap && streq(name, b->old_bitmap) && !bad)
			found = true;
		else
			remove_bitmap(b, name);
	}
	return found;
}

static int refuse_incremental(const struct vm_backup *b, const char *why, struct err *err)
{
	err_set(err, -ENODATA, _("disk %s of VM %s: %s"), b->work->disk, b->work->name, why);
	err_hint(
	        err, _("make a full backup now, without --incremental; the next one can go on from "
	               "it"));
	err_code(err, CODE_IMAGE_BACKUP);
	return -ENODATA;
}

static int judge(struct vm_backup *b, json_t *node, struct err *err)
{
	json_t *image = json_object_get(node, "image");
	bool found;

	if (!node) {
		err_set(err, -ENODEV, _("the running QEMU has no disk %s as an image file"),
		        b->work->disk);
		err_hint(err, _("its profile was changed since it was started"));
		return -ENODEV;
	}
	b->work->request.size =
	        (uint64_t)json_integer_value(json_object_get(image, "virtual-size"));
	b->encrypted = json_is_true(json_object_get(image, "encrypted"));
	b->persistent = streq(b->work->request.format, "qcow2") &&
	                !json_is_true(json_object_get(node, "ro"));
	found = take_bitmaps(b, json_object_get(node, "dirty-bitmaps"));
	if (!b->work->incremental || (found && b->base))
		return 0;
	return refuse_incremental(b,
	        b->old_bitmap ? _("what has changed since the last backup is not known any more: "
	                          "the VM or QEMU ended without writing it down")
	                      : _("there is no full backup to go on from"),
	        err);
}

static void on_nodes(void *user, json_t *result, const struct err *err)
{
	json_t *node, *found = NULL;
	struct vm_backup *b = user;
	struct err own;
	size_t i;

	if (is_over(b))
		return;
	json_array_foreach (result, i, node) {
		const char *name = json_string_value(json_object_get(node, "node-name"));

		if (name && streq(name, b->source))
			found = node;
	}
	if (!err && judge(b, found, &own) < 0)
		err = &own;
	if (err) {
		b->hidden_is_gone = true;
		fail(b, err);
	} else {
		prepare(b);
	}
}

static void look(struct vm_backup *b)
{
	ask(b, "query-named-block-nodes", json_pack("{s:b}", "flat", 1), -1, on_nodes);
}

/* --- 0: what a daemon that was ended has left in this QEMU --- */

static void on_left_fd_removed(void *user, json_t *result, const struct err *err)
{
	struct vm_backup *b = user;

	(void)result, (void)err;
	if (!is_over(b))
		look(b);
}

static void on_left_fds(void *user, json_t *result, const struct err *err)
{
	struct vm_backup *b = user;
	json_t *set;
	size_t i;

	if (is_over(b))
		return;
	json_array_foreach (result, i, set) {
		json_t *fd = json_array_get(json_object_get(set, "fds"), 0);
		const char *of = json_string_value(json_object_get(fd, "opaque"));
		json_t *id = json_object_get(set, "fdset-id");

		if (err || !of || !streq(of, b->target))
			continue;
		ask(b, "remove-fd", json_pack("{s:O}", "fdset-id", id), -1, on_left_fd_removed);
		return;
	}
	look(b);
}

static void on_left_deleted(void *user, json_t *result, const struct err *err)
{
	struct vm_backup *b = user;

	(void)result, (void)err;
	if (!is_over(b))
		ask(b, "query-fdsets", NULL, -1, on_left_fds);
}

static bool job_is_there(const struct vm_backup *b, const json_t *jobs)
{
	const json_t *job;
	size_t i;

	json_array_foreach (jobs, i, job) {
		const char *id = json_string_value(json_object_get(job, "id"));

		if (id && streq(id, b->target))
			return true;
	}
	return false;
}

static void on_left_jobs(void *user, json_t *result, const struct err *err);

static int on_left_tick(sd_event_source *source, uint64_t usec, void *user)
{
	struct vm_backup *b = user;

	(void)source, (void)usec;
	ask(b, "query-jobs", NULL, -1, on_left_jobs);
	return 0;
}

/* A job that was cancelled takes its time. */
static void on_left_jobs(void *user, json_t *result, const struct err *err)
{
	struct vm_backup *b = user;

	if (is_over(b))
		return;
	b->tick = sd_event_source_disable_unref(b->tick);
	if (!err && job_is_there(b, result))
		sd_event_add_time_relative(b->work->vms->env.event, &b->tick, CLOCK_MONOTONIC,
		        TICK_US, 0, on_left_tick, b);
	else
		ask(b, "blockdev-del", json_pack("{s:s}", "node-name", b->target), -1,
		        on_left_deleted);
}

static void on_left_cancelled(void *user, json_t *result, const struct err *err)
{
	struct vm_backup *b = user;

	(void)result, (void)err;
	if (!is_over(b))
		ask(b, "query-jobs", NULL, -1, on_left_jobs);
}

int vm_backup_start(struct vm_image *work, struct err *err)
{
	struct vm_backup *b = xcalloc(1, sizeof(*b));

	*b = (struct vm_backup){.work = work,
	        .fd = -1,
	        .fdset = -1,
	        .source = xasprintf("node-%s", work->disk),
	        .target = xasprintf("backup-%s", work->disk),
	        .new_bitmap = xasprintf(VM_BACKUP_BITMAP "%llx", (unsigned long long)time(NULL))};
	vm_backup_read_note(b);
	if (!qmp_of(b)) {
		err_set(err, -EBUSY, _("VM %s neither runs nor stands still yet"), work->name);
		err_code(err, CODE_VM_NOT_RUNNING);
		vm_backup_destroy(b);
		return -EBUSY;
	}
	work->backup = b;
	ask(b, "block-job-cancel", json_pack("{s:s, s:b}", "device", b->target, "force", 1), -1,
	        on_left_cancelled);
	return 0;
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

	if (b->node && qmp_of(b)) {
		ask(b, "blockdev-del", json_pack("{s:s}", "node-name", b->target), -1,
		        on_node_deleted);
		b->node = false;
		return;
	}
	if (b->fdset >= 0 && qmp_of(b)) {
		ask(b, "remove-fd", json_pack("{s:I}", "fdset-id", (json_int_t)b->fdset), -1,
		        on_fd_removed);
		b->fdset = -1;
		return;
	}
	if (b->noted) {
		b->noted = false;
		remove_bitmap(b, b->new_bitmap);
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

static void fail(struct vm_backup *b, const struct err *err)
{
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
	is_over(user);
}

void vm_backup_cancel(struct vm_image *work)
{
	struct vm_backup *b = work->backup;

	if (b && b->copying && b->noted)
		ask(b, "block-job-cancel", json_pack("{s:s, s:b}", "device", b->target, "force", 1),
		        -1, on_cancel_asked);
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
