/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The guest's drives for CDs while it runs. What is in them only QEMU keeps: the name of a descriptor's set says which file
 * it is ("cd-installer:/isos/debian.iso"), so that a daemon that takes a VM over knows as much as the one before.
 */
#include "vm/vm_impl.h"

#include "base/i18n.h"
#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#define COMMAND_MS 20000u
#define PATH_MOST  1024u

/* --- what is in them --- */

/* The part of QEMU's "/dev/fdset/12" that is a number; -1: another file. */
static int64_t set_of_file(const char *file)
{
	static const char prefix[] = "/dev/fdset/";
	uint64_t id;

	if (!file || !starts_with(file, prefix) ||
	        parse_u64(file + strlen(prefix), 10, INT32_MAX, &id) < 0)
		return -1;
	return (int64_t)id;
}

/* Whether the set named @opaque is of @drive; @path is what follows. */
static bool is_set_of(const char *opaque, const char *drive, const char **path)
{
	size_t n = strlen(drive);

	if (!opaque || !starts_with(opaque, VM_CD_PREFIX))
		return false;
	opaque += strlen(VM_CD_PREFIX);
	*path = opaque + n + 1;
	return strncmp(opaque, drive, n) == 0 && opaque[n] == ':';
}

/* The name that stands for the set of @id in QEMU's answer to query-fdsets; NULL: none. */
static const char *name_of_set(const json_t *sets, int64_t id)
{
	const json_t *set;
	size_t i;

	json_array_foreach (sets, i, set)
		if (json_integer_value(json_object_get(set, "fdset-id")) == id)
			return json_string_value(json_object_get(
			        json_array_get(json_object_get(set, "fds"), 0), "opaque"));
	return NULL;
}

struct look {
	struct vm *vm;
	json_t *sets;
};

/* QEMU names a device by its id or, where it has no block backend of a name, by its whole path. */
static const char *drive_of(const json_t *block)
{
	const char *qdev = json_string_value(json_object_get(block, "qdev"));
	const char *last = qdev ? strrchr(qdev, '/') : NULL;

	qdev = last ? last + 1 : qdev;
	return qdev && starts_with(qdev, VM_CD_PREFIX) ? qdev + strlen(VM_CD_PREFIX) : NULL;
}

static json_t *drive_json(const json_t *block, const char *drive, const json_t *sets)
{
	const json_t *inserted = json_object_get(block, "inserted");
	int64_t set = set_of_file(json_string_value(json_object_get(inserted, "file")));
	const char *path = NULL, *opaque = name_of_set(sets, set);

	if (set < 0 || !is_set_of(opaque, drive, &path))
		path = NULL;
	return json_pack("{s:s, s:s?, s:b, s:b}", "name", drive, "file", path, "open",
	        json_is_true(json_object_get(block, "tray_open")), "locked",
	        json_is_true(json_object_get(block, "locked")));
}

static void on_blocks(void *user, json_t *result, const struct err *err)
{
	struct look *look = user;
	struct vm *vm = look->vm;
	const json_t *block;
	size_t i;

	if (!err) {
		json_decref(vm->cdroms);
		vm->cdroms = json_array();
		json_array_foreach (result, i, block) {
			const char *drive = drive_of(block);

			if (drive)
				json_array_append_new(
				        vm->cdroms, drive_json(block, drive, look->sets));
		}
	}
	json_decref(look->sets);
	free(look);
}

static void on_sets(void *user, json_t *result, const struct err *err)
{
	struct look *look = user;

	if (err) {
		free(look);
		return;
	}
	look->sets = json_incref(result);
	qmp_send(look->vm->qmp, "query-block", NULL, -1, COMMAND_MS, on_blocks, look);
}

void vm_cdroms_look(struct vm *vm)
{
	struct look *look = xcalloc(1, sizeof(*look));

	look->vm = vm;
	qmp_send(vm->qmp, "query-fdsets", NULL, -1, COMMAND_MS, on_sets, look);
}

void vm_cdroms_event(struct vm *vm, const char *name)
{
	if (streq(name, "DEVICE_TRAY_MOVED") && vm->state == VM_RUNNING)
		vm_cdroms_look(vm);
}

json_t *vm_cdroms_json(const struct vm *vm)
{
	return vm->cdroms && vm->state != VM_STOPPED ? json_incref(vm->cdroms) : json_array();
}

void vm_cdroms_forget(struct vm *vm)
{
	json_decref(take_ptr(vm->cdroms));
}

/* --- changing it --- */

struct change {
	struct vm *vm;
	char *drive;
	int64_t set; /* the new medium's; -1: there is none */
	bool force;
	void (*reply)(void *user, const struct err *err);
	void *user;
};

static void finish(struct change *c, const struct err *err)
{
	c->reply(c->user, err);
	free(c->drive);
	free(c);
}

static void remove_set(struct vm *vm, int64_t id)
{
	qmp_send(vm->qmp, "remove-fd", json_pack("{s:I}", "fdset-id", (json_int_t)id), -1,
	        COMMAND_MS, NULL, NULL);
}

/* Descriptors of what was in the drive before: the file can go, or be written to, once they are closed. */
static void on_sets_to_remove(void *user, json_t *result, const struct err *err)
{
	struct change *c = user;
	const char *path;
	json_t *set;
	size_t i;

	if (!err) {
		json_array_foreach (result, i, set) {
			int64_t id = json_integer_value(json_object_get(set, "fdset-id"));

			if (id != c->set && is_set_of(name_of_set(result, id), c->drive, &path))
				remove_set(c->vm, id);
		}
		vm_cdroms_look(c->vm);
	}
	finish(c, NULL);
}

/* The medium of the start has a node of its own, which QEMU keeps until it is told; a later one has none (-EREMOTEIO). */
static void on_node_gone(void *user, json_t *result, const struct err *err)
{
	struct change *c = user;

	(void)result;
	if (err && err->number == -ECANCELED)
		finish(c, NULL);
	else
		qmp_send(c->vm->qmp, "query-fdsets", NULL, -1, COMMAND_MS, on_sets_to_remove, c);
}

static void refuse(struct change *c, const struct err *err)
{
	struct err own = *err;

	err_prefix(&own, _("drive %s of VM %s"), c->drive, c->vm->name);
	if (!c->force)
		err_hint(&own, _("a guest that uses it keeps it shut: eject it there, and do this "
		                 "again, or take it by force: --force"));
	err_code(&own, CODE_CD_LOCKED);
	finish(c, &own);
}

static void on_changed(void *user, json_t *result, const struct err *err)
{
	struct change *c = user;
	cleanup_free char *node = NULL;

	(void)result;
	if (err && err->number != -ECANCELED && c->set >= 0)
		remove_set(c->vm, c->set);
	if (err) {
		refuse(c, err);
		return;
	}
	node = xasprintf(VM_CD_PREFIX "%s", c->drive);
	qmp_send(c->vm->qmp, "blockdev-del", json_pack("{s:s}", "node-name", node), -1, COMMAND_MS,
	        on_node_gone, c);
}

static void on_added(void *user, json_t *result, const struct err *err)
{
	struct change *c = user;
	cleanup_free char *id = NULL, *file = NULL;

	if (err) {
		finish(c, err);
		return;
	}
	c->set = json_integer_value(json_object_get(result, "fdset-id"));
	id = xasprintf(VM_CD_PREFIX "%s", c->drive);
	file = xasprintf("/dev/fdset/%lld", (long long)c->set);
	qmp_send(c->vm->qmp, "blockdev-change-medium",
	        json_pack("{s:s, s:s, s:s, s:s, s:b}", "id", id, "filename", file, "format", "raw",
	                "read-only-mode", "read-only", "force", c->force),
	        -1, COMMAND_MS, on_changed, c);
}

static void eject(struct change *c)
{
	cleanup_free char *id = xasprintf(VM_CD_PREFIX "%s", c->drive);

	qmp_send(c->vm->qmp, "eject", json_pack("{s:s, s:b}", "id", id, "force", c->force), -1,
	        COMMAND_MS, on_changed, c);
}

/* @fd is the caller's own, who could read the file; its name is what the kernel says of it. */
static char *path_of(int fd)
{
	char self[40], path[PATH_MOST];
	ssize_t n;

	snprintf(self, sizeof(self), "/proc/self/fd/%d", fd);
	n = readlink(self, path, sizeof(path) - 1);
	path[n < 0 ? 0 : n] = '\0';
	return xstrdup(path);
}

static void insert(struct change *c, int fd)
{
	cleanup_free char *path = path_of(fd);
	cleanup_free char *opaque = xasprintf(VM_CD_PREFIX "%s:%s", c->drive, path);
	json_t *arguments = json_pack("{s:s}", "opaque", opaque);

	if (!arguments) /* no UTF-8 in its name */
		arguments = json_pack("{s:s+}", "opaque", VM_CD_PREFIX, c->drive);
	qmp_send(c->vm->qmp, "add-fd", arguments, fd, COMMAND_MS, on_added, c);
}

static bool has_drive(const struct vm *vm, const char *drive, struct strv *known)
{
	const json_t *one;
	size_t i;

	json_array_foreach (vm->cdroms, i, one)
		strv_add(known, json_string_value(json_object_get(one, "name")));
	return strv_has(known, drive);
}

static int check_drive(const struct vm *vm, const char *drive, struct err *err)
{
	cleanup_strv struct strv known = {0};
	cleanup_free char *all = NULL;

	if (!vm->cdroms || has_drive(vm, drive, &known)) /* not known yet: QEMU says it */
		return 0;
	err_set(err, -ENODEV, _("VM %s has no drive %.40s"), vm->name, drive);
	all = strv_join(&known, ", ");
	if (known.n)
		err_hint(err, _("its drives are %s"), all);
	else
		err_hint(err, _("a section [cdrom NAME] in its profile gives it one, at its next "
		                "start"));
	err_code(err, CODE_CD_DRIVE);
	return -ENODEV;
}

static int check_running(const struct vm *vm, const char *name, struct err *err)
{
	if (vm && vm->state == VM_RUNNING && vm->qmp)
		return 0;
	err_set(err, -ESRCH, _("VM %s is not running"), name);
	err_hint(err, _("what is in a drive at the start, file= in its profile says"));
	err_code(err, CODE_VM_NOT_RUNNING);
	return -ESRCH;
}

int vms_cdrom(struct vms *vms, const char *name, const struct vm_cdrom_act *act,
        void (*reply)(void *user, const struct err *err), void *user, struct err *err)
{
	struct vm *vm = vms_find(vms, name);
	int r = check_running(vm, name, err), fd = act->fd;
	struct change *c;

	r = r < 0 ? r : check_drive(vm, act->drive, err);
	if (r < 0) {
		close_fd(&fd);
		return r;
	}
	c = xcalloc(1, sizeof(*c));
	*c = (struct change){.vm = vm,
	        .drive = xstrdup(act->drive),
	        .set = -1,
	        .force = act->force,
	        .reply = reply,
	        .user = user};
	if (fd >= 0)
		insert(c, fd);
	else
		eject(c);
	return 0;
}
