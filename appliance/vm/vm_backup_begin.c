/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The beginning of a backup of a running VM: what QEMU has, a file for it, and QEMU gets the file. */
#include "vm/vm_backup.h"

#include "base/i18n.h"

#include <errno.h>
#include <fcntl.h>
#include <time.h>

/* --- 3: QEMU gets the file --- */

static void on_node_added(void *user, json_t *result, const struct err *err)
{
	struct vm_backup *b = user;

	(void)result;
	if (vm_backup_is_over(b))
		return;
	if (err) {
		vm_backup_fail(b, err);
		return;
	}
	b->node = true;
	vm_backup_copy(b);
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
	vm_backup_ask(b, "blockdev-add", node, -1, on_node_added);
}

static void on_fd_added(void *user, json_t *result, const struct err *err)
{
	struct vm_backup *b = user;

	if (vm_backup_is_over(b))
		return;
	if (err) {
		vm_backup_fail(b, err);
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
		vm_backup_fail(b, err);
		return;
	}
	work->request.hidden = xstrdup(json_string_value(json_object_get(result, "hidden")));
	copy = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	vm_backup_ask(b, "add-fd", json_pack("{s:s}", "opaque", b->target), copy, on_fd_added);
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
		vm_backup_fail(b, &err);
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

		if (!name || !starts_with(name, IMAGE_BACKUP_BITMAP))
			continue;
		if (b->old_bitmap && streq(name, b->old_bitmap) && !bad)
			found = true;
		else
			vm_backup_drop_bitmap(b, name);
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

static int refuse_absent(const struct vm_backup *b, struct err *err)
{
	cleanup_free char *why = xasprintf(_("%s, the last backup, is not there"), b->base);

	return refuse_incremental(b, why, err);
}

static int judge(struct vm_backup *b, json_t *node, struct err *err)
{
	json_t *image = json_object_get(node, "image");
	struct act_seen base;
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
	if (b->work->incremental && found && vms_look(b->work->vms, b->base, &base) < 0)
		return refuse_absent(b, err);
	if (!b->work->incremental || found)
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

	if (vm_backup_is_over(b))
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
		vm_backup_fail(b, err);
	} else {
		prepare(b);
	}
}

static void look(struct vm_backup *b)
{
	vm_backup_ask(b, "query-named-block-nodes", json_pack("{s:b}", "flat", 1), -1, on_nodes);
}

/* --- 0: what a daemon that was ended has left in this QEMU --- */

static void on_left_fd_removed(void *user, json_t *result, const struct err *err)
{
	struct vm_backup *b = user;

	(void)result, (void)err;
	if (!vm_backup_is_over(b))
		look(b);
}

static void on_left_fds(void *user, json_t *result, const struct err *err)
{
	struct vm_backup *b = user;
	json_t *set;
	size_t i;

	if (vm_backup_is_over(b))
		return;
	json_array_foreach (result, i, set) {
		json_t *fd = json_array_get(json_object_get(set, "fds"), 0);
		const char *of = json_string_value(json_object_get(fd, "opaque"));
		json_t *id = json_object_get(set, "fdset-id");

		if (err || !of || !streq(of, b->target))
			continue;
		vm_backup_ask(
		        b, "remove-fd", json_pack("{s:O}", "fdset-id", id), -1, on_left_fd_removed);
		return;
	}
	look(b);
}

static void on_left_deleted(void *user, json_t *result, const struct err *err)
{
	struct vm_backup *b = user;

	(void)result, (void)err;
	if (!vm_backup_is_over(b))
		vm_backup_ask(b, "query-fdsets", NULL, -1, on_left_fds);
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
	vm_backup_ask(b, "query-jobs", NULL, -1, on_left_jobs);
	return 0;
}

/* A job that was cancelled takes its time. */
static void on_left_jobs(void *user, json_t *result, const struct err *err)
{
	struct vm_backup *b = user;

	if (vm_backup_is_over(b))
		return;
	b->tick = sd_event_source_disable_unref(b->tick);
	if (!err && job_is_there(b, result))
		sd_event_add_time_relative(b->work->vms->env.event, &b->tick, CLOCK_MONOTONIC,
		        VM_BACKUP_TICK_US, 0, on_left_tick, b);
	else
		vm_backup_ask(b, "blockdev-del", json_pack("{s:s}", "node-name", b->target), -1,
		        on_left_deleted);
}

static void on_left_cancelled(void *user, json_t *result, const struct err *err)
{
	struct vm_backup *b = user;

	(void)result, (void)err;
	if (!vm_backup_is_over(b))
		vm_backup_ask(b, "query-jobs", NULL, -1, on_left_jobs);
}

/* Of the wall clock: the image keeps the name over a restart of this PC. */
static unsigned long long now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (unsigned long long)now.tv_sec * 1000000 + (unsigned long long)now.tv_nsec / 1000;
}

int vm_backup_start(struct vm_image *work, struct err *err)
{
	struct vm_backup *b = xcalloc(1, sizeof(*b));

	*b = (struct vm_backup){.work = work,
	        .fd = -1,
	        .fdset = -1,
	        .source = xasprintf("node-%s", work->disk),
	        .target = xasprintf("backup-%s", work->disk),
	        .new_bitmap = xasprintf(IMAGE_BACKUP_BITMAP "%llx", now_us())};
	vm_backup_read_note(b);
	if (!vm_backup_qmp(b)) {
		err_set(err, -EBUSY, _("VM %s neither runs nor stands still yet"), work->name);
		err_code(err, CODE_VM_NOT_RUNNING);
		vm_backup_destroy(b);
		return -EBUSY;
	}
	work->backup = b;
	vm_backup_ask(b, "block-job-cancel",
	        json_pack("{s:s, s:b}", "device", b->target, "force", 1), -1, on_left_cancelled);
	return 0;
}
