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
#include "bus/console_wire.h"

#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>
#include <time.h>

#define COMMAND_MS    20000u
#define ASK_MS        30000u /* of a PC that is busy, too */
#define FD_NAME       "playthrough-display"
#define PORT_ID       "agent-port"
#define PORT_TRIES    20u
#define PORT_AGAIN_US 100000u

/* How the one that asks tells. */
#define LACKS_PORTS    (-ENXIO)
#define LACKS_CHANNELS (-ENODEV)

/* --- what QEMU can do --- */

/* `-display help` and `-chardev help` list one a line; which modules were not found is said on stderr. */
static bool lists_dbus(const char *output)
{
	cleanup_strv struct strv lines = {0};

	strv_split(&lines, output ? output : "", "\r\n ");
	strv_foreach (line, &lines) {
		if (streq(*line, "dbus"))
			return true;
	}
	return false;
}

/* 1: yes; 0: no; -errno: it did not say. */
static int answers(char *const *argv, bool list, struct err *err)
{
	struct child_result result = {0};
	int r = child_run(argv, NULL, ASK_MS, &result, err);

	if (r == 0)
		r = result.status == 0 && (!list || lists_dbus(result.output));
	free(result.output);
	return r;
}

static int ask_display(char *qemu, struct err *err)
{
	char *const argv[] = {qemu, (char *)"-display", (char *)"help", NULL};
	int r = answers(argv, true, err);

	if (r == 0)
		return err_set(err, -ENOTSUP,
		        _("%s has no D-Bus display: no VM can be seen on the console"), qemu);
	return r < 0 ? r
	             : err_set(err, LACKS_PORTS,
	                       _("%s has no D-Bus character devices: at the console, agents in "
	                         "guests and USB devices of viewers are not reached"),
	                       qemu);
}

/* What it lacks, the most important first. Who lists the display's devices has the display: they are one module. */
static int ask_in_child(const void *argument, int *fd, struct err *err)
{
	char *qemu = (char *)argument, *none = (char *)"none";
	char *const devices[] = {qemu, (char *)"-display", (char *)"dbus,p2p=yes",
	        (char *)"-chardev", (char *)"help", NULL};
	char *const channels[] = {qemu, (char *)"-machine", none, (char *)"-display", none,
	        (char *)"-device", (char *)"usb-redir,help", NULL};
	int r = answers(devices, true, err);

	(void)fd;
	if (r == 0)
		return ask_display(qemu, err);
	r = r < 0 ? r : answers(channels, false, err);
	if (r == 0)
		return err_set(err, LACKS_CHANNELS,
		        _("%s has no usb-redir: USB devices of viewers are not reached"), qemu);
	return r < 0 ? r : 0;
}

/* The value of -display while the plan hopes for D-Bus; NULL: it does not. */
static char **hope_of(struct vm_plan *plan)
{
	struct strv *args = &plan->args;

	for (size_t i = 0; i + 1 < args->n; i++)
		if (streq(args->list[i], "-display") && starts_with(args->list[i + 1], "dbus"))
			return &args->list[i + 1];
	return NULL;
}

/* The plan was made in the hope that it can. */
static void take_display_out(struct vm_plan *plan)
{
	char **hope;

	vm_plan_without_sound(plan); /* which comes over the same connection */
	hope = hope_of(plan);
	if (hope) {
		free(*hope);
		*hope = xstrdup("none");
	}
	args_console_out(plan, true);
}

/* Whatever this QEMU lacks. The journal is written anew before it is launched. */
static void fit(struct vm *vm)
{
	struct vm_plan *plan = &vm->starting->plan;

	switch (vm->vms->dbus_display) {
	case VMS_DISPLAY_UNKNOWN:
	case VMS_DISPLAY_NO:
		take_display_out(plan);
		break;
	case VMS_DISPLAY_WITHOUT_PORTS:
		args_console_out(plan, true);
		break;
	case VMS_DISPLAY_WITHOUT_CHANNELS:
		args_console_out(plan, false);
		break;
	case VMS_DISPLAY_YES:
		break;
	}
	vm->journal.usb_channels = plan->usb_channels;
}

static enum vms_display_known known_of(const struct err *err)
{
	int number = err ? err->number : 0;

	return number == 0                ? VMS_DISPLAY_YES
	       : number == LACKS_PORTS    ? VMS_DISPLAY_WITHOUT_PORTS
	       : number == LACKS_CHANNELS ? VMS_DISPLAY_WITHOUT_CHANNELS
	       : number == -ENOTSUP       ? VMS_DISPLAY_NO
	                                  : VMS_DISPLAY_UNKNOWN; /* to be asked again */
}

static void on_asked(void *user, int fd, const struct err *err)
{
	struct vm *vm = user;

	(void)fd;
	vm->act = NULL;
	vm->vms->dbus_display = known_of(err);
	/* It was too slow to say: this VM goes without, and the next one asks again. */
	if (vm->vms->dbus_display == VMS_DISPLAY_UNKNOWN)
		fit(vm);
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

	if (!hope_of(plan))
		return true;
	if (vms->dbus_display == VMS_DISPLAY_UNKNOWN) {
		if (disposable_run(vms->env.event, ask_in_child, vms->env.qemu, 4 * ASK_MS,
		            on_asked, vm, &vm->act, &err) == 0)
			return false;
		log_error(&err, "%s", vms->env.qemu);
	}
	fit(vm);
	return true;
}

/* --- the agent's port --- */

static void add_port(struct vm *vm, unsigned tries);

/* Of a VM that may have ended meanwhile. */
struct port_wait {
	struct vms *vms;
	char *name;
	unsigned tries;
};

static void free_wait(void *user)
{
	struct port_wait *wait = user;

	free(wait->name);
	free(wait);
}

static int on_port_again(sd_event_source *source, uint64_t usec, void *user)
{
	struct port_wait *wait = user;
	struct vm *vm = vms_find(wait->vms, wait->name);

	(void)source, (void)usec;
	if (vm && vm->state == VM_RUNNING && vm->qmp)
		add_port(vm, wait->tries);
	sd_event_source_set_floating(source, false); /* nobody else has it: it is freed */
	return 0;
}

/* QEMU takes a moment to forget the port of the console before this one (its RCU thread); nothing else is waited for. */
static void on_port(void *user, json_t *result, const struct err *err)
{
	struct port_wait *wait = user;
	sd_event_source *again;

	(void)result;
	if (!err || !strstr(err->message, "in use") || !wait->tries ||
	        sd_event_add_time_relative(wait->vms->env.event, &again, CLOCK_MONOTONIC,
	                PORT_AGAIN_US, 0, on_port_again, wait) < 0) {
		free_wait(wait);
		return;
	}
	sd_event_source_set_destroy_callback(again, free_wait);
	sd_event_source_set_floating(again, true);
	sd_event_source_unref(again);
}

/*
 * It is in the guest as long as there is a console: an agent whose port leads nowhere does not rest. A VM without a bus
 * for it, or that has it already, refuses.
 */
static void add_port(struct vm *vm, unsigned tries)
{
	struct port_wait *wait = xcalloc(1, sizeof(*wait));

	*wait = (struct port_wait){vm->vms, xstrdup(vm->name), tries - 1};
	qmp_send(vm->qmp, "device_add",
	        json_pack("{s:s, s:s, s:s, s:i, s:s, s:s}", "driver", "virtserialport", "id",
	                PORT_ID, "bus", ARGS_AGENT_BUS ".0", "nr", 1, "chardev", "agent", "name",
	                CONSOLE_AGENT_PORT),
	        -1, COMMAND_MS, on_port, wait);
}

void vms_displays_ended(struct vms *vms)
{
	for (struct vm *vm = vms->list; vm; vm = vm->next) {
		if (vm->state == VM_RUNNING && vm->qmp)
			qmp_send(vm->qmp, "device_del", json_pack("{s:s}", "id", PORT_ID), -1,
			        COMMAND_MS, NULL, NULL);
	}
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
	struct handing *h = user;

	(void)result;
	if (!err)
		add_port(h->vm, PORT_TRIES);
	finish(h, err);
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
