/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A picture of the emulated screen, written by QEMU into a descriptor of ours. */
#include "vm/vm_impl.h"

#include "base/i18n.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>

#define COMMAND_MS 20000u

struct picture {
	struct vm *vm;
	int64_t fdset;
	void (*reply)(void *user, const struct err *err);
	void *user;
};

/*
 * QEMU takes from a set only a descriptor that is open for writing alone. The file is opened anew only
 * when the giver could write to it: as root that open would succeed on anything.
 */
static int writing_only(int fd, struct err *err)
{
	int flags = fcntl(fd, F_GETFL);
	cleanup_close int given = fd;
	char self[40];
	int fresh;

	if (flags >= 0 && !(flags & O_PATH) && (flags & O_ACCMODE) == O_WRONLY)
		return take_fd(given);
	if (flags < 0 || flags & O_PATH || (flags & O_ACCMODE) != O_RDWR)
		return err_set(err, -EBADF, _("the file for the picture is not open for writing"));
	snprintf(self, sizeof(self), "/proc/self/fd/%d", given);
	fresh = open(self, O_WRONLY | O_CLOEXEC | O_NONBLOCK);
	return fresh < 0 ? err_errno(err, -errno, _("the file for the picture")) : fresh;
}

static void finish(struct picture *p, const struct err *err)
{
	p->reply(p->user, err);
	free(p);
}

static void on_dumped(void *user, json_t *result, const struct err *err)
{
	struct picture *p = user;

	(void)result;
	if (p->vm->qmp && !(err && err->number == -ECANCELED))
		qmp_send(p->vm->qmp, "remove-fd",
		        json_pack("{s:I}", "fdset-id", (json_int_t)p->fdset), -1, COMMAND_MS, NULL,
		        NULL);
	finish(p, err);
}

static void on_added(void *user, json_t *result, const struct err *err)
{
	cleanup_free char *path = NULL;
	struct picture *p = user;

	if (err) {
		finish(p, err);
		return;
	}
	p->fdset = json_integer_value(json_object_get(result, "fdset-id"));
	path = xasprintf("/dev/fdset/%lld", (long long)p->fdset);
	qmp_send(p->vm->qmp, "screendump",
	        json_pack("{s:s, s:s}", "filename", path, "format", "png"), -1, COMMAND_MS,
	        on_dumped, p);
}

void vm_picture(struct vm *vm, int fd, void (*reply)(void *user, const struct err *err), void *user)
{
	struct picture *p;
	struct err err;
	int writable = writing_only(fd, &err);

	if (writable < 0) {
		reply(user, &err);
		return;
	}
	p = xcalloc(1, sizeof(*p));
	*p = (struct picture){.vm = vm, .reply = reply, .user = user};
	qmp_send(vm->qmp, "add-fd", NULL, writable, COMMAND_MS, on_added, p);
}

int vms_screenshot(struct vms *vms, const char *name, int fd,
        void (*reply)(void *user, const struct err *err), void *user, struct err *err)
{
	struct vm *vm = vms_find(vms, name);

	if (vm && vm->state == VM_RUNNING && vm->qmp) {
		vm_picture(vm, fd, reply, user);
		return 0;
	}
	close_fd(&fd);
	err_set(err, -ESRCH, _("VM %s is not running"), name);
	err_code(err, CODE_VM_NOT_RUNNING);
	return -ESRCH;
}
