/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A VM's emulated display for another process: a D-Bus connection to it, peer to peer, that QEMU takes by QMP and
 * whose other end is given away. Also whether this QEMU can do so at all, which is asked of it: its display is a
 * module that a package may lack.
 */
#include "vm/vm_impl.h"

#include "base/child.h"
#include "base/i18n.h"
#include "base/log.h"

#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>

#define COMMAND_MS 20000u
#define ASK_MS     5000u
#define FD_NAME    "playthrough-display"

/* --- what QEMU can do --- */

/* `qemu -display help` lists a display a line, and says on stderr which modules it did not find. */
static bool lists_dbus(const char *output)
{
	cleanup_strv struct strv lines = {0};

	strv_split(&lines, output ? output : "", "\r\n");
	strv_foreach (line, &lines) {
		if (streq(*line, "dbus"))
			return true;
	}
	return false;
}

static int ask_in_child(const void *argument, int *fd, struct err *err)
{
	char *const argv[] = {(char *)argument, (char *)"-display", (char *)"help", NULL};
	struct child_result result = {0};
	int r = child_run(argv, NULL, ASK_MS, &result, err);

	(void)fd;
	if (r == 0 && !lists_dbus(result.output))
		r = err_set(err, -ENOTSUP,
		        _("%s has no D-Bus display: no VM can be seen on the console"), argv[0]);
	free(result.output);
	return r;
}

/* The plan was made in the hope that it can. */
static void take_display_out(struct vm_plan *plan)
{
	struct strv *args = &plan->args;

	vm_plan_without_sound(plan); /* which comes over the same connection */
	for (size_t i = 0; i + 1 < args->n; i++) {
		if (!streq(args->list[i], "-display"))
			continue;
		free(args->list[i + 1]);
		args->list[i + 1] = xstrdup("none");
	}
}

static void on_asked(void *user, int fd, const struct err *err)
{
	struct vm *vm = user;

	(void)fd;
	vm->act = NULL;
	vm->vms->dbus_display = err ? VMS_DISPLAY_NO : VMS_DISPLAY_YES;
	if (err)
		log_warning("%s", err->message);
	if (vm->state == VM_STOPPING)
		vm_start_fail(vm, NULL);
	else
		vm_launch(vm);
}

bool vm_display_ready(struct vm *vm)
{
	struct vms *vms = vm->vms;
	struct vm_plan *plan = &vm->starting->plan;
	struct err err;

	if ((!plan->display_path && plan->sound == PROFILE_SOUND_NONE) ||
	        vms->dbus_display == VMS_DISPLAY_YES)
		return true;
	if (vms->dbus_display == VMS_DISPLAY_UNKNOWN) {
		if (disposable_run(vms->env.event, ask_in_child, vms->env.qemu, 2 * ASK_MS,
		            on_asked, vm, &vm->act, &err) == 0)
			return false;
		log_error(&err, "%s", vms->env.qemu);
	}
	take_display_out(plan);
	return true;
}

/* --- the connection --- */

struct handing {
	int ours; /* -1: given away */
	struct vm *vm;
	void (*reply)(void *user, int fd, const struct err *err);
	void *user;
};

static void finish(struct handing *h, const struct err *err)
{
	h->reply(h->user, err ? -1 : take_fd(h->ours), err);
	close_fd(&h->ours);
	free(h);
}

static void on_taken(void *user, json_t *result, const struct err *err)
{
	(void)result;
	finish(user, err);
}

static void on_named(void *user, json_t *result, const struct err *err)
{
	struct handing *h = user;

	(void)result;
	if (err) {
		finish(h, err);
		return;
	}
	qmp_send(h->vm->qmp, "add_client",
	        json_pack("{s:s, s:s}", "protocol", "@dbus-display", "fdname", FD_NAME), -1,
	        COMMAND_MS, on_taken, h);
}

int vms_display(struct vms *vms, const char *name,
        void (*reply)(void *user, int fd, const struct err *err), void *user, struct err *err)
{
	struct vm *vm = vms_find(vms, name);
	const int on = 1;
	struct handing *h;
	int pair[2];

	if (!vm || vm->state != VM_RUNNING || !vm->qmp)
		return err_set(err, -ENOENT, _("VM %s has no emulated display"), name);
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) < 0)
		return err_errno(err, -errno, "socketpair");
	/* QEMU asks for credentials; the kernel notes them only where it was told to before. */
	setsockopt(pair[1], SOL_SOCKET, SO_PASSCRED, &on, sizeof(on));
	h = xcalloc(1, sizeof(*h));
	*h = (struct handing){.ours = pair[0], .vm = vm, .reply = reply, .user = user};
	qmp_send(vm->qmp, "getfd", json_pack("{s:s}", "fdname", FD_NAME), pair[1], COMMAND_MS,
	        on_named, h);
	return 0;
}
